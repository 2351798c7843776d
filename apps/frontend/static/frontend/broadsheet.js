/* Progressive enhancement of the pages: choosing a colour scheme, copying code, showing what is embedded, and opening the
   table of contents where it fits beside the text. Translated labels come from the data attributes of the script element. */

{
  const labels = document.currentScript.dataset;
  const root = document.documentElement;

  /* Colour scheme. The choice is stored in this browser only; the inline script applies it before the first paint. */

  const radios = [...document.querySelectorAll(".scheme input")];
  const show = (scheme) => {
    root.dataset.scheme = scheme;
    for (const radio of radios) radio.checked = radio.value === scheme;
  };
  show(root.dataset.scheme || "system");
  for (const radio of radios) {
    radio.addEventListener("change", () => {
      show(radio.value);
      try {
        if (radio.value === "system") localStorage.removeItem("scheme");
        else localStorage.setItem("scheme", radio.value);
      } catch { /* Storage is forbidden: the choice applies to this page only. */ }
    });
  }
  addEventListener("storage", ({ key, newValue }) => {
    if (key === "scheme") show(newValue || "system");
  });
  /* A page restored from the back/forward cache may be older than the choice. */
  addEventListener("pageshow", ({ persisted }) => {
    if (!persisted) return;
    try { show(localStorage.getItem("scheme") || "system"); } catch { /* Storage is forbidden: nothing changes. */ }
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
