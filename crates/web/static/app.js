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

// An open worklist hears that its counters changed: they change in place, and a line says that the rows below are older. The rows
// stay as they are until somebody asks for them. Hidden pages do not listen: a browser has few connections to one site.
const POLL_MS = 30_000;
const OPENS_MS = 10_000;
const FAILURES_MAX = 3;
for (const line of document.querySelectorAll("[data-changes]")) {
  let knows = line.dataset.knows;
  let source = null;
  let opens = 0;
  let polls = 0;

  const put = (selector, count) => {
    const place = document.querySelector(selector);
    if (place) place.textContent = String(count);
  };
  const show = ({ knows: name, ...counters }) => {
    if (name === knows) return;
    knows = name;
    for (const [box, count] of Object.entries(counters)) put(`.tabs a[href="/desk/work?box=${box}"] .tabs-count`, count);
    put('.boxes a[href="/desk/work"] .boxes-count', counters.todo);
    if (line.firstChild) return;
    const again = document.createElement("a");
    again.href = location.pathname + location.search;
    again.textContent = "刷新看最新的";
    line.append("待办有变化，", again);
  };

  const rest = () => {
    source?.close();
    source = null;
    clearTimeout(opens);
    clearInterval(polls);
  };
  const poll = async () => {
    try {
      const answer = await fetch(line.dataset.now, { headers: { "If-None-Match": `"${knows}"` }, redirect: "manual" });
      // Sent to sign in: the session is over.
      if (answer.type === "opaqueredirect") rest();
      if (answer.ok) show(await answer.json());
    } catch {
      // No network: the next time will tell.
    }
  };
  const pollOnly = () => {
    rest();
    polls = setInterval(poll, POLL_MS);
  };
  const listen = () => {
    rest();
    if (!window.EventSource) return pollOnly();
    let failures = 0;
    source = new EventSource(`${line.dataset.changes}?knows=${encodeURIComponent(knows)}`);
    // Something between that holds everything back looks like this.
    opens = setTimeout(pollOnly, OPENS_MS);
    source.addEventListener("open", () => {
      failures = 0;
      clearTimeout(opens);
    });
    source.addEventListener("counters", (event) => show(JSON.parse(event.data)));
    source.addEventListener("error", () => {
      failures += 1;
      // Refused, or gone again and again. Between, the browser comes back by itself.
      if (source.readyState === EventSource.CLOSED || failures >= FAILURES_MAX) pollOnly();
    });
  };

  const attend = () => (document.visibilityState === "visible" ? listen() : rest());
  document.addEventListener("visibilitychange", attend);
  window.addEventListener("pagehide", rest);
  window.addEventListener("pageshow", attend);
}
