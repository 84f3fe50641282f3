/* My Passerelle: withdraw a story, appoint and dismiss facilitators, without leaving the page. */
(function () {
  "use strict";

  const main = document.querySelector(".passerelle-home");
  const voice = main.querySelector(".ph-voice");
  const keys = new WeakMap(); // one key for each thing to do, the same when it is tried again

  function newKey() {
    return Array.from(window.crypto.getRandomValues(new Uint8Array(16)), (n) => n.toString(16).padStart(2, "0")).join("");
  }

  function keyOf(source) {
    if (!keys.has(source)) { keys.set(source, newKey()); }
    return keys.get(source);
  }

  /* "" when done, else what went wrong, in words. */
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
      return main.dataset.lost;
    }
    if (response.ok) { return ""; }
    try {
      return (await response.json()).error.message;
    } catch (error) {
      return main.dataset.broken;
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

  async function submit(source, body) {
    const { part, said } = source.dataset;
    const around = source.tagName === "FORM" ? source : source.parentElement;
    const wrong = around.querySelector(".ph-error");
    const input = source.querySelector("input");
    const failed = await post(source.dataset.post, Object.assign({ key: keyOf(source) }, body));
    wrong.hidden = !failed;
    wrong.textContent = failed;
    if (input) {
      input.setAttribute("aria-invalid", String(Boolean(failed)));
      input.setAttribute("aria-describedby", failed ? wrong.id : "");
    }
    if (failed) {
      (input || wrong).focus();
      return;
    }
    try {
      await renew(part);
    } catch (error) {
      window.location.reload();
    }
    voice.textContent = said;
  }

  main.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-post]");
    if (button) { submit(button, button.dataset.user ? { user_id: Number(button.dataset.user) } : {}); }
  });
  main.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(event.target, { name: event.target.elements.name.value });
  });
  datesIn(main);
}());
