/* The competences' pages: forms are sent as JSON, a file after its form, and nothing typed is lost when it fails. */
(function () {
  "use strict";

  const main = document.querySelector(".passerelle-can");
  const voice = main.querySelector(".can-voice");
  const keys = new WeakMap(); // one key for each thing to do, the same when it is tried again

  function keyOf(source) {
    if (!keys.has(source)) {
      const bytes = window.crypto.getRandomValues(new Uint8Array(16));
      keys.set(source, Array.from(bytes, (n) => n.toString(16).padStart(2, "0")).join(""));
    }
    return keys.get(source);
  }

  /* {answer} when done, else {failed}: what went wrong, in words, and {field}. */
  async function post(url, body, type) {
    let response;
    try {
      response = await fetch(url, {
        method: "POST",
        credentials: "same-origin",
        headers: { "Content-Type": type, "X-CSRFToken": main.dataset.token },
        body,
      });
    } catch (error) {
      return { failed: main.dataset.lost };
    }
    try {
      const answer = await response.json();
      return response.ok ? { answer } : { failed: answer.error.message, field: answer.error.field };
    } catch (error) {
      return { failed: main.dataset.broken };
    }
  }

  /* Names that occur with brackets, as in `shown[]`, become lists. */
  function valuesOf(form) {
    const values = {};
    new FormData(form).forEach((value, name) => {
      if (typeof value !== "string") { return; }
      if (name.endsWith("[]")) {
        const key = name.slice(0, -2);
        values[key] = (values[key] || []).concat(value);
      } else {
        values[name] = value;
      }
    });
    return values;
  }

  async function send(form) {
    const read = form.querySelector("input[type=file][data-read]");
    if (read) {
      if (!read.files.length) { return { failed: main.dataset.nofile, field: read.name }; }
      return post(form.dataset.post, await read.files[0].text(), "application/json");
    }
    const file = form.querySelector("input[type=file]");
    const wanted = file && !file.closest("[hidden]");
    if (wanted && !file.files.length) { return { failed: main.dataset.nofile, field: file.name }; }
    let sent = { answer: { file_url: form.dataset.file } };
    if (form.dataset.post) {
      sent = await post(form.dataset.post, JSON.stringify({ key: keyOf(form), ...valuesOf(form) }), "application/json");
    }
    if (sent.failed || !wanted) { return sent; }
    const got = await post(sent.answer.file_url, file.files[0], file.files[0].type || "application/octet-stream");
    return got.failed ? { failed: got.failed, field: file.name } : sent;
  }

  async function submit(form) {
    const wrong = form.querySelector(".can-error");
    const button = form.querySelector("button:not([type=button])");
    button.disabled = true;
    const { answer, failed, field } = await send(form);
    button.disabled = false;
    form.querySelectorAll("[aria-invalid]").forEach((node) => node.removeAttribute("aria-invalid"));
    wrong.hidden = !failed;
    wrong.textContent = failed || "";
    if (failed) {
      const input = field && Array.from(form.elements).find((one) => one.name === field && one.type !== "radio");
      if (input) { input.setAttribute("aria-invalid", "true"); }
      (input || wrong).focus();
      return;
    }
    window.sessionStorage.setItem("passerelle-said", answer.said || form.dataset.said || "");
    if (answer.url) { window.location.assign(answer.url); } else { window.location.reload(); }
  }

  /* Only the fields that belong to what was chosen. */
  function fit(form) {
    const chosen = form.querySelector("input[name=kind]:checked");
    form.querySelectorAll("[data-kinds]").forEach((part) => {
      part.hidden = !chosen || !part.dataset.kinds.split(" ").includes(chosen.value);
    });
  }

  main.addEventListener("submit", (event) => {
    if (event.target.dataset.post === undefined) { return; }
    event.preventDefault();
    submit(event.target);
  });
  main.addEventListener("change", (event) => {
    if (event.target.name === "kind") { fit(event.target.form); }
  });
  main.querySelectorAll("form").forEach(fit);

  /* One found name as a link; beside it what was typed, where that is another of its names. */
  function found(one, part) {
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = `${part.dataset.page}${one.id || one.uri.split("/").pop()}/`;
    link.textContent = one.name;
    link.dir = "auto";
    link.lang = one.language || "";
    link.className = "can-button";
    item.append(link);
    if (part.dataset.answer && one.matched !== one.name) {
      const other = document.createElement("bdi");
      other.textContent = one.matched;
      other.className = "can-quiet";
      item.append(" ", other);
    }
    return item;
  }

  /* Names for what is typed so far; a later answer never gives way to an earlier one. */
  main.querySelectorAll("[data-find]").forEach((part) => {
    const { find, ask = "text", answer: kind = "competences", none } = part.dataset;
    const input = part.querySelector("input");
    const list = part.querySelector("ul");
    let asked = 0;
    part.hidden = false;
    input.addEventListener("input", () => {
      const text = input.value.trim();
      const mine = ++asked;
      window.setTimeout(async () => {
        if (mine !== asked) { return; }
        const { answer, failed } = text.length < 2 ? { answer: { [kind]: [] } }
          : await post(find, JSON.stringify({ [ask]: text, limit: 8 }), "application/json");
        if (mine !== asked) { return; }
        const names = failed ? [] : answer[kind];
        list.replaceChildren(...names.map((one) => found(one, part)));
        part.querySelector("[role=status]").textContent = failed || (text.length > 1 && !names.length ? none : "");
      }, 200);
    });
  });
  main.querySelectorAll("time").forEach((node) => {
    node.textContent = new Date(node.dateTime).toLocaleDateString(main.lang, { dateStyle: "long" });
  });
  const said = window.sessionStorage.getItem("passerelle-said");
  if (said) {
    window.sessionStorage.removeItem("passerelle-said");
    voice.textContent = said;
    voice.focus();
  }
}());
