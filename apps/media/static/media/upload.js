/* Uploads the chosen files one after the other, and shows the result of each. Without JavaScript, the form sends all
files in one request, which can have 25 MB at most. */
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

  function addItem(list, file) {
    const item = document.createElement("li");
    item.textContent = `${file.name}: ${form.dataset.waiting}`;
    list.append(item);
    return item;
  }

  function setStatus(item, file, text, className) {
    item.textContent = `${file.name}: ${text}`;
    item.className = className;
  }

  async function sendAll(files) {
    const list = form.querySelector(".uploads");
    list.replaceChildren();
    list.hidden = false;
    const items = files.map((file) => addItem(list, file));
    const images = [];
    for (const [index, file] of files.entries()) {
      setStatus(items[index], file, form.dataset.sending, "sending");
      const { image, detail } = await send(file);
      if (image) images.push(image);
      setStatus(items[index], file, image ? form.dataset.done : detail, image ? "kept" : "refused");
    }
    return images;
  }

  async function submit(event) {
    event.preventDefault();
    const files = [...form.elements.pictures.files];
    const button = form.querySelector("[type=submit]");
    button.disabled = true;
    const images = await sendAll(files);
    button.disabled = false;
    // If a file was refused, stay on the page, which shows the reason.
    if (images.length < files.length) return;
    location.assign(images.length === 1 ? form.dataset.image.replace("/0/", `/${images[0].id}/`) : form.dataset.list);
  }

  if (form?.dataset.upload) form.addEventListener("submit", submit);
}
