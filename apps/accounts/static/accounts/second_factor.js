/* The buttons for passkeys on the page of second factors and in the login. Without JavaScript they stay hidden. */

if (desk.passkeys.areSupported) {
  /** Run `action`; if it fails, say so in the note of `element`. */
  const attempt = async (element, action) => {
    const note = element.querySelector(".errornote");
    note.hidden = true;
    try {
      await action();
    } catch (error) {
      note.textContent = error.code === "password_needed" ? error.message : element.dataset.failed;
      note.hidden = false;
    }
  };

  const form = document.getElementById("passkey-form");
  if (form) {
    form.hidden = false;
    document.getElementById("no-passkeys").hidden = true;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      attempt(form, async () => {
        const token = form.elements.csrfmiddlewaretoken.value;
        await desk.passkeys.add(form.dataset, token, document.getElementById("passkey-name").value);
        // The first factor comes with recovery codes, which are the answer to this form.
        if (form.dataset.hasCodes) window.location.reload();
        else form.submit();
      });
    });
  }

  const login = document.getElementById("passkey-login");
  if (login) {
    login.hidden = false;
    login.querySelector("button").addEventListener("click", () =>
      attempt(login, async () => {
        const { form } = login.querySelector("button");
        form.elements.csrfmiddlewaretoken.value = await desk.passkeys.logIn(login.dataset, form.elements.csrfmiddlewaretoken.value);
        // Now logged in: the same form leads to the page that was asked for.
        form.elements.factor_code.value = "";
        form.submit();
      }),
    );
  }
}
