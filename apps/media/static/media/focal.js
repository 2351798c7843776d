/* Sets the focal point of an image by a click on it. Without JavaScript, users type its two coordinates. */
"use strict";
{
  function enhance(frame) {
    const fields = ["id_focal_x", "id_focal_y"].map((id) => document.getElementById(id));
    if (fields.some((field) => !field)) return;
    const mark = document.createElement("span");
    mark.className = "focal-mark";
    frame.append(mark);
    frame.classList.add("is-chosen-by-click");

    const place = () => {
      const [x, y] = fields.map((field) => Math.min(1, Math.max(0, Number(field.value) || 0)));
      mark.style.left = `${x * 100}%`;
      mark.style.top = `${y * 100}%`;
    };

    frame.addEventListener("click", (event) => {
      const box = frame.getBoundingClientRect();
      const shares = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
      shares.forEach((share, side) => {
        fields[side].value = share.toFixed(2);
      });
      place();
    });
    for (const field of fields) field.addEventListener("input", place);
    place();
  }

  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll(".focal-point").forEach(enhance));
}
