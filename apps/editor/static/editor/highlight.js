/* Markdown as it is written: a layer behind the textarea repeats its text, with the marks quieter than the words. The
   textarea's own text is transparent, and cursor, selection, spelling and input methods are its own. Nothing but colours
   may differ between the two layers, since both must break their lines at the same places. The layer is as tall as its
   text, and the textarea as tall as the layer: the page scrolls, and the text within it does not. */

{
  const desk = (window.desk ??= {});

  const FENCE = /^ {0,3}(`{3,}|~{3,})/;
  /* Marks within a line, the longest first. Groups are, in turn: quiet, kept, quiet. */
  const INLINE = /(\\[!-/:-@[-`{-~])|(`+)(?:[^`]|(?!\2)`)+?\2(?!`)|(!?\[)([^\]\n]*)(\]\([^)\n]*\)|\]\[[^\]\n]*\]|\])|(\*\*\*|\*\*|\*|~~|__|_)(?=\S)(?:.*?\S)??\6/g;
  const BLOCK = /^(\s*(?:#{1,6}\s+|(?:>\s?)+|[-*+]\s+(?:\[[ xX]\]\s)?|\d{1,9}[.)]\s+|\[\^[^\]]+\]:|:{3,}.*|[-*_](?:\s*[-*_]){2,}\s*$))/;
  const TABLE = /^\s*\|/;

  const piece = (kind, text) => {
    const node = document.createElement("span");
    node.className = kind;
    node.textContent = text;
    return node;
  };

  /* The address of a picture of the library: its digest says nothing to a writer, so its name is shown over it. */
  const PICTURE = /^(\]\()(\/media\/[0-9a-f]{64}\/\d+\.\w+(?:#[\w-]+)?)(.*)$/;

  const target = (text) => {
    const found = PICTURE.exec(text);
    if (!found) return [piece("quiet", text)];
    const [, opening, address, rest] = found;
    const shown = piece("digest", address);
    shown.dataset.name = address.split("#")[1] ?? "…";
    return [piece("quiet", opening), shown, piece("quiet", rest)];
  };

  /** Append the inline marks of a text to a line. */
  const inline = (line, text) => {
    let at = 0;
    for (const found of text.matchAll(INLINE)) {
      if (found.index < at) continue;
      line.append(text.slice(at, found.index));
      at = found.index + found[0].length;
      const [whole, escaped, ticks, opening, words, address, mark] = found;
      if (escaped) line.append(piece("quiet", "\\"), escaped.slice(1));
      else if (ticks) line.append(piece("code", whole));
      else if (opening) {
        line.append(piece("quiet", opening), piece("linked", words), ...target(address));
      } else {
        line.append(piece("quiet", mark));
        inline(line, whole.slice(mark.length, -mark.length));
        line.append(piece("quiet", mark));
      }
    }
    line.append(text.slice(at));
  };

  /** Return the state after a line: the fence that a block of code began with, or "". */
  const after = (state, text) => {
    const fence = FENCE.exec(text)?.[1];
    if (!state) return fence ?? "";
    return fence && fence[0] === state[0] && fence.length >= state.length && /^\s*[`~]+\s*$/.test(text) ? "" : state;
  };

  const make = (text, state) => {
    const line = document.createElement("div");
    line.source = text;
    line.state = state;
    if (state || FENCE.test(text)) line.append(piece(FENCE.test(text) ? "quiet" : "code", text));
    else {
      const head = BLOCK.exec(text)?.[1] ?? "";
      if (/^\s*#/.test(head)) line.className = "heading";
      if (head) line.append(piece("quiet", head));
      if (TABLE.test(text)) for (const part of text.split(/(\|)/)) line.append(part === "|" ? piece("quiet", part) : part);
      else inline(line, text.slice(head.length));
    }
    // An empty line has the height of a line.
    if (!text) line.append("\u200b");
    return line;
  };

  desk.highlight = ({ area, root }) => {
    const layer = document.createElement("div");
    layer.className = "editor-layer";
    layer.setAttribute("aria-hidden", "true");
    const lines = document.createElement("div");
    layer.dir = area.dir;
    layer.append(lines);
    area.before(layer);
    root.classList.add("has-layer");

    /* Only lines that differ are made again: those between the first and the last that changed, and those whose state did. */
    const show = () => {
      const texts = area.value.split("\n");
      const old = [...lines.children];
      let first = 0;
      while (first < texts.length && first < old.length && old[first].source === texts[first]) first += 1;
      let same = 0;
      while (same < texts.length - first && same < old.length - first && old.at(-1 - same).source === texts.at(-1 - same)) same += 1;
      let state = first ? after(old[first - 1].state, old[first - 1].source) : "";
      const made = [];
      for (const text of texts.slice(first, texts.length - same)) {
        made.push(make(text, state));
        state = after(state, text);
      }
      const rest = old.slice(old.length - same);
      for (const line of old.slice(first, old.length - same)) line.remove();
      if (rest.length) rest[0].before(...made);
      else lines.append(...made);
      for (const line of rest) {
        if (line.state === state) break;
        const again = make(line.source, state);
        line.replaceWith(again);
        state = after(state, line.source);
      }
      mark();
    };

    /* The line of the cursor, whose addresses are shown as they are; and its paragraph, for the mode that dims the others. */
    let marked = [];
    const mark = () => {
      for (const line of marked) line.classList.remove("is-here", "is-edited");
      marked = [];
      const isFocusedOn = root.classList.contains("is-focused-on");
      if (!isFocusedOn && !lines.querySelector(".digest")) return;
      const all = lines.children;
      const here = area.value.slice(0, area.selectionStart).split("\n").length - 1;
      if (document.activeElement === area && all[here]) {
        all[here].classList.add("is-edited");
        marked.push(all[here]);
      }
      if (!isFocusedOn) return;
      let [from, to] = [here, here];
      while (from > 0 && all[from].source.trim() && all[from - 1].source.trim()) from -= 1;
      while (to < all.length - 1 && all[to].source.trim() && all[to + 1].source.trim()) to += 1;
      for (let at = from; at <= to; at += 1) {
        all[at].classList.add("is-here");
        marked.push(all[at]);
      }
    };

    /** Return where an offset of the text is in the layer: a text node, or its line, and an offset in that. */
    const nodeAt = (offset) => {
      const before = area.value.slice(0, offset).split("\n");
      const line = lines.children[before.length - 1];
      let left = before.at(-1).length;
      const walk = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
      for (let node = walk.nextNode(); node; node = walk.nextNode()) {
        if (left <= node.length) return [node, left];
        left -= node.length;
      }
      return [line, 0];
    };

    /** Return the coordinates of an offset of the text: those of a menu, or of a found word. */
    const placeOf = (offset) => {
      const [node, at] = nodeAt(offset);
      const range = document.createRange();
      range.setStart(node, at);
      return node.nodeType === Node.TEXT_NODE ? range.getBoundingClientRect() : node.getBoundingClientRect();
    };

    /** Return the range of the layer that shows a part of the text. */
    const rangeOf = (from, to) => {
      const range = document.createRange();
      range.setStart(...nodeAt(from));
      range.setEnd(...nodeAt(to));
      return range;
    };

    /** Scroll the page so that an offset of the text is well within what the bars leave of the window. */
    const scrollTo = (offset) => {
      const [place, { top, bottom }] = [placeOf(offset), desk.shownPart()];
      if (place.top < top + 30 || place.bottom > bottom - 30) scrollBy({ top: place.top - top - (bottom - top) / 3, behavior: "instant" });
    };

    area.addEventListener("input", show);
    document.addEventListener("selectionchange", () => document.activeElement === area && mark());
    area.addEventListener("blur", mark);
    // The browser restores a form without an event of the user.
    addEventListener("pageshow", show);
    show();
    return { show, mark, placeOf, rangeOf, scrollTo };
  };
}
