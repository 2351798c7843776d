/* Who opens the field of an answer wants to type in it. */

document.addEventListener("toggle", ({ target }) => {
  if (target.open && target.matches("details.answer")) target.querySelector("textarea").focus();
}, true);
