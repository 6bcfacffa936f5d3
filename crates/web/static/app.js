// Small kindnesses. Every page works without this file; nothing here decides anything.
"use strict";

// A second press on the button sends nothing. (The server treats two equal sendings as one anyway.)
for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent === "yes") {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    const button = event.submitter;
    if (button) button.setAttribute("aria-disabled", "true");
    if (form.querySelector("input[type=file]")?.files?.length) {
      for (const bar of form.querySelectorAll("[data-upload-progress]")) bar.hidden = false;
    }
  });
}

// Coming back with the browser's own button: the form may be sent again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-once]")) {
    delete form.dataset.sent;
    form.querySelector("[aria-disabled=true]")?.removeAttribute("aria-disabled");
  }
});

// Keep the draft while typing: the same form, the same address, with go=save. Files wait for the button.
for (const form of document.querySelectorAll("form[data-draft]")) {
  const line = form.querySelector("[data-saved]");
  let timer = 0;
  const save = async () => {
    const body = new FormData(form);
    for (const input of form.querySelectorAll("input[type=file]")) body.delete(input.name);
    body.set("go", "save");
    try {
      const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "text/plain" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const now = new Date();
      const time = `${now.getHours()}:${String(now.getMinutes()).padStart(2, "0")}`;
      line.textContent = `已于 ${time} 保存，关掉网页也不会丢。`;
    } catch {
      line.textContent = "刚才没有存上（可能断网了）。请不要关掉网页，点“保存并继续”再试一次。";
    }
  };
  form.addEventListener("input", (event) => {
    if (event.target.type === "file") return;
    clearTimeout(timer);
    timer = setTimeout(save, 2500);
  });
  form.addEventListener("submit", () => clearTimeout(timer));
}
