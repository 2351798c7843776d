/* Nothing typed is lost: what changes is kept in this browser at once and on the server every few seconds. One save is
   in flight at a time, and "saved" is said when the server has confirmed the very text that stands in the form. */

{
  const desk = (window.desk ??= {});
  const LOOK = 1000;
  const PAUSE = 2500;
  const LONGEST = 60000;
  const WHILE_LOST = 15000;
  const OF_ONE_PAGE = new Set(["csrfmiddlewaretoken", "draft_tab", "draft_of"]);

  desk.autosave = (editor) => {
    const { form, root, user, key, tab } = editor;
    const status = root.querySelector(".editor-status");
    const meanwhile = root.querySelector(".editor-meanwhile");

    const current = () => {
      const fields = [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !OF_ONE_PAGE.has(name) && !name.startsWith("_"));
      return new URLSearchParams(fields).toString();
    };

    const stored = editor.isBound ? null : current();
    let seen = stored;
    let confirmed = null, confirmedAt = null;
    let state = "waiting", detail = "", failures = 0;
    let isKeptHere = true, isDone = false, isOvertaken = false, isSaving = false;
    let timer = 0, flight = null;

    /** Give up what is typed here, as its editor wants; returns when the server had kept it, to be discarded there. */
    const drop = async () => {
      const found = await flush();
      isDone = true;
      desk.drafts.remove({ user, key, tab });
      return found === "kept" ? confirmedAt : null;
    };

    const isDirty = () => current() !== stored;
    const isUnsent = (text) => text !== (confirmed ?? stored);

    /* What is said */

    let announced = "";
    const say = (kind, words) => {
      // Read out where the kind of news changes, and not each time that a draft was kept.
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
      if (isSaving) say("sending", words.sending);
      else if (isDone || (text === stored && confirmed === null)) say("none", "");
      else if (text === confirmed && !isOvertaken) say("kept", words.kept.replace("{time}", time(confirmedAt)));
      else if (isOvertaken && !isUnsent(text)) say("tab", "");
      else if (!isKeptHere && state !== "waiting") say("nowhere", words.nowhere);
      else if (state === "refused") say("refused", words.refused.replace("{detail}", detail));
      else say(state, words[state]);
    };

    const tell = (answer) => {
      const said = [];
      if (answer.others?.length) said.push(meanwhile.dataset.others.replace("{who}", answer.others.join(", ")));
      if (answer.newer) said.push(meanwhile.dataset.newer.replace("{who}", answer.newer.by).replace("{version}", answer.newer.version));
      if (answer.other_tab || isOvertaken) said.push(meanwhile.dataset.tab);
      if (meanwhile.textContent !== said.join(" ")) meanwhile.textContent = said.join(" ");
    };

    /* In this browser */

    const keepHere = (text) => {
      if (text === stored && confirmed === null) desk.drafts.remove({ user, key, tab });
      else isKeptHere = desk.drafts.write({ user, key, tab, text });
    };

    const look = () => {
      const text = current();
      if (text === seen || isDone) return;
      seen = text;
      keepHere(text);
      if (["refused", "unsent"].includes(state)) state = "waiting";
      if (isUnsent(text)) schedule();
      show();
    };

    /* On the server */

    const schedule = () => {
      if (timer || flight || isDone) return;
      const pause = failures ? Math.min(LONGEST, 1000 * 2 ** failures) : state === "lost" ? WHILE_LOST : PAUSE;
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

    /** Send the form once; returns what became of it: `kept`, `offline`, `lost` or `refused`. */
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
      tell(data);
      return "kept";
    };

    const flush = async () => {
      look();
      if (flight) await flight;
      return send();
    };

    /* When to look */

    form.addEventListener("input", () => queueMicrotask(look));
    // Not all that changes a form tells it: pickers and the shortcuts of dates set values in silence.
    setInterval(look, LOOK);
    addEventListener("online", () => {
      failures = 0;
      if (isUnsent(current())) send();
    });
    document.addEventListener("visibilitychange", () => {
      look();
      if (document.visibilityState === "hidden" && isUnsent(current())) send();
    });
    // Somebody may have logged in again in another tab.
    addEventListener("focus", () => state === "lost" && send());
    addEventListener("pagehide", look);
    addEventListener("storage", ({ key: item, newValue }) => {
      const [prefix, whose, what, other] = item?.split("|") ?? [];
      if (prefix !== desk.drafts.PREFIX || whose !== user || what !== key) return;
      if (other === tab && newValue === null && isDirty()) keepHere(current());
      if (other !== tab && newValue !== null && isDirty()) {
        isOvertaken = true;
        tell({});
        show();
      }
    });
    if (editor.isBound) look();
    return {
      drop,
      flush,
      isDirty: () => {
        look();
        return !isDone && isDirty();
      },
      /** Say that the form is being saved, or what became of it. */
      note: (kind) => {
        isSaving = kind === "sending";
        if (kind === "unsent") state = kind;
        show();
      },
    };
  };
}
