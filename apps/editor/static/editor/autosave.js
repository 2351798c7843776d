/* Autosave: every change is stored in this browser at once and on the server every few seconds. There is one request at
   a time, and the status says "saved" only when the server has confirmed exactly the text that the form contains. */

{
  const desk = (window.desk ??= {});
  const CHECK_INTERVAL = 1000;
  const PAUSE = 2500;
  const MAX_PAUSE = 60000;
  const PAUSE_LOGGED_OUT = 15000;
  const PAGE_FIELDS = new Set(["csrfmiddlewaretoken", "draft_tab", "draft_of"]);

  desk.autosave = (editor) => {
    const { form, state: place, user, key, tab } = editor;
    const status = place.querySelector(".editor-status");
    const meanwhile = place.querySelector(".editor-meanwhile");

    const current = () => {
      const fields = [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !PAGE_FIELDS.has(name) && !name.startsWith("_"));
      return new URLSearchParams(fields).toString();
    };

    const stored = editor.isBound ? null : current();
    let seen = stored;
    let confirmed = null, confirmedAt = null;
    let state = "waiting", detail = "", failures = 0;
    let isStoredLocally = true, isDone = false, isOvertaken = false, isSaving = false;
    let timer = 0, flight = null;

    /** Discard the typed text in this browser. Returns when the server stored it, so that it can be discarded there too. */
    const drop = async () => {
      const found = await flush();
      isDone = true;
      desk.drafts.remove({ user, key, tab });
      return found === "kept" ? confirmedAt : null;
    };

    const isDirty = () => current() !== stored;
    const isUnsent = (text) => text !== (confirmed ?? stored);

    /* The status line */

    let announced = "";
    const setStatus = (kind, words) => {
      // Announced by screen readers when the kind of status changes, and not each time that a draft was stored.
      if (kind !== "waiting") {
        status.setAttribute("aria-live", kind === announced ? "off" : "polite");
        announced = kind;
      } else status.setAttribute("aria-live", "off");
      status.dataset.state = kind;
      if (status.textContent !== words) status.textContent = words;
    };
    const time = (moment) => new Date(moment).toLocaleTimeString(document.documentElement.lang || undefined, { hour: "2-digit", minute: "2-digit" });

    const show = () => {
      const text = current();
      const words = status.dataset;
      if (isSaving) setStatus("sending", words.sending);
      else if (isDone || (text === stored && confirmed === null)) setStatus("none", "");
      else if (text === confirmed && !isOvertaken) setStatus("kept", words.kept.replace("{time}", time(confirmedAt)));
      else if (isOvertaken && !isUnsent(text)) setStatus("tab", "");
      else if (!isStoredLocally && state !== "waiting") setStatus("nowhere", words.nowhere);
      else if (state === "refused") setStatus("refused", words.refused.replace("{detail}", detail));
      else setStatus(state, words[state]);
    };

    const showMessages = (answer) => {
      const messages = [];
      if (answer.others?.length) messages.push(meanwhile.dataset.others.replace("{who}", answer.others.join(", ")));
      if (answer.newer) messages.push(meanwhile.dataset.newer.replace("{who}", answer.newer.by).replace("{version}", answer.newer.version));
      if (answer.other_tab || isOvertaken) messages.push(meanwhile.dataset.tab);
      if (meanwhile.textContent !== messages.join(" ")) meanwhile.textContent = messages.join(" ");
    };

    /* Storing in this browser */

    const storeLocally = (text) => {
      if (text === stored && confirmed === null) desk.drafts.remove({ user, key, tab });
      else isStoredLocally = desk.drafts.write({ user, key, tab, text });
    };

    const checkForChanges = () => {
      const text = current();
      if (text === seen || isDone) return;
      seen = text;
      storeLocally(text);
      if (["refused", "unsent"].includes(state)) state = "waiting";
      if (isUnsent(text)) schedule();
      show();
    };

    /* Storing on the server */

    const schedule = () => {
      if (timer || flight || isDone) return;
      const pause = failures ? Math.min(MAX_PAUSE, 1000 * 2 ** failures) : state === "lost" ? PAUSE_LOGGED_OUT : PAUSE;
      timer = setTimeout(send, pause);
    };

    const send = () => {
      clearTimeout(timer);
      timer = 0;
      flight ??= deliver().finally(() => {
        flight = null;
        if (isUnsent(current()) && state !== "refused") schedule();
        show();
      });
      return flight;
    };

    /** Send the form once. Returns the result: `kept`, `offline`, `lost` (logged out) or `refused`. */
    const deliver = async () => {
      const text = current();
      const body = new URLSearchParams(text);
      body.append("draft_tab", tab);
      body.append("draft_of", user);
      body.append("draft_after", editor.taken);
      const answer = await desk.session.send(editor.urls.autosave, body);
      if (answer.ok) return arrived(text, answer.data);
      if (answer.status === 401) {
        if (state !== "lost") desk.session.onFound(send);
        return (state = "lost");
      }
      if (answer.status === 0 || answer.status >= 500) {
        failures += 1;
        return (state = "offline");
      }
      detail = answer.data.detail ?? editor.words.toolong;
      return (state = "refused");
    };

    const arrived = (text, data) => {
      failures = 0;
      state = "waiting";
      [confirmed, confirmedAt, isOvertaken] = [text, data.at, false];
      showMessages(data);
      return "kept";
    };

    const flush = async () => {
      checkForChanges();
      if (flight) await flight;
      return send();
    };

    /* Events after which the form is checked for changes */

    form.addEventListener("input", () => queueMicrotask(checkForChanges));
    // Not every change fires an event: pickers and the admin's date shortcuts set values without one.
    setInterval(checkForChanges, CHECK_INTERVAL);
    addEventListener("online", () => {
      failures = 0;
      if (isUnsent(current())) send();
    });
    document.addEventListener("visibilitychange", () => {
      checkForChanges();
      if (document.visibilityState === "hidden" && isUnsent(current())) send();
    });
    // The user may have logged in again in another tab.
    addEventListener("focus", () => state === "lost" && send());
    addEventListener("pagehide", checkForChanges);
    addEventListener("storage", ({ key: item, newValue }) => {
      const [prefix, whose, what, other] = item?.split("|") ?? [];
      if (prefix !== desk.drafts.PREFIX || whose !== user || what !== key) return;
      if (other === tab && newValue === null && isDirty()) storeLocally(current());
      if (other !== tab && newValue !== null && isDirty()) {
        isOvertaken = true;
        showMessages({});
        show();
      }
    });
    if (editor.isBound) checkForChanges();
    return {
      drop,
      flush,
      isDirty: () => {
        checkForChanges();
        return !isDone && isDirty();
      },
      /** Show that the form is being saved, or that saving failed. */
      note: (kind) => {
        isSaving = kind === "sending";
        if (kind === "unsent") state = kind;
        show();
      },
    };
  };
}
