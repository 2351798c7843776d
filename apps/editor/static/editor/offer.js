/* When a form is opened: offer the drafts of it that this browser has stored, with their differences from the post. */

{
  const desk = (window.desk ??= {});
  const MAX_OFFERS = 3;

  const isNew = (key) => key.startsWith("new:");

  const candidates = ({ user, key, tab }) =>
    desk.drafts.all()
      .filter((draft) => draft.user === user && draft.tab !== tab && (draft.key === key || (isNew(draft.key) && isNew(key))))
      .sort((a, b) => b.at - a.at)
      .slice(0, MAX_OFFERS);

  /** Return the text of a draft without the form that it is in. */
  const typed = ({ text }) => {
    const fields = new URLSearchParams(text);
    for (const name of ["draft_key", "version"]) fields.delete(name);
    return fields.toString();
  };

  const hidden = (name, value) => Object.assign(document.createElement("input"), { type: "hidden", name, value });

  const show = (editor, draft, html) => {
    const form = document.getElementById("draft-offer").content.firstElementChild.cloneNode(true);
    // HTML that the server has rendered and escaped.
    form.querySelector(".draft-differences").innerHTML = html;
    const at = new Date(draft.at);
    Object.assign(form.querySelector("time"), { dateTime: at.toISOString(), textContent: at.toLocaleString(document.documentElement.lang || undefined) });
    const token = hidden("csrfmiddlewaretoken", editor.form.elements.csrfmiddlewaretoken.value);
    form.prepend(token, ...[...new URLSearchParams(draft.text)].map(([name, value]) => hidden(name, value)));
    form.querySelector("[name=_take]").value = draft.tab;
    // The draft that the same page sent to the server is older than the one in this browser, or equal to it.
    const ofServer = document.querySelector(`.draft-offer[data-tab="${CSS.escape(draft.tab)}"]`);
    if (ofServer) ofServer.hidden = true;
    form.querySelector("[data-discard]").addEventListener("click", () => {
      desk.drafts.remove(draft);
      form.remove();
      const discard = ofServer?.querySelector("[name=_discard]");
      if (discard) ofServer.requestSubmit(discard);
      else editor.area.focus();
    });
    editor.form.before(form);
  };

  /* The server stores one draft per form. Its offer is stored here too, since the next autosave replaces it there. */
  const storeOffer = (editor) => {
    const form = document.querySelector(".draft-offer[data-tab]");
    if (!form || editor.isShown) return;
    const { tab, at } = form.dataset;
    const fields = [...new FormData(form)].filter(([name]) => name !== "csrfmiddlewaretoken");
    const key = form.elements.draft_key.value;
    if (!desk.drafts.all().some((draft) => draft.tab === tab && draft.key === key)) {
      desk.drafts.write({ user: editor.user, key, tab, text: new URLSearchParams(fields).toString(), at: Date.parse(at) });
    }
    form.querySelector("[name=_discard]").addEventListener("click", () => desk.drafts.remove({ user: editor.user, key, tab }));
  };

  /** On the conflict page: taking the stored text discards the user's own draft, so that it is not offered again. */
  const takeStored = (editor) => {
    const link = document.querySelector(".conflict .take-stored");
    link?.addEventListener("click", async (event) => {
      event.preventDefault();
      const at = await editor.autosave.drop();
      if (!at) return location.assign(link.href);
      const form = Object.assign(document.createElement("form"), { method: "post", action: link.href });
      form.append(...["csrfmiddlewaretoken", "draft_key"].map((name) => hidden(name, editor.form.elements[name].value)), hidden("_discard", at));
      document.body.append(form);
      form.submit();
    });
  };

  desk.offer = async (editor) => {
    takeStored(editor);
    if (editor.isBound && !editor.isShown) {
      // The draft that was taken over is now the draft of this page.
      for (const draft of desk.drafts.all()) if (draft.tab === editor.taken) desk.drafts.remove(draft);
      return;
    }
    const found = candidates(editor);
    storeOffer(editor);
    for (const draft of found) {
      // The page shows already what the server has of it.
      if (editor.isShown && typed(draft) === editor.autosave.current()) {
        desk.drafts.remove(draft);
        continue;
      }
      const body = new URLSearchParams(draft.text);
      body.append("draft_of", editor.user);
      const { ok, data } = await desk.session.send(editor.urls.difference, body);
      if (!ok) continue;
      if (data.is_same) desk.drafts.remove(draft);
      else show(editor, draft, data.html);
    }
  };
}
