/* My Passerelle and the desk: what a person does there is sent without leaving the page. */
(function () {
  "use strict";

  const main = document.querySelector(".passerelle-home");
  const NOBODY = "00000000-0000-0000-0000-000000000000";
  const voice = main.querySelector(".ph-voice");
  const keys = new WeakMap(); // one key for each thing to do, the same when it is tried again

  function newKey() {
    return Array.from(window.crypto.getRandomValues(new Uint8Array(16)), (n) => n.toString(16).padStart(2, "0")).join("");
  }

  function keyOf(source) {
    if (!keys.has(source)) { keys.set(source, newKey()); }
    return keys.get(source);
  }

  /* The answer, or {error: {message, field}}. */
  async function post(url, body) {
    let response;
    try {
      response = await fetch(url, {
        method: "POST",
        credentials: "same-origin",
        headers: { "Content-Type": "application/json", "X-CSRFToken": main.dataset.token },
        body: JSON.stringify(body),
      });
    } catch (error) {
      return { error: { message: main.dataset.lost } };
    }
    try {
      return await response.json();
    } catch (error) {
      return { error: { message: main.dataset.broken } };
    }
  }

  function datesIn(part) {
    part.querySelectorAll("time").forEach((node) => {
      node.textContent = new Date(node.dateTime).toLocaleDateString(main.lang, { dateStyle: "long" });
    });
  }

  /* The part of the page anew, as the server has it now. */
  async function renew(partId) {
    const text = await (await fetch(window.location.href, { credentials: "same-origin" })).text();
    const fresh = new DOMParser().parseFromString(text, "text/html").getElementById(partId);
    datesIn(fresh);
    document.getElementById(partId).replaceWith(fresh);
    fresh.querySelector("h2").focus();
  }

  /* A voice or a picture of a story. */
  function mediaOf(file) {
    const node = document.createElement(file.kind === "audio" ? "audio" : "img");
    node.src = main.dataset.file.replace(NOBODY, file.id);
    if (file.kind === "audio") {
      node.controls = true;
      node.preload = "none";
      node.setAttribute("aria-label", main.dataset.voice);
    } else {
      node.alt = file.words;
    }
    return node;
  }

  /* Stories that were opened for reading, as the words they are. */
  function show(stories, list) {
    list.replaceChildren(...stories.map((story) => {
      const item = document.createElement("li");
      item.className = "ph-card";
      const said = story.files.filter((file) => file.kind === "audio").map((file) => ["p", file.words]);
      [["strong", `${story.name} · ${story.phase}`], ["p", story.text], ...said, ["p", story.link]].forEach(([tag, text]) => {
        const node = document.createElement(tag);
        node.dir = "auto";
        node.className = tag === "p" ? "ph-words" : "";
        node.textContent = text;
        item.append(node);
      });
      const media = document.createElement("div");
      media.className = "ph-media";
      media.append(...story.files.map(mediaOf));
      item.append(media);
      return item;
    }));
    list.focus();
  }

  /* A file that lies nowhere but where the person keeps it. */
  function save(file) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([file.text], { type: `${file.type};charset=utf-8` }));
    link.download = file.name;
    link.click();
    URL.revokeObjectURL(link.href);
  }

  async function submit(source, body) {
    const { part, said } = source.dataset;
    const around = source.tagName === "FORM" ? source : source.parentElement;
    const wrong = around.querySelector(".ph-error");
    const input = source.querySelector("input:not([type=hidden]), textarea, select");
    const answer = await post(source.dataset.post, Object.assign({ key: keyOf(source) }, body));
    const failed = answer.error ? answer.error.message : "";
    wrong.hidden = !failed;
    wrong.textContent = failed;
    if (input) {
      wrong.id = wrong.id || `${input.id}-error`;
      input.setAttribute("aria-invalid", String(Boolean(failed)));
      input.setAttribute("aria-describedby", failed ? wrong.id : "");
    }
    if (failed) {
      (input || wrong).focus();
      return;
    }
    keys.delete(source);
    if (source.dataset.go) {
      window.location.assign(source.dataset.go);
      return;
    }
    if ("save" in source.dataset) {
      save(answer);
      voice.textContent = said;
      return;
    }
    if (source.dataset.show) {
      show(answer.stories, document.getElementById(source.dataset.show));
      return;
    }
    try {
      await renew(part);
    } catch (error) {
      window.location.reload();
    }
    voice.textContent = said;
  }

  /* Away at once, without a trace in this tab's history. */
  function leave(url) {
    document.documentElement.hidden = true;
    window.location.replace(url);
  }

  main.addEventListener("click", (event) => {
    const exit = event.target.closest("[data-exit]");
    if (exit) { leave(exit.dataset.exit); }
    const button = event.target.closest("button[data-post]");
    if (!button) { return; }
    const { user, purpose, wanted } = button.dataset;
    submit(button, Object.assign({}, user && { user_id: Number(user) }, purpose && { purpose }, wanted && { wanted }));
  });
  main.addEventListener("submit", (event) => {
    event.preventDefault();
    const entered = new FormData(event.target);
    const body = Object.fromEntries(entered);
    (event.target.dataset.many || "").split(" ").filter(Boolean).forEach((name) => { body[name] = entered.getAll(name); });
    if (event.submitter && event.submitter.name) { body[event.submitter.name] = event.submitter.value; }
    submit(event.target, body);
  });
  datesIn(main);
}());
