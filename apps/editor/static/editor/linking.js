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

  /** Open the dialog with these words; what is chosen or typed goes to `done` as an address and its words. */
  desk.chooseLink = ({ urls, area }, words, done) => {
    const [input, list, count, text, dialog] = ["desk-link-address", "desk-link-found", "desk-link-count", "desk-link-text", "desk-link"].map(field);
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
      const { ok, data } = await desk.session.send(urls.linkTargets, body, signal);
      if (signal.aborted) return undefined;
      if (!ok) return show([], data.detail ?? count.dataset.failed);
      const { none, some } = count.dataset;
      show(data.targets, data.targets.length ? some.replace("{number}", data.targets.length) : none);
      return choose(list.firstElementChild);
    };

    const finish = (address, said) => {
      dialog.close();
      done(address, said);
    };
    const take = ({ target }) => finish(target.path, text.value.trim() || target.title);

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
      if (isAddress(typed)) return finish(whole(typed), text.value.trim() || typed);
      input.setCustomValidity(input.dataset.unknown);
      return input.reportValidity();
    }, area);
    (input.value ? text : input).focus();
  };

  const OPENING = "[[";

  /** Open the dialog when "[[" is typed, which the link then takes the place of; without one it stays. */
  desk.linkByTyping = (editor) => {
    const { area } = editor;
    area.addEventListener("input", ({ data }) => {
      const at = area.selectionStart - OPENING.length;
      if (data !== "[" || area.value.slice(at, area.selectionStart) !== OPENING || desk.text.isInCode(area.value, at)) return;
      desk.link(editor, OPENING.length);
    });
  };

  /** Insert a link in place of the selected words, or of so many characters before the cursor. */
  desk.link = (editor, before = 0) => {
    const { area } = editor;
    const [selectionStart, selectionEnd] = [area.selectionStart - before, area.selectionEnd];
    const words = desk.text.selected(area);
    desk.chooseLink(editor, words, (address, said) => {
      const shown = said.replace(/[\\[\]]/g, "\\$&");
      desk.text.replace(area, selectionStart, selectionEnd, `[${words.trim() && said === words.trim() ? said : shown}](${desk.tables.target(address)})`);
    });
  };
}
