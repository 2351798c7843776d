/* Progressive enhancement of the pages: choosing a colour scheme, copying code, enlarging the pictures of galleries, showing
   what is embedded, and opening the table of contents where it fits beside the text. Translated labels come from the data attributes of the script element. */

{
  const labels = document.currentScript.dataset;
  const root = document.documentElement;

  /* Colour scheme. The choice is stored in this browser only; the inline script applies it before the first paint. */

  const DEFAULT = root.dataset.schemeDefault ?? "system";
  const radios = [...document.querySelectorAll(".scheme input")];
  const show = (scheme) => {
    root.dataset.scheme = scheme;
    for (const radio of radios) radio.checked = radio.value === scheme;
  };
  show(root.dataset.scheme || DEFAULT);
  for (const radio of radios) {
    radio.addEventListener("change", () => {
      show(radio.value);
      try {
        if (radio.value === DEFAULT) localStorage.removeItem("scheme");
        else localStorage.setItem("scheme", radio.value);
      } catch { /* Storage is forbidden: the choice applies to this page only. */ }
    });
  }
  addEventListener("storage", ({ key, newValue }) => {
    if (key === "scheme") show(newValue || DEFAULT);
  });
  /* A page restored from the back/forward cache may be older than the choice. */
  addEventListener("pageshow", ({ persisted }) => {
    if (!persisted) return;
    try { show(localStorage.getItem("scheme") || DEFAULT); } catch { /* Storage is forbidden: nothing changes. */ }
  });

  /* Table of contents: open beside the text, folded above it. Keep the width equal to that in broadsheet.css. */

  const contents = document.querySelector(".toc details");
  if (contents) {
    const beside = matchMedia("(min-width: 82rem)");
    const fold = () => { contents.open = beside.matches; };
    beside.addEventListener("change", fold);
    fold();
  }

  /* Copy buttons of code blocks. Browsers offer `clipboard` only over HTTPS and on localhost. */

  const blocks = document.querySelectorAll(".highlight");
  if (blocks.length && navigator.clipboard) {
    const status = document.createElement("p");
    status.className = "visually-hidden";
    status.setAttribute("role", "status");
    document.body.append(status);
    for (const block of blocks) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "copy";
      button.textContent = labels.copy;
      button.addEventListener("click", async () => {
        let result = labels.copied;
        try { await navigator.clipboard.writeText(block.querySelector("code").textContent); } catch { result = labels.failed; }
        button.textContent = status.textContent = result;
        setTimeout(() => { button.textContent = labels.copy; status.textContent = ""; }, 2000);
      });
      block.append(button);
    }
  }

  /* Galleries: each picture opens as a whole in a dialog, from which arrows lead to the others. Escape closes it. */

  for (const gallery of document.querySelectorAll(".gallery")) {
    const pictures = [...gallery.querySelectorAll("figure")];
    const dialog = document.createElement("dialog");
    dialog.className = "enlarged";
    dialog.setAttribute("aria-label", labels.enlarge);
    const caption = document.createElement("p");
    const buttons = document.createElement("div");
    dialog.append(caption, buttons);
    let shown = 0;
    const show = (number) => {
      shown = (number + pictures.length) % pictures.length;
      const picture = pictures[shown].querySelector("picture, img").cloneNode(true);
      for (const source of picture.querySelectorAll("source")) source.sizes = "100vw";
      for (const image of [picture, ...picture.querySelectorAll("img")]) image.removeAttribute("loading");
      dialog.querySelector("picture, img")?.remove();
      dialog.prepend(picture);
      caption.textContent = pictures[shown].querySelector("figcaption")?.textContent ?? "";
    };
    const actions = [["previous", () => show(shown - 1)], ["next", () => show(shown + 1)], ["close", () => dialog.close()]];
    for (const [name, action] of actions) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = labels[name];
      button.addEventListener("click", action);
      buttons.append(button);
    }
    dialog.addEventListener("keydown", ({ key }) => {
      const forward = getComputedStyle(dialog).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
      if (key === "ArrowLeft" || key === "ArrowRight") show(shown + (key === forward ? 1 : -1));
    });
    dialog.addEventListener("close", () => pictures[shown].querySelector("button").focus());
    for (const [number, figure] of pictures.entries()) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "gallery-open";
      button.setAttribute("aria-label", [labels.enlarge, figure.querySelector("img").alt].filter(Boolean).join(": "));
      button.addEventListener("click", () => { show(number); dialog.showModal(); });
      const picture = figure.querySelector("picture, img");
      picture.replaceWith(button);
      button.append(picture);
    }
    document.body.append(dialog);
  }

  /* Embeds: nothing is asked of another site before its button is pressed. The page's policy allows frames of the sites
     of its embeds only. A frame runs scripts of its own site, opens links in a tab, and cannot lead this page away. */

  const SANDBOX = "allow-scripts allow-same-origin allow-presentation allow-popups allow-popups-to-escape-sandbox";
  for (const [number, embed] of document.querySelectorAll(".embed[data-player]").entries()) {
    const stage = document.createElement("div");
    stage.className = "embed-stage";
    const note = document.createElement("p");
    note.id = `embed-note-${number + 1}`;
    note.textContent = embed.dataset.note;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = embed.dataset.show;
    button.setAttribute("aria-describedby", note.id);
    button.addEventListener("click", () => {
      const frame = document.createElement("iframe");
      frame.title = embed.textContent.slice(stage.textContent.length);
      frame.allow = "fullscreen";
      /* Some players do not start without the name of the site. The path of the page is not sent. */
      frame.referrerPolicy = "strict-origin-when-cross-origin";
      frame.sandbox = SANDBOX;
      frame.src = embed.dataset.player;
      stage.replaceChildren(frame);
      frame.focus();
    });
    stage.append(button, note);
    embed.prepend(stage);
  }
}
