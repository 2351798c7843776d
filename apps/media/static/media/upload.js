/* Sends the chosen files one after the other, and says of each what became of it. Without this the form sends them all
at once, and 25 MB are all that one request can have. */
"use strict";
{
  const form = document.getElementById("upload_form");

  async function send(file) {
    const body = new FormData();
    body.append("file", file);
    const headers = { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value };
    try {
      const response = await fetch(form.dataset.upload, { method: "POST", body, headers });
      const answer = await response.json();
      return response.ok ? { image: answer } : { detail: answer.detail };
    } catch {
      return { detail: form.dataset.failed };
    }
  }

  function line(list, file) {
    const item = document.createElement("li");
    item.textContent = `${file.name}: ${form.dataset.waiting}`;
    list.append(item);
    return item;
  }

  function say(item, file, words, kind) {
    item.textContent = `${file.name}: ${words}`;
    item.className = kind;
  }

  async function sendAll(files) {
    const list = form.querySelector(".uploads");
    list.replaceChildren();
    list.hidden = false;
    const items = files.map((file) => line(list, file));
    const kept = [];
    for (const [place, file] of files.entries()) {
      say(items[place], file, form.dataset.sending, "sending");
      const { image, detail } = await send(file);
      if (image) kept.push(image);
      say(items[place], file, image ? form.dataset.done : detail, image ? "kept" : "refused");
    }
    return kept;
  }

  async function submit(event) {
    event.preventDefault();
    const files = [...form.elements.pictures.files];
    const button = form.querySelector("[type=submit]");
    button.disabled = true;
    const kept = await sendAll(files);
    button.disabled = false;
    // Where one was refused, the reason stays to be read.
    if (kept.length < files.length) return;
    location.assign(kept.length === 1 ? form.dataset.image.replace("/0/", `/${kept[0].id}/`) : form.dataset.list);
  }

  if (form?.dataset.upload) form.addEventListener("submit", submit);
}
