/* The focal point of a picture: set by a click on it, or by the arrow keys. Without JavaScript, users type its two numbers. */
"use strict";
{
  const desk = (window.desk ??= {});
  const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const within = (share) => Math.min(1, Math.max(0, Number(share) || 0));

  /** Show the focal point on a picture in `frame`; `change` is called with each new one. Returns a function that places it. */
  desk.focalPoint = (frame, label, change) => {
    const mark = document.createElement("button");
    mark.type = "button";
    mark.className = "focal-mark";
    mark.setAttribute("aria-label", label);
    frame.append(mark);
    frame.classList.add("is-chosen-by-click");
    let at = [0.5, 0.5];

    const place = (x, y) => {
      at = [within(x), within(y)];
      mark.style.left = `${at[0] * 100}%`;
      mark.style.top = `${at[1] * 100}%`;
      mark.title = `${label}: ${Math.round(at[0] * 100)} %, ${Math.round(at[1] * 100)} %`;
    };
    const choose = (x, y) => {
      place(x, y);
      change(Number(at[0].toFixed(2)), Number(at[1].toFixed(2)));
    };

    frame.addEventListener("click", (event) => {
      // A press of the mark by the keyboard has no place.
      if (!event.detail) return;
      const box = frame.getBoundingClientRect();
      choose((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
      mark.focus();
    });
    mark.addEventListener("keydown", (event) => {
      const step = STEPS[event.key];
      if (!step) return;
      event.preventDefault();
      const size = event.shiftKey ? 0.1 : 0.02;
      choose(at[0] + step[0] * size, at[1] + step[1] * size);
    });
    return place;
  };

  /* The page of an image: the two numbers are fields of its form. */
  const enhance = (frame) => {
    const fields = ["id_focal_x", "id_focal_y"].map((id) => document.getElementById(id));
    if (fields.some((field) => !field)) return;
    const place = desk.focalPoint(frame, frame.dataset.label ?? "", (...shares) => {
      shares.forEach((share, side) => { fields[side].value = share; });
    });
    const show = () => place(...fields.map((field) => field.value));
    for (const field of fields) field.addEventListener("input", show);
    show();
  };

  const begin = () => document.querySelectorAll(".focal-point").forEach(enhance);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
}
