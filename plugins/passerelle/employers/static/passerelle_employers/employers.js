/* Employers' pages: send what people do as JSON, then show the page as the server has it now. */
(function () {
  "use strict";

  const { main, voice, post, renew, show, done } = window.passerelle;

  function valueOf(input) {
    if (input.type === "file") { return input.read || ""; }
    return input.type === "checkbox" ? input.checked : input.value;
  }

  /* `a` is a value, `a.b` one of an object. Rows (data-row) become lists of objects. */
  function bodyOf(form) {
    const body = {};
    const rows = [...form.querySelectorAll("[data-row]")];
    for (const input of form.elements) {
      if (!input.name || input.closest("[data-row]")) { continue; }
      const [name, inner] = input.name.split(".");
      if (inner) { body[name] = { ...body[name], [inner]: valueOf(input) }; } else { body[name] = valueOf(input); }
    }
    form.querySelectorAll("[data-list]").forEach((list) => { body[list.dataset.list] = []; });
    rows.forEach((row) => {
      const one = {};
      row.querySelectorAll("[name]").forEach((input) => { one[input.name] = valueOf(input); });
      body[row.dataset.row].push(one);
    });
    return body;
  }

  let busy = false;

  async function submit(source) {
    if (busy) { return; }
    busy = true;
    if (source.tagName === "FORM") {
      await Promise.all([...source.querySelectorAll("input[type=file]")].map(async (input) => {
        input.read = input.files[0] ? await input.files[0].text() : "";
      }));
    }
    const body = source.tagName === "FORM" ? bodyOf(source) : JSON.parse(source.dataset.body || "{}");
    const [answer, failed] = await post(source.dataset.post, body);
    busy = false;
    show(source, failed);
    if (failed) { return; }
    const { next } = source.dataset;
    if ("report" in source.dataset) {
      const told = source.querySelector("[data-reported]");
      const lines = [main.dataset.changed.replace("{count}", answer.changed), ...answer.report];
      told.replaceChildren(...lines.map((line) => Object.assign(document.createElement("p"), { textContent: line })));
      told.hidden = false;
      told.focus();
      return;
    }
    if (next) {
      window.location.assign(next.replace("{organisation}", answer.organisation || ""));
      return;
    }
    await done(source);
  }

  /* --- The form of an opportunity: competences found by name, or suggested from a text */

  function addWanted(found) {
    const list = main.querySelector("[data-list=wanted]");
    const taken = [...list.querySelectorAll("[name=uri]")].some((input) => input.value === found.uri);
    if (taken) { return false; }
    const row = main.querySelector("#pp-wanted-row").content.cloneNode(true);
    const number = `pp-w${Date.now()}${list.children.length}`;
    row.querySelector("[name=uri]").value = found.uri;
    row.querySelector("[data-name]").textContent = found.name;
    row.querySelectorAll("label").forEach((label, index) => { label.htmlFor = `${number}-${index}`; });
    row.querySelectorAll("select").forEach((select, index) => { select.id = `${number}-${index}`; });
    row.querySelector("[name=level]").value = String(found.level || 2);
    row.querySelector("[name=essential]").value = found.essential === false ? "" : "1";
    list.append(row);
    return true;
  }

  function choices(target, found, choose) {
    target.replaceChildren(...found.map((each) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = each.name;
      button.addEventListener("click", () => { choose(each); button.remove(); });
      return button;
    }));
  }

  async function look(button) {
    const around = button.closest("[data-finder]");
    const input = around.querySelector("input, textarea");
    const [answer, failed] = await post(button.dataset.find, { text: input.value });
    show(around, failed);
    if (failed) { return; }
    const target = around.querySelector(".pp-buttons[data-found]");
    choices(target, answer.found, async (each) => {
      if (around.dataset.finder === "add") {
        addWanted(each);
        voice.textContent = `${each.name}: ${main.dataset.added}`;
      } else {
        const [, wrong] = await post(around.dataset.finder, { target: each.uri });
        if (wrong) { show(around, wrong); } else { await renew(around.closest("section").id); voice.textContent = main.dataset.added; }
      }
    });
    voice.textContent = answer.found.length ? main.dataset.found : main.dataset.none;
    if (!answer.found.length) { show(around, { message: main.dataset.none }); }
  }

  async function suggest(button, occupation) {
    const around = button.closest("[data-suggest]");
    const [answer, failed] = await post(around.dataset.suggest, { text: around.querySelector("textarea").value, occupation });
    show(around, failed);
    if (failed) { return; }
    const added = answer.wanted.filter(addWanted).length;
    const pairs = answer.occupations.map(([uri, name]) => ({ uri, name }));
    const note = around.querySelector("[data-occupations]");
    note.hidden = !pairs.length;
    choices(note.querySelector(".pp-buttons"), pairs, (each) => suggest(button, each.uri));
    const text = added || pairs.length ? main.dataset.suggested.replace("{count}", added) : main.dataset.none;
    around.querySelector("[data-said]").textContent = text;
    voice.textContent = text;
  }

  main.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) { return; }
    if (button.dataset.post) { submit(button); }
    if (button.dataset.find) { look(button); }
    if (button.matches("[data-suggest-now]")) { suggest(button, ""); }
    if (button.matches("[data-remove]")) {
      const row = button.closest("[data-row]");
      const next = row.nextElementSibling || row.previousElementSibling;
      row.remove();
      ((next && next.querySelector("[data-remove]")) || main.querySelector("[data-finder] input")).focus();
    }
  });
  main.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(event.target);
  });
}());
