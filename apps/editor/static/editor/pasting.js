/* Pasting formatted text: the server makes Markdown of it. A placeholder stands in the text until it answers; if it does not,
   the plain text is inserted. Ctrl+Shift+V has no HTML on the clipboard and stays the browser's own. */

{
  const desk = (window.desk ??= {});
  const FORMATTED = "a[href], b, strong, i, em, s, del, sup, sub, h1, h2, h3, h4, h5, h6, ul, ol, table, blockquote, pre, code, img, hr, iframe";
  const LOOKS = /font-weight:\s*(?:bold|[6-9]00)|font-style:\s*italic|line-through|mso-list/i;

  /** Return whether HTML has anything that its plain text lacks. */
  const isFormatted = (page, text) =>
    text.trim().includes("\n") || page.body.querySelector(FORMATTED) !== null ||
    [...page.body.querySelectorAll("[style]")].some((element) => LOOKS.test(element.getAttribute("style")));

  /** Return the bytes of a `data:` address as a file, or null. */
  const fileOf = (address, name) => {
    const found = /^data:(image\/[\w+.-]+);base64,([\s\S]*)$/i.exec(address);
    if (!found) return null;
    try {
      return new File([Uint8Array.from(atob(found[2]), (letter) => letter.charCodeAt(0))], name, { type: found[1] });
    } catch {
      return null;
    }
  };

  /** Take the pictures out of a page whose bytes are in it, and give them addresses; returns the files by address. */
  const takePictures = (page, canUpload) => {
    const files = new Map();
    for (const image of page.querySelectorAll("img[src^='data:' i]")) {
      if (image.closest("[role=checkbox]")) continue;
      const name = `${image.alt || "picture"}.${/^data:image\/(\w+)/i.exec(image.src)?.[1] ?? "png"}`;
      const file = canUpload ? fileOf(image.getAttribute("src"), name) : null;
      const address = file ? `/pasted-picture-${String(Math.random()).slice(2)}` : "data:";
      image.setAttribute("src", address);
      if (file) files.set(address, { file, alt: image.alt });
    }
    return files;
  };

  /** Number the footnotes of a piece after those of the text. */
  const renumber = (piece, text) => {
    const last = Math.max(0, ...[...text.matchAll(/\[\^(\d+)\]/g)].map(([, number]) => Number(number)));
    return piece.replace(/\[\^(\d+)\]/g, (_, number) => `[^${last + Number(number)}]`);
  };

  desk.pasting = (editor) => {
    const { area, words, problem, said } = editor;
    let last = Promise.resolve();
    let count = 0;

    const insert = (piece) => (piece.includes("\n") ? desk.text.block(area, piece) : desk.text.replace(area, area.selectionStart, area.selectionEnd, piece));

    /** Replace the placeholder. If nothing was typed since, it is undone first, so that a single undo reverts the paste. */
    const finish = (piece, { placeholder, before, after, start, end }) => {
      if (area.value === after && document.activeElement === area) {
        document.execCommand("undo");
        if (area.value === before) {
          area.setSelectionRange(start, end);
          return insert(piece);
        }
        document.execCommand("redo");
      }
      return desk.text.swap(area, placeholder, piece);
    };

    const convert = async (html, text, files, place) => {
      const body = new FormData();
      body.append("html", html);
      const { ok, status, data } = await desk.session.send(editor.urls.paste, body);
      if (!ok) {
        problem.textContent = words.plainly.replace("{detail}", data.detail ?? (status === 413 ? words.toolong : words.unreachable));
        return finish(text, place);
      }
      const isInline = !data.markdown.includes("\n");
      const [before, behind] = isInline ? [text.match(/^[ \t]*/)[0], text.match(/[ \t]*$/)[0]] : ["", ""];
      finish(before + renumber(data.markdown, place.before) + behind, place);
      said.textContent = data.notes.join(" ");
      for (const [address, { file, alt }] of files) {
        if (area.value.includes(address)) editor.uploads.fill(address, file, alt);
      }
      return undefined;
    };

    const begin = (page, text) => {
      const files = takePictures(page, Boolean(editor.uploads));
      count += 1;
      const placeholder = `<!-- ${words.pasting} (${count}) -->`;
      const [before, start, end] = [area.value, area.selectionStart, area.selectionEnd];
      problem.textContent = said.textContent = "";
      desk.text.replace(area, start, end, placeholder);
      const place = { placeholder, before, after: area.value, start, end };
      last = last.then(() => convert(page.body.innerHTML, text, files, place));
    };

    area.addEventListener("paste", (event) => {
      const { types } = event.clipboardData;
      // Visual Studio Code colours the source that one copies from it; its text is Markdown already.
      if (event.defaultPrevented || !types.includes("text/html") || types.includes("vscode-editor-data")) return;
      const text = event.clipboardData.getData("text/plain").replaceAll("\r\n", "\n");
      const page = desk.parsed(event.clipboardData.getData("text/html"));
      if (!isFormatted(page, text)) return;
      event.preventDefault();
      begin(page, text);
    });
    return { settled: () => last };
  };
}
