/* The bar above a post: its menu closes by itself, and on a phone a button shows what belongs to the post. */

{
  const desk = (window.desk ??= {});

  const closeOutside = (menu) => {
    document.addEventListener("click", ({ target }) => {
      if (!menu.contains(target)) menu.open = false;
    });
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !menu.open) return;
      event.stopPropagation();
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  };

  desk.bar = ({ form }) => {
    const bar = form.querySelector(".bar");
    closeOutside(bar.querySelector(".bar-more"));
    const button = bar.querySelector(".bar-panel");
    const panel = document.getElementById("panel");
    const show = (on) => {
      panel.classList.toggle("is-open", on);
      button.setAttribute("aria-expanded", on);
    };
    form.classList.add("has-bar");
    button.hidden = false;
    // An error in the panel must be seen.
    show(panel.querySelector(".errors") !== null);
    button.addEventListener("click", () => {
      show(!panel.classList.contains("is-open"));
      if (panel.classList.contains("is-open")) panel.scrollIntoView({ block: "start" });
    });
  };
}
