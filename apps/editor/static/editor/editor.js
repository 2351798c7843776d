/* The editor: with JavaScript, the textarea gets a toolbar, a preview and autosave. */

{
  const desk = (window.desk ??= {});
  const template = document.getElementById("desk-editor");
  const form = document.getElementById("post_form");
  const area = document.getElementById("id_body");

  const random = () => [...crypto.getRandomValues(new Uint8Array(10))].map((byte) => byte.toString(36).padStart(2, "0")).join("");

  const build = () => {
    const parts = template.content.cloneNode(true);
    const root = parts.querySelector(".editor");
    const words = parts.querySelector(".editor-words").dataset;
    document.body.append(...parts.querySelectorAll("dialog"));
    const hadFocus = document.activeElement === area;
    const state = parts.querySelector(".editor-state");
    document.querySelector(".bar-saved").append(state);
    area.before(root);
    root.querySelector(".editor-write").append(area);
    if (hadFocus) area.focus();
    return { root, words, state };
  };

  if (template && form && area) {
    const { root, words, state } = build();
    const editor = {
      form, area, root, words, state,
      urls: template.dataset,
      problem: root.querySelector(".editor-problem"),
      said: root.querySelector(".editor-said"),
      login: state.querySelector(".editor-login"),
      isBound: Boolean(template.dataset.bound),
      isShown: Boolean(template.dataset.shown),
      taken: template.dataset.taken,
      user: form.elements.draft_of.value,
      key: form.elements.draft_key.value,
      tab: random(),
    };
    form.elements.draft_tab.value = editor.tab;
    desk.session.begin(editor);
    desk.drafts.tidy(new URL(".", new URL(editor.urls.login, location.href)).pathname);
    editor.preview = desk.preview(editor);
    if (editor.urls.upload) editor.uploads = desk.uploads(editor);
    editor.pictures = desk.pictures(editor);
    editor.layer = desk.highlight(editor);
    editor.menu = desk.insertMenu(editor);
    desk.linkByTyping(editor);
    desk.cells(editor);
    editor.find = desk.find(editor);
    desk.toolbar(editor);
    editor.pasting = desk.pasting(editor);
    desk.bar(editor);
    desk.followTitle(editor);
    editor.autosave = desk.autosave(editor);
    desk.saving(editor);
    desk.merge(editor);
    desk.offer(editor);
    editor.teamwork = desk.teamwork(editor);
    root.classList.add("is-ready");
  }
}
