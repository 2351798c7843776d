/* Autosave: every change is stored in this browser at once and on the server every few seconds: as the post, if it is a
   draft that nobody else has saved, and beside it otherwise. There is one request at a time, and the status says "saved"
   only when the server has confirmed exactly the text that the form contains. */

{
  const desk = (window.desk ??= {});
  const CHECK_INTERVAL = 1000;
  const PAUSE = 2500;
  const MAX_PAUSE = 60000;
  const PAUSE_LOGGED_OUT = 15000;
  const PRESENCE_INTERVAL = 30000;
  /* What belongs to the page, and not to what is typed in it. */
  const PAGE_FIELDS = new Set(["csrfmiddlewaretoken", "draft_tab", "draft_of", "draft_key", "version"]);

  desk.autosave = (editor) => {
    const { form, state: place, user, tab } = editor;
    const status = place.querySelector(".editor-status");
    const meanwhile = place.querySelector(".editor-meanwhile");

    const current = () => {
      const fields = [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !PAGE_FIELDS.has(name) && !name.startsWith("_"));
      return new URLSearchParams(fields).toString();
    };
    /** Return a typed text with the form that it is in: the post, and the version that it was made from. It is put behind
       the text, which can be long and is encoded at each key as it is. */
    const inForm = (text) => {
      const origin = new URLSearchParams({ draft_key: editor.key });
      if (form.elements.version) origin.append("version", form.elements.version.value);
      return `${text}&${origin}`;
    };
    const own = () => ({ user, key: editor.key, tab });

    let stored = editor.isBound ? null : current();
    let seen = stored;
    let confirmed = null, confirmedAt = null;
    let state = "waiting", detail = "", failures = 0;
    let isStoredLocally = true, isDone = false, isOvertaken = false, isSaving = false;
    let timer = 0, flight = null, steps = 0;

    /** Discard the typed text in this browser. Returns when the server stored it, so that it can be discarded there too. */
    const drop = async () => {
      const found = await flush();
      isDone = true;
      desk.drafts.remove(own());
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
    const time = (moment) => new Date(moment).toLocaleTimeString(document.documentElement.lang || undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

    const show = (text = current()) => {
      const words = status.dataset;
      if (isSaving) setStatus("sending", words.sending);
      else if (isDone || (text === stored && confirmed === null)) setStatus("none", "");
      else if (text === confirmed && !isOvertaken) setStatus("kept", words.kept.replace("{time}", time(confirmedAt)));
      else if (isOvertaken && !isUnsent(text)) setStatus("tab", "");
      else if (!isStoredLocally && state !== "waiting") setStatus("nowhere", words.nowhere);
      else if (state === "refused") setStatus("refused", words.refused.replace("{detail}", detail));
      else setStatus(state, words[state]);
    };

    let told = {};
    const showMessages = (answer) => {
      told = answer;
      const messages = [];
      if (answer.others?.length) messages.push(meanwhile.dataset.others.replace("{who}", answer.others.join(", ")));
      if (answer.newer) messages.push((answer.newer.is_own ? meanwhile.dataset.own : meanwhile.dataset.newer).replace("{who}", answer.newer.by).replace("{version}", answer.newer.version));
      if (answer.pending) messages.push(answer.pending);
      if (answer.other_tab || isOvertaken) messages.push(meanwhile.dataset.tab);
      if (meanwhile.textContent !== messages.join(" ")) meanwhile.textContent = messages.join(" ");
    };

    /* Storing in this browser */

    const storeLocally = (text) => {
      if (text === stored && (confirmed === null || confirmed === stored)) desk.drafts.remove(own());
      else isStoredLocally = desk.drafts.write({ ...own(), text: inForm(text) });
    };

    const checkForChanges = () => {
      const text = current();
      if (text === seen || isDone) return;
      seen = text;
      storeLocally(text);
      if (["refused", "unsent"].includes(state)) state = "waiting";
      if (isUnsent(text)) schedule();
      show(text);
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
      const body = new URLSearchParams(inForm(text));
      body.append("draft_tab", tab);
      body.append("draft_of", user);
      body.append("draft_step", (steps += 1));
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
      if (data.form) follow(text, data);
      showMessages(data);
      return "kept";
    };

    /** What was sent is the post now, or there is none any more. */
    const follow = (text, { form: found, is_whole: isWhole = true }) => {
      desk.drafts.remove(own());
      desk.become(editor, found);
      if (isWhole) stored = text;
      if (found.version === null) confirmed = null;
      if (!isWhole || current() !== text) storeLocally(current());
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
    addEventListener("pagehide", () => {
      checkForChanges();
      if (confirmed === null) return;
      const body = new URLSearchParams({ draft_key: editor.key, draft_tab: tab, draft_of: user, left: "yes" });
      body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
      navigator.sendBeacon(editor.urls.presence, body);
    });
    // While others are named as writing, ask whether they still are.
    setInterval(async () => {
      if (document.visibilityState === "hidden" || !meanwhile.textContent.trim() || !form.elements.version) return;
      const { ok, data } = await desk.session.send(editor.urls.presence, new URLSearchParams({ draft_key: editor.key, draft_of: user }));
      if (ok) showMessages({ ...told, others: data.others });
    }, PRESENCE_INTERVAL);
    addEventListener("storage", ({ key: item, newValue }) => {
      const [prefix, whose, what, other] = item?.split("|") ?? [];
      if (prefix !== desk.drafts.PREFIX || whose !== user || what !== editor.key) return;
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
      current,
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
