/* The menu of what can be inserted: by its button, or by "/" at the beginning of an empty line and the first letters. */

{
  const desk = (window.desk ??= {});

  desk.insertMenu = (editor) => {
    const { area, root } = editor;
    const menu = root.querySelector(".insert-menu");
    const options = [...menu.children];
    options.forEach((option, place) => { option.id = `insert-${place}`; });
    /* Where the "/" stands, if the menu was opened by it; the letters after it choose among the options. */
    let from = null;

    const shown = () => options.filter((option) => !option.hidden);
    const chosen = () => options.find((option) => option.getAttribute("aria-selected") === "true");

    const choose = (option) => {
      for (const other of options) other.setAttribute("aria-selected", other === option);
      if (option) {
        area.setAttribute("aria-activedescendant", option.id);
        option.scrollIntoView({ block: "nearest" });
      } else area.removeAttribute("aria-activedescendant");
    };

    const close = () => {
      menu.hidden = true;
      from = null;
      for (const name of ["aria-activedescendant", "aria-controls", "aria-expanded"]) area.removeAttribute(name);
    };

    const open = (at = null) => {
      from = at;
      for (const option of options) option.hidden = false;
      menu.hidden = false;
      area.setAttribute("aria-controls", menu.id);
      const [place, box] = [editor.layer.placeOf(area.selectionStart), root.getBoundingClientRect()];
      const below = place.bottom + menu.offsetHeight + 8 < innerHeight;
      menu.style.insetBlockStart = `${(below ? place.bottom + 4 : place.top - menu.offsetHeight - 4) - box.top}px`;
      menu.style.insetInlineStart = `${Math.max(0, Math.min(place.left, innerWidth - menu.offsetWidth - 16) - box.left)}px`;
      choose(options[0]);
      area.focus();
    };

    const run = (option) => {
      const start = from;
      close();
      if (start !== null) desk.text.replace(area, start, area.selectionStart, "");
      desk.run(editor, option.dataset.command);
    };

    area.addEventListener("input", (event) => {
      const at = area.selectionStart;
      if (menu.hidden) {
        const line = area.value.slice(area.value.lastIndexOf("\n", at - 1) + 1, at);
        if (event.data === "/" && line === "/") open(at - 1);
        return;
      }
      const typed = from === null ? null : area.value.slice(from, at);
      if (typed === null || !typed.startsWith("/") || typed.includes("\n")) return close();
      const letters = typed.slice(1).trim().toLocaleLowerCase();
      for (const option of options) option.hidden = !option.textContent.toLocaleLowerCase().split(/\s+/).some((word) => word.startsWith(letters));
      if (shown().length) choose(shown()[0]);
      else close();
      return undefined;
    });
    area.addEventListener("keydown", (event) => {
      if (menu.hidden || event.isComposing) return;
      const all = shown();
      const here = all.indexOf(chosen());
      if (event.key === "ArrowDown") choose(all[(here + 1) % all.length]);
      else if (event.key === "ArrowUp") choose(all.at(here - 1));
      else if (event.key === "Enter" || event.key === "Tab") run(chosen());
      else if (event.key === "Escape") close();
      else if (from === null && event.key.length === 1) return close();
      else return undefined;
      event.preventDefault();
      event.stopImmediatePropagation();
      return undefined;
    });
    // Before the text loses the focus.
    menu.addEventListener("mousedown", (event) => event.preventDefault());
    menu.addEventListener("click", ({ target }) => target.closest("[role=option]") && run(target.closest("[role=option]")));
    area.addEventListener("blur", close);
    return { open };
  };
}
