/* What learners say: a note about what has changed is sent without leaving the page. */
(function () {
  "use strict";

  const { main, send, done } = window.passerelle;

  main.addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = event.target;
    if (await send(form, Object.fromEntries(new FormData(form)))) { await done(form, [form.closest("section")]); }
  });
}());
