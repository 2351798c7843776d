/* Drafts in localStorage: one for each page in which a form is open, so that two pages never overwrite each other's. */

{
  const desk = (window.desk ??= {});
  const PREFIX = "desk-draft";
  const MAX_AGE = 30 * 24 * 3600 * 1000;
  const SAVED_COOKIE = /^(?:__Secure-)?desk_saved$/;

  const name = ({ user, key, tab }) => [PREFIX, user, key, tab].join("|");

  const all = () => {
    const found = [];
    try {
      for (const item of Object.keys(localStorage)) {
        const [prefix, user, key, tab] = item.split("|");
        if (prefix === PREFIX) found.push({ ...JSON.parse(localStorage.getItem(item)), user, key, tab });
      }
    } catch { /* Storage may be disabled, and its content may be invalid. */ }
    return found;
  };

  const remove = (draft) => {
    try { localStorage.removeItem(name(draft)); } catch { /* Storage is disabled, so there is no draft. */ }
  };

  /** Store the text of a form; returns whether that succeeded. */
  const write = (draft) => {
    try {
      localStorage.setItem(name(draft), JSON.stringify({ text: draft.text, at: draft.at ?? Date.now() }));
      return true;
    } catch {
      return false;
    }
  };

  /* Remove the drafts of saved forms (the server lists their pages in a cookie) and those that are too old. */
  const tidy = (path) => {
    const [cookie, value] = document.cookie.split("; ").map((pair) => pair.split("=")).find(([key]) => SAVED_COOKIE.test(key)) ?? [];
    const saved = value?.split(".") ?? [];
    for (const draft of all()) {
      if (saved.includes(draft.tab) || Date.now() - draft.at > MAX_AGE) remove(draft);
    }
    if (saved.length) document.cookie = `${cookie}=; path=${path}; max-age=0; samesite=lax${cookie.startsWith("__") ? "; secure" : ""}`;
  };

  desk.drafts = { PREFIX, all, remove, write, tidy };
}
