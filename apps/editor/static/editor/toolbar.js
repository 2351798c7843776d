/* The toolbar of the editor: buttons, keyboard shortcuts, dialogs and the full screen. */

{
  const desk = (window.desk ??= {});
  const SCHEME = "https://";
  const IS_MAC = /Mac|iP(hone|ad)/.test(navigator.platform);

  /* Commands by key. Those with Shift go by the physical key (`code`): Shift+8 is "(" on some keyboards. */
  const KEYS = {
    b: "bold", i: "italic", e: "code", k: "link", s: "save", "]": "indent", "[": "outdent",
    "shift+KeyH": "heading", "shift+KeyX": "strike", "shift+Digit7": "numbered", "shift+Digit8": "bulleted",
    "shift+Digit9": "tasks", "shift+Period": "quote", "shift+KeyL": "preview", "shift+KeyF": "full",
    "shift+Digit6": "notes", "shift+KeyD": "focus", "shift+KeyE": "insert", f: "find",
  };

  const command = (event) => {
    // Ctrl+Alt is AltGr on some keyboards and types characters.
    if (event.altKey || !(IS_MAC ? event.metaKey : event.ctrlKey)) return undefined;
    return KEYS[event.shiftKey ? `shift+${event.code}` : event.key.toLowerCase()];
  };

  const field = (id) => document.getElementById(id);

  const table = (editor) => {
    const { area, words } = editor;
    const { selectionStart, selectionEnd } = area;
    desk.open(field("desk-table"), (dialog) => {
      const columns = field("desk-table-columns").valueAsNumber || 1;
      const rows = field("desk-table-rows").valueAsNumber || 1;
      const head = Array.from({ length: columns }, (_, place) => `${words.column} ${place + 1}`);
      dialog.close();
      area.setSelectionRange(selectionStart, selectionEnd);
      desk.text.block(area, desk.tables.table([head, ...Array.from({ length: rows }, () => Array(columns).fill(""))]), 2, 2 + head[0].length);
    }, area);
    field("desk-table-columns").select();
  };

  const isFull = () => document.documentElement.classList.contains("has-full-editor");

  const full = (editor, on) => {
    document.documentElement.classList.toggle("has-full-editor", on);
    press(editor, "full", on);
    editor.area.focus();
  };

  /* The other paragraphs than that of the cursor are quiet. */
  const focus = (editor) => {
    press(editor, "focus", editor.root.classList.toggle("is-focused-on"));
    editor.layer.mark();
    editor.area.focus();
  };

  const press = (editor, name, on) => editor.root.querySelector(`[data-command="${name}"]`).setAttribute("aria-pressed", on);

  const RUN = {
    bold: ({ area, words }) => desk.text.wrap(area, "**", words.bold),
    italic: ({ area, words }) => desk.text.wrap(area, "*", words.italic),
    strike: ({ area, words }) => desk.text.wrap(area, "~~", words.strike),
    code: ({ area, words }) => desk.text.wrap(area, "`", words.code),
    heading: ({ area, words }) => desk.text.heading(area, words.heading),
    block: ({ area }) => desk.text.codeBlock(area),
    h2: ({ area, words }) => desk.text.headingOf(area, 2, words.heading),
    h3: ({ area, words }) => desk.text.headingOf(area, 3, words.heading),
    divider: ({ area }) => desk.text.block(area, "---\n"),
    note: ({ area, words }) => desk.text.block(area, `> [!NOTE]\n> ${words.note}`, 12, 12 + words.note.length),
    // Its address, alone on a line, is all that it takes: it is selected, so that a pasted one takes its place.
    embed: ({ area }) => desk.text.block(area, SCHEME, 0, SCHEME.length),
    footnote: ({ area }) => desk.text.footnote(area),
    notes: (editor) => {
      desk.text.footnoteAt(editor.area);
      editor.layer.scrollTo(editor.area.selectionEnd);
    },
    insert: (editor) => editor.menu.open(),
    find: (editor) => editor.find.open(),
    remark: (editor) => editor.teamwork.begin(),
    focus: (editor) => focus(editor),
    indent: ({ area }) => desk.text.indent(area, false),
    outdent: ({ area }) => desk.text.indent(area, true),
    link: (editor) => desk.link(editor),
    table,
    image: (editor) => editor.pictures.insert(),
    preview: (editor) => press(editor, "preview", editor.preview.toggle()),
    full: (editor) => full(editor, !isFull()),
    save: ({ form }) => form.requestSubmit(form.querySelector("[name=_later], [name=_later_rest]") ?? form.querySelector("[name=_continue]") ?? form.querySelector("[name=_save]")),
  };
  for (const name of ["bulleted", "numbered", "tasks", "quote"]) RUN[name] = ({ area }) => desk.text.prefix(area, name);

  /** Roving tabindex: the arrow keys move along the buttons, and the toolbar is a single tab stop. */
  const roam = (tools) => {
    const buttons = [...tools.querySelectorAll("button")];
    const at = (index) => {
      const place = (index + buttons.length) % buttons.length;
      buttons.forEach((button, other) => { button.tabIndex = other === place ? 0 : -1; });
      return buttons[place];
    };
    at(0);
    tools.addEventListener("focusin", ({ target }) => buttons.includes(target) && at(buttons.indexOf(target)));
    tools.addEventListener("keydown", (event) => {
      const here = buttons.indexOf(document.activeElement);
      const steps = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: -1 };
      const isMirrored = getComputedStyle(tools).direction === "rtl" && event.key.startsWith("Arrow");
      if (!(event.key in steps) || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      at(isMirrored ? 2 * here - steps[event.key] : steps[event.key]).focus();
    });
  };

  desk.run = (editor, name) => RUN[name](editor);

  desk.toolbar = (editor) => {
    const tools = editor.root.querySelector("[role=toolbar]");
    roam(tools);
    if (IS_MAC) {
      for (const button of tools.querySelectorAll("[aria-keyshortcuts]")) {
        button.title = button.title.replace("Ctrl+", "⌘");
        button.setAttribute("aria-keyshortcuts", button.getAttribute("aria-keyshortcuts").replace("Control", "Meta"));
      }
    }
    tools.addEventListener("click", ({ target }) => {
      const name = target.closest("button")?.dataset.command;
      if (name) RUN[name](editor);
    });
    editor.area.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if (event.key === "Enter" && !event.shiftKey && !event.ctrlKey && !event.metaKey && !event.altKey && desk.text.goOn(editor.area)) event.preventDefault();
    });
    editor.form.addEventListener("keydown", (event) => {
      const name = command(event);
      // In other fields of the form the browser's own shortcuts still work.
      if (!name || name === "save" || !editor.root.contains(event.target)) return;
      event.preventDefault();
      RUN[name](editor);
    });
    // Wherever the focus is, this key saves the post; the browser would save the page as a file.
    document.addEventListener("keydown", (event) => {
      if (command(event) !== "save") return;
      event.preventDefault();
      if (!document.querySelector("dialog[open]")) RUN.save(editor);
    });
    editor.form.addEventListener("keydown", (event) => {
      if (event.key === "F10" && event.altKey) tools.querySelector("[tabindex='0']").focus();
      if (event.key === "Escape" && !event.isComposing && isFull()) {
        event.preventDefault();
        full(editor, false);
      }
    });
    editor.area.addEventListener("paste", (event) => {
      if (event.clipboardData.files.length && !event.clipboardData.types.includes("text/html")) return;
      if (desk.tables.paste(editor.area, event.clipboardData)) event.preventDefault();
    });
  };
}
