/* The page in the frame of a phone: links open in a tab of their own, because the pages of a site refuse to be framed. Those
   to a place on the same page are followed in the frame. */

document.addEventListener("click", ({ target }) => {
  const link = target.closest("a[href]");
  if (link && link.href.split("#")[0] !== location.href.split("#")[0]) link.target = "_blank";
}, true);
