/* Finding and replacing words in the text. */

{
  const desk = (window.desk ??= {});

  desk.find = (editor) => {
    const { area, root } = editor;
    const box = root.querySelector(".editor-find");
    const [words, instead, count] = [".find-words", ".find-instead", ".find-count"].map((name) => box.querySelector(name));

    /** Return the offsets at which the words stand. Upper and lower case are alike unless the words have capitals. */
    const places = () => {
      if (!words.value) return [];
      const fold = words.value === words.value.toLowerCase() ? (text) => text.toLowerCase() : (text) => text;
      const text = fold(area.value);
      // A few letters change their length with their case; then case counts.
      const [where, what] = text.length === area.value.length ? [text, fold(words.value)] : [area.value, words.value];
      const found = [];
      for (let at = where.indexOf(what); at !== -1; at = where.indexOf(what, at + what.length)) found.push(at);
      return found;
    };

    /** Colour what was found: a browser shows no selection of a text that lacks the focus. */
    const colour = (at) => {
      if (!window.CSS?.highlights) return;
      if (at === undefined) CSS.highlights.delete("desk-found");
      else CSS.highlights.set("desk-found", new Highlight(editor.layer.rangeOf(at, at + words.value.length)));
    };

    const show = (at, all) => {
      const { dataset } = count;
      count.textContent = !words.value ? "" : at === undefined ? dataset.none : dataset.found.replace("{number}", all.indexOf(at) + 1).replace("{all}", all.length);
      colour(at);
      if (at === undefined) return;
      area.setSelectionRange(at, at + words.value.length);
      editor.layer.scrollTo(at);
    };

    const go = (step) => {
      const all = places();
      const here = step === "previous" ? area.selectionStart : area.selectionEnd;
      const at = step === "previous" ? (all.findLast((place) => place < here) ?? all.at(-1)) : (all.find((place) => place >= here) ?? all[0]);
      show(at, all);
    };

    const isOn = () => places().includes(area.selectionStart) && area.selectionEnd - area.selectionStart === words.value.length;

    const replaceOne = () => {
      if (isOn()) {
        const { activeElement } = document;
        desk.text.replace(area, area.selectionStart, area.selectionEnd, instead.value);
        activeElement.focus();
      }
      go("next");
    };

    /* One piece from the first to the last place: one step of the browser's undo takes it back. */
    const replaceAll = () => {
      const all = places();
      if (!all.length) return show(undefined, all);
      const [start, end] = [all[0], all.at(-1) + words.value.length];
      let piece = "";
      all.forEach((at, place) => {
        piece += instead.value + area.value.slice(at + words.value.length, all[place + 1] ?? end);
      });
      desk.text.replace(area, start, end, piece);
      words.focus();
      return show(places()[0], places());
    };

    const close = () => {
      box.hidden = true;
      area.focus();
    };

    const RUN = { next: () => go("next"), previous: () => go("previous"), replace: replaceOne, all: replaceAll, close };

    area.addEventListener("focus", () => colour());
    box.addEventListener("click", ({ target }) => RUN[target.closest("button")?.dataset.find]?.());
    words.addEventListener("input", () => {
      area.setSelectionRange(0, 0);
      go("next");
    });
    box.addEventListener("keydown", (event) => {
      if (event.key === "Escape") close();
      else if (event.key === "Enter" && event.target === words) go(event.shiftKey ? "previous" : "next");
      else if (event.key === "Enter" && event.target === instead) replaceOne();
      else return;
      event.preventDefault();
      event.stopPropagation();
    });

    return {
      open: () => {
        const said = desk.text.selected(area);
        box.hidden = false;
        if (said && !said.includes("\n")) words.value = said;
        words.select();
        words.focus();
        if (words.value) show(places().find((at) => at >= area.selectionStart) ?? places()[0], places());
      },
    };
  };
}
