/* The menu of what can be inserted: by its button, or by "/" at the beginning of an empty line and the first letters. */

{
  const desk = (window.desk ??= {});

  desk.insertMenu = (editor) => {
    const { area, root } = editor;
    const menu = root.querySelector(".insert-menu");
    const options = [...menu.children];
    options.forEach((option, place) => { option.id = `insert-${place}`; });
    /* Where the "/" stands, if the menu was opened by it. The letters after it choose among the options; without it they
       are kept here, and do not become part of the text. */
    let from = null, letters = "";

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
      letters = "";
      for (const option of options) option.hidden = false;
      menu.hidden = false;
      area.setAttribute("aria-controls", menu.id);
      const [place, box] = [editor.layer.placeOf(area.selectionStart), root.getBoundingClientRect()];
      // Where there is room for it, at the cursor's line also while letters narrow it.
      const tools = root.querySelector(".editor-tools").getBoundingClientRect();
      const [above, below] = [place.top - tools.bottom - 8, desk.shownPart().bottom - place.bottom - 8];
      const isBelow = menu.scrollHeight <= below || below >= above;
      menu.style.maxHeight = `${Math.max(120, isBelow ? below : above)}px`;
      menu.style.insetBlockStart = isBelow ? `${place.bottom + 4 - box.top}px` : "auto";
      menu.style.insetBlockEnd = isBelow ? "auto" : `${box.bottom - place.top + 4}px`;
      menu.style.insetInlineStart = `${Math.max(0, Math.min(place.left, innerWidth - menu.offsetWidth - 16) - box.left)}px`;
      choose(options[0]);
      area.focus();
    };

    /** Show the options of which a word, or another word for the same, begins with these letters; close the menu if there is none. */
    const narrow = (typed) => {
      const wanted = typed.toLocaleLowerCase();
      const words = ({ textContent, dataset }) => `${textContent} ${dataset.also ?? ""}`.toLocaleLowerCase().split(/\s+/);
      for (const option of options) option.hidden = !words(option).some((word) => word.startsWith(wanted));
      if (shown().length) choose(shown()[0]);
      else close();
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
      narrow(typed.slice(1).trim());
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
      else if (from === null && event.key.length === 1 && !event.ctrlKey && !event.metaKey) narrow(letters += event.key);
      else if (from === null && event.key === "Backspace" && letters) narrow(letters = letters.slice(0, -1));
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
