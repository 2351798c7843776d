/* The parts of a series: what is sent is the order of the hidden fields in the rows. */

for (const list of document.querySelectorAll("ol.parts")) {
  const status = document.getElementById(`${list.id}_status`);
  const rows = () => [...list.children];

  const moved = (row) => {
    const all = rows();
    for (const [place, each] of all.entries()) {
      each.querySelector('[value$=":up"]').disabled = place === 0;
      each.querySelector('[value$=":down"]').disabled = place === all.length - 1;
    }
    const words = { title: row.querySelector("a").textContent, number: all.indexOf(row) + 1, total: all.length };
    status.textContent = list.dataset.moved.replace(/\{(\w+)\}/g, (_whole, name) => words[name]);
    // What warns of leaving a changed form hears of the new order.
    list.dispatchEvent(new Event("change", { bubbles: true }));
  };

  for (const row of rows()) window.desk.movable(row, { rows, label: list.dataset.drag, moved });
}
