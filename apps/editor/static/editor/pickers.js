// Names for assistive technology what the stock admin leaves without one: each picker bears the label of its field, and
// the search field that of its picture.
"use strict";
addEventListener("DOMContentLoaded", () => {
  const selects = document.querySelectorAll("select.admin-autocomplete");
  // The cross that empties a picker of several is no item of its list; each choice has one of its own.
  for (const select of selects) if (select.multiple) select.dataset.allowClear = "false";

  const name = () => {
    for (const select of selects) {
      const label = document.querySelector(`label[for="${select.id}"]`)?.textContent.trim().replace(/:$/, "");
      const parts = ".select2-selection--single, .select2-selection__rendered[role], .select2-search__field";
      if (label) for (const part of select.parentElement.querySelectorAll(parts)) part.setAttribute("aria-label", label);
    }
  };
  // Once all that waits for jQuery has run, and with it select2.
  if (selects.length) django.jQuery(() => setTimeout(name));

  const search = document.getElementById("searchbar");
  const picture = search?.labels[0]?.querySelector("img");
  if (picture) search.setAttribute("aria-label", picture.alt);
});
