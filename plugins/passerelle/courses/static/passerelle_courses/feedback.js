/* Learners' feedback below a unit: sent without leaving the page. Nothing typed is lost. */
(function () {
  "use strict";

  function cookie(name) {
    const found = document.cookie.split("; ").find((part) => part.startsWith(name + "="));
    return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
  }

  /* "" when done, else what went wrong, in words. */
  async function post(url, body, words) {
    let response;
    try {
      response = await fetch(url, {
        method: "POST",
        credentials: "same-origin",
        headers: { "Content-Type": "application/json", "X-CSRFToken": cookie("csrftoken") },
        body: JSON.stringify(body),
      });
    } catch (error) {
      return words.lost;
    }
    if (response.ok) { return ""; }
    try {
      return (await response.json()).error.message;
    } catch (error) {
      return words.broken;
    }
  }

  function feedback(section) {
    const form = section.querySelector("form");
    const voice = section.querySelector(".pf-voice");
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const said = new FormData(form);
      if (!said.get("clear") || !said.get("useful")) {
        voice.textContent = section.dataset.missing;
        form.querySelector(`input[name="${said.get("clear") ? "useful" : "clear"}"]`).focus();
        return;
      }
      const body = {
        clear: said.get("clear"),
        useful: said.get("useful"),
        remark: said.get("remark"),
        signed: said.get("signed") !== null,
      };
      voice.textContent = await post(section.dataset.url, body, section.dataset) || section.dataset.sent;
    });
  }

  function start() {
    document.querySelectorAll(".passerelle-feedback:not([data-ready])").forEach((section) => {
      section.dataset.ready = "1";
      feedback(section);
    });
  }

  if (document.readyState === "loading") { document.addEventListener("DOMContentLoaded", start); } else { start(); }
})();
