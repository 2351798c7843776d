// Adds accessible names that Django's admin lacks: each picker gets the label of its field, and the search field the
// alternative text of its icon.
"use strict";
addEventListener("DOMContentLoaded", () => {
  const selects = document.querySelectorAll("select.admin-autocomplete");
  // The button that clears a multiple picker is invalid within the list of choices; each choice has one of its own.
  for (const select of selects) if (select.multiple) select.dataset.allowClear = "false";

  const name = () => {
    for (const select of selects) {
      const label = document.querySelector(`label[for="${select.id}"]`)?.textContent.trim().replace(/:$/, "");
      const parts = ".select2-selection--single, .select2-selection__rendered[role], .select2-search__field";
      if (label) for (const part of select.parentElement.querySelectorAll(parts)) part.setAttribute("aria-label", label);
    }
  };
  // After all scripts that wait for jQuery, select2 included, have run.
  if (selects.length) django.jQuery(() => setTimeout(name));

  const search = document.getElementById("searchbar");
  const picture = search?.labels[0]?.querySelector("img");
  if (picture) search.setAttribute("aria-label", picture.alt);
});
