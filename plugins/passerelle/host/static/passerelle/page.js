/* What the scripts of all pages share: send something as JSON, say what went wrong, show the page as the server has it. */
window.passerelle = (function () {
  "use strict";

  const main = document.querySelector(".passerelle-page");
  const voice = main.querySelector(".pp-voice");
  const keys = new WeakMap();

  /* One key for each thing to do, the same when it is tried again. */
  function keyOf(source) {
    if (!keys.has(source)) {
      const bytes = window.crypto.getRandomValues(new Uint8Array(16));
      keys.set(source, Array.from(bytes, (n) => n.toString(16).padStart(2, "0")).join(""));
    }
    return keys.get(source);
  }

  /* [answer, null] when done, [null, what went wrong] else. A body with a media type of its own is sent as it is. */
  async function post(url, body, type) {
    let response;
    try {
      response = await fetch(url, {
        method: "POST",
        credentials: "same-origin",
        headers: { "Content-Type": type || "application/json", "X-CSRFToken": main.dataset.token },
        body: type ? body : JSON.stringify(body),
      });
    } catch (error) {
      return [null, { message: main.dataset.lost }];
    }
    try {
      const answer = await response.json();
      return response.ok ? [answer, null] : [null, answer.error];
    } catch (error) {
      return [null, { message: main.dataset.broken }];
    }
  }

  function datesIn(part) {
    part.querySelectorAll("time").forEach((node) => {
      node.textContent = new Date(node.dateTime).toLocaleDateString(main.lang, { dateStyle: "long" });
    });
  }

  /* Sections anew, all that can be or these; focus goes to the heading of the one that was used, else to the page's. */
  async function renew(partId, sections) {
    const text = await (await fetch(window.location.href, { credentials: "same-origin" })).text();
    const page = new DOMParser().parseFromString(text, "text/html");
    (sections || main.querySelectorAll("section[id]")).forEach((old) => {
      const fresh = page.getElementById(old.id);
      if (!fresh) { old.remove(); return; }
      datesIn(fresh);
      old.replaceWith(fresh);
    });
    const part = document.getElementById(partId);
    const heading = (part && part.querySelector("h2")) || main.querySelector("h1");
    heading.tabIndex = -1;
    heading.focus();
  }

  const homes = new Map(); // where a sentence stood that is shown beside a field now

  /* What went wrong beside what was used, at the field that it names; nothing, where nothing did. */
  function show(source, failed) {
    let around = source;
    while (!around.querySelector(".pp-error")) { around = around.parentElement; }
    around.querySelectorAll("[aria-invalid]").forEach((field) => {
      field.removeAttribute("aria-invalid");
      if (field.dataset.hint) { field.setAttribute("aria-describedby", field.dataset.hint); } else { field.removeAttribute("aria-describedby"); }
    });
    around.querySelectorAll(".pp-error").forEach((said) => {
      if (homes.has(said)) { homes.get(said).replaceWith(said); homes.delete(said); }
    });
    const places = [...around.querySelectorAll(".pp-error")];
    // Not the one of a smaller thing inside, as a search within a form.
    const wrong = places.find((each) => !each.closest("[data-finder]") || around.matches("[data-finder]")) || places[0];
    wrong.hidden = !failed;
    wrong.textContent = failed ? failed.message : "";
    if (!failed) { return; }
    const field = failed.field
      && around.querySelector(`[name="${failed.field}"], [name^="${failed.field}."], [data-list="${failed.field}"] [name]`);
    if (field && !["hidden", "radio", "submit"].includes(field.type)) {
      const closed = field.closest("details:not([open])");
      if (closed) { closed.open = true; }
      homes.set(wrong, document.createComment(""));
      wrong.replaceWith(homes.get(wrong));
      (field.closest(".pp-choice") || field).after(wrong);
      wrong.id = wrong.id || `pp-wrong-${Math.random().toString(36).slice(2)}`;
      field.setAttribute("aria-invalid", "true");
      field.dataset.hint = field.getAttribute("aria-describedby") || "";
      field.setAttribute("aria-describedby", `${wrong.id} ${field.dataset.hint}`.trim());
      field.focus();
    } else {
      wrong.tabIndex = -1;
      wrong.focus();
    }
  }

  /* Send what `source` is for; the answer, or null where it failed, which is shown then. */
  async function send(source, body) {
    const [answer, failed] = await post(source.dataset.post, { key: keyOf(source), ...body });
    show(source, failed);
    if (!failed) { keys.delete(source); }
    return answer;
  }

  /* After something was done: its section (or these) as it is now, and `said` for those who listen. */
  async function done(source, sections) {
    const { said } = source.dataset;
    const part = source.closest("section");
    try {
      await renew(part ? part.id : "", sections);
    } catch (error) {
      window.location.reload();
    }
    voice.textContent = said;
  }

  datesIn(main);
  return { main, voice, keyOf, post, send, renew, show, done };
}());
