/* The settings of the site: the preview follows what is typed, pictures are chosen in a dialog, and a colour is tried out. */

{
  const desk = (window.desk ??= {});
  const PAUSE = 500;
  const form = document.getElementById("site_form") ?? document.getElementById("stylesheet_form");

  /** Send the form to the frame of the preview soon after each change. */
  const following = () => {
    const button = form.querySelector("[formtarget=site-preview]");
    let pause;
    const soon = () => {
      clearTimeout(pause);
      pause = setTimeout(() => form.requestSubmit(button), PAUSE);
    };
    form.addEventListener("input", soon);
    return soon;
  };

  /** Warn on leaving with changes that are not saved. */
  const guarding = () => {
    let isDirty = false, isSent = false;
    form.addEventListener("input", () => { isDirty = true; });
    form.addEventListener("submit", ({ submitter }) => { isSent = submitter?.formTarget !== "site-preview"; });
    addEventListener("pageshow", () => { isSent = false; });
    addEventListener("beforeunload", (event) => {
      if (isDirty && !isSent) event.preventDefault();
    });
    return () => { isDirty = true; };
  };

  /** Show beside a colour's field one to choose with, and what will be used of it. */
  const accent = (changed) => {
    const field = document.getElementById("id_accent");
    const template = document.getElementById("accent-tools");
    const uses = document.getElementById("accent-uses");
    if (!field || !template) return;
    const tools = template.content.cloneNode(true).firstElementChild;
    const picker = tools.querySelector("input");
    field.closest(".form-row").append(tools, uses);

    const svg = (name, attributes, text = "") => {
      const made = document.createElementNS("http://www.w3.org/2000/svg", name);
      for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
      made.textContent = text;
      return made;
    };
    const item = ({ colour, paper, words }) => {
      const drawn = svg("svg", { viewBox: "0 0 44 24", "aria-hidden": "true" });
      drawn.append(svg("rect", { width: 44, height: 24, fill: paper }), svg("text", { x: 8, y: 18, "font-size": 16, "font-weight": 700, fill: colour }, "Aa"));
      const made = document.createElement("li");
      made.append(drawn, ` ${words}`);
      return made;
    };
    let asked;
    const show = async () => {
      asked?.abort();
      asked = new AbortController();
      const typed = field.value.trim().toLowerCase();
      const colour = typed && !typed.startsWith("#") ? `#${typed}` : typed;
      picker.value = /^#[0-9a-f]{6}$/.test(colour) ? colour : field.placeholder;
      try {
        const answer = await fetch(`${template.dataset.address}?${new URLSearchParams({ colour })}`, { signal: asked.signal });
        if (answer.ok) uses.replaceChildren(...(await answer.json()).uses.map(item));
      } catch { /* Asked again meanwhile, or without a connection: what was said stays. */ }
    };
    const take = (colour) => {
      field.value = colour;
      show();
      changed();
    };
    field.addEventListener("input", show);
    picker.addEventListener("input", () => take(picker.value));
    tools.addEventListener("click", ({ target }) => {
      const button = target.closest("button");
      if (button) take(button.value);
    });
    show();
  };

  /** Give each field of a picture's address the buttons of a picture. */
  const pictures = (page, changed) => {
    let begin = null;
    for (const field of form.querySelectorAll(".picture-address")) {
      const shown = document.createElement("img");
      shown.className = "picture-shown";
      shown.alt = "";
      const show = () => {
        shown.hidden = !field.value;
        if (field.value) shown.src = field.value;
      };
      const set = (picture) => {
        // The smallest file is large enough for a logo; other sites want a large one in a format that all of them know.
        const small = picture.url.replace(/[^/]+$/, picture.thumbnail.split("/").pop());
        field.value = desk.named(field.id.startsWith("id_logo") ? small : picture.url, picture.name);
        show();
        changed();
      };
      const { choose, upload } = desk.pictureButtons(page, {
        begin: (button, taken) => {
          page.area = button;
          begin ??= desk.pictureDialog(page);
          begin("site", taken);
        },
        say: (text) => { page.problem.textContent = text; },
        done: set,
      });
      field.addEventListener("input", show);
      field.after(choose, upload, shown);
      show();
    }
  };

  /** Return what the dialogs need of a page, as of the editor's. */
  const build = (template) => {
    const parts = template.content.cloneNode(true);
    const words = parts.querySelector(".editor-words").dataset;
    document.body.append(...parts.querySelectorAll("dialog, input[type=file]"));
    form.querySelector(".bar-saved").append(...parts.querySelectorAll(".editor-login, .editor-problem"));
    const page = {
      form, words,
      urls: template.dataset,
      user: template.dataset.user,
      area: form,
      login: form.querySelector(".editor-login"),
      problem: form.querySelector(".editor-problem"),
    };
    page.uploads = { send: desk.sendPicture(page), chooser: document.body.querySelector(":scope > input[type=file]") };
    return page;
  };

  if (form) {
    const template = document.getElementById("site-desk");
    const [follow, dirty] = [following(), guarding()];
    const changed = () => {
      dirty();
      follow();
    };
    accent(changed);
    if (template) {
      const page = build(template);
      page.changed = changed;
      desk.session.begin(page);
      pictures(page, changed);
      desk.menus(page);
    }
  }
}
