/* Reviews, assignments and notes in the panel. Its forms are sent by this script, so that an unsaved text stays on the
   page; the server answers with the panel's part anew. A note about a place is found again by its words and by what stood
   around them. */

{
  const desk = (window.desk ??= {});
  const MAX_QUOTE = 300;
  const MAX_CONTEXT = 60;
  const PAUSE = 400;

  const sameEnd = (one, other) => {
    let length = 0;
    while (length < one.length && length < other.length && one.at(-1 - length) === other.at(-1 - length)) length += 1;
    return length;
  };
  const sameStart = (one, other) => {
    let length = 0;
    while (length < one.length && length < other.length && one[length] === other[length]) length += 1;
    return length;
  };

  /**
   * Return where a note's words are in a text: `{ start, end, isThere }`, or null if nothing is left of the place.
   * Of several, those whose surroundings agree best; without the words, what now stands between their surroundings.
   */
  const locate = (text, { quote, before, after }) => {
    let best = null, most = -1;
    for (let at = text.indexOf(quote); at !== -1; at = text.indexOf(quote, at + 1)) {
      const end = at + quote.length;
      const alike = sameEnd(text.slice(0, at), before) + sameStart(text.slice(end), after);
      if (alike > most) [best, most] = [{ start: at, end, isThere: true }, alike];
    }
    if (best) return best;
    const [from, to] = [before.trim() ? text.indexOf(before) : -1, after.trim() ? text.lastIndexOf(after) : -1];
    const start = from === -1 ? to : from + before.length;
    if (start === -1) return null;
    return { start, end: to >= start && to - start < 2 * MAX_QUOTE ? to : start, isThere: false };
  };

  /** Return the selected part of the text or, for a mere cursor, its word or line. */
  const chosen = ({ value, selectionStart, selectionEnd }) => {
    if (selectionStart !== selectionEnd) return [selectionStart, Math.min(selectionEnd, selectionStart + MAX_QUOTE)];
    const [left, right] = [value.slice(0, selectionStart), value.slice(selectionEnd)];
    const word = [left.match(/[\p{L}\p{N}’'-]*$/u)[0].length, right.match(/^[\p{L}\p{N}’'-]*/u)[0].length];
    if (word[0] + word[1]) return [selectionStart - word[0], selectionEnd + word[1]];
    const start = left.lastIndexOf("\n") + 1;
    return [start, Math.min(start + MAX_QUOTE, selectionEnd + right.split("\n", 1)[0].length)];
  };

  desk.teamwork = (editor) => {
    const { area, layer } = editor;
    const part = document.getElementById("teamwork");
    if (!part) return null;
    const said = document.querySelector(".teamwork-said");
    part.prepend(said);
    let threads = [];

    const say = (words, isWrong = false) => {
      said.classList.toggle("is-wrong", isWrong);
      said.textContent = words;
    };

    /* Places of notes */

    const show = () => {
      const ranges = [];
      for (const { note, changed, isOpen } of threads) {
        const place = locate(area.value, note);
        changed.hidden = Boolean(place?.isThere);
        if (place?.isThere && isOpen) ranges.push(layer.rangeOf(place.start, place.end));
      }
      // Browsers without it show no colour in the text; everything else works.
      if (window.CSS?.highlights) CSS.highlights.set("desk-note", new Highlight(...ranges));
    };

    const go = (note) => {
      const place = locate(area.value, note);
      if (!place) return say(said.dataset.gone, true);
      area.focus({ preventScroll: true });
      area.setSelectionRange(place.start, place.end);
      return layer.scrollTo(place.start);
    };

    /** Make a button of each quote, which leads to its place. */
    const prepare = () => {
      threads = [...part.querySelectorAll(".thread:has(.note-place)")].map((thread) => {
        const quote = thread.querySelector(".note-place q");
        const note = { quote: quote.textContent, ...quote.dataset };
        const button = document.createElement("button");
        button.type = "button";
        button.className = "note-go";
        quote.replaceWith(button);
        button.append(quote);
        button.addEventListener("click", () => go(note));
        return { note, changed: thread.querySelector(".note-changed"), isOpen: !thread.closest(".threads-done") };
      });
      part.querySelector(".note-hint").hidden = false;
      part.querySelector(".note-whole").addEventListener("click", () => {
        about("", "", "");
        part.querySelector("#note-text").focus();
      });
      show();
    };

    /* A new note */

    const about = (quote, before, after) => {
      for (const [name, value] of Object.entries({ quote, before, after })) part.querySelector(`[form=note-form][name=${name}]`).value = value;
      const line = part.querySelector(".note-about");
      line.hidden = !quote;
      line.querySelector("q").textContent = quote;
    };

    const begin = () => {
      const [start, end] = chosen(area);
      const text = area.value;
      const quote = text.slice(start, end);
      about(quote.trim() && quote, text.slice(Math.max(0, start - MAX_CONTEXT), start), text.slice(end, end + MAX_CONTEXT));
      if (document.documentElement.classList.contains("has-full-editor")) desk.run(editor, "full");
      const button = document.querySelector(".bar-panel");
      if (button.getAttribute("aria-expanded") !== "true" && button.offsetParent) button.click();
      part.querySelector("#notes").open = true;
      const field = part.querySelector("#note-text");
      field.focus();
      field.scrollIntoView({ block: "center" });
    };

    /* Sending a form */

    const typed = () => new Map([...part.querySelectorAll("textarea")].filter(({ value }) => value).map((field) => [field.id || field.name, field.value]));
    const opened = () => new Map([...part.querySelectorAll("details[id]")].map(({ id, open }) => [id, open]));

    const replace = (html, sent) => {
      const [words, folds] = [typed(), opened()];
      const isNote = sent.includes("note-text");
      const place = ["quote", "before", "after"].map((name) => part.querySelector(`[form=note-form][name=${name}]`).value);
      const fresh = desk.parsed(html).getElementById("teamwork");
      part.replaceChildren(said, ...document.importNode(fresh, true).childNodes);
      for (const [id, open] of folds) {
        const fold = document.getElementById(id);
        if (fold && !sent.includes(id)) fold.open = open;
      }
      for (const field of part.querySelectorAll("textarea")) {
        const key = field.id || field.name;
        if (words.has(key) && !sent.includes(key)) field.value = words.get(key);
      }
      prepare();
      const mark = document.querySelector(".bar-review");
      if (mark) mark.hidden = !part.querySelector(".teamwork-state");
      if (!isNote) about(...place);
    };

    const send = async (form, submitter) => {
      const body = new FormData(form, submitter);
      const answer = await desk.session.send(form.getAttribute("action"), body);
      if (answer.status === 401) return desk.session.then(() => send(form, submitter));
      if (!answer.ok) return say(answer.data.detail ?? said.dataset.unreachable, true);
      const used = { "review-form": ["review-words"], "note-form": ["note-text"], "thread-form": [`text-${submitter?.value}`, `answer-${submitter?.value}`] };
      replace(answer.data.html, used[form.id] ?? []);
      // The pressed button is gone, and the keyboard goes on where it was.
      const thread = document.getElementById(`note-${submitter?.value}`);
      const group = document.getElementById(form.id.startsWith("note") || form.id.startsWith("thread") ? "notes" : "review");
      (thread?.checkVisibility() ? thread : group.querySelector("summary")).focus({ preventScroll: true });
      return say(answer.data.said);
    };

    for (const form of document.querySelectorAll("form[data-teamwork]")) {
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        send(form, event.submitter);
      });
    }
    let timer = 0;
    area.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(show, PAUSE);
    });
    prepare();
    return { begin };
  };
}
