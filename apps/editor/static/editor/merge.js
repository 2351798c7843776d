/* Merging after a conflict: each difference gets a button that switches between the stored and the typed lines. */

{
  const desk = (window.desk ??= {});

  const has = (cell) => cell.textContent !== "";

  /** Return the hunks of a comparison table: each run of differing lines, with the lines before and after it. */
  const hunks = (table) => {
    const found = [];
    let open = null, before;
    for (const row of table.tBodies[0].rows) {
      const [oldNumber, old, newNumber, own] = row.cells;
      if (row.className === "same" || row.className === "gap") {
        if (open && row.className === "same") open.after = own.textContent;
        open = null;
        before = row.className === "same" ? own.textContent : undefined;
        continue;
      }
      open ??= found[found.push({ theirs: [], mine: [], before, row: null, isTheirs: false }) - 1];
      open.row = row;
      if (has(oldNumber)) open.theirs.push(old.textContent);
      if (has(newNumber)) open.mine.push(own.textContent);
    }
    return found;
  };

  /** Return the index of the sought lines in a text, between the lines that surround them; -1 if they are not found. */
  const find = (lines, sought, { before, after }) => {
    const isAt = (at) =>
      sought.every((line, place) => lines[at + place] === line) &&
      (before === undefined ? true : lines[at - 1] === before) &&
      (after === undefined ? true : lines[at + sought.length] === after);
    const places = lines.map((_, at) => at).concat(lines.length).filter(isAt);
    if (before === undefined && !sought.length) return after === undefined ? -1 : Math.max(-1, places.indexOf(0));
    return places.length ? (after === undefined ? places.at(-1) : places[0]) : -1;
  };

  const swap = (control, hunk) => {
    const [from, to] = hunk.isTheirs ? [hunk.theirs, hunk.mine] : [hunk.mine, hunk.theirs];
    const lines = control.value.split("\n");
    const at = find(lines, from, hunk);
    if (at === -1) return false;
    const whole = [...lines.slice(0, at), ...to, ...lines.slice(at + from.length)].join("\n");
    desk.text.replace(control, 0, control.value.length, whole);
    const start = [...lines.slice(0, at), ""].join("\n").length;
    control.setSelectionRange(start, Math.min(whole.length, start + to.join("\n").length));
    hunk.isTheirs = !hunk.isTheirs;
    return true;
  };

  const offer = (control, hunk, words) => {
    const row = hunk.row.parentNode.insertRow(hunk.row.sectionRowIndex + 1);
    row.className = "choose";
    const cell = row.insertCell();
    cell.colSpan = 4;
    const button = Object.assign(document.createElement("button"), { type: "button", className: "button", textContent: words.theirs });
    const note = Object.assign(document.createElement("span"), { className: "choose-note" });
    note.setAttribute("role", "status");
    button.addEventListener("click", () => {
      const isDone = swap(control, hunk);
      note.textContent = isDone ? "" : words.moved;
      button.textContent = hunk.isTheirs ? words.mine : words.theirs;
      button.focus();
    });
    cell.append(button, note);
  };

  desk.merge = (editor) => {
    for (const table of document.querySelectorAll(".conflict .difference[data-field]")) {
      const control = editor.form.elements[table.dataset.field];
      const isText = control?.matches?.("textarea, input[type=text], input[type=url]");
      if (isText) for (const hunk of hunks(table)) offer(control, hunk, editor.words);
    }
  };
}
