/* What pages can do with JavaScript and do not need it for: choose colours, copy code, keep the contents open where
   there is room beside the text. Words come from the script's own element, so that they are translated. */

{
  const words = document.currentScript.dataset;
  const root = document.documentElement;

  /* Colours. The choice is kept in this browser alone; the inline script applies it before the next page is painted. */

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
      } catch { /* Then it lasts as long as this page. */ }
    });
  }
  addEventListener("storage", ({ key, newValue }) => {
    if (key === "scheme") show(newValue || "system");
  });
  /* A page taken back from the browser's memory may be older than the choice. */
  addEventListener("pageshow", ({ persisted }) => {
    if (!persisted) return;
    try { show(localStorage.getItem("scheme") || "system"); } catch { /* As it was. */ }
  });

  /* Contents: open beside the text, folded above it. The width is the stylesheet's. */

  const contents = document.querySelector(".toc details");
  if (contents) {
    const beside = matchMedia("(min-width: 82rem)");
    const fold = () => { contents.open = beside.matches; };
    beside.addEventListener("change", fold);
    fold();
  }

  /* Code. `clipboard` is there over HTTPS and on this machine alone. */

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
      button.textContent = words.copy;
      button.addEventListener("click", async () => {
        let said = words.copied;
        try { await navigator.clipboard.writeText(block.querySelector("code").textContent); } catch { said = words.failed; }
        button.textContent = status.textContent = said;
        setTimeout(() => { button.textContent = words.copy; status.textContent = ""; }, 2000);
      });
      block.append(button);
    }
  }
}
