/* The dialog for pictures: chosen from the library or uploaded there, one or several as a gallery, or one as the cover or for
   the site; their focal points and credits; and the strip of the pictures of the text below it. */

{
  const desk = (window.desk ??= {});
  const PAUSE = 250;
  const OWN = /!\[((?:\\.|[^\]\\])*)\]\((\/media\/[0-9a-f]{64}\/\d+\.\w+)(?:#([\w-]+))?/g;

  /** Return the address of an image with a readable name at its end, which readers' pages leave out. */
  desk.named = (address, name) => {
    const plain = name.replace(/\.\w+$/, "").normalize("NFKD").replace(/[^\w]+/g, "-").replace(/^-+|-+$/g, "").toLowerCase().slice(0, 60);
    return address && plain ? `${address}#${plain}` : address;
  };

  const escaped = (text) => text.trim().replace(/\s+/g, " ").replace(/[\\[\]]/g, "\\$&");
  const titled = (caption) => (caption ? ` "${caption.replace(/["\\]/g, "\\$&")}"` : "");

  const element = (name, properties, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };

  /** Show the pictures of the text below it; one goes to its place by a click. */
  const strip = ({ area, root, ...editor }) => {
    const list = root.querySelector(".picture-strip");
    let shown = "", pause;
    const show = () => {
      const found = [...area.value.matchAll(OWN)].slice(0, 60);
      const key = found.map(([whole]) => whole).join("\n");
      if (key === shown) return;
      shown = key;
      list.hidden = !found.length;
      // One stop for the Tab key; the arrow keys go on from it, as in the toolbar.
      const focusOn = (place) => {
        const buttons = [...list.querySelectorAll("button")];
        const chosen = buttons[(place + buttons.length) % buttons.length];
        for (const button of buttons) button.tabIndex = button === chosen ? 0 : -1;
        return chosen;
      };
      list.onkeydown = (event) => {
        const here = [...list.querySelectorAll("button")].indexOf(document.activeElement);
        const step = getComputedStyle(list).direction === "rtl" ? -1 : 1;
        const steps = { ArrowRight: here + step, ArrowLeft: here - step, Home: 0, End: -1 };
        if (!(event.key in steps) || event.ctrlKey || event.altKey || event.metaKey) return;
        event.preventDefault();
        focusOn(steps[event.key]).focus();
      };
      list.replaceChildren(...found.map(([, alt, address, name], place) => {
        const words = alt.trim() || list.dataset.missing;
        const label = element("span", { textContent: name ?? words, className: alt.trim() ? "" : "is-missing" });
        const button = element("button", { type: "button", title: words }, element("img", { src: address, alt: "", loading: "lazy" }), label);
        button.onclick = () => {
          const at = [...area.value.matchAll(OWN)][place];
          if (!at) return;
          area.focus();
          area.setSelectionRange(at.index, at.index + at[0].length);
          editor.layerOf().scrollTo(at.index);
        };
        return element("li", {}, button);
      }));
      if (found.length) focusOn(0);
    };
    area.addEventListener("input", () => {
      clearTimeout(pause);
      pause = setTimeout(show, PAUSE);
    });
    addEventListener("pageshow", show);
    show();
  };

  /** Return a function that says of a picture what its row in the library keeps: its focal point or its credit. */
  const describing = ({ urls }) => async (picture, fields) => {
    const body = new FormData();
    for (const [name, value] of Object.entries({ id: picture.id, ...fields })) body.append(name, value);
    const { ok, data } = await desk.session.send(urls.describe, body);
    if (ok) Object.assign(picture, data);
    return ok ? "" : data.detail ?? document.querySelector("#desk-picture .errornote").dataset.failed;
  };

  /** Let somebody choose a file, upload it, and pass the picture to `done`; `say` is called with what is wrong. */
  desk.uploadPicture = ({ uploads }, say, done) => {
    const chooser = element("input", { type: "file", accept: "image/*" });
    chooser.onchange = async () => {
      const [file] = chooser.files;
      say("");
      const image = file && (await uploads.send(file, "", say));
      if (image) done({ ...image, name: file.name });
    };
    chooser.click();
  };

  /** Return the buttons that stand for the field of one picture: `choose` opens the dialog by `begin(choose, taken)`, and
     `upload` takes a file at once. `done` gets the picture, and `say` what is wrong. */
  desk.pictureButtons = (page, { begin, say, done }) => {
    const words = document.getElementById("desk-picture").dataset;
    const [choose, upload] = [words.choose, words.upload].map((textContent) => element("button", { type: "button", className: "button", textContent }));
    // After the dialog has given the focus back.
    choose.addEventListener("click", () => begin(choose, ([{ picture }]) => setTimeout(() => done(picture))));
    upload.addEventListener("click", () => desk.uploadPicture(page, say, done));
    upload.hidden = !page.urls.upload;
    return { choose, upload };
  };

  /** Return a function that opens the dialog: `begin(kind, done)`. `kind` is "text", "cover" or "site", and `done` gets the
     rows that were chosen, each with its `picture` and its `inputs`. Files that are given too are uploaded and chosen. */
  desk.pictureDialog = (page) => {
    const dialog = document.getElementById("desk-picture");
    const [library, chosen, error] = [".picture-library", ".picture-chosen", ".errornote"].map((name) => dialog.querySelector(name));
    const [more, uploadButton, submit] = ["[data-more]", "[data-upload]", "[type=submit]"].map((name) => dialog.querySelector(name));
    const status = dialog.querySelector("[role=status]");
    const width = document.getElementById("desk-picture-width");
    const search = document.getElementById("desk-picture-search");
    const pattern = dialog.querySelector("template");
    const describe = describing(page);
    let after = null, asked, pause, kind = "text", taken = Promise.resolve();

    const say = (text) => {
      error.textContent = text;
      error.hidden = !text;
    };

    const fieldsOf = (picture) => {
      const made = pattern.content.cloneNode(true).firstElementChild;
      const inputs = Object.fromEntries([...made.querySelectorAll("input")].map((input) => [input.name, input]));
      const frame = made.querySelector(".picture-focal");
      made.setAttribute("aria-label", picture.name);
      made.querySelector("img").src = picture.thumbnail;
      inputs.alt.value = picture.alt;
      inputs.credit.value = picture.credit;
      inputs.decorative.onchange = () => { inputs.alt.disabled = inputs.decorative.checked; };
      const row = Object.assign(made, { picture, inputs, focal: null });
      made.querySelector(".picture-focal-hint").hidden = !picture.is_editable;
      if (picture.is_editable) {
        desk.focalPoint(frame, frame.dataset.label, (...at) => { row.focal = at; })(picture.focal_x, picture.focal_y);
      }
      return row;
    };

    /** Save what was said of a chosen picture and belongs to it wherever it is shown. Returns what went wrong, if anything. */
    const keep = async ({ picture, inputs, focal }) => {
      const fields = focal ? { focal_x: focal[0], focal_y: focal[1] } : {};
      const credit = inputs.credit.value.trim();
      if (credit && !picture.credit && picture.is_editable) fields.credit = credit;
      return Object.keys(fields).length ? describe(picture, fields) : "";
    };

    const rows = () => [...chosen.children];
    const label = () => {
      const name = kind !== "text" ? kind : rows().length > 1 ? "many" : "one";
      submit.textContent = submit.dataset[name];
      dialog.querySelector(".picture-width").hidden = kind !== "text" || rows().length !== 1;
    };

    /** Add or take away a chosen picture. With a pointer, its description is what comes next. */
    const toggle = (picture, box, isByPointer) => {
      say("");
      if (kind !== "text") {
        for (const other of library.querySelectorAll(":checked")) if (other !== box) other.checked = false;
        chosen.replaceChildren();
      }
      rows().find((row) => row.picture.id === picture.id)?.remove();
      if (box.checked) {
        const row = fieldsOf(picture);
        row.hidden = kind === "site";
        row.classList.toggle("has-no-words", kind === "cover");
        chosen.append(row);
        if (isByPointer && kind === "text") {
          row.inputs.alt.focus();
          row.scrollIntoView({ block: "nearest" });
        }
      }
      label();
    };

    /* The box that was clicked last: with Shift, a click goes for all from there on. */
    let last = null;

    const toggleFrom = (start, end) => {
      const all = [...library.querySelectorAll("input")];
      const [from, to] = [all.indexOf(start), all.indexOf(end)].sort((one, other) => one - other);
      const others = from < 0 ? [] : all.slice(from, to + 1).filter((box) => box.checked !== end.checked);
      for (const box of others) {
        box.checked = end.checked;
        toggle(box.picture, box, false);
      }
    };

    const item = (picture) => {
      const box = Object.assign(element("input", { type: "checkbox" }), { picture });
      box.checked = rows().some((row) => row.picture.id === picture.id);
      box.onclick = (event) => {
        if (event.shiftKey && kind === "text") toggleFrom(last, box);
        toggle(picture, box, event.detail > 0);
        last = box;
      };
      const image = element("img", { src: picture.thumbnail, alt: picture.alt, loading: "lazy" });
      return element("li", {}, element("label", { title: picture.name }, box, image, element("span", { textContent: picture.name })));
    };

    const load = async (isNext = false) => {
      asked?.abort();
      asked = new AbortController();
      const { signal } = asked;
      const body = new FormData();
      body.append("q", search.value);
      if (isNext) body.append("after", after);
      const { ok, data } = await desk.session.send(page.urls.pictures, body, signal);
      if (signal.aborted) return;
      if (!ok) {
        say(data.detail ?? error.dataset.failed);
        return;
      }
      const made = data.pictures.map(item);
      if (isNext) library.append(...made);
      else library.replaceChildren(...made);
      ({ after } = data);
      more.hidden = !after;
      status.textContent = library.children.length ? "" : status.dataset.none;
    };

    const upload = async (files) => {
      say("");
      for (const file of files) {
        status.textContent = status.dataset.uploading.replace("{name}", file.name);
        const image = await page.uploads.send(file, "", say);
        if (!image) continue;
        const picture = { ...image, name: file.name };
        const made = item(picture);
        library.prepend(made);
        const box = made.querySelector("input");
        box.checked = true;
        toggle(picture, box, rows().length === 0);
      }
      status.textContent = "";
    };

    /** Upload files after those before them; the dialog inserts when all have arrived. */
    const take = (files) => {
      taken = taken.then(() => upload(files));
      return taken;
    };

    const lacksAlt = ({ inputs }) => !inputs.decorative.checked && !inputs.alt.value.trim();

    more.onclick = () => load(true);
    if (uploadButton) {
      const { chooser } = page.uploads;
      uploadButton.onclick = () => chooser.click();
      dialog.ondragover = (event) => event.preventDefault();
      dialog.ondrop = (event) => {
        event.preventDefault();
        take([...event.dataTransfer.files]);
      };
      chooser.onchange = async () => {
        await take([...chooser.files]);
        chooser.value = "";
      };
    }
    search.oninput = () => {
      clearTimeout(pause);
      pause = setTimeout(load, PAUSE);
    };
    search.onkeydown = (event) => {
      // Enter looks for the words instead of inserting.
      if (event.key !== "Enter") return;
      event.preventDefault();
      load();
    };

    return (wanted, done, files = []) => {
      kind = wanted;
      chosen.replaceChildren();
      width.value = search.value = "";
      say("");
      label();
      desk.open(dialog, async () => {
        await taken;
        const missing = kind === "text" ? rows().find(lacksAlt) : null;
        if (!rows().length) return say(error.dataset.none);
        if (missing) {
          say(error.dataset.alt);
          return missing.inputs.alt.focus();
        }
        for (const row of rows()) {
          const problem = await keep(row);
          if (problem) return say(problem);
        }
        dialog.close();
        return done(rows(), width.value);
      }, page.area);
      search.focus();
      // What is in the library, before what comes into it.
      taken = taken.then(load);
      if (files.length) take(files);
    };
  };

  desk.pictures = (editor) => {
    const { area } = editor;
    const begin = desk.pictureDialog(editor);
    const describe = describing(editor);

    const markdown = ({ picture, inputs }) => {
      const caption = [inputs.caption.value.trim(), inputs.credit.value.trim()].filter(Boolean).join(" · ");
      const isDecorative = inputs.decorative.checked;
      const alt = isDecorative ? "" : escaped(inputs.alt.value);
      return [`![${alt}](${desk.named(picture.url, picture.name)}${titled(caption)})`, isDecorative ? [".decorative"] : []];
    };

    /** Let somebody choose pictures of the library, or describe these files, and insert them. */
    const insert = (files = []) => {
      const { selectionStart, selectionEnd } = area;
      begin("text", (rows, width) => {
        area.setSelectionRange(selectionStart, selectionEnd);
        const written = rows.map(markdown).map(([text, classes]) => {
          const all = [...classes, ...(rows.length === 1 && width ? [`.${width}`] : [])];
          return all.length ? `${text}{${all.join(" ")}}` : text;
        });
        desk.text.block(area, written.join("\n"));
        desk.text.below(area);
      }, files);
    };

    /* The cover: a button in the place of its field opens the dialog. The focal point is set on the picture below it. */
    const cover = document.getElementById("id_cover_image");
    const row = cover?.closest(".form-row");
    const said = element("span", { className: "help" });
    said.setAttribute("role", "status");
    const words = document.getElementById("desk-picture").dataset;
    const { choose, upload } = desk.pictureButtons(editor, {
      begin: (_button, taken) => begin("cover", taken),
      say: (text) => { said.textContent = text; },
      done: (picture) => setCover(picture),
    });
    const remove = element("button", { type: "button", className: "button", textContent: words.remove });
    /* Before there is a cover it can be uploaded; then there is another one, or none. */
    const label = () => {
      choose.textContent = cover.value ? words.chooseOther : words.choose;
      upload.hidden = !editor.urls.upload || Boolean(cover.value);
      remove.hidden = !cover.value;
    };
    const showCover = (picture) => {
      row.querySelector(".cover-focal")?.remove();
      const frame = element("span", { className: "cover-focal focal-frame" }, element("img", { src: picture.thumbnail, alt: "" }));
      row.append(frame, said);
      let pause;
      const place = desk.focalPoint(frame, words.focalLabel, (x, y) => {
        clearTimeout(pause);
        pause = setTimeout(async () => {
          said.textContent = (await describe(picture, { focal_x: x, focal_y: y })) || words.focalKept;
        }, PAUSE);
      });
      place(picture.focal_x, picture.focal_y);
    };
    const setCover = (picture) => {
      cover.value = picture?.id ?? "";
      cover.dispatchEvent(new Event("change", { bubbles: true }));
      cover.dispatchEvent(new Event("input", { bubbles: true }));
      said.textContent = "";
      row.querySelector(".cover-focal")?.remove();
      if (picture) showCover(picture);
      label();
      choose.focus();
    };
    if (row) {
      const name = row.querySelector(`label[for=${cover.id}]`);
      name.id ||= "cover-label";
      for (const [id, button] of Object.entries({ "choose-cover": choose, "upload-cover": upload, "remove-cover": remove })) {
        button.id = id;
        button.setAttribute("aria-labelledby", `${name.id} ${id}`);
      }
      remove.addEventListener("click", () => setCover(null));
      row.classList.add("has-chooser");
      cover.after(choose, upload, remove);
      row.append(said);
      label();
    }
    const stored = row?.querySelector(".image-thumbnail");
    if (stored) {
      const { id, focalX, focalY } = stored.dataset;
      showCover({ id, thumbnail: stored.src, focal_x: focalX, focal_y: focalY });
    }
    strip({ ...editor, layerOf: () => editor.layer });
    return { insert };
  };
}
