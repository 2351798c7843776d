/* The dialog for links: what one types finds posts, pages and tags of the site; a pasted address is taken as it is. It is a
   combobox with a list (https://www.w3.org/WAI/ARIA/apg/patterns/combobox/). */

{
  const desk = (window.desk ??= {});
  const PAUSE = 200;

  const field = (id) => document.getElementById(id);
  const isAddress = (text) => desk.tables.isAddress(text) || /^(tel:|[/#?]|[\w-]+(\.[\w-]+)+(\/|$))\S*$/i.test(text);
  /** Return an address with a scheme, if it begins with the name of a host. */
  const whole = (text) => (/^[\w-]+(\.[\w-]+)+(\/|$)/.test(text) ? `https://${text}` : text);

  const option = (target, place) => {
    const item = document.createElement("li");
    item.id = `desk-link-${place}`;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    for (const text of [target.title, target.note]) {
      const part = document.createElement("span");
      part.textContent = text;
      item.append(part, " ");
    }
    item.target = target;
    return item;
  };

  desk.link = (editor) => {
    const { area } = editor;
    const [input, list, count, text, dialog] = ["desk-link-address", "desk-link-found", "desk-link-count", "desk-link-text", "desk-link"].map(field);
    const { selectionStart, selectionEnd } = area;
    const words = desk.text.selected(area);
    let pause, asked;

    const chosen = () => list.querySelector("[aria-selected=true]");
    const choose = (item) => {
      chosen()?.setAttribute("aria-selected", "false");
      item?.setAttribute("aria-selected", "true");
      item?.scrollIntoView({ block: "nearest" });
      if (item) input.setAttribute("aria-activedescendant", item.id);
      else input.removeAttribute("aria-activedescendant");
    };
    const show = (targets, said = "") => {
      list.replaceChildren(...targets.map(option));
      list.hidden = !targets.length;
      input.setAttribute("aria-expanded", String(!list.hidden));
      count.textContent = said;
      choose(null);
    };

    const search = async () => {
      asked?.abort();
      asked = new AbortController();
      const { signal } = asked;
      const body = new FormData();
      body.append("q", input.value);
      const { ok, data } = await desk.session.send(editor.urls.linkTargets, body, signal);
      if (signal.aborted) return undefined;
      if (!ok) return show([], data.detail ?? count.dataset.failed);
      const { none, some } = count.dataset;
      show(data.targets, data.targets.length ? some.replace("{number}", data.targets.length) : none);
      return choose(list.firstElementChild);
    };

    const insert = (address, said) => {
      dialog.close();
      const shown = said.replace(/[\\[\]]/g, "\\$&");
      desk.text.replace(area, selectionStart, selectionEnd, `[${words.trim() && said === words.trim() ? said : shown}](${desk.tables.target(address)})`);
    };
    const take = ({ target }) => insert(target.path, text.value.trim() || target.title);

    input.oninput = () => {
      input.setCustomValidity("");
      clearTimeout(pause);
      asked?.abort();
      const typed = input.value.trim();
      if (!typed || isAddress(typed)) show([]);
      else pause = setTimeout(search, PAUSE);
    };
    input.onkeydown = (event) => {
      const items = [...list.children];
      const here = items.indexOf(chosen());
      if (event.isComposing || list.hidden) return;
      if (event.key === "ArrowDown") choose(items[(here + 1) % items.length]);
      else if (event.key === "ArrowUp") choose(items.at(here - 1));
      else if (event.key === "Escape") show([]);
      else return;
      event.preventDefault();
    };
    list.onmousedown = (event) => event.preventDefault();
    list.onclick = ({ target }) => target.closest("[role=option]") && take(target.closest("[role=option]"));

    input.value = desk.tables.isAddress(words) ? words : "";
    text.value = desk.tables.isAddress(words) ? "" : words;
    input.setCustomValidity("");
    show([]);
    desk.open(dialog, () => {
      const typed = input.value.trim();
      if (chosen()) return take(chosen());
      if (isAddress(typed)) return insert(whole(typed), text.value.trim() || typed);
      input.setCustomValidity(input.dataset.unknown);
      return input.reportValidity();
    }, area);
    (input.value ? text : input).focus();
  };
}
