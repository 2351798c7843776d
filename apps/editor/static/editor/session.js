/* The editor's requests, and what happens when the session or the CSRF token has expired: a stale token is renewed
   automatically; a user who is logged out can log in again in a dialog and continue. */

{
  const desk = (window.desk ??= {});
  const TIMEOUT = 20000;
  /* How often a request is sent again that the server refused because it is busy. */
  const REPEATS = 3;
  let editor = null;
  let waiting = [];

  const token = () => editor.form.elements.csrfmiddlewaretoken.value;
  const setToken = (value) => {
    for (const field of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) field.value = value;
  };

  const ask = async (url, options) => {
    const signal = AbortSignal.any([AbortSignal.timeout(TIMEOUT), ...(options.signal ? [options.signal] : [])]);
    const response = await fetch(url, { credentials: "same-origin", ...options, signal, headers: { Accept: "application/json", ...options.headers } });
    const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
    const data = isJson ? await response.json() : {};
    return { ok: response.ok && isJson, status: response.status, data, response };
  };

  /** Fetch the session. Returns whether the form's user is logged in; the form then has a fresh token. */
  const renew = async () => {
    const { ok, data } = await ask(editor.urls.session, {});
    if (!ok || String(data.user) !== editor.user) return { isMine: false, csrf: data.csrf };
    setToken(data.csrf);
    return { isMine: true };
  };

  /** Send a request; while the server is busy, say so, wait as long as it says, and send it again. */
  const patiently = async (post, signal) => {
    const { problem } = editor;
    let answer = await post();
    for (let repeats = 0; answer.status === 429 && repeats < REPEATS && !signal?.aborted; repeats += 1) {
      const said = (problem.textContent = answer.data.detail ?? "");
      const seconds = Number(answer.response.headers.get("Retry-After")) || 5;
      await new Promise((go) => setTimeout(go, 1000 * seconds));
      if (problem.textContent === said) problem.textContent = "";
      if (!signal?.aborted) answer = await post();
    }
    return answer;
  };

  /** Send a form to the server. Status 0 means that there was no response. */
  const send = async (url, body, signal) => {
    try {
      const post = () => ask(url, { method: "POST", body, signal, headers: { "X-CSRFToken": token() } });
      let answer = await patiently(post, signal);
      if ([401, 403].includes(answer.status) && (answer.status === 401 || answer.data.is_stale) && (await renew()).isMine) answer = await post();
      if (answer.status === 401) lose();
      else if (answer.ok) found();
      return answer;
    } catch {
      return { ok: false, status: 0, data: {} };
    }
  };

  const lose = () => {
    editor.login.hidden = false;
  };

  const found = () => {
    editor.login.hidden = true;
    for (const go of waiting.splice(0)) go();
  };

  /** Send one step of the login. Returns the response's data: `user` after the last step, `second_factor` before it. */
  const sendStep = async (fields, csrf) => {
    // After the login, Django's view redirects to `next`, which returns the user.
    const body = new URLSearchParams({ ...fields, csrfmiddlewaretoken: csrf, next: editor.urls.session });
    const { ok, data } = await ask(editor.urls.login, { method: "POST", body });
    return ok ? data : {};
  };

  const open = () => {
    const dialog = document.getElementById("desk-login");
    const wrong = dialog.querySelector(".errornote");
    const [first, second] = dialog.querySelectorAll("[data-step]");
    const password = dialog.querySelector("[type=password]");
    const name = document.getElementById("desk-login-name");
    const code = document.getElementById("desk-login-code");
    const passkey = dialog.querySelector("[data-passkey]");
    let csrf = "";

    const say = (text) => {
      wrong.textContent = text;
      wrong.hidden = !text;
    };
    const show = (step, field) => {
      first.hidden = step !== first;
      second.hidden = step !== second;
      // A hidden field that is required would stop the form.
      password.required = name.required = step === first;
      code.required = step === second;
      field.focus();
    };
    /** Close the dialog if the form's user is logged in; else show the next step, or what was wrong. */
    const go = (data) => {
      if (String(data.user) === editor.user) {
        setToken(data.csrf);
        dialog.close();
        return found();
      }
      if (!data.second_factor) {
        say(data.detail ?? wrong.dataset.wrong);
        return show(first, password);
      }
      csrf = data.csrf;
      passkey.hidden = !(data.second_factor.passkeys && desk.passkeys.areSupported);
      say(Object.values(data.second_factor.errors).flat().join(" "));
      show(second, code);
    };
    const attempt = async (action, failure) => {
      try {
        go(await action());
      } catch {
        say(failure);
      }
    };
    const submit = () =>
      attempt(async () => {
        const isSecond = !second.hidden;
        const fields = isSecond ? { factor_code: code.value } : { username: name.value, password: password.value };
        password.value = code.value = "";
        if (isSecond) return sendStep(fields, csrf);
        const session = await renew();
        return session.isMine ? { user: editor.user, csrf: token() } : sendStep(fields, session.csrf);
      }, wrong.dataset.offline);
    passkey.onclick = () =>
      attempt(async () => {
        await desk.passkeys.logIn(passkey.dataset, csrf);
        return (await ask(editor.urls.session, {})).data;
      }, passkey.dataset.failed);

    say("");
    desk.open(dialog, submit, editor.area);
    show(first, password);
  };

  desk.session = {
    send,
    begin(of) {
      editor = of;
      editor.login.addEventListener("click", open);
    },
    /** Open the login dialog; call `go` after the login. */
    then(go) {
      waiting = [go];
      open();
    },
    /** Call `go` after the next login. */
    onFound(go) { waiting.push(go); },
  };
}
