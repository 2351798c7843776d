/* Changes to the text of the textarea. Every change goes through `replace`, which simulates typing, so that the
   browser's own undo reverts it. */

{
  const desk = (window.desk ??= {});

  /** Replace a range of the text as if it were typed, and select from `from` to `to` (offsets in the new piece). */
  const replace = (area, start, end, piece, from = piece.length, to = from) => {
    area.focus();
    area.setSelectionRange(start, end);
    const typed = piece ? document.execCommand("insertText", false, piece) : start === end || document.execCommand("delete");
    if (!typed) {
      area.setRangeText(piece, start, end, "end");
      area.dispatchEvent(new Event("input", { bubbles: true }));
    }
    area.setSelectionRange(start + from, start + to);
  };

  const selected = (area) => area.value.slice(area.selectionStart, area.selectionEnd);

  /** Replace a placeholder without moving the cursor, the selection or the scroll position of the user. */
  const swap = (area, placeholder, piece) => {
    const at = area.value.indexOf(placeholder);
    if (at === -1) return;
    const { activeElement } = document;
    const [start, end, top] = [area.selectionStart, area.selectionEnd, scrollY];
    const moved = (place) => (place <= at ? place : place >= at + placeholder.length ? place + piece.length - placeholder.length : at + piece.length);
    replace(area, at, at + placeholder.length, piece);
    area.setSelectionRange(moved(start), moved(end));
    if (activeElement !== area) activeElement?.focus({ preventScroll: true });
    scrollTo({ top, behavior: "instant" });
  };

  /* Marks around words: **bold** */

  const wrap = (area, mark, words) => {
    const { value, selectionStart: start, selectionEnd: end } = area;
    const size = mark.length;
    const inner = value.slice(start, end);
    if (inner.length > 2 * size && inner.startsWith(mark) && inner.endsWith(mark)) {
      return replace(area, start, end, inner.slice(size, -size), 0, inner.length - 2 * size);
    }
    if (value.slice(start - size, start) === mark && value.slice(end, end + size) === mark && isOnly(value, start, end, mark)) {
      return replace(area, start - size, end + size, inner, 0, inner.length);
    }
    const said = inner.trim() || words;
    const [before, after] = inner.trim() ? [inner.match(/^\s*/)[0], inner.match(/\s*$/)[0]] : ["", ""];
    const from = before.length + size;
    replace(area, start, end, before + mark + said + mark + after, from, from + said.length);
  };

  /** Return whether a mark is not part of a longer one: a star of **bold** is not the mark of *italic*. */
  const isOnly = (value, start, end, mark) =>
    mark !== "*" || (value[start - 2] !== "*" && value[end + 1] !== "*") || (value.slice(start - 3, start) === "***" && value.slice(end, end + 3) === "***");

  /* Marks before lines: lists, quotes, headings */

  const lines = (area) => {
    const start = area.value.lastIndexOf("\n", area.selectionStart - 1) + 1;
    const last = area.selectionEnd > area.selectionStart && area.value[area.selectionEnd - 1] === "\n" ? area.selectionEnd - 1 : area.selectionEnd;
    const next = area.value.indexOf("\n", last);
    const end = next === -1 ? area.value.length : next;
    return { start, end, all: area.value.slice(start, end).split("\n") };
  };

  const KINDS = {
    bulleted: { is: /^(\s*)[-*+] (?!\[[ xX]\] )/, mark: () => "- " },
    numbered: { is: /^(\s*)\d+[.)] /, mark: (place) => `${place}. ` },
    tasks: { is: /^(\s*)[-*+] \[[ xX]\] /, mark: () => "- [ ] " },
    quote: { is: /^(\s*)> ?/, mark: () => "> " },
  };
  const ANY_ITEM = /^(\s*)(?:[-*+] (?:\[[ xX]\] )?|\d+[.)] )/;

  const prefix = (area, name) => {
    const { start, end, all } = lines(area);
    const { is, mark } = KINDS[name];
    const isOn = all.every((line) => is.test(line) || (!line.trim() && all.length > 1));
    let place = 0;
    const changed = all.map((line) => {
      if (!line.trim() && all.length > 1) return name === "quote" && !isOn ? ">" : line;
      if (isOn) return line.replace(is, "$1");
      place += 1;
      const bare = name === "quote" ? line : line.replace(ANY_ITEM, "$1");
      return bare.replace(/^\s*/, (space) => space + mark(place));
    }).join("\n");
    const from = area.selectionStart === area.selectionEnd ? changed.length : 0;
    replace(area, start, end, changed, from, changed.length);
  };

  const heading = (area, words) => {
    const { start, all } = lines(area);
    const line = all[0];
    const level = line.match(/^(#{1,6}) /)?.[1].length ?? 0;
    const bare = line.replace(/^#{1,6} /, "") || words;
    const marks = level === 0 ? "## " : level < 4 ? "#".repeat(Math.max(level + 1, 3)) + " " : "";
    replace(area, start, start + line.length, marks + bare, marks.length, marks.length + bare.length);
  };

  /* Blocks, separated by empty lines */

  const block = (area, piece, from, to) => {
    const { value, selectionStart: start, selectionEnd: end } = area;
    const before = start === 0 || value.slice(0, start).endsWith("\n\n") ? "" : value[start - 1] === "\n" ? "\n" : "\n\n";
    const after = end === value.length ? "\n" : value.slice(end).startsWith("\n\n") ? "" : value[end] === "\n" ? "\n" : "\n\n";
    const whole = before + piece + after;
    replace(area, start, end, whole, before.length + (from ?? piece.length), before.length + (to ?? from ?? piece.length));
    return whole;
  };

  /** Put the cursor into a new paragraph below, where writing goes on. */
  const below = (area) => {
    const { value, selectionEnd: at } = area;
    replace(area, at, value.slice(at).trim() ? at : value.length, "\n\n");
  };

  const codeBlock = (area) => {
    const inner = selected(area).replace(/\n$/, "");
    const fence = "`".repeat(Math.max(3, ...[...inner.matchAll(/`+/g)].map(([ticks]) => ticks.length + 1)));
    block(area, `${fence}\n${inner}\n${fence}`, fence.length + 1, fence.length + 1 + inner.length);
  };

  /* Continuing lists on Enter, and indenting items */

  const MARKER = /^(\s*)(?:((?:> ?)+)|([-*+])( +)(\[[ xX]\] +)?|(\d+)([.)])( +))/;

  /** On Enter: begin the next item, or end the list after an empty one. Returns whether the event was handled. */
  const goOn = (area) => {
    const { value, selectionStart: at } = area;
    if (at !== area.selectionEnd) return false;
    const start = value.lastIndexOf("\n", at - 1) + 1;
    const line = value.slice(start, at);
    const found = line.match(MARKER);
    if (!found || isInCodeBlock(value, start)) return false;
    const [marker, space, quote, bullet, gap, task, number, dot, numberGap] = found;
    const restOfLine = value.slice(at).split("\n", 1)[0];
    if (line.length === marker.length && !restOfLine.trim()) {
      // An empty line, without which what follows would belong to the last item.
      replace(area, start, at, start === 0 || value.slice(0, start).endsWith("\n\n") ? "" : "\n");
      return true;
    }
    const next = quote ? quote : bullet ? bullet + gap + (task ? "[ ] " : "") : `${Number(number) + 1}${dot}${numberGap}`;
    replace(area, at, at, `\n${space}${next}`);
    return true;
  };

  /** Return whether a place is in a block of code, or in code within its line. */
  const isInCode = (value, at) => isInCodeBlock(value, at) || value.slice(value.lastIndexOf("\n", at - 1) + 1, at).split("`").length % 2 === 0;

  const isInCodeBlock = (value, at) => (value.slice(0, at).match(/^ {0,3}(```|~~~)/gm)?.length ?? 0) % 2 === 1;

  const indent = (area, out) => {
    const { start, end, all } = lines(area);
    const width = /^\s*\d/.test(all[0]) ? 3 : 2;
    const changed = all.map((line) => (out ? line.replace(new RegExp(`^ {1,${width}}`), "") : line && " ".repeat(width) + line));
    const piece = changed.join("\n");
    if (piece === all.join("\n")) return;
    const { selectionStart, selectionEnd } = area;
    const first = changed[0].length - all[0].length;
    replace(area, start, end, piece, Math.max(0, selectionStart - start + first), Math.max(0, selectionEnd - start + piece.length - (end - start)));
  };

  /** Make the first selected line a heading of a level, whatever it was. */
  const headingOf = (area, level, words) => {
    const { start, all } = lines(area);
    const bare = all[0].replace(/^#{1,6} /, "") || words;
    replace(area, start, start + all[0].length, `${"#".repeat(level)} ${bare}`, level + 1, level + 1 + bare.length);
  };

  /** Insert a mark for a footnote, and at the end of the text its own line, where writing goes on. */
  const footnote = (area) => {
    const used = [...area.value.matchAll(/\[\^(\d+)\]/g)].map(([, number]) => Number(number));
    const name = `[^${Math.max(0, ...used) + 1}]`;
    const { selectionEnd } = area;
    replace(area, selectionEnd, selectionEnd, name);
    const end = area.value.trimEnd().length;
    replace(area, end, area.value.length, `\n\n${name}: \n`, name.length + 4);
  };

  const NOTE = /^\[\^([^\]\s]+)\]:[ \t]*/;
  const MARK = /\[\^([^\]\s]+)\](?!:)/g;

  /** Go from a footnote's mark to its words, and from its words back behind the mark; elsewhere, insert a footnote. */
  const footnoteAt = (area) => {
    const { value, selectionEnd: at } = area;
    const start = value.lastIndexOf("\n", at - 1) + 1;
    const line = value.slice(start).split("\n", 1)[0];
    const note = NOTE.exec(line) ?? (/^(?: {2,}|\t)/.test(line) ? value.slice(0, start).split(/\n(?=\S)/).at(-1).match(NOTE) : null);
    if (note) {
      const mark = [...value.matchAll(MARK)].find(([, name]) => name === note[1]);
      return mark ? select(area, mark.index + mark[0].length) : undefined;
    }
    const mark = [...line.matchAll(MARK)].find(({ index, 0: whole }) => start + index <= at && at <= start + index + whole.length);
    if (!mark) return footnote(area);
    let offset = 0;
    for (const each of value.split("\n")) {
      const found = NOTE.exec(each);
      if (found?.[1] === mark[1]) return select(area, offset + each.length);
      offset += each.length + 1;
    }
    const end = value.trimEnd().length;
    return replace(area, end, value.length, `\n\n[^${mark[1]}]: \n`, mark[1].length + 7);
  };

  const select = (area, at) => {
    area.focus();
    area.setSelectionRange(at, at);
  };

  desk.text = { footnoteAt, headingOf, footnote, replace, swap, selected, wrap, prefix, heading, block, below, codeBlock, goOn, indent, isInCode, isInCodeBlock };
}
