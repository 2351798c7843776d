/* Sharing a post: the system's own sheet where there is one, and copying the link. Without this script there is nothing;
   nor are there buttons that the browser cannot serve. The labels come from the data attributes of the place. */

for (const place of document.querySelectorAll(".share")) {
  const {url, title, share, copy, copied, failed} = place.dataset;

  const status = document.createElement("span");
  status.className = "visually-hidden";
  status.setAttribute("role", "status");

  const button = (label, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = label;
    made.addEventListener("click", () => act(made));
    place.append(made);
  };

  if (navigator.share) {
    /* A reader who closes the sheet without sharing rejects the promise: that is no error. */
    button(share, () => navigator.share({title, url}).catch(() => {}));
  }
  if (navigator.clipboard) {
    button(copy, async (made) => {
      let result = copied;
      try { await navigator.clipboard.writeText(url); } catch { result = failed; }
      made.textContent = status.textContent = result;
      setTimeout(() => { made.textContent = copy; status.textContent = ""; }, 2000);
    });
  }
  if (place.childElementCount) place.append(status);
}
