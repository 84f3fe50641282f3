/* Badges: share, check, bring and keep a definition, without leaving the page. */
(function () {
  "use strict";

  const MOST_BYTES = 180 * 1024;
  const main = document.querySelector(".passerelle-badges");
  const voice = main.querySelector(".pb-voice");

  /* null when done, else what went wrong, as {message, problems}. */
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
      return { message: main.dataset.lost };
    }
    if (response.ok) { return null; }
    try {
      return (await response.json()).error;
    } catch (error) {
      return { message: main.dataset.broken };
    }
  }

  function datesIn(part) {
    part.querySelectorAll("time").forEach((node) => {
      node.textContent = new Date(node.dateTime).toLocaleDateString(main.lang, { dateStyle: "long" });
    });
  }

  /* The page's sections anew, as the server has them now; focus goes to the heading of the one that was used. */
  async function renew(partId) {
    const text = await (await fetch(window.location.href, { credentials: "same-origin" })).text();
    const page = new DOMParser().parseFromString(text, "text/html");
    main.querySelectorAll("section[id]").forEach((old) => {
      const fresh = page.getElementById(old.id);
      datesIn(fresh);
      old.replaceWith(fresh);
    });
    document.getElementById(partId).querySelector("h2").focus();
  }

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

  function show(source, failed) {
    const around = source.tagName === "FORM" ? source : source.closest("details, .pb-card, section");
    const wrong = around.querySelector(".pb-error");
    const list = around.querySelector(".pb-problems");
    wrong.hidden = !failed;
    wrong.textContent = failed ? failed.message : "";
    if (list) {
      const problems = (failed && failed.problems) || [];
      list.hidden = problems.length === 0;
      list.replaceChildren(...problems.map((problem) => {
        const line = document.createElement("li");
        line.textContent = `${problem.field}: ${problem.message}`;
        return line;
      }));
    }
    if (failed) { wrong.focus(); }
  }

  async function submit(source) {
    let failed;
    try {
      const body = source.tagName === "FORM" ? await bodyOf(source) : {};
      failed = await post(source.dataset.post, body);
    } catch (error) {
      failed = { message: error.message || main.dataset.broken };
    }
    show(source, failed);
    if (failed) { return; }
    const said = source.dataset.said;
    try {
      await renew(source.closest("section").id);
    } catch (error) {
      window.location.reload();
    }
    voice.textContent = said;
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
  datesIn(main);
}());
