/* The dialog for pictures: chosen from the library or uploaded there, one or several as a gallery, or one as the cover; and
   the strip of the pictures of the text below it. */

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
    };
    area.addEventListener("input", () => {
      clearTimeout(pause);
      pause = setTimeout(show, PAUSE);
    });
    addEventListener("pageshow", show);
    show();
  };

  desk.pictures = (editor) => {
    const { area } = editor;
    const dialog = document.getElementById("desk-picture");
    const [library, chosen, error] = [".picture-library", ".picture-chosen", ".errornote"].map((name) => dialog.querySelector(name));
    const [more, upload, submit] = ["[data-more]", "[data-upload]", "[type=submit]"].map((name) => dialog.querySelector(name));
    const status = dialog.querySelector("[role=status]");
    const width = document.getElementById("desk-picture-width");
    const search = document.getElementById("desk-picture-search");
    const pattern = dialog.querySelector("template");
    let after = null, asked, pause, isCover = false;

    const say = (text) => {
      error.textContent = text;
      error.hidden = !text;
    };

    const fieldsOf = (picture) => {
      const made = pattern.content.cloneNode(true).firstElementChild;
      const inputs = Object.fromEntries([...made.querySelectorAll("input")].map((input) => [input.name, input]));
      made.setAttribute("aria-label", picture.name);
      made.querySelector("img").src = picture.thumbnail;
      inputs.alt.value = picture.alt;
      inputs.credit.value = picture.credit;
      inputs.decorative.onchange = () => { inputs.alt.disabled = inputs.decorative.checked; };
      return Object.assign(made, { picture, inputs });
    };

    const rows = () => [...chosen.children];
    const label = () => {
      const name = isCover ? "cover" : rows().length > 1 ? "many" : "one";
      submit.textContent = submit.dataset[name];
      dialog.querySelector(".picture-width").hidden = isCover || rows().length !== 1;
    };

    /** Add or take away a chosen picture. With a pointer, its description is what comes next. */
    const toggle = (picture, box, isByPointer) => {
      say("");
      if (isCover) for (const other of library.querySelectorAll(":checked")) if (other !== box) other.checked = false;
      if (isCover) chosen.replaceChildren();
      rows().find((row) => row.picture.id === picture.id)?.remove();
      if (box.checked) {
        const row = fieldsOf(picture);
        if (isCover) row.hidden = true;
        chosen.append(row);
        if (isByPointer && !isCover) row.inputs.alt.focus();
      }
      label();
    };

    const item = (picture) => {
      const box = element("input", { type: "checkbox" });
      box.checked = rows().some((row) => row.picture.id === picture.id);
      box.onclick = (event) => toggle(picture, box, event.detail > 0);
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
      const { ok, data } = await desk.session.send(editor.urls.pictures, body, signal);
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

    const take = async (files) => {
      say("");
      for (const file of files) {
        status.textContent = status.dataset.uploading.replace("{name}", file.name);
        const image = await editor.uploads.send(file, "", say);
        if (!image) continue;
        const picture = { id: image.id, name: file.name, alt: image.alt, credit: "", thumbnail: image.url, url: image.url };
        const made = item(picture);
        library.prepend(made);
        const box = made.querySelector("input");
        box.checked = true;
        toggle(picture, box, rows().length === 0);
      }
      status.textContent = "";
    };

    const markdown = ({ picture, inputs }) => {
      const caption = [inputs.caption.value.trim(), inputs.credit.value.trim()].filter(Boolean).join(" · ");
      const alt = inputs.decorative.checked ? "" : escaped(inputs.alt.value);
      return `![${alt}](${desk.named(picture.url, picture.name)}${titled(caption)})`;
    };

    const lacksAlt = ({ inputs }) => !inputs.decorative.checked && !inputs.alt.value.trim();

    const begin = (forCover, done) => {
      isCover = forCover;
      chosen.replaceChildren();
      width.value = search.value = "";
      say("");
      label();
      desk.open(dialog, () => {
        const missing = isCover ? null : rows().find(lacksAlt);
        if (!rows().length) return say(error.dataset.none);
        if (missing) {
          say(error.dataset.alt);
          return missing.inputs.alt.focus();
        }
        dialog.close();
        return done();
      }, area);
      search.focus();
      load();
    };

    const insert = () => {
      const { selectionStart, selectionEnd } = area;
      begin(false, () => {
        area.setSelectionRange(selectionStart, selectionEnd);
        const suffix = rows().length === 1 && width.value ? `{.${width.value}}` : "";
        desk.text.block(area, rows().map(markdown).join("\n") + suffix);
      });
    };

    /* The cover: the link beside its field opens the dialog instead of a window of its own. */
    const cover = document.getElementById("id_cover_image");
    const shown = element("img", { className: "cover-thumbnail", alt: "", hidden: true });
    cover?.closest(".form-row, div")?.append(shown);
    const setCover = (picture) => {
      cover.value = picture.id;
      cover.dispatchEvent(new Event("change", { bubbles: true }));
      cover.dispatchEvent(new Event("input", { bubbles: true }));
      for (const old of cover.parentElement.querySelectorAll("strong")) old.remove();
      shown.src = picture.thumbnail;
      shown.hidden = false;
      cover.focus();
    };
    document.addEventListener("click", (event) => {
      if (!event.target.closest?.("#lookup_id_cover_image")) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      begin(true, () => setTimeout(() => setCover(rows()[0].picture)));
    }, true);

    more.onclick = () => load(true);
    if (upload) {
      const { chooser } = editor.uploads;
      upload.onclick = () => chooser.click();
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
    strip({ ...editor, layerOf: () => editor.layer });
    return { insert };
  };
}
