/* The bar above a post: its menu closes by itself, its preview stores first what was typed, and on a phone a button shows
   what belongs to the post. */

{
  const desk = (window.desk ??= {});

  const closeOutside = (menu) => {
    document.addEventListener("click", ({ target }) => {
      if (!menu.contains(target)) menu.open = false;
    });
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !menu.open) return;
      event.stopPropagation();
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  };

  /** The preview shows the stored post: what was typed is stored before it is opened, and a new post is created so. */
  const storeBeforePreview = (editor, link) => {
    link.hidden = false;
    const open = async (event) => {
      if (link.href && !editor.autosave.isDirty()) return;
      event.preventDefault();
      // Opened now, since browsers permit no window later on.
      const page = window.open("", "_blank");
      if (page) page.opener = null;
      await editor.pasting.settled();
      const found = await editor.autosave.flush();
      if (link.href && page) page.location = link.href;
      else page?.close();
      if (!link.href && found === "kept") editor.problem.textContent = editor.words.nothing;
    };
    link.addEventListener("click", open);
    link.addEventListener("keydown", (event) => event.key === "Enter" && !link.href && open(event));
  };

  /** Return the upper and the lower edge, in the window, of what the bars leave of it for the text. */
  desk.shownPart = () => ({ top: covered.above, bottom: innerHeight - covered.below });

  /* Pixels of the window that bars cover. */
  const covered = { above: 0, below: 0 };

  /** Keep the heights of the bars that stay in the window for the stylesheet: they come one below the other. */
  const measure = (sides) => {
    const { style } = document.documentElement;
    const show = () => {
      for (const [side, bars] of Object.entries(sides)) {
        covered[side] = 0;
        for (const [name, bar] of Object.entries(bars)) {
          const height = getComputedStyle(bar).position === "sticky" ? bar.offsetHeight : 0;
          style.setProperty(`--${name}-height`, `${height}px`);
          covered[side] += height;
        }
        style.setProperty(`--${side}`, `${covered[side]}px`);
      }
    };
    const observer = new ResizeObserver(show);
    for (const bars of Object.values(sides)) for (const bar of Object.values(bars)) observer.observe(bar);
    show();
  };

  desk.bar = (editor) => {
    const { form } = editor;
    const bar = form.querySelector(".bar");
    const [tools, find, shown, foot, strip] = [".editor-tools", ".editor-find", ".editor-shown", ".editor-foot", ".picture-strip"].map((name) => editor.root.querySelector(name));
    measure({ above: { bar, tools, find }, below: { shown, strip, foot } });
    const link = bar.querySelector(".previewlink");
    if (link) storeBeforePreview(editor, link);
    closeOutside(bar.querySelector(".bar-more"));
    const button = bar.querySelector(".bar-panel");
    const panel = document.getElementById("panel");
    const show = (on) => {
      panel.classList.toggle("is-open", on);
      button.setAttribute("aria-expanded", on);
    };
    form.classList.add("has-bar");
    button.hidden = false;
    // An error in the panel must be seen.
    show(panel.querySelector(".errors") !== null);
    button.addEventListener("click", () => {
      show(!panel.classList.contains("is-open"));
      // The bar stays on top, and would hide the first rows.
      panel.style.scrollMarginTop = `${bar.offsetHeight}px`;
      if (panel.classList.contains("is-open")) panel.scrollIntoView({ block: "start" });
    });
  };
}
