/* The menus of the site: entries are dragged or moved by buttons, and added from the dialog for links. Without JavaScript,
   the buttons send the form, and each menu has an empty entry at its end. */

{
  const desk = (window.desk ??= {});

  const fieldOf = (row, name) => row.querySelector(`[name$="-${name}"]`);

  desk.menus = (page) => {
    const template = document.getElementById("menu-tools");
    const total = document.getElementById("id_links-TOTAL_FORMS");
    const said = document.getElementById("menu-said");
    if (!template || !total) return;

    const entries = (list) => [...list.children].filter((row) => !row.hidden);

    /** Write the positions of a menu into its fields, and tell the page that the form has changed. */
    const number = (list) => {
      entries(list).forEach((row, place) => { fieldOf(row, "position").value = place; });
      page.changed();
    };

    const tell = (row) => {
      const all = entries(row.parentElement);
      const { moved } = template.dataset;
      said.textContent = moved.replace("{name}", fieldOf(row, "label").value).replace("{place}", all.indexOf(row) + 1).replace("{all}", all.length);
    };

    const moved = (row) => {
      number(row.parentElement);
      tell(row);
    };

    const prepare = (row) => desk.movable(row, { rows: () => entries(row.parentElement), label: template.dataset.drag, moved });

    /** Make an entry like the empty one of a menu, with the next number of the form. */
    const add = (list, pattern, address, label) => {
      const row = pattern.cloneNode(true);
      const place = Number(total.value);
      total.value = place + 1;
      for (const part of row.querySelectorAll("[name], [id], [value*=links-]")) {
        for (const name of ["name", "id"]) if (part[name]) part[name] = part[name].replace(/links-\d+/, `links-${place}`);
        if (part.name === "_move") part.value = part.value.replace(/links-\d+/, `links-${place}`);
      }
      row.hidden = false;
      row.classList.remove("is-new");
      list.append(row);
      prepare(row);
      fieldOf(row, "label").value = label;
      fieldOf(row, "address").value = address;
      number(list);
      fieldOf(row, "label").focus();
    };

    for (const list of document.querySelectorAll(".menu-entries")) {
      const pattern = list.querySelector(".is-new").cloneNode(true);
      for (const row of list.querySelectorAll(".is-new")) row.hidden = true;
      for (const row of entries(list)) prepare(row);
      const tools = template.content.cloneNode(true).firstElementChild;
      list.after(tools);
      const button = tools.querySelector("button");
      button.addEventListener("click", () => {
        desk.chooseLink({ urls: page.urls, area: button }, "", (address, label) => setTimeout(() => add(list, pattern, address, label)));
      });
    }
  };
}
