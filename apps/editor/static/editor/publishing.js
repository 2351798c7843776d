// The main button always says what it does: by the date in the form, the state of the post, and the present time.
"use strict";
addEventListener("DOMContentLoaded", () => {
  const CHECK_INTERVAL = 5000;
  const button = document.querySelector("button.bar-main[data-schedule]");
  const day = document.getElementById("id_published_at_0");
  const time = document.getElementById("id_published_at_1");
  const zone = document.querySelector("#post_form input[name=zone]")?.value;
  if (!button || !day || !time || !zone) return;

  /** Return the time in the zone of the form as if it were UTC, in milliseconds. */
  const wall = (moment) => {
    const shown = new Intl.DateTimeFormat("en-u-ca-gregory-nu-latn", {
      timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric",
    }).formatToParts(moment);
    const at = (type) => Number(shown.find((part) => part.type === type).value);
    return Date.UTC(at("year"), at("month") - 1, at("day"), at("hour"), at("minute"), at("second"));
  };

  // The server reads the form in the zone in which it was made, whatever the zone of this browser is.
  const isLater = () => {
    const chosen = new Date(`${day.value}T${time.value}Z`).getTime();
    return chosen > wall(new Date());
  };
  const typed = () => `${day.value} ${time.value}`;
  const before = typed();

  const name = () => {
    const isChanged = typed() !== before;
    const later = isLater();
    const { publish, schedule, same } = button.dataset;
    // A post that has a date keeps its button until that date is changed, or is over.
    const words = later ? schedule : publish;
    const isSame = same && (button.dataset.state === "scheduled" ? later : !later || !isChanged);
    button.textContent = isSame ? same : words;
  };
  // The time goes on.
  for (const field of [day, time]) for (const event of ["input", "change", "blur", "focus"]) field.addEventListener(event, name);
  setInterval(name, CHECK_INTERVAL);
  name();
});
