/* The competence self-assessment in a page: one card a competence, saved as one goes. Texts reach the page as text alone. */
(function () {
  "use strict";

  const TIMEOUT = 20000; // ms; a request that takes longer counts as a lost line
  const LATER = ["dont_know", "not_tried"];

  function el(tag, props, ...kids) {
    const node = document.createElement(tag);
    Object.entries(props || {}).forEach(([name, value]) => {
      if (name.startsWith("on") || name === "checked") {
        node[name] = value;
      } else if (value !== undefined && value !== null && value !== false) {
        node.setAttribute(name, value === true ? "" : value);
      }
    });
    node.append(...kids.flat(Infinity).filter((kid) => kid || kid === 0));
    return node;
  }

  function newKey() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  /* localStorage, where the browser allows it. */
  const store = {
    read(key) {
      try { return JSON.parse(localStorage.getItem(key)) || {}; } catch (error) { return {}; }
    },
    write(key, value) {
      try {
        if (Object.keys(value).length) { localStorage.setItem(key, JSON.stringify(value)); } else { localStorage.removeItem(key); }
      } catch (error) { /* then this page's memory must do */ }
    },
  };

  /* The server's answer; `{error}` where it refuses. Throws where there is no line. */
  async function post(url, body) {
    const token = /(?:^|; )csrftoken=([^;]*)/.exec(document.cookie);
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), TIMEOUT);
    try {
      const response = await fetch(url, {
        method: "POST",
        credentials: "same-origin",
        headers: { "Content-Type": "application/json", "X-CSRFToken": token ? token[1] : "" },
        body: JSON.stringify(body),
        signal: abort.signal,
      });
      if (response.status >= 500) { throw new Error(String(response.status)); }
      return await response.json();
    } finally {
      clearTimeout(timer);
    }
  }

  function CompetenceSelfAssessment(runtime, element, args) {
    const host = element[0] || element;
    const root = host.querySelector(".passerelle-csa");
    const id = `csa-${Math.random().toString(36).slice(2, 8)}`;
    const preview = args.state === "preview";
    const storageKey = `passerelle-csa|${args.storage_key}`;
    let page = args.page;
    let beside = args.beside || null; // the same questions in a second language: {page, language, direction, strings}
    // Answers that the server has not got yet: {value, key} by competence.
    const waiting = preview || !page || page.submitted_at ? {} : store.read(storageKey);
    let sendKey = newKey();
    let sending = null;
    let at = 0;
    let trouble = "";
    let all = args.layout === "all";

    function say(name, values) {
      return (args.strings[name] || name).replace(/\{(\w+)\}/g, (all, key) => (values && key in values ? values[key] : all));
    }

    const answerOf = (competence) => (waiting[competence.id] ? waiting[competence.id].value : page.ratings[competence.id]);

    /* A text, and beside it the same in the second language. `pick` finds it in a competence, a name in the strings. */
    function both(text, competence, pick) {
      const twin = beside && beside.page.competences.find((one) => one.id === competence.id);
      if (!twin) { return text; }
      const other = typeof pick === "string" ? beside.strings[pick] : pick(twin);
      return el("span", { class: "csa-both" }, el("span", {}, text),
        el("span", { class: "csa-beside", lang: beside.language, dir: beside.direction }, other));
    }

    function wordsOf(competence) {
      const value = answerOf(competence);
      if (!value) { return say("no_answer"); }
      if (LATER.includes(value)) { return both(say(value), competence, value); }
      const index = Number(value) - 1;
      return both(competence.levels[index], competence, (one) => one.levels[index]);
    }

    // --- Saving

    function choose(competence, value) {
      trouble = "";
      if (preview) {
        page.ratings[competence.id] = value;
      } else {
        waiting[competence.id] = { value, key: newKey() };
        store.write(storageKey, waiting);
        flush();
      }
      tell();
    }

    /* Send what waits, one after the other; whoever asks meanwhile waits for the same. */
    function flush() {
      if (!sending) {
        sending = sendAll().finally(() => { sending = null; tell(); });
      }
      return sending;
    }

    async function sendAll() {
      let next = Object.keys(waiting)[0];
      while (next) {
        const { value, key } = waiting[next];
        let answer;
        try {
          answer = await post(runtime.handlerUrl(element, "rate"), { competence: next, value, key });
        } catch (error) {
          trouble = say("not_saved");
          return;
        }
        if (answer.error) {
          trouble = answer.error.message;
        } else {
          trouble = "";
          page.ratings = answer.ratings;
        }
        // She may have changed her mind while this was on its way.
        if (waiting[next] && waiting[next].key === key) { delete waiting[next]; }
        store.write(storageKey, waiting);
        if (answer.error) { return; }
        next = Object.keys(waiting)[0];
      }
    }

    async function send() {
      if (preview) { return; }
      await flush();
      if (trouble) { tell(); return; }
      try {
        const answer = await post(runtime.handlerUrl(element, "submit"), { key: sendKey });
        if (answer.error) {
          trouble = answer.error.message;
          sendKey = newKey();
        } else {
          page = answer.page;
          draw(true);
          return;
        }
      } catch (error) {
        trouble = say("not_saved");
      }
      tell();
    }

    // --- Showing

    /* Words and questions in another language; what was answered stays. */
    async function speak(language) {
      try {
        const answer = await post(runtime.handlerUrl(element, "page"), { language });
        if (answer.error) { throw new Error(answer.error.code); }
        const ratings = preview ? page.ratings : answer.page.ratings;
        page = Object.assign(answer.page, { ratings });
        Object.assign(args, { language: answer.language, direction: answer.direction, strings: answer.strings });
        if (beside && beside.language === args.language) { beside = null; }
        trouble = "";
        draw(false);
      } catch (error) {
        trouble = say("not_saved");
        draw(false);
      }
      root.querySelector(".csa-language select").focus();
    }

    /* A second language beside the first; "" for none. */
    async function show(language) {
      try {
        const answer = language ? await post(runtime.handlerUrl(element, "page"), { language }) : null;
        if (answer && answer.error) { throw new Error(answer.error.code); }
        beside = answer;
        trouble = "";
      } catch (error) {
        trouble = say("not_saved");
      }
      draw(false);
      root.querySelector(".csa-second select").focus();
    }

    function choices() {
      const languages = args.languages || [];
      return el("div", { class: "csa-tools" },
        languages.length > 1 && el("label", { class: "csa-language" }, el("span", {}, say("language")),
          el("select", { onchange: (event) => speak(event.target.value) }, languages.map(({ code, name }) =>
            el("option", { value: code, lang: code, selected: code === args.language }, name)))),
        languages.length > 1 && el("label", { class: "csa-language csa-second" }, el("span", {}, say("beside")),
          el("select", { onchange: (event) => show(event.target.value) }, el("option", { value: "" }, say("beside_none")),
            languages.filter(({ code }) => code !== args.language).map(({ code, name }) =>
              el("option", { value: code, lang: code, selected: Boolean(beside) && code === beside.language }, name)))),
        !page.submitted_at && page.competences.length > 1 && at < page.competences.length && el("button", { type: "button", onclick: () => { all = !all; draw(true); } },
          say(all ? "show_one" : "show_all")));
    }

    /* The browser's own voice, where it has one. */
    function aloud(competence) {
      const voice = window.speechSynthesis;
      if (!voice || !window.SpeechSynthesisUtterance) { return null; }
      const button = el("button", { type: "button", class: "csa-aloud", onclick: () => {
        const mine = button.textContent === say("stop_reading");
        voice.cancel();
        root.querySelectorAll(".csa-aloud").forEach((one) => { one.textContent = say("read_aloud"); });
        if (mine) { return; }
        const words = [competence.name, competence.meaning, ...competence.levels, ...LATER.map((value) => say(value))];
        const speech = new window.SpeechSynthesisUtterance(words.join(".\n"));
        speech.lang = args.language;
        speech.onend = () => { button.textContent = say("read_aloud"); };
        button.textContent = say("stop_reading");
        voice.speak(speech);
      } }, say("read_aloud"));
      return button;
    }

    /* The line that says how saving stands. It is spoken, too. */
    function tell() {
      const line = root.querySelector(".csa-status");
      if (!line) { return; }
      line.classList.toggle("csa-error", Boolean(trouble));
      const some = page.competences.some((competence) => answerOf(competence));
      line.textContent = trouble || (some && !preview && !Object.keys(waiting).length ? say("saved") : "");
      const again = root.querySelector(".csa-again");
      again.hidden = !(trouble && Object.keys(waiting).length);
    }

    function status() {
      return [
        el("p", { class: "csa-status", role: "status" }),
        el("button", { class: "csa-again", type: "button", hidden: true, onclick: flush }, say("try_again")),
      ];
    }

    function option(competence, value, text) {
      const mark = el("input", {
        type: "radio", name: `${id}-${competence.id}`, value, checked: answerOf(competence) === value,
        onchange: () => choose(competence, value),
      });
      return el("label", { class: `csa-option${LATER.includes(value) ? " csa-later" : ""}` }, mark, el("span", { class: "csa-words" }, text));
    }

    function question(competence) {
      return [
        el("h4", { tabindex: "-1" },
          competence.pictogram && el("img", { class: "csa-picture", src: competence.pictogram, alt: "" }), both(competence.name, competence, (one) => one.name)),
        el("p", {}, both(competence.meaning, competence, (one) => one.meaning)),
        aloud(competence),
        el("fieldset", {},
          el("legend", {}, say("choose"), all && el("span", { class: "csa-unseen" }, ` ${competence.name}`)),
          competence.levels.map((text, index) => option(competence, String(index + 1), both(text, competence, (one) => one.levels[index]))),
          LATER.map((value) => option(competence, value, both(say(value), competence, value)))),
      ];
    }

    function everything() {
      return [
        page.competences.map(question),
        status(),
        el("div", { class: "csa-buttons" },
          el("button", { type: "button", class: "csa-primary", onclick: () => go(page.competences.length) }, say("to_review"))),
      ];
    }

    function card() {
      if (all) { return everything(); }
      const competence = page.competences[at];
      const last = at === page.competences.length - 1;
      const values = { number: at + 1, count: page.competences.length };
      return [
        el("p", { class: "csa-quiet" }, say("step", values)),
        el("progress", { max: values.count, value: values.number, "aria-hidden": "true" }),
        question(competence),
        status(),
        el("div", { class: "csa-buttons" },
          at > 0 && el("button", { type: "button", onclick: () => go(at - 1) }, say("back")),
          el("button", { type: "button", class: "csa-primary", onclick: () => go(at + 1) }, say(last ? "to_review" : "next"))),
      ];
    }

    /* What grew and what could be next; of what went down, nothing is said. */
    function further(competence) {
      const level = Number(answerOf(competence)) || 0;
      const before = (page.earlier || {})[competence.id];
      const next = level && competence.levels[level];
      return [
        before && before < level && el("span", {}, say("grew", { before: competence.levels[before - 1] })),
        next && el("span", { class: "csa-quiet" }, say("could_be_next", { next })),
        args.evidence_url && level && el("a", { href: `${args.evidence_url}competences/${competence.id}/#add`, target: "_top" },
          say("show_it", { name: competence.name })),
      ];
    }

    function answers(changeable) {
      return el("ul", { class: "csa-answers" }, page.competences.map((competence, index) => el("li", {},
        el("strong", {}, competence.name),
        el("span", { class: "csa-quiet" }, wordsOf(competence)),
        !changeable && further(competence).filter(Boolean),
        changeable && el("button", { type: "button", onclick: () => go(index) }, say("change", { name: competence.name })))));
    }

    function review() {
      return [
        el("h4", { tabindex: "-1" }, say("review")),
        el("p", {}, say("review_hint")),
        answers(true),
        status(),
        el("div", { class: "csa-buttons" },
          el("button", { type: "button", onclick: () => go(all ? 0 : at - 1) }, say("back")),
          el("button", { type: "button", class: "csa-primary", onclick: send }, say("submit"))),
      ];
    }

    function done() {
      return [
        el("h4", { tabindex: "-1" }, say("done")), el("p", {}, say("done_hint")), answers(false),
        args.profile_url && el("p", {}, el("a", { href: args.profile_url, target: "_top" }, say("my_page"))),
      ];
    }

    function body() {
      if (page.submitted_at) { return done(); }
      return at < page.competences.length ? card() : review();
    }

    function notes() {
      const unchecked = page && page.competences.some((competence) => competence.unreviewed);
      return [
        preview && el("p", { class: "csa-note" }, say("preview")),
        page && !page.submitted_at && at === 0 && [el("p", {}, say(page.moment)), el("p", { class: "csa-quiet" }, say("private"))],
        unchecked && el("p", { class: "csa-quiet" }, say("unreviewed")),
      ].flat();
    }

    function draw(moved) {
      root.lang = args.language;
      root.dir = args.direction;
      const title = el("h3", { dir: "auto" }, args.title);
      if (!page) {
        const reasons = (args.problems || []).map((problem) => problem.message);
        const told = reasons.length ? reasons : [say(args.state)];
        root.replaceChildren(title, ...told.map((text) => el("p", { class: "csa-note" }, text)));
        return;
      }
      if (!page.competences.length) {
        root.replaceChildren(title, el("p", { class: "csa-note" }, say("not_ready")));
        return;
      }
      if (window.speechSynthesis) { window.speechSynthesis.cancel(); }
      root.replaceChildren(title, choices(), ...notes().filter(Boolean), ...body().flat(Infinity).filter(Boolean));
      tell();
      if (moved) { root.querySelector("h4").focus(); }
    }

    function go(index) {
      at = index;
      draw(true);
      if (all && index < page.competences.length) { root.querySelectorAll("h4")[index].focus(); }
    }

    if (page && !page.submitted_at) {
      // Go on where the last answer was given.
      const open = page.competences.findIndex((competence) => !answerOf(competence));
      at = open < 0 ? page.competences.length : open;
      if (Object.keys(waiting).length) { flush(); }
      window.addEventListener("online", () => { if (Object.keys(waiting).length) { flush(); } });
    }
    draw(false);
  }

  window.CompetenceSelfAssessment = CompetenceSelfAssessment;
}());
