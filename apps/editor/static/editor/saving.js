/* Saving the form, and the warning on leaving it unsaved. The draft is sent first: this shows whether the server responds
   and the user is logged in before the page is left, and no autosave is pending when the form arrives. */

{
  const desk = (window.desk ??= {});
  /* Milliseconds after which the buttons work again while the form is being sent. */
  const TIMEOUT = 15000;

  /* Where somebody was writing, until the page is there again. */
  const PLACE = "desk-place";
  /* Milliseconds after which it is not gone back to. */
  const PLACE_AGE = 60000;

  /** Keep the place of the cursor while the form is sent: saving is no end of writing. */
  const keepPlace = ({ form, area, layer }) => {
    const { selectionStart, selectionEnd } = area;
    if (document.activeElement !== area) return;
    const { top } = layer.placeOf(selectionEnd);
    const place = { title: form.elements.title.value, at: Date.now(), selectionStart, selectionEnd, top };
    try { sessionStorage.setItem(PLACE, JSON.stringify(place)); } catch { /* Storage may be disabled. */ }
  };

  /** Put the cursor where it was in the text, and its line where that was in the window. */
  const goBack = ({ form, area, layer }) => {
    let place = null;
    try {
      place = JSON.parse(sessionStorage.getItem(PLACE));
      sessionStorage.removeItem(PLACE);
    } catch { /* Storage may be disabled, and its content may be invalid. */ }
    if (!place || Date.now() - place.at > PLACE_AGE || form.elements.title.value !== place.title) return;
    area.focus({ preventScroll: true });
    area.setSelectionRange(place.selectionStart, place.selectionEnd);
    const scroll = () => {
      // Bars may be higher than they were.
      const top = Math.max(place.top, desk.shownPart().top + 8);
      scrollBy({ top: layer.placeOf(place.selectionEnd).top - top, behavior: "instant" });
    };
    scroll();
    if (document.fonts.status === "loading") document.fonts.ready.then(scroll);
  };

  desk.saving = ({ form, area, layer, autosave, uploads, pasting }) => {
    let isAsking = false, isPassing = false, isSent = false;
    goBack({ form, area, layer });

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
      keepPlace({ form, area, layer });
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
