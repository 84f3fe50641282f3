/* Opportunities in a page: shows what the server says, sends what the person does. Data becomes text nodes alone. */
(function () {
  "use strict";

  const TIMEOUT = 20000; // ms; a request that takes longer counts as a lost line
  const GROUPS = ["held", "partly", "related", "missing"];

  function h(tag, props, ...kids) {
    const node = document.createElement(tag);
    Object.entries(props || {}).forEach(([name, value]) => {
      if (name.startsWith("on")) { node.addEventListener(name.slice(2), value); } else { node.setAttribute(name, value); }
    });
    node.append(...kids.flat(Infinity).filter(Boolean));
    return node;
  }

  function cookie(name) {
    const found = document.cookie.split("; ").find((part) => part.startsWith(`${name}=`));
    return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
  }

  window.EmployerBadgeMatching = function (runtime, element, data) {
    const root = (element[0] || element).querySelector(".passerelle-matching");
    const say = (key, values) => data.strings[key].replace(/\{(\w+)\}/g, (_all, name) => values[name]);
    const status = h("p", { role: "status", class: "pm-status" });
    let cards = data.page.cards;
    let asking = null; // the card whose consent is being asked for
    let hidden = null; // the card that was hidden last, and where it stood

    async function send(handler, card) {
      const stop = new AbortController();
      const timer = setTimeout(() => stop.abort(), TIMEOUT);
      try {
        const response = await fetch(runtime.handlerUrl(root.closest(".xblock") || element[0] || element, handler), {
          method: "POST",
          credentials: "same-origin",
          headers: { "Content-Type": "application/json", "X-CSRFToken": cookie("csrftoken") },
          body: JSON.stringify({ opportunity: card.id }),
          signal: stop.signal,
        });
        const answer = await response.json();
        if (answer.error) { throw Object.assign(new Error(), { sentence: answer.error.message }); }
      } catch (error) {
        status.textContent = error.sentence || data.strings.lost;
        return false;
      } finally {
        clearTimeout(timer);
      }
      status.textContent = "";
      return true;
    }

    async function toggle(card) {
      if (await send(card.saved ? "unmark" : "keep", card)) {
        card.saved = !card.saved;
        draw(`save ${card.id}`);
      }
    }

    async function hide(card) {
      if (await send("hide", card)) {
        hidden = { card, at: cards.indexOf(card) };
        cards = cards.filter((each) => each !== card);
        draw("undo");
      }
    }

    async function undo() {
      const { card, at } = hidden;
      if (await send(card.saved ? "keep" : "unmark", card)) {
        cards.splice(at, 0, card);
        hidden = null;
        draw(`hide ${card.id}`);
      }
    }

    async function ask(card) {
      if (await send("ask", card)) {
        card.applied = true;
        asking = null;
        status.textContent = data.strings.applied;
        draw(`hide ${card.id}`);
      }
    }

    /* What the employer will see, before anything is sent. */
    function consent(card) {
      return h("div", { class: "pm-card" },
        h("p", null, data.strings.ask_sees), h("p", null, data.strings.ask_not),
        h("p", { class: "pm-buttons" },
          h("button", { type: "button", class: "pm-first", "data-key": `yes ${card.id}`, onclick: () => ask(card) }, data.strings.ask_yes),
          h("button", { type: "button", onclick: () => { asking = null; draw(`ask ${card.id}`); } }, data.strings.ask_no)));
    }

    function unit(need) {
      const found = (data.page.units || {})[need.uri];
      return found ? [" – ", h("a", { href: found.url, target: "_parent" }, say("learn", { unit: found.name }))] : "";
    }

    function line(need, group) {
      const more = [group === "partly" && say("levels", { held: need.level_held, asked: need.level }), !need.essential && data.strings.useful].filter(Boolean).join("; ");
      return h("li", null, need.name, more && ` (${more})`, group === "held" ? "" : unit(need));
    }

    function row(card) {
      const all = GROUPS.reduce((sum, group) => sum + card[group].length, 0);
      const facts = [card.organisation, data.strings[card.kind], card.place === "remote" ? data.strings.remote : card.place];
      const languages = card.languages.map(([code, level]) => `${languageName(code)} ${level}`).join(", ");
      return h("li", { class: "pm-card" },
        h("h4", { dir: "auto" }, h("a", { href: card.url, target: "_parent" }, card.title)),
        h("p", null, facts.filter(Boolean).map((fact, index) => [index > 0 && " · ", h("bdi", null, fact)])),
        card.hours > 0 && h("p", null, say("hours", { hours: card.hours })),
        languages && h("p", null, say("languages", { languages })),
        h("p", null, h("strong", null, say("have", { have: card.held.length, all })), " · ",
          say("use", { share: Math.round(card.use * 100) })),
        GROUPS.filter((group) => card[group].length).map((group) => h("div", null,
          h("h5", null, data.strings[group]), h("ul", null, card[group].map((need) => line(need, group))))),
        card.applied && h("p", null, data.strings.applied),
        asking === card && consent(card),
        h("p", { class: "pm-buttons" },
          !card.applied && asking !== card && h("button", { type: "button", "data-key": `ask ${card.id}`,
            onclick: () => { asking = card; draw(`yes ${card.id}`); } }, data.strings.ask),
          h("button", { type: "button", "data-key": `save ${card.id}`, "aria-pressed": String(card.saved),
            onclick: () => toggle(card) }, data.strings[card.saved ? "saved" : "save"]),
          h("button", { type: "button", "data-key": `hide ${card.id}`, onclick: () => hide(card) }, data.strings.hide)));
    }

    function languageName(code) {
      try { return new Intl.DisplayNames([data.language], { type: "language" }).of(code); } catch (_error) { return code; }
    }

    function draw(focus) {
      const note = data.page.note || (cards.length || hidden ? "" : "none");
      root.replaceChildren(
        h("h3", { dir: "auto" }, data.title),
        h("p", null, data.strings[note || "about"]),
        note === "none" ? h("p", null, h("a", { href: data.page.profile_url, target: "_parent" }, data.strings.profile)) : "",
        hidden ? h("p", null, say("hidden", { title: hidden.card.title }), " ",
          h("button", { type: "button", "data-key": "undo", onclick: undo }, data.strings.undo)) : "",
        h("ol", { class: "pm-list" }, cards.map(row)),
        status);
      if (focus) {
        const next = [...root.querySelectorAll("[data-key]")].find((button) => button.dataset.key === focus);
        if (next) { next.focus(); }
      }
    }

    root.setAttribute("dir", data.direction);
    root.setAttribute("lang", data.language);
    draw();
  };
})();
