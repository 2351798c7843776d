/* Drafts in this browser: one for each page that a form is written in, so that two pages never go over each other's. */

{
  const desk = (window.desk ??= {});
  const PREFIX = "desk-draft";
  const KEPT_FOR = 30 * 24 * 3600 * 1000;
  const SAVED = "desk_saved";

  const name = ({ user, key, tab }) => [PREFIX, user, key, tab].join("|");

  const all = () => {
    const found = [];
    try {
      for (const item of Object.keys(localStorage)) {
        const [prefix, user, key, tab] = item.split("|");
        if (prefix === PREFIX) found.push({ ...JSON.parse(localStorage.getItem(item)), user, key, tab });
      }
    } catch { /* Storage may be forbidden, and its content anybody's. */ }
    return found;
  };

  const remove = (draft) => {
    try { localStorage.removeItem(name(draft)); } catch { /* Then there is none. */ }
  };

  /** Keep a form's text; returns whether this browser did. */
  const write = (draft) => {
    try {
      localStorage.setItem(name(draft), JSON.stringify({ text: draft.text, at: draft.at ?? Date.now() }));
      return true;
    } catch {
      return false;
    }
  };

  /* What a saved form has left behind (the server names its page in a cookie), and what nobody came back to. */
  const tidy = (path) => {
    const saved = document.cookie.split("; ").find((cookie) => cookie.startsWith(`${SAVED}=`))?.split("=")[1].split(".") ?? [];
    for (const draft of all()) {
      if (saved.includes(draft.tab) || Date.now() - draft.at > KEPT_FOR) remove(draft);
    }
    if (saved.length) document.cookie = `${SAVED}=; path=${path}; max-age=0; samesite=lax`;
  };

  desk.drafts = { PREFIX, all, remove, write, tidy };
}
