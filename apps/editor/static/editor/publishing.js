// The button that publishes says "Schedule" while the date beside it is to come.
"use strict";
addEventListener("DOMContentLoaded", () => {
  const button = document.querySelector("input[name=_publish]");
  const day = document.getElementById("id_published_at_0");
  const time = document.getElementById("id_published_at_1");
  const zone = document.querySelector("#post_form input[name=zone]");
  // The form is read in the zone that it was made in; where that is not this browser's, its server knows better.
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
    button.value = typed() > new Date() ? button.dataset.schedule : button.dataset.publish;
  };
  // The calendar and the clock of the admin fill in the fields without an event that bubbles.
  for (const field of [day, time]) for (const event of ["input", "change", "blur", "focus"]) field.addEventListener(event, name);
  name();
});
