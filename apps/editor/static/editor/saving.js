/* Saving, and leaving without. The draft is sent first: it shows whether the server is there and who is logged in,
   before the page is left for an error, and no autosave is under way when the form arrives. */

{
  const desk = (window.desk ??= {});
  /* How long a form may be on its way before the buttons work again. */
  const PATIENCE = 15000;

  desk.saving = ({ form, autosave, uploads }) => {
    let isAsking = false, isPassing = false, isSent = false;

    const save = async (submitter) => {
      isAsking = true;
      autosave.note("sending");
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
      setTimeout(again, PATIENCE);
      // Later than the event that was held back, during which a form ignores every other request to submit it.
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
