/* Saving the form, and the warning on leaving it unsaved. The draft is sent first: this shows whether the server responds
   and the user is logged in before the page is left, and no autosave is pending when the form arrives. */

{
  const desk = (window.desk ??= {});
  /* Milliseconds after which the buttons work again while the form is being sent. */
  const TIMEOUT = 15000;

  desk.saving = ({ form, autosave, uploads, pasting }) => {
    let isAsking = false, isPassing = false, isSent = false;

    const save = async (submitter) => {
      isAsking = true;
      autosave.note("sending");
      await pasting.settled();
      await uploads?.settled();
      const found = autosave.isDirty() ? await autosave.flush() : "kept";
      isAsking = false;
      if (found === "offline") return autosave.note("unsent");
      autosave.note("");
      if (found === "lost") desk.session.then(() => save(submitter));
      else pass(submitter);
      return undefined;
    };

    const pass = (submitter) => {
      isPassing = true;
      setTimeout(again, TIMEOUT);
      // After the prevented submit event: during it a form ignores any other request to submit it.
      setTimeout(() => form.requestSubmit(submitter));
    };

    const again = () => { isAsking = isPassing = isSent = false; };

    form.addEventListener("submit", (event) => {
      if (isPassing && !isSent) {
        isSent = true;
        return;
      }
      event.preventDefault();
      if (!isAsking && !isPassing) save(event.submitter);
    });
    addEventListener("pageshow", ({ persisted }) => persisted && again());
    addEventListener("beforeunload", (event) => {
      if (!isPassing && autosave.isDirty()) event.preventDefault();
    });
  };
}
