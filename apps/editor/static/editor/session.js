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

  const logIn = async (name, password) => {
    const { isMine, csrf } = await renew();
    if (isMine) return true;
    const body = new URLSearchParams({ username: name, password, csrfmiddlewaretoken: csrf, next: editor.urls.session });
    // After the login, Django's view redirects to `next`, which returns the user.
    const { ok, data } = await ask(editor.urls.login, { method: "POST", body });
    if (!ok || String(data.user) !== editor.user) return false;
    setToken(data.csrf);
    return true;
  };

  const open = () => {
    const dialog = document.getElementById("desk-login");
    const wrong = dialog.querySelector(".errornote");
    const password = dialog.querySelector("[type=password]");
    const name = dialog.querySelector("[type=text]");
    wrong.hidden = true;
    const submit = async () => {
      let said = "";
      try {
        said = (await logIn(name.value, password.value)) ? "" : wrong.dataset.wrong;
      } catch {
        said = wrong.dataset.offline;
      }
      password.value = "";
      wrong.textContent = said;
      wrong.hidden = !said;
      if (said) return password.focus();
      dialog.close();
      found();
    };
    desk.open(dialog, submit, editor.area);
    password.focus();
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
