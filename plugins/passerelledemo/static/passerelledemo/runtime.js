/* Starts the blocks on a page as the LMS does: window[data-init](runtime, element, arguments). */
(function () {
  "use strict";

  function holder(element) {
    const node = element.jquery ? element[0] : element;
    return node.closest(".xblock");
  }

  const runtime = {
    handlerUrl(element, handler, suffix, query) {
      const url = `${holder(element).dataset.handlerBase}/${handler}/${suffix || ""}`;
      return query ? `${url}?${query}` : url;
    },

    /* An author's form says what becomes of it, as in Studio: "save" (start, then end), "cancel", "error". */
    notify(event, data) {
      const back = document.getElementById("back-to-unit");
      if (event === "error") {
        const message = document.getElementById("studio-message");
        message.textContent = [data.title, data.message].filter(Boolean).join(": ");
      } else if (event === "cancel" && back) {
        window.location.assign(back.href);
      } else if (event === "save" && data && data.state === "end") {
        window.location.reload();
      }
    },

    children() { return []; },
    childMap() { return undefined; },
  };

  function start(element) {
    const script = element.querySelector(":scope > .xblock-json-init-args");
    const args = script ? JSON.parse(script.textContent) : {};
    if (script) { script.remove(); }
    const init = window[element.dataset.init];
    if (typeof init !== "function") { return; }
    new init(runtime, element, args);
    element.classList.add("xblock-initialized");
  }

  document.querySelectorAll(".xblock[data-init]:not(.xblock-initialized)").forEach(start);
}());
