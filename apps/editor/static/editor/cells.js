/* Tables as they are written: Tab and Shift+Tab go from cell to cell, and the columns stay aligned. Behind the last cell
   there is a new row. Enter goes down, and from the last row to a new paragraph below the table. Escape, then Tab, leaves the
   text (https://www.w3.org/WAI/WCAG22/Understanding/no-keyboard-trap). */

{
  const desk = (window.desk ??= {});

  const ROW = /^\s*\|/;
  const MARKS = /^\s*\|(\s*:?-+:?\s*\|)*\s*:?-+:?\s*\|?\s*$/;
  const PIPE = /(?<=(?<!\\)(?:\\\\)*)\|/;

  const cellsOf = (line) => {
    const parts = line.trim().slice(1).split(PIPE);
    if (parts.length > 1 && !parts.at(-1).trim()) parts.pop();
    return parts.map((text) => text.trim());
  };

  /** Return the table that a place of the text is in: its rows, and the row and column of the place; or null. */
  const tableAt = (value, at) => {
    const lines = value.split("\n");
    const here = value.slice(0, at).split("\n").length - 1;
    let [from, to] = [here, here];
    while (from > 0 && ROW.test(lines[from - 1])) from -= 1;
    while (to < lines.length - 1 && ROW.test(lines[to + 1])) to += 1;
    if (!ROW.test(lines[here]) || to === from || !MARKS.test(lines[from + 1]) || desk.text.isInCodeBlock(value, at)) return null;
    const start = lines.slice(0, from).join("\n").length + (from ? 1 : 0);
    const shown = lines.slice(from, to + 1);
    const lineStart = value.lastIndexOf("\n", at - 1) + 1;
    const column = value.slice(lineStart, at).trimStart().slice(1).split(PIPE).length - 1;
    return { start, end: start + shown.join("\n").length, rows: shown.map(cellsOf), row: here - from, column };
  };

  /** Go to the next cell, or to the one before. Returns false where there is none, so that Tab leaves the text. */
  const move = (area, isBack) => {
    const { value, selectionStart, selectionEnd } = area;
    const table = value.slice(selectionStart, selectionEnd).includes("\n") ? null : tableAt(value, selectionStart);
    if (!table) return false;
    const { rows } = table;
    const columns = Math.max(...rows.map((row) => row.length));
    let row = table.row + (table.row > 1 ? -1 : 0);
    let column = Math.min(table.column, columns - 1);
    // The line of dashes has no cells: from it one goes to its neighbours.
    if (table.row === 1) [row, column] = isBack ? [1, 0] : [0, columns - 1];
    const [marks] = rows.splice(1, 1);
    const next = row * columns + column + (isBack ? -1 : 1);
    if (next < 0) return false;
    [row, column] = [Math.floor(next / columns), next % columns];
    if (row === rows.length) rows.push([]);
    const { text, start, size } = desk.tables.aligned(rows, marks, row, column);
    if (value.slice(table.start, table.end) !== text) desk.text.replace(area, table.start, table.end, text);
    area.setSelectionRange(table.start + start, table.start + start + size);
    return true;
  };

  /** Go down a row, or below the table; an empty last row goes away. Returns false where Enter begins a line as elsewhere. */
  const goDown = (area) => {
    const { value, selectionStart, selectionEnd } = area;
    const table = value.slice(selectionStart, selectionEnd).includes("\n") ? null : tableAt(value, selectionStart);
    if (!table || selectionStart === table.start) return false;
    const { rows } = table;
    const isLast = table.row === rows.length - 1;
    const [marks] = rows.splice(1, 1);
    const row = table.row > 1 ? table.row : 1;
    const column = Math.max(0, Math.min(table.column, Math.max(...rows.map(({ length }) => length)) - 1));
    if (isLast && rows.length > 1 && !rows.at(-1).some(Boolean)) rows.pop();
    const { text, start, size } = desk.tables.aligned(rows, marks, isLast ? 0 : row, column);
    if (isLast) {
      desk.text.replace(area, table.start, value.slice(table.end).trim() ? table.end : value.length, `${text}\n\n`);
    } else {
      if (value.slice(table.start, table.end) !== text) desk.text.replace(area, table.start, table.end, text);
      area.setSelectionRange(table.start + start, table.start + start + size);
    }
    return true;
  };

  desk.cells = ({ area, said, words }) => {
    let leaves = false;
    area.addEventListener("keydown", (event) => {
      if (event.isComposing || ["Shift", "Control", "Alt", "Meta"].includes(event.key)) return;
      const isPlain = !event.ctrlKey && !event.altKey && !event.metaKey;
      const moved = (event.key === "Tab" && isPlain && !leaves && move(area, event.shiftKey)) || (event.key === "Enter" && isPlain && !event.shiftKey && goDown(area));
      leaves = event.key === "Escape";
      if (!moved) return;
      event.preventDefault();
      // Said once: written again, the same words would be read out again.
      if (said.textContent !== words.cells) said.textContent = words.cells;
    });
    area.addEventListener("blur", () => {
      leaves = false;
      if (said.textContent === words.cells) said.textContent = "";
    });
  };
}
