/* Badges: share, check, bring and keep a definition, without leaving the page. */
(function () {
  "use strict";

  const MOST_BYTES = 180 * 1024;
  const { main, voice, post, show, done } = window.passerelle;

  function readFile(file) {
    return new Promise((resolve, reject) => {
      const reader = new FileReader();
      reader.onload = () => resolve(reader.result.split(",")[1] || "");
      reader.onerror = () => reject(reader.error);
      reader.readAsDataURL(file);
    });
  }

  async function bodyOf(form) {
    const body = {};
    for (const input of form.elements) {
      if (!input.name) { continue; }
      if (input.type === "checkbox") {
        body[input.name] = input.checked;
      } else if (input.type === "file") {
        const file = input.files[0];
        if (file && file.size > MOST_BYTES) { throw new RangeError(main.dataset.large); }
        body[input.name] = file ? await readFile(file) : "";
      } else {
        body[input.name] = input.value;
      }
    }
    return body;
  }

  /* All that is wrong with a definition. */
  function list(form, failed) {
    const shown = form.querySelector(".pp-problems");
    if (!shown) { return; }
    const problems = (failed && failed.problems) || [];
    shown.hidden = problems.length === 0;
    shown.replaceChildren(...problems.map((problem) => {
      const line = document.createElement("li");
      line.textContent = `${problem.field}: ${problem.message}`;
      return line;
    }));
  }

  async function submit(source) {
    let failed;
    try {
      const body = source.tagName === "FORM" ? await bodyOf(source) : {};
      [, failed] = await post(source.dataset.post, body);
    } catch (error) {
      failed = { message: error.message || main.dataset.broken };
    }
    list(source, failed);
    show(source, failed);
    if (!failed) { await done(source); }
  }

  main.addEventListener("click", async (event) => {
    const copy = event.target.closest("button[data-copy]");
    if (copy) {
      const field = document.getElementById(copy.dataset.copy);
      field.select();
      try { await navigator.clipboard.writeText(field.value); } catch (error) { document.execCommand("copy"); }
      voice.textContent = main.dataset.copied;
    }
    const button = event.target.closest("button[data-post]");
    if (button) { submit(button); }
  });
  main.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(event.target);
  });
}());
