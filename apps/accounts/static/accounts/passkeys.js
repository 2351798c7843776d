/* Passkeys: making one, and logging in with one. The server's data is that of django-otp-webauthn. */

{
  const desk = (window.desk ??= {});

  const post = async (url, token, data) => {
    const headers = { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token };
    const response = await fetch(url, { method: "POST", credentials: "same-origin", headers, body: JSON.stringify(data) });
    const answer = await response.json();
    if (!response.ok) throw Object.assign(new Error(answer.detail), { code: answer.code });
    return answer;
  };

  desk.passkeys = {
    /** Whether this browser can, which also depends on TLS. The methods for JSON are in browsers since 2025. */
    areSupported: "parseRequestOptionsFromJSON" in (window.PublicKeyCredential ?? {}),

    /** Make a passkey with a name. Rejects if the user stops, or the server refuses. */
    async add({ begin, complete }, token, name) {
      const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(await post(begin, token, {}));
      const credential = await navigator.credentials.create({ publicKey });
      await post(complete, token, { ...credential.toJSON(), name });
    },

    /** Complete a login. Returns the new CSRF token. Rejects if the user stops, or the server refuses. */
    async logIn({ begin, complete }, token) {
      const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(await post(begin, token, {}));
      const credential = await navigator.credentials.get({ publicKey });
      return (await post(complete, token, credential.toJSON())).csrf;
    },
  };
}
