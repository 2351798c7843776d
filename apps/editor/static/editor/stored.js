/* A page goes on as the form of the post that its first automatic save has created, without being loaded again, and as the
   form of a new post if the server has deleted the draft because it was emptied. */

{
  const desk = (window.desk ??= {});
  /* What stands on the page of a stored post, and not on that of a new one, comes from the page of the post. */
  const REPLACED = [".bar-more > div", "div.breadcrumbs", "#content > h1"];
  const BOXES = ".writing-panel > section";

  const setVersion = (form, version) => {
    const field = form.elements.version ?? Object.assign(document.createElement("input"), { type: "hidden", name: "version", autocomplete: "off" });
    if (version === null) return field.remove();
    field.value = version;
    if (!field.form) form.prepend(field);
    return undefined;
  };

  /** Show that the slug is made from the title as long as nobody types one. */
  const showMadeSlug = (form, slug) => {
    if (form.elements.slug) form.elements.slug.placeholder = slug;
  };

  const fill = async (url) => {
    const response = await fetch(url, { credentials: "same-origin" });
    if (!response.ok) return;
    const page = desk.parsed(await response.text());
    for (const selector of REPLACED) {
      const [old, found] = [document.querySelector(selector), page.querySelector(selector)];
      if (old && found && !old.contains(document.activeElement)) old.replaceWith(document.importNode(found, true));
    }
    for (const box of document.querySelectorAll(BOXES)) box.remove();
    for (const box of page.querySelectorAll(BOXES)) document.querySelector(".writing-panel").append(document.importNode(box, true));
    document.title = page.title;
  };

  /** Make the page the form of a post, as the server describes it: its key, URL, version, slug and preview. */
  desk.become = (editor, { key, url, version, slug, preview }) => {
    const { form } = editor;
    setVersion(form, version);
    if (!form.elements.slug?.value) showMadeSlug(form, slug);
    if (key === editor.key) return;
    editor.key = form.elements.draft_key.value = key;
    // Where the list had filters, the buttons that lead back keep them.
    const filters = new URLSearchParams(location.search).get("_changelist_filters");
    const address = url + (filters ? `?${new URLSearchParams({ _changelist_filters: filters })}` : "");
    form.setAttribute("action", address);
    history.replaceState(history.state, "", address);
    const link = form.querySelector(".previewlink");
    if (link && preview) link.href = preview;
    else link?.removeAttribute("href");
    fill(address).catch(() => { /* The page works without it, and has it when it is loaded again. */ });
  };

  /** Leave the slug that was made from the title to the server, which makes it anew when the title changes. */
  desk.followTitle = ({ form, urls }) => {
    if (!urls.madeSlug || form.elements.slug?.value !== urls.madeSlug) return;
    form.elements.slug.value = "";
    showMadeSlug(form, urls.madeSlug);
  };
}
