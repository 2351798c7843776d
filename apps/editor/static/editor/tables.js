/* Pasting as Markdown: a URL over selected words, rows of a spreadsheet, a table of an HTML page. */

{
  const desk = (window.desk ??= {});
  const MAX_CELLS = 5000;

  const isAddress = (text) => /^(https?:\/\/|mailto:)\S+$/i.test(text);

  const cell = (text) => text.replace(/\s*\n\s*/g, " ").replaceAll("|", "\\|").trim();

  /** Return a line of dashes as wide as its column, with the colons of another one. */
  const dashes = (width, mark) => (mark.startsWith(":") ? ":" : "-") + "-".repeat(width - 2) + (mark.endsWith(":") ? ":" : "-");

  /** Return rows of cells in Markdown as an aligned table, and where in it a cell's text begins and how long it is. The first
      row is the header; `marks` are the dashes of the columns, whose colons are kept. */
  const aligned = (rows, marks = [], row = 0, column = 0) => {
    const columns = Math.max(...rows.map((each) => each.length));
    const whole = rows.map((each) => [...each, ...Array(columns - each.length).fill("")]);
    const widths = whole[0].map((_, at) => Math.min(40, Math.max(3, ...whole.map((each) => each[at].length))));
    const lines = whole.map((each) => `| ${each.map((text, at) => text.padEnd(widths[at])).join(" | ")} |`);
    lines.splice(1, 0, `| ${widths.map((width, at) => dashes(width, marks[at] ?? "")).join(" | ")} |`);
    const before = lines.slice(0, row ? row + 1 : 0).reduce((sum, line) => sum + line.length + 1, 0);
    const start = before + 2 + whole[row].slice(0, column).reduce((sum, text, at) => sum + Math.max(text.length, widths[at]) + 3, 0);
    return { text: lines.join("\n"), start, size: whole[row][column].length };
  };

  /** Return rows of texts as a Markdown table; the first row is its header. */
  const table = (rows) => aligned(rows.map((row) => row.map(cell))).text;

  /** Return the rows of tab-separated text from a spreadsheet, or null; cells with line breaks are quoted. */
  const tabbed = (text) => {
    if (!text.includes("\t")) return null;
    const rows = [[]];
    const piece = /("(?:[^"]|"")*"(?=\t|\n|$)|[^\t\n]*)(\t|\n|$)/gy;
    const whole = text.replace(/\r\n?/g, "\n").replace(/\n$/, "");
    for (let found; piece.lastIndex <= whole.length && (found = piece.exec(whole)); ) {
      const [, raw, end] = found;
      rows.at(-1).push(raw.startsWith('"') && raw.endsWith('"') && raw.length > 1 ? raw.slice(1, -1).replaceAll('""', '"') : raw);
      if (end === "\n") rows.push([]);
      if (end === "") break;
    }
    const isEven = rows.every((row) => row.length === rows[0].length);
    return isEven && rows[0].length > 1 && !rows.some((row) => row.every((text) => !text.trim())) ? rows : null;
  };

  /** Return the rows of HTML that consists of a single table, or null. */
  const ofHtml = (html) => {
    const page = desk.parsed(html);
    const tables = page.querySelectorAll("table");
    if (tables.length !== 1) return null;
    const around = page.body.textContent.replace(tables[0].textContent, "").trim();
    if (around) return null;
    return [...tables[0].rows].map((row) => [...row.cells].flatMap((td) => [td.textContent, ...Array(Math.min(td.colSpan, 50) - 1).fill("")]));
  };

  /** Handle a paste as a link or a table; returns whether it was one. */
  const paste = (area, data) => {
    const text = data.getData("text/plain");
    const words = desk.text.selected(area);
    const address = text.trim();
    if (words && !words.includes("\n") && isAddress(address) && !isAddress(words)) {
      const link = `[${words}](${target(address)})`;
      desk.text.replace(area, area.selectionStart, area.selectionEnd, link);
      return true;
    }
    const html = data.getData("text/html");
    const rows = (html && ofHtml(html)) || tabbed(text);
    if (!rows?.length || !rows[0].length || rows.flat().length > MAX_CELLS) return false;
    desk.text.block(area, table(rows));
    return true;
  };

  /** Return a URL as the target of a Markdown link: in angle brackets if it contains brackets or spaces. */
  const target = (address) => (/[()\s]/.test(address) ? `<${address.replaceAll(">", "%3E")}>` : address);

  desk.tables = { aligned, table, paste, target, isAddress };
}
