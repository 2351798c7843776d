/* Uploading images that are pasted, dropped or chosen: the text has a placeholder for each until it is uploaded. */

{
  const desk = (window.desk ??= {});

  const images = (list) => [...(list ?? [])].filter((file) => file.type.startsWith("image/"));

  /** Return whether the HTML beside a file is only the element of the same picture, as browsers copy one. */
  const isPicture = (data) => {
    const { body } = desk.parsed(data.getData("text/html"));
    return body.querySelectorAll("img").length === 1 && !body.textContent.trim();
  };

  /** Return a function that uploads a file; it returns the image, or undefined after the problem was shown. */
  desk.sendPicture = ({ urls, words, problem }) => async (file, alt = "", say = (text) => { problem.textContent = text; }) => {
    const body = new FormData();
    body.append("file", file, file.name || "image.png");
    body.append("alt", alt);
    const { status, data } = await desk.session.send(urls.upload, body);
    if (status === 201 && data.markdown) return data;
    const detail = data.detail ?? (status === 413 ? words.toolong : words.unreachable);
    say(words.failed.replace("{name}", file.name).replace("{detail}", detail));
    return undefined;
  };

  desk.uploads = (editor) => {
    const { root, area, words, problem } = editor;
    const chooser = root.querySelector("input[type=file]");
    let last = Promise.resolve();
    let count = 0;

    const swap = (placeholder, piece) => desk.text.swap(area, placeholder, piece);

    const send = desk.sendPicture(editor);

    const upload = async (file, placeholder, takeBack) => {
      const image = await send(file);
      if (image) swap(placeholder, `![](${desk.named(image.url, file.name)})`);
      else takeBack();
    };

    /** Upload a file, and put its address in the place of another one in the text. */
    const fill = (address, file, alt) => {
      last = last.then(async () => swap(address, desk.named((await send(file, alt))?.url ?? "", alt)));
    };

    const take = (files) => {
      problem.textContent = "";
      for (const file of files) {
        count += 1;
        const name = words.uploading.replace("{name}", `${file.name.replace(/[[\]\n]/g, "")} (${count})`);
        const placeholder = `![${name}]()`;
        const replaced = desk.text.selected(area);
        let block = desk.text.block(area, placeholder);
        // At the end of a text, writing goes on below the picture: words in its line would be part of its paragraph.
        if (!area.value.slice(area.selectionEnd).trim()) {
          desk.text.below(area);
          block = area.value.slice(area.value.lastIndexOf(block.trimEnd()));
        }
        const text = area.value;
        // If a file is refused, the text that it replaced comes back; the added empty lines go if nothing was typed since.
        const takeBack = () => (area.value === text ? swap(block, replaced) : swap(placeholder, replaced));
        // One after the other: they arrive in order and do not compete for a slow connection.
        last = last.then(() => upload(file, placeholder, takeBack));
      }
    };

    /** Several pictures are a gallery: what each shows is asked for while they are uploaded. */
    const receive = (files) => {
      if (files.length > 1 && images(files).length === files.length) editor.pictures.insert(files);
      else take(files);
    };

    area.addEventListener("paste", (event) => {
      const files = images(event.clipboardData.files);
      // Office programs add an image of the copied text; the text is what the user wants.
      if (!files.length || (event.clipboardData.types.includes("text/html") && !isPicture(event.clipboardData))) return;
      event.preventDefault();
      receive(files);
    });
    const over = (event, isOver) => {
      if (!event.dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      root.classList.toggle("is-dropping", isOver);
    };
    area.addEventListener("dragover", (event) => over(event, true));
    area.addEventListener("dragleave", (event) => over(event, false));
    area.addEventListener("drop", (event) => {
      over(event, false);
      // Every dropped file is sent: the server explains why it refuses a file that is not an image.
      if (event.dataTransfer.files.length) receive([...event.dataTransfer.files]);
    });
    return { settled: () => last, fill, send, chooser };
  };
}
