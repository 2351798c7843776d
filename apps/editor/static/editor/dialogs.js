/* Opening the dialogs of the editor and of the site's settings. */

{
  const desk = (window.desk ??= {});

  /** Open a dialog. `submit` is called with it when its form is submitted; closing it focuses `area` again. */
  desk.open = (dialog, submit, area) => {
    const form = dialog.querySelector("form");
    dialog.querySelector("[data-close]").onclick = () => dialog.close();
    form.onsubmit = (event) => {
      event.preventDefault();
      submit(dialog);
    };
    dialog.onclose = () => area.focus();
    dialog.showModal();
  };
}
