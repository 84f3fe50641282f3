/* My Passerelle and the desk: what a person does there is sent without leaving the page. */
(function () {
  "use strict";

  const { main, voice, send, done } = window.passerelle;
  const NOBODY = "00000000-0000-0000-0000-000000000000";

  const zone = () => new Intl.DateTimeFormat().resolvedOptions().timeZone || "";

  /* Where the account names no time zone: the device's, and hours of a week by its clock. */
  function hoursIn(part) {
    part.querySelectorAll("[data-zone]:empty").forEach((node) => { node.textContent = zone(); });
    const said = { weekday: "long", hour: "2-digit", minute: "2-digit", timeZoneName: "short" };
    part.querySelectorAll("[data-begins]").forEach((node) => {
      const [begin, end] = node.dataset.begins.split("/").map((moment) => new Date(moment));
      node.textContent = new Intl.DateTimeFormat(main.lang, said).formatRange(begin, end);
    });
  }

  /* A voice or a picture of a story. */
  function mediaOf(file) {
    const node = document.createElement(file.kind === "audio" ? "audio" : "img");
    node.src = main.dataset.file.replace(NOBODY, file.id);
    if (file.kind === "audio") {
      node.controls = true;
      node.preload = "none";
      node.setAttribute("aria-label", main.dataset.voice);
    } else {
      node.alt = file.words;
    }
    return node;
  }

  /* Stories that were opened for reading, as the words they are. */
  function list(stories, place) {
    place.replaceChildren(...stories.map((story) => {
      const item = document.createElement("li");
      item.className = "pp-card";
      const said = story.files.filter((file) => file.kind === "audio").map((file) => ["p", file.words]);
      [["strong", `${story.name} · ${story.phase}`], ["p", story.text], ...said, ["p", story.link]].forEach(([tag, text]) => {
        const node = document.createElement(tag);
        node.dir = "auto";
        node.className = tag === "p" ? "pp-words" : "";
        node.textContent = text;
        item.append(node);
      });
      const media = document.createElement("div");
      media.className = "pp-media";
      media.append(...story.files.map(mediaOf));
      item.append(media);
      return item;
    }));
    place.tabIndex = -1;
    place.focus();
  }

  /* A file that lies nowhere but where the person keeps it. */
  function save(file) {
    if (file.go) { window.location.assign(file.go); return; } // too large for a page to hold
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([file.text], { type: `${file.type};charset=utf-8` }));
    link.download = file.name;
    link.click();
    URL.revokeObjectURL(link.href);
  }

  async function submit(source, body) {
    const answer = await send(source, body);
    if (!answer) { return; }
    const { go, said, show } = source.dataset;
    if (go) {
      window.location.assign(go);
    } else if ("save" in source.dataset) {
      save(answer);
      voice.textContent = said;
    } else if (show) {
      list(answer.stories, document.getElementById(show));
    } else {
      await done(source, [source.closest("section")]); // what was typed or opened in the others stays
      hoursIn(main);
    }
  }

  /* Away at once, without a trace in this tab's history. */
  function leave(url) {
    document.documentElement.hidden = true;
    window.location.replace(url);
  }

  main.addEventListener("click", (event) => {
    const exit = event.target.closest("[data-exit]");
    if (exit) { leave(exit.dataset.exit); }
    if (event.target.closest("[data-print]")) { window.print(); }
    const button = event.target.closest("button[data-post]");
    if (!button) { return; }
    const { user, purpose, wanted } = button.dataset;
    submit(button, { ...(user && { user_id: Number(user) }), ...(purpose && { purpose }), ...(wanted && { wanted }) });
  });
  main.addEventListener("submit", (event) => {
    event.preventDefault();
    const entered = new FormData(event.target);
    const body = Object.fromEntries(entered);
    (event.target.dataset.many || "").split(" ").filter(Boolean).forEach((name) => { body[name] = entered.getAll(name); });
    if (event.target.querySelector("[data-zone]")) { body.time_zone = zone(); }
    if (event.submitter && event.submitter.name) { body[event.submitter.name] = event.submitter.value; }
    submit(event.target, body);
  });
  hoursIn(main);
}());
