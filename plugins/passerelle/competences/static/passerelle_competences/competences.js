/* Competences' pages: forms are sent as JSON, a file after its form, and nothing typed is lost when it fails. */
(function () {
  "use strict";

  const { main, voice, keyOf, post, show } = window.passerelle;

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

  /* As `post` answers: the form and then its file, or with `data-read` the file alone, which is JSON. */
  async function send(form) {
    const input = form.querySelector("input[type=file]");
    const wanted = input && !input.closest("[hidden]");
    const file = wanted && input.files[0];
    if (wanted && !file) { return [null, { message: main.dataset.nofile, field: input.name }]; }
    if (wanted && "read" in input.dataset) { return post(form.dataset.post, file, "application/json"); }
    const [answer, failed] = form.dataset.post
      ? await post(form.dataset.post, { key: keyOf(form), ...valuesOf(form) }) : [{ file_url: form.dataset.file }, null];
    if (failed || !wanted) { return [answer, failed]; }
    const [, unsent] = await post(answer.file_url, file, file.type || "application/octet-stream");
    return [answer, unsent && { ...unsent, field: input.name }];
  }

  async function submit(form) {
    const button = form.querySelector("button:not([type=button])");
    button.disabled = true;
    const [answer, failed] = await send(form);
    button.disabled = false;
    show(form, failed);
    if (failed) { return; }
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
    link.className = "pp-button";
    item.append(link);
    if (part.dataset.answer && one.matched !== one.name) {
      const other = document.createElement("bdi");
      other.textContent = one.matched;
      other.className = "pp-quiet";
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
        const [answer, failed] = text.length < 2 ? [{ [kind]: [] }, null] : await post(find, { [ask]: text, limit: 8 });
        if (mine !== asked) { return; }
        const names = failed ? [] : answer[kind];
        list.replaceChildren(...names.map((one) => found(one, part)));
        const told = failed ? failed.message : text.length > 1 && !names.length && none;
        part.querySelector("[role=status]").textContent = told || "";
      }, 200);
    });
  });
  const said = window.sessionStorage.getItem("passerelle-said");
  if (said) {
    window.sessionStorage.removeItem("passerelle-said");
    voice.textContent = said;
    voice.tabIndex = -1;
    voice.focus();
  }
}());
