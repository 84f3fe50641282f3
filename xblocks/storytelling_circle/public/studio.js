/* The author's form of a storytelling circle, with the session that its settings make. */
(function () {
  "use strict";

  const PAUSE = 500; // ms after the last keystroke before the session is worked out anew

  function el(tag, props, ...kids) {
    const node = document.createElement(tag);
    Object.entries(props || {}).forEach(([name, value]) => {
      if (name.startsWith("on")) {
        node[name] = value;
      } else if (name === "value" || name === "checked") {
        node[name] = value;
      } else if (value !== undefined && value !== null && value !== false) {
        node.setAttribute(name, value);
      }
    });
    node.append(...kids.flat().filter((kid) => kid !== null && kid !== undefined && kid !== false));
    return node;
  }

  async function post(url, body) {
    const token = /(?:^|; )csrftoken=([^;]*)/.exec(document.cookie);
    const response = await fetch(url, {
      method: "POST",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json", "X-CSRFToken": token ? token[1] : "" },
      body: JSON.stringify(body),
    });
    const answer = await response.json();
    if (answer.error) { return { errors: [answer.error] }; }
    return answer;
  }

  function StorytellingCircleStudio(runtime, element, args) {
    const host = element[0] || element;
    const root = host.querySelector(".passerelle-circle-studio");
    const settings = args.settings;
    const id = `pcs-${Math.random().toString(36).slice(2, 8)}`;
    let phases = args.phases;
    let timer = null;
    let asked = 0;

    function say(name, values) {
      return (args.strings[name] || name).replace(/\{(\w+)\}/g, (all, key) => (values && key in values ? values[key] : all));
    }

    // --- Fields

    const idOf = (name) => `${id}-${name.replace(/\W/g, "-")}`;

    /* A labelled field with room for its error. `errors` are found by the field's name. */
    function field(name, label, input, hint) {
      const inputId = idOf(name);
      input.id = inputId;
      input.dataset.field = name.split("@")[0];
      if (hint) { input.setAttribute("aria-describedby", `${inputId}-hint`); }
      return el("div", { class: "pc-field" },
        el("label", { for: inputId }, label),
        hint && el("p", { class: "pc-hint", id: `${inputId}-hint`, dir: "auto" }, hint),
        input);
    }

    /* The parts of the session: which take place, and over days for how long. */
    function parts() {
      return phases.map((phase, index) => el("div", { class: "pc-pair", role: "group", "aria-label": phase.title },
        phase.kind === "gathering" ? el("p", { dir: "auto" }, phase.title) : el("label", { class: "pc-check", dir: "auto" },
          el("input", { type: "checkbox", name: `with.${phase.id}`, "data-field": `without.${phase.id}`, checked: !settings.without.includes(phase.id) }),
          el("span", null, phase.title)),
        index > 0 && field(`days.${phase.id}`, say("studio_days", { phase: phase.title }),
          number(`days.${phase.id}`, phase.id in settings.days ? settings.days[phase.id] : phase.days))));
    }

    function tempos() {
      return el("fieldset", { "data-field": "tempo" }, el("legend", null, say("studio_tempo")),
        ["live", "days"].map((name) => el("label", { class: "pc-check" },
          el("input", { type: "radio", name: "tempo", value: name, checked: settings.tempo === name, onchange: showDays }),
          el("span", null, say(`studio_tempo_${name}`)))));
    }

    function showDays() { form.classList.toggle("pc-over-days", form.elements.tempo.value === "days"); }

    const number = (name, value) => el("input", { type: "number", name, value, inputmode: "numeric" });

    function rounds() {
      return phases.filter((phase) => phase.kind === "round").map((phase) =>
        field(`seconds.${phase.id}`, say("studio_seconds", { phase: phase.title }),
          number(`seconds.${phase.id}`, phase.id in settings.seconds ? settings.seconds[phase.id] : phase.seconds)));
    }

    function prompts() {
      return phases.map((phase) => {
        const words = settings.prompts[phase.id] || {};
        const own = Object.values(words).some(Boolean);
        return el("details", { open: own ? "" : null },
          el("summary", { dir: "auto" }, phase.title),
          el("p", { class: "pc-hint", dir: "auto" }, say("studio_usual", { prompt: phase.prompt })),
          args.known_languages.map(({ code, name }) => field(`prompts.${phase.id}@${code}`,
            say("studio_prompt", { phase: phase.title, language: name }),
            el("textarea", { name: `prompts.${phase.id}.${code}`, rows: 2, lang: code, dir: "auto", value: words[code] || "" }))));
      });
    }

    function languages() {
      return el("fieldset", { "data-field": "languages", tabindex: "-1", "aria-describedby": idOf("languages-hint") },
        el("legend", null, say("studio_languages")),
        el("p", { class: "pc-hint", id: idOf("languages-hint") }, say("studio_languages_hint")),
        args.known_languages.map(({ code, name }) => el("label", { class: "pc-check" },
          el("input", { type: "checkbox", name: "languages", value: code, checked: settings.languages.includes(code) }),
          el("span", { lang: code }, name))));
    }

    function media() {
      return el("fieldset", { "data-field": "media", tabindex: "-1", "aria-describedby": idOf("media-hint") },
        el("legend", null, say("studio_media")),
        el("p", { class: "pc-hint", id: idOf("media-hint") }, say("studio_media_hint")),
        ["audio", "image", "link"].map((kind) => el("label", { class: "pc-check" },
          el("input", { type: "checkbox", name: "media", value: kind, checked: settings.media.includes(kind) }),
          el("span", null, say(`studio_${kind}`)))));
    }

    function protocols() {
      // Another protocol has other phases: what was changed in the old one's goes with them.
      const onchange = () => {
        phases = [];
        settings.seconds = {};
        settings.prompts = {};
        settings.days = {};
        settings.without = [];
      };
      return el("select", { name: "protocol", onchange, oninput: onchange }, Object.entries(args.protocols).map(([name, title]) =>
        el("option", { value: name, selected: name === settings.protocol ? "" : null }, title)));
    }

    const partList = el("div", null, parts());
    const times = el("div", null, rounds());
    const asks = el("div", null, prompts());
    const outline = el("ol", { dir: "auto" });
    const total = el("p", { role: "status", "aria-live": "polite" });

    const form = el("form", { class: "pc-form", novalidate: "", onsubmit: save, oninput: later },
      field("display_name", say("studio_name"), el("input", { type: "text", name: "display_name", value: settings.display_name, dir: "auto" })),
      field("protocol", say("studio_protocol"), protocols()),
      el("fieldset", null, el("legend", null, say("studio_people")),
        el("div", { class: "pc-pair" },
          field("min_size", say("studio_min_size"), number("min_size", settings.min_size)),
          field("max_size", say("studio_max_size"), number("max_size", settings.max_size)))),
      languages(),
      media(),
      tempos(),
      el("fieldset", { "data-field": "without", tabindex: "-1" }, el("legend", null, say("studio_parts")),
        el("p", { class: "pc-hint" }, say("studio_parts_hint")), partList),
      el("fieldset", { "data-field": "seconds", class: "pc-live-only", tabindex: "-1" }, el("legend", null, say("studio_times")),
        el("p", { class: "pc-hint" }, say("studio_seconds_hint")), times),
      el("fieldset", { "data-field": "prompts", tabindex: "-1" }, el("legend", null, say("studio_prompts")),
        el("p", { class: "pc-hint" }, say("studio_prompts_hint")), asks),
      el("section", { class: "pc-outline", "aria-labelledby": idOf("outline") },
        el("h4", { id: idOf("outline") }, say("studio_outline")), outline, total),
      el("p", { class: "pc-note" }, say("studio_travels")),
      args.held > 0 && el("p", { class: "pc-note" }, say("held", { count: args.held })),
      el("div", { class: "pc-buttons" },
        el("button", { class: "pc-primary" }, say("studio_save")),
        el("button", { type: "button", onclick: () => runtime.notify("cancel", {}) }, say("studio_cancel"))));

    // --- What the form says

    function entered() {
      const found = new FormData(form);
      const body = {
        display_name: found.get("display_name"),
        protocol: found.get("protocol"),
        min_size: Number(found.get("min_size")),
        max_size: Number(found.get("max_size")),
        languages: found.getAll("languages"),
        media: found.getAll("media"),
        seconds: {},
        prompts: {},
        tempo: found.get("tempo") || "live",
        days: {},
        without: phases.filter((phase) => phase.kind !== "gathering" && !found.has(`with.${phase.id}`)).map((phase) => phase.id),
      };
      phases.forEach((phase) => {
        const seconds = found.get(`seconds.${phase.id}`);
        const changed = phase.id in settings.seconds || Number(seconds) !== phase.seconds;
        if (phase.kind === "round" && seconds && changed) { body.seconds[phase.id] = Number(seconds); }
        const days = found.get(`days.${phase.id}`);
        if (days && (phase.id in settings.days || Number(days) !== phase.days)) { body.days[phase.id] = Number(days); }
        const words = args.known_languages.map(({ code }) => [code, (found.get(`prompts.${phase.id}.${code}`) || "").trim()]);
        const said = words.filter(([, text]) => text);
        if (said.length) { body.prompts[phase.id] = Object.fromEntries(said); }
      });
      return body;
    }

    function showErrors(errors) {
      form.querySelectorAll(".pc-error").forEach((node) => node.remove());
      form.querySelectorAll("[aria-invalid]").forEach((node) => {
        node.removeAttribute("aria-invalid");
        node.setAttribute("aria-describedby", node.dataset.described || "");
      });
      errors.forEach(({ field: name, message }, index) => {
        const at = form.querySelector(`[data-field="${name}"]`) || form.querySelector("button");
        const errorId = `${id}-error-${index}`;
        const details = at.closest("details");
        if (details) { details.open = true; }
        at.before(el("p", { class: "pc-error", id: errorId }, message));
        at.dataset.described = at.dataset.described || at.getAttribute("aria-describedby") || "";
        at.setAttribute("aria-describedby", `${at.dataset.described} ${errorId}`.trim());
        at.setAttribute("aria-invalid", "true");
      });
    }

    // --- The session

    function later() {
      clearTimeout(timer);
      timer = setTimeout(work, PAUSE);
    }

    async function work() {
      const body = entered();
      asked += 1;
      const mine = asked;
      let answer;
      try {
        answer = await post(runtime.handlerUrl(host, "outline"), body);
      } catch (error) {
        return; // the line is down; saving will say so
      }
      if (mine !== asked || !root.isConnected) { return; }
      showErrors(answer.errors || []);
      if (answer.errors) {
        outline.replaceChildren();
        total.textContent = say("studio_fix");
        return;
      }
      const changed = answer.all_phases.map((phase) => phase.id).join() !== phases.map((phase) => phase.id).join();
      if (changed) {
        phases = answer.all_phases;
        partList.replaceChildren(...parts());
        times.replaceChildren(...rounds());
        asks.replaceChildren(...prompts());
      }
      const overDays = body.tempo === "days";
      outline.replaceChildren(...answer.phases.map((phase, index) => el("li", null,
        overDays && index > 0 ? say("studio_each_days", { phase: phase.title, days: phase.days })
          : !overDays && phase.seconds ? say("studio_each", { phase: phase.title, seconds: phase.seconds }) : phase.title)));
      total.textContent = overDays ? say("studio_total_days", { days: answer.days })
        : say("studio_total", { people: body.max_size, minutes: answer.minutes });
    }

    async function save(event) {
      event.preventDefault();
      clearTimeout(timer);
      asked += 1;
      runtime.notify("save", { state: "start" });
      let answer;
      try {
        answer = await post(runtime.handlerUrl(host, "studio_submit"), entered());
      } catch (error) {
        answer = { errors: [{ field: "", message: args.strings.no_line }] };
      }
      if (!answer.errors) {
        runtime.notify("save", { state: "end" });
        return;
      }
      showErrors(answer.errors);
      runtime.notify("error", { title: say("studio_not_saved"), message: answer.errors[0].message });
      form.querySelector("[aria-invalid]").focus();
    }

    root.lang = args.language;
    root.dir = args.direction;
    root.classList.add("editor-with-buttons"); // Studio's window leaves saving to us
    root.replaceChildren(form);
    showDays();
    work();
  }

  window.StorytellingCircleStudio = StorytellingCircleStudio;
}());
