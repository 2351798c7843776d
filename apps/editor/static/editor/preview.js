/* The live preview: rendered by the server with the template and stylesheet of the readers' pages. The frame runs no
   scripts; this script fills it, scrolls it with the text, and shows the word count. */

{
  const desk = (window.desk ??= {});
  const FIELDS = ["title", "summary", "body", "language", "kind"];
  const PAUSE = 350;
  const PAUSE_HIDDEN = 1500;

  /** Return the colour scheme of the readers' stylesheet that corresponds to the admin's theme. */
  const scheme = () => ({ light: "light", dark: "dark" })[document.documentElement.dataset.theme] ?? "system";

  desk.preview = (editor) => {
    const { root, form, area, problem } = editor;
    const pane = root.querySelector(".editor-shown");
    const frame = pane.querySelector("iframe");
    const [words, minutes] = [root.querySelector(".count-words"), root.querySelector(".count-minutes")];
    let timer = 0, running = null, cost = 0, shown = null, pageIsThere = false;

    const count = (found) => {
      words.textContent = Number(found.words).toLocaleString(document.documentElement.lang || undefined);
      minutes.textContent = found.minutes;
    };
    count(root.querySelector(".editor-count").dataset);

    const typed = () => new URLSearchParams(FIELDS.map((name) => [name, form.elements[name]?.value ?? ""]));

    /* Once the frame has a page, only its main content is replaced, so that it neither flickers nor scrolls. */
    const show = (html) => {
      const page = desk.parsed(html);
      for (const script of page.querySelectorAll("script")) script.remove();
      page.documentElement.dataset.scheme = scheme();
      const there = pageIsThere && frame.contentDocument?.getElementById("main");
      if (!there) {
        desk.showInFrame(frame, page);
        return;
      }
      const old = frame.contentDocument.documentElement;
      for (const name of ["lang", "dir", "data-scheme"]) old.setAttribute(name, page.documentElement.getAttribute(name) ?? "");
      there.replaceChildren(...frame.contentDocument.importNode(page.getElementById("main"), true).childNodes);
      follow();
    };

    const render = async () => {
      const body = typed();
      const text = body.toString();
      if (text === shown) return;
      running?.abort();
      const own = (running = new AbortController());
      const started = performance.now();
      const answer = await desk.session.send(editor.urls.render, body, own.signal);
      if (own !== running) return;
      running = null;
      cost = performance.now() - started;
      root.classList.toggle("is-behind", !answer.ok);
      const said = answer.ok ? answer.data.left_out : [413, 422, 429].includes(answer.status) ? answer.data.detail ?? "" : "";
      // Written again, the same words would be read out again.
      if (problem.textContent !== said) problem.textContent = said;
      if (!answer.ok) return;
      shown = text;
      count(answer.data);
      if (!pane.hidden) show(answer.data.html);
    };

    /* A text that is slow to render is rendered less often. */
    const soon = () => {
      clearTimeout(timer);
      timer = setTimeout(render, Math.max(pane.hidden ? PAUSE_HIDDEN : PAUSE, 2 * cost));
    };
    form.addEventListener("input", ({ target }) => FIELDS.includes(target.name) && soon());

    /* The part of the text that is above the window's upper edge is above the frame's, too. */
    const follow = () => {
      const page = frame.contentDocument?.scrollingElement;
      if (!page || pane.hidden) return;
      const [text, { top, bottom }] = [area.getBoundingClientRect(), desk.shownPart()];
      const range = text.height - (bottom - top);
      const share = range > 0 ? Math.min(1, Math.max(0, (top - text.top) / range)) : 0;
      page.scrollTo({ top: share * (page.scrollHeight - page.clientHeight), behavior: "instant" });
    };
    addEventListener("scroll", () => requestAnimationFrame(follow), { passive: true });
    const resized = new ResizeObserver(follow);
    for (const part of [area, frame]) resized.observe(part);

    frame.addEventListener("load", () => {
      const page = frame.contentDocument;
      pageIsThere = Boolean(page?.getElementById("main"));
      if (!pageIsThere) return;
      page.addEventListener("click", (event) => {
        const link = event.target.closest("a[href]");
        if (!link) return;
        event.preventDefault();
        const own = link.getAttribute("href");
        if (own.startsWith("#")) page.getElementById(decodeURIComponent(own.slice(1)))?.scrollIntoView();
        else window.open(link.href, "_blank", "noopener");
      });
      follow();
    });
    new MutationObserver(() => {
      if (pageIsThere && frame.contentDocument) frame.contentDocument.documentElement.dataset.scheme = scheme();
    }).observe(document.documentElement, { attributeFilter: ["data-theme"] });

    return {
      toggle: () => {
        pane.hidden = !pane.hidden;
        root.classList.toggle("has-preview", !pane.hidden);
        shown = null;
        if (!pane.hidden) render();
        return !pane.hidden;
      },
    };
  };
}
