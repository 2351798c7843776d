/* Rows that are put in order: by a handle (mouse, pen, finger, arrow keys), and by buttons whose values end with “:up” and
   “:down”. Without JavaScript the buttons send the form. */

{
  const desk = (window.desk ??= {});

  /**
   * Make a row of a list movable. `rows` returns the rows among which it moves, `label` is the name of its handle, and
   * `moved` is called with the row when it has another place.
   */
  desk.movable = (row, { rows, label, moved }) => {
    const move = (direction) => {
      const all = rows();
      const other = all[all.indexOf(row) + direction];
      if (!other) return;
      if (direction < 0) other.before(row);
      else other.after(row);
      moved(row);
    };

    const handle = document.createElement("button");
    handle.type = "button";
    handle.className = "move-handle";
    handle.textContent = "⠿";
    handle.title = label;
    handle.setAttribute("aria-label", label);
    row.prepend(handle);

    /* Pointer events are those of a mouse, a pen and a finger. */
    handle.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      event.preventDefault();
      handle.setPointerCapture(event.pointerId);
      row.classList.add("is-dragged");
      // The others make room: a row that is taken out of the page and put back would lose the pointer.
      const follow = ({ clientY }) => {
        const all = rows();
        const here = all.indexOf(row);
        const middle = (other) => {
          const { top, height } = other.getBoundingClientRect();
          return top + height / 2;
        };
        row.after(...all.slice(0, here).filter((other) => middle(other) > clientY));
        row.before(...all.slice(here + 1).filter((other) => middle(other) < clientY));
      };
      const drop = () => {
        handle.removeEventListener("pointermove", follow);
        row.classList.remove("is-dragged");
        moved(row);
      };
      handle.addEventListener("pointermove", follow);
      handle.addEventListener("lostpointercapture", drop, { once: true });
    });
    handle.addEventListener("keydown", (event) => {
      const direction = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (!direction) return;
      event.preventDefault();
      move(direction);
      handle.focus();
    });

    const buttons = [...row.querySelectorAll('[value$=":up"], [value$=":down"]')];
    for (const button of buttons) {
      button.addEventListener("click", (event) => {
        event.preventDefault();
        move(button.value.endsWith(":up") ? -1 : 1);
        // At an end of the list the button may be disabled: the keyboard goes on with the one that is left.
        (button.disabled ? buttons.find((other) => !other.disabled) ?? handle : button).focus();
      });
    }
  };
}
