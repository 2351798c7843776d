// The publish button is labelled "Schedule" while the date is in the future.
"use strict";
addEventListener("DOMContentLoaded", () => {
  const button = document.querySelector("button[name=_publish]");
  const day = document.getElementById("id_published_at_0");
  const time = document.getElementById("id_published_at_1");
  const zone = document.querySelector("#post_form input[name=zone]");
  // The server reads the form in the zone in which it was made. If this browser has another zone, keep the server's label.
  if (!button || !day || !time || zone?.value !== Intl.DateTimeFormat().resolvedOptions().timeZone) return;

  const typed = () => {
    try {
      const [hours, minutes, seconds] = time.value.split(":").map(Number);
      const moment = day.value.strptime(get_format("DATE_INPUT_FORMATS")[0]);
      return new Date(moment.getUTCFullYear(), moment.getUTCMonth(), moment.getUTCDate(), hours, minutes || 0, seconds || 0);
    } catch {
      return new Date(NaN);
    }
  };
  const name = () => {
    button.textContent = typed() > new Date() ? button.dataset.schedule : button.dataset.publish;
  };
  // The admin's calendar and clock set the fields without an event that bubbles.
  for (const field of [day, time]) for (const event of ["input", "change", "blur", "focus"]) field.addEventListener(event, name);
  name();
});
