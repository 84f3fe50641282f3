/* The storytelling circle in a page: shows what the server says, sends what the person does.
 *
 * Data reaches the page as text nodes alone. Elements are updated in place, so that nobody loses her cursor. */
(function () {
  "use strict";

  const TIMEOUT = 20000; // ms; a request that takes longer counts as a lost line
  const PART_TIMEOUT = 60000;
  const RUNNING = 3000; // ms between two looks at a circle under way
  const GATHERING = 10000;
  const SLOWEST = 60000;
  const DAYS = 30000; // a circle over days has time
  const WARN_AT = 30; // s left at which the clock speaks up
  const KEPT = ["tell", "reply", "answer"]; // actions that wait for the line; the others make sense only now
  const REASONS = ["danger", "hurt", "private", "other"];
  const AUDIENCES = ["circle", "facilitators", "self", "cohort"];

  // --- Elements

  /* The description of an element. Children that are false, null or "" are left out. */
  function h(tag, props, ...kids) {
    return { tag, props: props || {}, kids: kids.flat(Infinity).filter((kid) => kid || kid === 0) };
  }

  /* Make the children of `parent` what `kids` describe. An element stays the same one while tag, `key` and rank do. */
  function patch(parent, kids) {
    const old = new Map();
    parent.childNodes.forEach((node) => old.set(node.pcKey, node));
    const ranks = {};
    const nodes = kids.map((kid) => {
      const name = kid.tag ? `${kid.tag} ${kid.props.key || ""}` : "text";
      ranks[name] = (ranks[name] || 0) + 1;
      const key = `${name} ${ranks[name]}`;
      const node = old.get(key) || (kid.tag ? document.createElement(kid.tag) : document.createTextNode(""));
      old.delete(key);
      node.pcKey = key;
      return node;
    });
    old.forEach((node) => node.remove());
    nodes.forEach((node, index) => {
      const there = parent.childNodes[index];
      if (there !== node) { parent.insertBefore(node, there || null); }
      fill(node, kids[index]);
    });
  }

  function fill(node, kid) {
    if (!kid.tag) {
      if (node.data !== String(kid)) { node.data = String(kid); }
      return;
    }
    const isNew = !node.pcProps;
    const before = node.pcProps || {};
    const now = kid.props;
    node.pcProps = now;
    new Set([...Object.keys(before), ...Object.keys(now)]).forEach((name) => {
      const value = now[name];
      if (["key", "initial", "raw"].includes(name) || value === before[name]) { return; }
      if (name.startsWith("on")) {
        node[name] = value || null;
      } else if (name.startsWith("--")) {
        node.style.setProperty(name, value);
      } else if (value === undefined || value === null || value === false) {
        node.removeAttribute(name);
      } else {
        node.setAttribute(name, value === true ? "" : value);
      }
    });
    if (!now.raw) { patch(node, kid.kids); }
    // What a person types or ticks is hers: set once, never again.
    if (isNew && now.initial !== undefined) { node[now.type === "checkbox" ? "checked" : "value"] = now.initial; }
  }

  // --- What this device keeps

  const memory = {};

  /* localStorage; in a browser that refuses it, this page's memory. */
  const store = {
    get(key) {
      try { return localStorage.getItem(key); } catch (error) { return key in memory ? memory[key] : null; }
    },
    set(key, value) {
      try { localStorage.setItem(key, value); } catch (error) { memory[key] = value; }
    },
    remove(key) {
      delete memory[key];
      try { localStorage.removeItem(key); } catch (error) { /* memory was all there is */ }
    },
    keys(prefix) {
      let all = Object.keys(memory);
      try { all = all.concat(Object.keys(localStorage)); } catch (error) { /* the same */ }
      return all.filter((key) => key.startsWith(prefix));
    },
  };

  function newKey() {
    if (window.crypto.randomUUID) { return window.crypto.randomUUID(); }
    return Array.from(window.crypto.getRandomValues(new Uint8Array(16)), (n) => n.toString(16).padStart(2, "0")).join("");
  }

  // --- The line

  /* The answer's JSON, null for "not modified". Throws {lost: true}, or what the server says: {message, field, status}.
   * A Blob is part of a file, and an answer that names another offset is one like others. */
  async function request(url, body, headers) {
    const isPart = body instanceof Blob;
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), isPart ? PART_TIMEOUT : TIMEOUT);
    const options = { credentials: "same-origin", signal: stop.signal, headers: Object.assign({ Accept: "application/json" }, headers) };
    if (body) {
      const token = /(?:^|; )csrftoken=([^;]*)/.exec(document.cookie);
      options.method = isPart ? "PATCH" : "POST";
      options.body = isPart ? body : JSON.stringify(body);
      options.headers["Content-Type"] = isPart ? "application/offset+octet-stream" : "application/json";
      options.headers["X-CSRFToken"] = token ? token[1] : "";
    }
    let response;
    let text;
    try {
      response = await fetch(url, options);
      text = await response.text();
    } catch (error) {
      throw { lost: true };
    } finally {
      clearTimeout(timer);
    }
    if (response.status === 304) { return null; }
    if (response.status >= 502) { throw { lost: true }; } // a gateway: the server never heard of it
    let data = null;
    try { data = JSON.parse(text); } catch (error) { /* a page in place of an answer: signed out, or broken */ }
    if (data && (response.ok || (isPart && "offset" in data))) { return data; }
    throw Object.assign({ status: response.status, message: "", field: "" }, data && data.error);
  }

  function StorytellingCircle(runtime, element, args) {
    const host = element[0] || element;
    const root = host.querySelector(".passerelle-circle");
    const id = `pc-${newKey().slice(0, 8)}`;
    const drafts = `passerelle|${args.storage_key}|draft|`;
    const choices = `passerelle|${args.storage_key}|audience|`; // chosen for a draft: a reload must not open it wider
    const media = `passerelle|${args.storage_key}|media|`; // that a voice, a picture or a link is kept; its words
    const waitingRoom = `passerelle|${args.storage_key}|queue`;
    const preview = Boolean(args.preview);

    let words = args.strings;
    let language = args.language;
    let direction = args.direction;
    let page = args.page;
    let circle = page.circle;
    let previewed = "learner";
    let joining = null; // id of the circle whose invitation is open
    let thanks = ""; // what remains to be read after a report, until the next thing is done
    let asking = null; // what is to be confirmed: "close", "leave", a contribution's id, or that with "report " before it
    let errors = {}; // sentence by slot
    let busy = false;
    let offline = false;
    let failures = 0;
    let serial = 0; // counts the person's own acts: a look at the circle from before one is out of date
    let offset = 0; // server's clock minus ours, ms
    let spoken = ""; // which turn the clock has spoken up for, and when
    let timer = null;
    let breath = null;
    let flushing = false;
    let recorder = null; // loaded when somebody wants it, or has something kept
    let loading = null;
    let shown = new Set(); // drafts whose form is on the page
    const keys = {}; // of acts that no answer came to yet

    function say(name, values) {
      const text = name in words ? words[name] : name;
      return text.replace(/\{(\w+)\}/g, (all, key) => (values && key in values ? values[key] : all));
    }

    // --- Drafts, and what waits for the line

    const draftOf = (slot) => `${drafts}${circle.id}|${circle.phase.id}|${slot}`;
    const waiting = () => JSON.parse(store.get(waitingRoom) || "[]");

    function setWaiting(items) {
      if (items.length) { store.set(waitingRoom, JSON.stringify(items)); } else { store.remove(waitingRoom); }
    }

    function keep(draft) {
      return (event) => {
        if (preview) { return; }
        if (event.target.value) { store.set(draft, event.target.value); } else { store.remove(draft); }
      };
    }

    const choiceOf = (draft) => choices + draft.slice(drafts.length);

    function choose(draft) {
      return (event) => { if (!preview) { store.set(choiceOf(draft), event.target.value); } };
    }

    function chosen(draft) {
      return (!preview && store.get(choiceOf(draft))) || AUDIENCES[0];
    }

    const mediaSlot = (draft) => draft.slice(drafts.length);
    const hasMedia = (draft) => !preview && store.keys(`${media}${mediaSlot(draft)}|`).length > 0;

    function forget(draft) {
      if (recorder) {
        recorder.forget(mediaSlot(draft));
      } else if (hasMedia(draft)) {
        load().then(() => recorder.forget(mediaSlot(draft)), () => {});
      }
      store.remove(draft);
      store.remove(choiceOf(draft));
      shown.delete(draft);
    }

    /* The recorder, once it is there and knows what this device kept. Rejects with {lost: true}. */
    function load() {
      loading = loading || new Promise((resolve, reject) => {
        if (window.StorytellingCircleRecorder) { return resolve(); }
        const script = document.createElement("script");
        script.src = args.recorder_url;
        script.onload = resolve;
        script.onerror = () => {
          loading = null;
          reject({ lost: true });
        };
        document.head.append(script);
        return null;
      }).then(() => {
        const tools = { h, say, button, errors, errorOf, errorId, clockText, announce, draw, focusNext, request, store, newKey, prefix: media, id, root, args };
        recorder = recorder || window.StorytellingCircleRecorder(tools);
        return recorder.ready;
      });
      return loading;
    }

    async function flush() {
      if (flushing || preview) { return; }
      flushing = true;
      try {
        for (const item of waiting()) { await sendWaiting(item); }
      } catch (error) {
        if (!error.lost) { throw error; }
        offline = true;
      } finally {
        flushing = false;
        draw();
      }
    }

    /* Send what was written while the line was down, if its phase still runs; if not, it stays here as a draft. */
    async function sendWaiting(item) {
      try {
        const current = await request(stateUrl(item.body.circle));
        if (current.closed || current.phase.id !== item.body.phase) { throw { message: say("gone_on") }; }
        serial += 1;
        const more = hasMedia(item.draft) ? await bring(item.draft) : {};
        const answer = await request(runtime.handlerUrl(host, "act"), Object.assign(more, item.body));
        serial += 1;
        forget(item.draft);
        dropWaiting(item);
        offline = false;
        const news = circle && circle.id === item.body.circle ? take(answer.circle) : "";
        announce(`${say("sent")} ${news}`);
      } catch (error) {
        if (error.lost) { throw error; }
        dropWaiting(item);
        errors[item.slot] = error.message || say("broken");
        announce(errors[item.slot]);
      }
    }

    function dropWaiting(item) {
      setWaiting(waiting().filter((other) => other.body.key !== item.body.key));
    }

    // --- Acting

    /* The voice, the picture and the link of a draft, sent. */
    async function bring(draft) {
      await load();
      return recorder.bring(mediaSlot(draft));
    }

    const stateUrl = (circleId) => `${args.state_url.replace("CIRCLE", circleId)}?lang=${language}`;

    /* The key of this act: the same one until an answer has come, whatever it is. */
    function keyOf(signature) {
      keys[signature] = keys[signature] || newKey();
      return keys[signature];
    }

    /* Send `body` with its key. True when it is done; what went wrong is said at `slot`. */
    async function send(url, body, slot, done, wait, draft) {
      if (preview) {
        announce(say("preview_inactive"));
        return;
      }
      if (busy) { return; }
      const signature = JSON.stringify([url, body, circle && circle.floor && circle.floor.seat]);
      busy = true;
      thanks = "";
      Object.keys(errors).filter((at) => at === slot || at.startsWith(`${slot}.`)).forEach((at) => { delete errors[at]; });
      serial += 1;
      draw();
      try {
        const key = keyOf(signature);
        const more = draft && hasMedia(draft) ? await bring(draft) : {};
        const answer = await request(url, Object.assign({ key }, body, more));
        delete keys[signature];
        offline = false;
        failures = 0;
        busy = false;
        serial += 1;
        await done(answer);
      } catch (error) {
        busy = false;
        if (error instanceof Error) { throw error; }
        offline = Boolean(error.lost);
        if (error.lost && wait) {
          wait(keys[signature]);
        } else {
          if (!error.lost) { delete keys[signature]; }
          const at = root.querySelector(`[data-slot="${slot}.${error.field}"]`) ? `${slot}.${error.field}` : slot;
          errors[at] = error.lost ? say("no_line") : error.message || say("broken");
          draw();
          focusError(at);
          if (error.status === 409) { await look(); }
        }
      } finally {
        busy = false;
        draw();
        schedule();
      }
    }

    function act(action, payload, slot) {
      slot = slot || action;
      const draft = draftOf(slot);
      const body = Object.assign({ action, circle: circle.id, phase: circle.phase.id, language }, payload);
      const wait = KEPT.includes(action) && ((key) => {
        setWaiting(waiting().concat([{ slot, draft, body: Object.assign({ key }, body) }]));
        announce(say("saved_here"));
      });
      return send(runtime.handlerUrl(host, "act"), body, slot, async (answer) => {
        if (KEPT.includes(action)) { forget(draft); }
        asking = null;
        const news = take(answer.circle);
        if (!answer.circle) { await reload(); }
        draw();
        focusNext(action);
        announce(`${say(`did_${action}`)} ${news}`);
      }, wait, draft);
    }

    function join(cardId, event) {
      event.preventDefault();
      const form = event.target;
      const payload = { agreed: form.elements.agreed.checked, name: form.elements.name.value.trim() };
      if (form.elements.affiliation) { payload.affiliation = form.elements.affiliation.value; }
      const body = Object.assign({ action: "join", circle: cardId, language }, payload);
      return send(runtime.handlerUrl(host, "act"), body, "join", async (answer) => {
        joining = null;
        circle = null;
        const news = take(answer.circle);
        draw();
        focusNext();
        announce(`${say("did_join")} ${news}`);
      });
    }

    function open(event) {
      event.preventDefault();
      const body = { language: event.target.elements.language.value };
      return send(runtime.handlerUrl(host, "open"), body, "open", (answer) => {
        take(answer.circle);
        draw();
        focusNext();
        announce(say("did_open"));
      });
    }

    /* Circles out of the course's learners are formed on a page of their own. */
    function form() {
      return send(runtime.handlerUrl(host, "form"), {}, "form", (answer) => {
        try { window.top.location.assign(answer.url); } catch (error) { window.location.assign(answer.url); }
      });
    }

    function withdraw(told) {
      const slot = `withdraw:${told.id}`;
      return send(args.withdraw_url.replace("STORY", told.id), {}, slot, async () => {
        asking = null;
        forget(`${drafts}${circle.id}|${told.phase}|tell`);
        store.keys(`${drafts}${circle.id}|${told.phase}|`).forEach(forget);
        await look();
        draw();
        focusNext();
        announce(say("did_withdraw"));
      });
    }

    async function enter(circleId) {
      try {
        take(await request(stateUrl(circleId)));
        draw();
        focusNext();
        announce(circle.title);
      } catch (error) {
        errors.list = error.message || say("no_line");
        announce(errors.list);
        draw();
      }
      schedule();
    }

    async function backToList() {
      circle = null;
      asking = null;
      await reload();
      draw();
      focusNext();
    }

    /* The page anew, in this language: the list of circles, and every word of ours. */
    async function reload(newLanguage) {
      delete errors.list;
      const url = runtime.handlerUrl(host, "page");
      try {
        const answer = await request(`${url}${url.includes("?") ? "&" : "?"}lang=${newLanguage || language}`);
        ({ page, language, direction, strings: words } = answer);
        if (circle && newLanguage) { take(await request(stateUrl(circle.id))); }
      } catch (error) {
        errors.list = error.message || say("no_line");
        announce(errors.list);
      }
    }

    async function changeLanguage(event) {
      event.preventDefault();
      const name = event.target.elements.language.value;
      if (name === language) { return; }
      errors = {};
      await reload(name);
      draw();
      announce(errors.list || say("did_language"));
    }

    // --- Looking

    /* Make `fresh` the circle that is shown; returns what is new in it, in words. */
    function take(fresh) {
      const before = circle;
      circle = fresh;
      if (!fresh) { return ""; }
      offset = fresh.now - Date.now();
      if (!before || before.id !== fresh.id || before === fresh) { return ""; }
      return newsSince(before);
    }

    function newsSince(before) {
      const news = [];
      const speaker = circle.floor && nameOf(circle.floor.seat);
      const hadFloor = before.floor && before.floor.seat;
      if (circle.closed && !before.closed) { return say("ended"); }
      if (circle.phase.id !== before.phase.id) { news.push(say("phase_now", { phase: circle.phase.title })); }
      if (circle.floor && (circle.floor.seat !== hadFloor || circle.phase.id !== before.phase.id)) {
        news.push(circle.floor.mine ? say("your_turn") : say("speaks", { name: speaker }));
      } else if (hadFloor && !circle.floor && circle.phase.id === before.phase.id) {
        news.push(say("round_over"));
      } else if (circle.floor && (circle.floor.left === null) !== (before.floor.left === null)) {
        news.push(say(circle.floor.left === null ? "clock_runs" : "clock_paused"));
      }
      if (!circle.started && circle.people.length !== before.people.length) { news.push(peopleLine()); }
      const known = new Set(before.contributions.map((told) => told.id));
      const fresh = circle.contributions.find((told) => !known.has(told.id) && !told.mine && told.phase === circle.phase.id);
      if (fresh) { news.push(say("new_words", { name: nameOf(fresh.seat) })); }
      return news.join(" ");
    }

    async function look() {
      if (!root.isConnected || !circle) { return; }
      const asked = serial;
      const looked = circle.id;
      try {
        const fresh = await request(stateUrl(looked), null, { "If-None-Match": `"${circle.etag}"` });
        failures = 0;
        offline = false;
        if (fresh && asked === serial && circle && circle.id === looked) {
          const news = take(fresh);
          draw();
          if (news) { announce(news); }
        }
        if (waiting().length) { flush(); }
      } catch (error) {
        if (error instanceof Error) { throw error; }
        failures += 1;
        offline = Boolean(error.lost);
        if (error.status === 403 || error.status === 404) { // no longer hers to see
          circle = null;
          await reload();
        }
      }
      draw();
      schedule();
    }

    function schedule() {
      clearTimeout(timer);
      const wanted = circle && !preview && !document.hidden && (!circle.closed || waiting().length || offline);
      if (!wanted) { return; }
      const pace = overDays() && circle.started ? DAYS : circle.phase.kind === "gathering" ? GATHERING : RUNNING;
      timer = setTimeout(look, Math.min(SLOWEST, pace * 2 ** Math.min(failures, 5)));
    }

    // --- The clock

    function secondsLeft() {
      const floor = circle && !circle.closed && circle.floor;
      if (!floor) { return null; }
      const left = floor.ends_at === null ? floor.left : (floor.ends_at - Date.now() - offset) / 1000;
      return Math.max(0, Math.ceil(left));
    }

    const clockText = (left) => `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;

    function tick() {
      if (!root.isConnected) {
        clearInterval(ticking);
        clearTimeout(timer);
        return;
      }
      const left = secondsLeft();
      const clock = root.querySelector(".pc-time");
      if (left === null || !clock) { return; }
      if (clock.textContent !== clockText(left)) { clock.firstChild.data = clockText(left); }
      if (circle.floor.ends_at === null || !circle.floor.mine || left > WARN_AT) { return; }
      const moment = `${circle.floor.ends_at} ${left ? "soon" : "up"}`;
      if (spoken !== moment && (left === 0 || left > 5)) {
        spoken = moment;
        announce(say(left ? "time_soon" : "time_up", { seconds: left }));
        draw();
      }
    }

    // --- Focus and voice

    function announce(text) {
      const voice = root.querySelector(".pc-voice");
      voice.textContent = "";
      clearTimeout(breath);
      breath = setTimeout(() => { voice.textContent = text.trim(); }, 60); // said twice, a sentence is heard twice
    }

    function focusNext(action) {
      const form = (action === "reply" || action === "answer") && root.querySelector(".pc-now textarea:not([readonly])");
      const next = form || root.querySelector("[data-next]") || root.querySelector(".pc-title");
      if (next) { next.focus(); }
    }

    function focusError(slot) {
      const at = root.querySelector(`[data-slot="${slot}"]`) || root.querySelector(`[id="${errorId(slot)}"]`);
      if (at) { at.focus(); } else { announce(errors[slot]); }
    }

    function ask(what) {
      asking = what;
      draw();
      const at = root.querySelector(what ? "[data-asked]" : "[data-next]");
      if (at) { at.focus(); }
    }

    // --- Small pieces

    const overDays = () => circle.tempo === "days";

    const can = (action) => circle.can.includes(action);
    const errorId = (slot) => `${id}-${slot.replace(/\W/g, "-")}-error`;

    function nameOf(seat) {
      const person = circle.people.find((one) => one.seat === seat);
      return person ? person.name : say("somebody_left");
    }

    function peopleLine() {
      return say("people", { here: circle.people.length, max: circle.max_size });
    }

    function button(label, does, props) {
      const onclick = preview ? () => announce(say("preview_inactive")) : does;
      return h("button", Object.assign({ type: "button", onclick, "aria-disabled": busy || preview ? "true" : null }, props), label);
    }

    const primary = { class: "pc-primary" };

    function errorOf(slot) {
      return errors[slot] && h("p", { class: "pc-error", key: `error ${slot}`, id: errorId(slot), tabindex: "-1" }, errors[slot]);
    }

    function heading(text, props) {
      return h("h4", Object.assign({ tabindex: "-1", "data-next": true, dir: "auto" }, props), text);
    }

    /* A sentence of the course, which may run the other way than the page. */
    function spokenIn(tag, text, props) {
      return h(tag, Object.assign({ dir: "auto" }, props), text);
    }

    /* A question in an own little box instead of a window: what disappears, yes, no. */
    function confirmation(what, question, yes, onYes, onNo) {
      return h("div", { class: "pc-ask", key: `ask ${what}`, role: "group", "aria-label": yes },
        h("p", { tabindex: "-1", "data-asked": true }, question),
        errorOf(`withdraw:${what}`) || errorOf(what),
        h("div", { class: "pc-buttons" },
          button(yes, onYes, { class: "pc-danger" }),
          button(say("keep"), onNo || (() => ask(null)))));
    }

    function withdrawal(told) {
      if (!told.mine) { return null; }
      const trigger = `${id}-withdraw-${told.id}`;
      if (asking === told.id) {
        return confirmation(told.id, say("withdraw_what"), say("withdraw_yes"), () => withdraw(told), () => {
          ask(null);
          document.getElementById(trigger).focus();
        });
      }
      return button(say("withdraw"), () => ask(told.id), { key: "withdraw", class: "pc-quiet", id: trigger });
    }

    function reporting(told) {
      if (told.mine || circle.facilitating || preview) { return null; }
      const slot = `report ${told.id}`;
      if (asking !== slot) {
        return button(say("report"), () => ask(slot), { key: "report", class: "pc-quiet" });
      }
      const name = `${id}-report`;
      const hasError = Boolean(errors[slot]);
      return h("form", { class: "pc-ask pc-form", key: "reporting", novalidate: true, onsubmit: (event) => report(told, slot, event) },
        h("p", { tabindex: "-1", "data-asked": true }, say("report_what")),
        h("label", { for: name }, say("report_why")),
        h("select", { id: name, name: "reason", "data-slot": slot, "aria-invalid": hasError ? "true" : null, "aria-describedby": hasError ? errorId(slot) : null },
          h("option", { key: "none", value: "" }, ""),
          REASONS.map((reason) => h("option", { key: reason, value: reason }, say(`report_${reason}`)))),
        h("label", { for: `${name}-words` }, say("report_words")),
        h("textarea", { id: `${name}-words`, name: "words", rows: 2, dir: "auto", initial: "" }),
        errorOf(slot),
        h("div", { class: "pc-buttons" },
          h("button", { class: "pc-danger", "aria-disabled": busy ? "true" : null }, say("report_yes")),
          button(say("keep"), () => ask(null))));
    }

    function hiding(told) {
      if (told.mine || !circle.facilitating || preview) { return null; }
      const what = told.hidden ? "release" : "hide";
      const slot = `${what} ${told.id}`;
      const does = () => send(args[`${what}_url`].replace("STORY", told.id), {}, slot, async () => {
        await look();
        announce(say(`did_${what}`));
      });
      return [button(say(what), does, { key: "hide", class: "pc-quiet" }), errorOf(slot)];
    }

    function report(told, slot, event) {
      event.preventDefault();
      const { reason, words: more } = event.target.elements;
      return send(args.report_url.replace("STORY", told.id), { reason: reason.value, words: more.value }, slot, async () => {
        asking = null;
        thanks = say("did_report");
        await look();
        draw();
        focusNext();
        announce(thanks);
      });
    }

    // --- Forms

    /* Words to write: label, box, who may read ("radio" or "list"), send. What waits for the line is not to change. */
    function writing({ slot, label, rows, audience, sendLabel, submit, hint, brings }) {
      const draft = draftOf(slot);
      shown.add(draft);
      const sent = waiting().find((item) => item.draft === draft);
      const name = `${id}-${slot.replace(/\W/g, "-")}`;
      const hasError = Boolean(errors[slot]);
      const onsubmit = (event) => {
        event.preventDefault();
        const form = event.target;
        const readers = audience && (form.querySelector("[name=audience]:checked") || form.elements.audience).value;
        if (!sent) { submit(form.elements.text.value, readers); }
      };
      return h("form", { key: slot, class: "pc-form", onsubmit, novalidate: true },
        h("label", { for: name }, label),
        hint && h("p", { class: "pc-hint", id: `${name}-hint` }, hint),
        h("textarea", {
          id: name,
          name: "text",
          rows,
          dir: "auto",
          initial: preview ? "" : store.get(draft) || "",
          oninput: keep(draft),
          readonly: Boolean(sent) || busy,
          "data-slot": slot,
          "aria-invalid": hasError ? "true" : null,
          "aria-describedby": hasError ? errorId(slot) : hint ? `${name}-hint` : null,
        }),
        errorOf(slot),
        brings && mediaFields(draft, slot, Boolean(sent)),
        audience === "radio" && audienceRadios(draft, Boolean(sent)),
        audience === "list" && audienceList(name, draft, Boolean(sent)),
        sent ? h("p", { class: "pc-waiting", key: "waiting" }, say("saved_here")) : h("div", { class: "pc-buttons", key: "buttons" },
          h("button", { class: "pc-primary", "aria-disabled": busy || preview ? "true" : null }, sendLabel)));
    }

    /* What a story may hold besides words: buttons, until the recorder is there. */
    function mediaFields(draft, slot, sent) {
      if (!circle.media.length) { return null; }
      if (!recorder && hasMedia(draft)) { load().then(draw, () => {}); }
      const add = (kind) => async () => {
        try {
          await load();
          recorder.open(mediaSlot(draft), kind);
        } catch (error) {
          errors[slot] = say("no_line");
          draw();
          focusError(slot);
        }
      };
      return h("div", { class: "pc-more", key: "media" }, recorder ? recorder.fields(mediaSlot(draft), slot, circle.media, sent)
        : h("div", { class: "pc-buttons" }, circle.media.map((kind) => button(say(`add_${kind}`), add(kind), { key: kind }))));
    }

    function audienceRadios(draft, disabled) {
      return h("fieldset", { class: "pc-audience", key: "audience", disabled, onchange: choose(draft) },
        h("legend", null, say("who_reads")),
        AUDIENCES.map((audience) => h("label", { key: audience },
          h("input", { type: "radio", name: "audience", value: audience, checked: audience === chosen(draft) }),
          h("span", null, say(`audience_${audience}`)))));
    }

    function audienceList(name, draft, disabled) {
      return h("p", { class: "pc-audience", key: "audience" },
        h("label", { for: `${name}-audience` }, say("who_reads")),
        h("select", { id: `${name}-audience`, name: "audience", disabled, initial: chosen(draft), onchange: choose(draft) },
          AUDIENCES.map((audience) => h("option", { key: audience, value: audience }, say(`audience_${audience}`)))));
    }

    // --- The list of circles

    function list() {
      return h("div", { class: "pc-list", key: "list" },
        h("p", null, say("about")),
        h("ul", { class: "pc-facts" },
          page.minutes && h("li", null, say("how_long", { minutes: page.minutes })),
          h("li", null, say("how_many", { min: args.min_size, max: args.max_size })),
          args.tempo === "days" && h("li", null, say("over_days")),
          h("li", null, say("your_words"))),
        errors.list && h("p", { class: "pc-error" }, errors.list),
        h("ul", { class: "pc-cards" }, page.cards.map(card)),
        !page.cards.length && h("p", { key: "none", class: "pc-note" }, say(page.can_open ? "none_to_hold" : "none_yet")),
        page.can_open && openForm(),
        !page.can_open && args.wish_url && !preview && h("p", { key: "wish" }, h("a", { class: "pc-button pc-quiet", href: args.wish_url, target: "_blank", rel: "noopener" }, say("wish"))),
        h("div", { class: "pc-buttons", key: "again" },
          button(say("look_again"), async () => {
            await reload();
            draw();
            announce(errors.list || say("circles_now", { count: page.cards.length }));
          }, { class: "pc-quiet" })),
        page.shared.length > 0 && h("section", { key: "shared" },
          h("h4", null, say("shared")),
          h("ul", { class: "pc-told" }, page.shared.map((told) => h("li", { key: told.id },
            told.text && spokenIn("p", told.text, { class: "pc-words" }), mediaOf(told))))));
    }

    function card(one, index) {
      const state = one.closed ? say("card_closed") : one.started ? say("card_running", { phase: one.phase }) : say("card_gathering");
      const full = one.people >= one.max_size;
      const mayEnter = one.mine || one.facilitated;
      const mayJoin = !mayEnter && !one.closed && !full;
      return h("li", { key: one.id, class: "pc-card" },
        heading(one.title, { "data-next": index === 0 }),
        h("p", null, h("strong", null, state)),
        h("p", null, one.facilitator && [say("held_by", { name: one.facilitator }), h("br")],
          say("people", { here: one.people, max: one.max_size })),
        !mayEnter && full && !one.closed && h("p", { class: "pc-note" }, say("full")),
        joining === one.id && invitation(one),
        joining !== one.id && (mayEnter || mayJoin) && h("div", { class: "pc-buttons", key: "buttons" },
          mayEnter && button(say(one.closed ? "look_back" : "go_in"), () => enter(one.id), primary),
          mayJoin && button(say("take_part"), () => invite(one.id), primary)));
    }

    function invite(cardId) {
      joining = cardId;
      draw();
      root.querySelector(".pc-invitation h5").focus();
    }

    function invitation(one) {
      const name = `${id}-name`;
      const { rules } = one;
      return h("form", { class: "pc-invitation pc-form", key: "invitation", novalidate: true, onsubmit: (event) => join(one.id, event) },
        h("h5", { tabindex: "-1" }, say("before")),
        rules.length > 0 && [h("p", null, h("strong", null, say("rules"))), h("ol", null, rules.map((rule) => spokenIn("li", rule)))],
        h("p", null, h("strong", null, say("agree_what"))),
        h("ul", null, h("li", null, say("purpose_take_part")), h("li", null, say("purpose_share")), h("li", null, say("purpose_back"))),
        h("label", { for: name }, say("name")),
        h("p", { class: "pc-hint", id: `${name}-hint` }, say("name_hint")),
        h("input", {
          id: name,
          name: "name",
          type: "text",
          autocomplete: "off",
          dir: "auto",
          "data-slot": "join.name",
          "aria-invalid": errors["join.name"] ? "true" : null,
          "aria-describedby": `${name}-hint${errors["join.name"] ? ` ${errorId("join.name")}` : ""}`,
        }),
        errorOf("join.name"),
        one.affiliations.length > 0 && affiliationField(`${id}-join`, one.affiliations, ""),
        h("label", { class: "pc-check" },
          h("input", {
            type: "checkbox",
            name: "agreed",
            "data-slot": "join",
            "aria-invalid": errors.join ? "true" : null,
            "aria-describedby": errors.join ? errorId("join") : null,
          }),
          h("span", null, say("agree"))),
        errorOf("join"),
        h("div", { class: "pc-buttons" },
          h("button", { class: "pc-primary", "aria-disabled": busy ? "true" : null }, say("take_part")),
          button(say("not_now"), () => {
            joining = null;
            delete errors.join;
            draw();
            focusNext();
          }),
          h("a", { class: "pc-button pc-quiet", download: "circle.txt", href: copyOf(rules) }, say("copy"))));
    }

    /* What somebody may say of herself, for the order of turns; leaving it open is as good. */
    function affiliationField(name, known, chosenOne) {
      return [
        h("label", { for: `${name}-affiliation` }, say("affiliation")),
        h("p", { class: "pc-hint", id: `${name}-affiliation-hint` }, say("affiliation_hint")),
        h("select", { id: `${name}-affiliation`, name: "affiliation", initial: chosenOne, "aria-describedby": `${name}-affiliation-hint` },
          h("option", { key: "none", value: "" }, say("affiliation_none")),
          known.map(([value, title]) => h("option", { key: value, value }, title))),
      ];
    }

    /* Another name, until the others know her by the first. */
    function renameForm() {
      if (!can("rename") || preview) { return null; }
      const name = `${id}-rename`;
      const submit = (event) => {
        event.preventDefault();
        act("rename", { name: event.target.elements.name.value });
      };
      return h("details", { key: "rename" }, h("summary", null, say("rename")),
        h("form", { class: "pc-form", novalidate: true, onsubmit: submit },
          h("label", { for: name }, say("name")),
          h("p", { class: "pc-hint", id: `${name}-hint` }, say("rename_hint")),
          h("input", {
            id: name,
            name: "name",
            type: "text",
            autocomplete: "off",
            dir: "auto",
            initial: nameOf(circle.people.find((one) => one.me).seat),
            "data-slot": "rename.name",
            "aria-invalid": errors["rename.name"] ? "true" : null,
            "aria-describedby": `${name}-hint${errors["rename.name"] ? ` ${errorId("rename.name")}` : ""}`,
          }),
          errorOf("rename.name"),
          errorOf("rename"),
          h("div", { class: "pc-buttons" }, h("button", null, say("rename_keep")))));
    }

    function affiliationAgain() {
      if (!can("affiliate") || !circle.affiliations.length || preview) { return null; }
      const submit = (event) => {
        event.preventDefault();
        act("affiliate", { affiliation: event.target.elements.affiliation.value });
      };
      return h("details", { key: "affiliation" }, h("summary", null, say("affiliation")),
        h("form", { class: "pc-form", novalidate: true, onsubmit: submit },
          affiliationField(id, circle.affiliations, circle.affiliation),
          errorOf("affiliate"),
          h("div", { class: "pc-buttons" }, h("button", null, say("affiliation_keep")))));
    }

    function copyOf(rules) {
      const lines = [args.title, "", say("rules"), ...rules.map((rule) => `- ${rule}`), "", say("agree_what"),
        ...["purpose_take_part", "purpose_share", "purpose_back", "agree"].map((name) => `- ${say(name)}`)];
      return `data:text/plain;charset=utf-8,${encodeURIComponent(`${lines.join("\n")}\n`)}`;
    }

    function openForm() {
      const name = `${id}-open`;
      return h("form", { class: "pc-form pc-desk", key: "open", onsubmit: open },
        h("h4", null, say("open")),
        h("label", { for: name }, say("open_language")),
        h("select", { id: name, name: "language", "data-slot": "open" },
          page.languages.map((code) => h("option", { key: code, value: code }, languageName(code)))),
        errorOf("open"),
        h("div", { class: "pc-buttons" },
          h("button", { class: page.cards.length ? null : "pc-primary", "aria-disabled": busy ? "true" : null }, say("open_it")),
          button(say("form"), form, { key: "form" })),
        errorOf("form"));
    }

    function languageName(code) {
      const known = args.languages.find((one) => one.code === code);
      return known ? known.name : code;
    }

    // --- The circle

    function inside() {
      return h("div", { class: "pc-circle", key: "circle" },
        h("section", { class: "pc-now", "aria-labelledby": `${id}-now` }, circle.closed ? ended() : now()),
        !circle.closed && circle.facilitating && desk(),
        circle.people.length > 0 && !circle.closed && ring(),
        thanks && h("p", { class: "pc-note", key: "thanks" }, thanks),
        stories(),
        rulesAgain(),
        renameForm(),
        affiliationAgain(),
        wayOut());
    }

    function now() {
      const phase = circle.phase;
      const speaking = overDays() ? can("done") : circle.floor && circle.floor.mine;
      const title = phase.kind !== "round" || overDays() ? phase.title
        : speaking ? say("your_turn")
        : circle.floor ? say("speaks", { name: nameOf(circle.floor.seat) })
        : say("round_over");
      return [
        h("p", { class: "pc-position", key: "position" },
          phase.sessions > 1 && h("span", { key: "session" }, `${say("session", { index: phase.session, count: phase.sessions })} · `),
          h("span", null, say("position", { index: phase.index + 1, count: phase.count })),
          title !== phase.title && [" · ", spokenIn("strong", phase.title)]),
        heading(title, { id: `${id}-now`, key: "now" }),
        circle.floor && clock(),
        circle.deadline && deadline(),
        prompt(phase),
        phase.kind === "gathering" && gathering(),
        phase.kind !== "gathering" && can("arrive") && h("div", { class: "pc-buttons", key: "arrive" }, button(say("arrive"), () => act("arrive"))),
        phase.kind === "round" && round(speaking),
        phase.kind === "replies" && flashbacks(phase),
        phase.kind === "questions" && phase.questions.map((question, index) => questionForm(phase, question, index)),
        overDays() && circle.started && inOwnTime(phase),
        hands(),
        hearing(),
      ];
    }

    /* Whom one may let know that she was heard, and who let oneself know: nothing to count, nobody else sees it. */
    function hearing() {
      return [
        circle.heard.slice(-1).map((seat) => h("p", { class: "pc-note", key: "heard" }, say("heard", { name: nameOf(seat) }))),
        can("say_heard") && h("div", { class: "pc-buttons", key: "hearing" }, circle.hearable.map((seat) =>
          button(say("say_heard", { name: nameOf(seat) }), () => act("say_heard", { seat }), { class: "pc-quiet", key: String(seat) }))),
        circle.heard_by.length > 0 && h("p", { class: "pc-note", key: "heard-by" },
          say("heard_by"), " ", h("bdi", null, circle.heard_by.map(nameOf).join(", "))),
        errorOf("say_heard"),
      ];
    }

    /* Over days: until when this part lasts, in the reader's own time zone: the platform's, else the device's. */
    function deadline() {
      const { ends_at: endsAt, time_zone: zone } = circle.deadline;
      if (endsAt === null) { return h("p", { class: "pc-note", key: "deadline" }, say("deadline_paused")); }
      const form = { weekday: "long", day: "numeric", month: "long", hour: "numeric", minute: "2-digit", timeZoneName: "short" };
      let moment;
      try {
        moment = new Date(endsAt).toLocaleString(language, zone ? Object.assign({ timeZone: zone }, form) : form);
      } catch (error) { // a zone that this browser does not know
        moment = new Date(endsAt).toLocaleString(language, form);
      }
      return h("p", { class: "pc-deadline", key: "deadline" }, say("deadline"), " ",
        h("time", { datetime: new Date(endsAt).toISOString() }, h("bdi", null, moment)));
    }

    /* Over days: the way out of this part for somebody who has no more to say, and what comes then. */
    function inOwnTime(phase) {
      const me = circle.people.find((one) => one.me);
      const again = phase.kind === "gathering";
      return [
        can("done") && phase.kind !== "round" && h("div", { class: "pc-buttons", key: "part" },
          button(say(again ? "arrive" : "done_part"), () => act("done"), again ? primary : null)),
        phase.kind !== "round" && errorOf("done"),
        me && !can("done") && me.outcome && h("p", { key: "part-done" }, say(me.outcome === "waiting" ? "part_waits" : "part_done")),
      ];
    }

    function hands() {
      const up = circle.people.filter((one) => one.hand).sort((one, other) => one.hand - other.hand);
      const mine = up.some((one) => one.me);
      return [
        (can("raise_hand") || mine) && h("div", { class: "pc-buttons", key: "hand" },
          button(say(mine ? "lower_hand" : "raise_hand"), () => act(mine ? "lower_hand" : "raise_hand"), { class: "pc-quiet" })),
        circle.facilitating && up.length > 0 && h("ul", { class: "pc-hands", key: "hands", "aria-label": say("hands") }, up.map((one) =>
          h("li", { key: String(one.seat) }, h("bdi", null, one.name), " ",
            button(say("heard_hand", { name: one.name }), () => act("lower_hand", { seat: one.seat }), { class: "pc-quiet" })))),
        errorOf("raise_hand"),
        errorOf("lower_hand"),
      ];
    }

    function prompt(phase) {
      return h("div", { class: "pc-prompt", key: "prompt" },
        h("p", { lang: circle.language, dir: circle.direction }, phase.prompt),
        phase.own_prompt && spokenIn("p", phase.own_prompt, { class: "pc-own", lang: language }));
    }

    function clock() {
      const left = secondsLeft();
      const paused = circle.floor.ends_at === null;
      return h("p", { class: left === 0 ? "pc-clock pc-up" : "pc-clock", key: "clock", role: "timer", "aria-live": "off" },
        say(paused ? "clock_paused" : "time_left"), " ",
        h("bdi", { class: "pc-time", dir: "ltr" }, clockText(left)),
        left === 0 && !paused && h("span", { class: "pc-block" }, say(circle.floor.mine ? "time_up" : "time_up_other")));
    }

    function gathering() {
      const again = circle.phase.session > 1; // days have passed: who is there is asked anew
      const few = !again && circle.people.length < circle.min_size;
      const here = circle.people.filter((one) => one.here);
      return [
        h("p", { key: "here" }, again ? say("arrived", { here: here.length, all: circle.people.length }) : peopleLine(),
          few && ` · ${say("needed", { min: circle.min_size })}`),
        can("arrive") && h("div", { class: "pc-buttons", key: "arrive" }, button(say("arrive"), () => act("arrive"), primary)),
        again && circle.facilitating && !overDays() && h("div", { class: "pc-buttons", key: "others" }, circle.people.filter((one) => !one.here)
          .map((one) => button(say("arrive_other", { name: one.name }), () => act("arrive", { seat: one.seat }), { key: String(one.seat) }))),
        errorOf("arrive"),
        circle.facilitating ? can("start") && h("div", { class: "pc-buttons", key: "start" }, button(say("start"), () => act("start"), primary))
          : h("p", { key: "wait" }, say("wait")),
        errorOf("start"),
      ];
    }

    function round(speaking) {
      const told = circle.contributions.some((one) => one.mine && one.phase === circle.phase.id && !one.reply_to && one.question === null);
      const writes = can("tell") && !told;
      return [
        !speaking && circle.floor && h("p", { key: "listen" }, say(circle.facilitating ? "listen_guide" : "listen")),
        writes && !speaking && h("p", { key: "still" }, h("strong", null, say("still_time"))),
        writes && writing({
          slot: "tell",
          label: say("story"),
          hint: say("story_hint"),
          rows: 6,
          audience: "radio",
          brings: true,
          sendLabel: say(speaking && !overDays() ? "tell_and_end" : "tell"),
          submit: (text, audience) => act("tell", { text, audience }),
        }),
        speaking && h("div", { class: "pc-buttons", key: "turn" },
          can("done") && button(say("done"), () => act("done"), told ? primary : null),
          !overDays() && can("extend") && button(say("extend"), () => act("extend")),
          !overDays() && can("pause") && button(say("pause"), () => act("pause")),
          !overDays() && can("resume") && button(say("resume"), () => act("resume")),
          can("pass") && button(say("pass"), () => act("pass"))),
        speaking && ["done", "extend", "pause", "resume", "pass"].map((name) => errorOf(name)),
      ];
    }

    function flashbacks(phase) {
      const told = circle.contributions.filter((one) => one.phase === roundOf(phase) && !one.reply_to && one.question === null);
      const others = told.filter((one) => !one.mine);
      return [
        !told.length && h("p", { key: "none" }, say("no_stories")),
        h("ul", { class: "pc-told", key: "tellers" }, told.map((story) => {
          const mine = repliesTo(story).some((one) => one.mine);
          return h("li", { key: story.id }, storyOf(story),
            !story.mine && !mine && can("reply") && writing({
              slot: `reply:${story.id}`,
              label: say("reply", { name: nameOf(story.seat) }),
              rows: 2,
              sendLabel: say("send"),
              submit: (text) => act("reply", { to: story.id, text }, `reply:${story.id}`),
            }));
        })),
        others.length > 0 && others.every((story) => repliesTo(story).some((one) => one.mine)) && h("p", { key: "all" }, say("all_replied")),
      ];
    }

    /* The round that flashbacks answer. */
    function roundOf(phase) {
      if (phase.of) { return phase.of; }
      const told = circle.contributions.filter((one) => !one.reply_to && one.question === null);
      return told.length ? told[told.length - 1].phase : "";
    }

    const repliesTo = (story) => circle.contributions.filter((one) => one.reply_to === story.id);

    function questionForm(phase, question, index) {
      const slot = `answer:${index}`;
      const given = circle.contributions.filter((one) => one.phase === phase.id && one.question === index);
      const own = phase.own_questions[index];
      return h("section", { key: slot, class: "pc-question" },
        h("h5", { lang: circle.language, dir: circle.direction }, question),
        own && own !== question && spokenIn("p", own, { class: "pc-own", lang: language }),
        can("answer") && !given.some((one) => one.mine) && writing({
          slot,
          label: say("answer"),
          rows: 3,
          audience: "list",
          sendLabel: say("send"),
          submit: (text, audience) => act("answer", { question: index, text, audience }, slot),
        }),
        given.length > 0 && h("ul", { class: "pc-told", key: "given" }, given.map((one) => h("li", { key: one.id }, storyOf(one)))));
    }

    function ended() {
      return [
        heading(say("ended"), { id: `${id}-now`, key: "now" }),
        h("p", { key: "after" }, say("ended_after")),
        h("p", { key: "home" }, h("a", { class: "pc-button pc-primary", href: args.home_url }, say("my_page"))),
      ];
    }

    function ring() {
      const count = circle.people.length;
      const speaker = circle.floor && circle.people.find((one) => one.holds_floor);
      return h("section", { class: count > 6 ? "pc-ring pc-large" : "pc-ring", "aria-labelledby": `${id}-ring`, key: "ring" },
        h("h4", { id: `${id}-ring`, class: "pc-centre" }, speaker ? speaker.me ? say("your_turn") : say("speaks", { name: speaker.name }) : say("people_here")),
        h("ul", null, circle.people.map((one, index) => {
          const angle = (2 * Math.PI * index) / count;
          return h("li", {
            key: String(one.seat),
            class: one.holds_floor ? "pc-speaks" : one.outcome === "waiting" ? "pc-later" : null,
            "--x": Math.sin(angle).toFixed(4),
            "--y": (-Math.cos(angle)).toFixed(4),
          },
          h("span", { class: "pc-face", "aria-hidden": "true" }, Array.from(one.name)[0] || "·"),
          h("span", { class: "pc-name" }, h("bdi", null, one.name), one.me && ` ${say("you")}`), " ",
          stateOf(one) && h("span", { class: "pc-state", key: "state" }, stateOf(one)));
        })));
    }

    function stateOf(person) {
      if (person.hand) { return say("state_hand"); }
      if (person.holds_floor) { return say("state_speaks"); }
      if (overDays() && ["waiting", "done"].includes(person.outcome)) { return say(`state_days_${person.outcome}`); }
      return person.outcome ? say(`state_${person.outcome}`) : "";
    }

    function desk() {
      const holder = circle.floor;
      const last = circle.phase.index + 1 === circle.phase.count;
      const mine = holder && holder.mine;
      return h("section", { class: "pc-desk", key: "desk" },
        h("h4", null, say("desk")),
        args.desk_url && h("p", { key: "page" }, h("a", { class: "pc-button pc-quiet", href: args.desk_url.replace("CIRCLE", circle.id) }, say("desk_page"))),
        h("div", { class: "pc-buttons" },
          can("next") && button(say(holder ? "next_person" : last ? "finish" : "next_phase"), () => act("next"), primary),
          !mine && can("extend") && button(say(overDays() ? "extend_day" : "extend_other"), () => act("extend")),
          !mine && can("pause") && button(say("pause_clock"), () => act("pause")),
          !mine && can("resume") && button(say("resume"), () => act("resume")),
          can("skip") && button(say("skip"), () => act("skip")),
          can("close") && asking !== "close" && button(say("close"), () => ask("close"), { class: "pc-quiet", key: "close" })),
        asking === "close" && confirmation("close", say("close_what"), say("close_yes"), () => act("close")),
        ["next", "skip"].concat(mine ? [] : ["extend", "pause", "resume"]).map((name) => errorOf(name)));
    }

    function storyOf(told) {
      return [
        h("p", { class: "pc-teller", key: "teller" }, spokenIn("strong", nameOf(told.seat)),
          told.mine && [" · ", h("span", null, say(`seen_by_${told.audience}`))]),
        told.text && spokenIn("p", told.text, { class: "pc-words", key: "words" }),
        mediaOf(told),
        told.hidden && h("p", { class: "pc-note", key: "hidden" }, say(told.mine ? "hidden_mine" : "hidden_here")),
        withdrawal(told),
        reporting(told),
        hiding(told),
        repliesTo(told).length > 0 && h("ul", { class: "pc-replies", key: "replies", "aria-label": say("replies") },
          repliesTo(told).map((one) => h("li", { key: one.id }, h("span", null, spokenIn("strong", nameOf(one.seat)), ": "),
            spokenIn("span", one.text), withdrawal(one), reporting(one), hiding(one)))),
      ];
    }

    /* Voices and pictures of something told, and the link to a film, which nothing loads by itself. */
    function mediaOf(told) {
      return [
        told.files.map((file) => {
          const src = args.file_url.replace("FILE", file.id);
          if (file.kind === "image") { return h("div", { key: file.id, class: "pc-media" }, h("img", { src, alt: file.words, loading: "lazy" })); }
          const label = say("a_voice", { length: clockText(file.seconds) });
          return h("div", { key: file.id, class: "pc-media" },
            h("p", null, label),
            h("audio", { controls: true, controlslist: "nodownload", preload: "none", src, "aria-label": label }),
            file.words && spokenIn("p", file.words, { class: "pc-words" }));
        }),
        told.link && h("p", { key: "link" },
          h("a", { href: told.link, target: "_blank", rel: "noopener noreferrer nofollow", referrerpolicy: "no-referrer" }, h("bdi", { dir: "ltr" }, told.link)),
          h("span", { class: "pc-hint pc-block" }, say("link_note"))),
      ];
    }

    /* What was told, apart from what the running phase shows already. */
    function stories() {
      const phase = circle.phase;
      const above = circle.closed ? "" : phase.kind === "replies" ? roundOf(phase) : phase.kind === "questions" ? phase.id : "";
      const told = circle.contributions.filter((one) => !one.reply_to && one.phase !== above);
      return told.length > 0 && h("section", { class: "pc-stories", key: "stories" },
        h("h4", null, say("stories")),
        partsOf(told).map(([name, some]) => h("div", { key: `part ${some[0].phase} ${some[0].question}` },
          name && spokenIn("h5", name),
          h("ul", { class: "pc-told" }, some.map((one) => h("li", { key: one.id }, storyOf(one)))))));
    }

    /* Pairs of what was asked (a part's title, or a question) and what was told to it; nameless where the author has changed the parts since. */
    function partsOf(told) {
      const parts = new Map();
      told.forEach((one) => {
        const key = `${one.phase} ${one.question}`;
        const part = page.parts[one.phase];
        const name = part && (one.question === null ? part.title : part.questions[one.question]);
        if (!parts.has(key)) { parts.set(key, [name, []]); }
        parts.get(key)[1].push(one);
      });
      return [...parts.values()];
    }

    function rulesAgain() {
      return h("details", { key: "rules", class: "pc-rules", open: circle.phase.kind === "gathering" && !circle.closed },
        h("summary", null, say("rules")),
        h("ol", null, circle.rules.map((rule) => spokenIn("li", rule))));
    }

    function wayOut() {
      return h("div", { key: "out" },
        asking === "leave" && confirmation("leave", say("leave_what"), say("leave_yes"), () => act("leave")),
        h("div", { class: "pc-buttons" },
          button(say("back"), backToList, { class: "pc-quiet", key: "back" }),
          can("leave") && asking !== "leave" && button(say("leave"), () => ask("leave"), { class: "pc-quiet", key: "leave" })),
        errorOf("leave"));
    }

    // --- All of it

    function keptDrafts() {
      const withMedia = (prefix) => store.keys(`${media}${prefix}`).map((key) => drafts + key.slice(media.length, key.lastIndexOf("|")));
      const all = preview || !circle ? [] : store.keys(`${drafts}${circle.id}|`).concat(withMedia(`${circle.id}|`));
      const rest = [...new Set(all)].filter((draft) => !shown.has(draft));
      if (!recorder && rest.some(hasMedia)) { load().then(draw, () => {}); }
      return rest.length > 0 && h("section", { class: "pc-kept", key: "kept" },
        h("h4", null, say("kept")),
        h("p", null, say("kept_why")),
        h("ul", { class: "pc-told" }, rest.map((draft) => h("li", { key: draft },
          spokenIn("p", store.get(draft) || "", { class: "pc-words" }),
          recorder && recorder.kept(mediaSlot(draft)),
          button(say("delete"), () => {
            forget(draft);
            draw();
            focusNext();
            announce(say("did_delete"));
          }, { class: "pc-quiet" })))));
    }

    function lineNote() {
      const unseen = waiting().some((item) => !shown.has(item.draft));
      if (preview || !(offline || unseen)) { return null; }
      return h("p", { class: "pc-waiting", key: "line" }, say(offline ? "line_down" : "saved_here"));
    }

    function previewBar() {
      const roles = ["learner", "facilitator"];
      return preview && h("div", { class: "pc-preview", key: "preview" },
        h("p", { class: "pc-note" }, say("preview")),
        (page.problems || []).map((problem) => h("p", { class: "pc-error" }, problem.message)),
        page.held > 0 && h("p", { class: "pc-note" }, say("held", { count: page.held })),
        args.previews && h("div", { class: "pc-buttons" }, roles.map((role) => h("button", {
          type: "button",
          key: role,
          "aria-pressed": String(previewed === role),
          onclick: () => {
            previewed = role;
            take(args.previews[role].circle || args.previews[role]);
            draw();
          },
        }, say(`preview_${role}`)))));
    }

    /* Away from here: to a page that says nothing, with nothing left on the screen and no way back to it. */
    function leaveQuickly() {
      root.textContent = "";
      document.documentElement.hidden = true;
      try { window.top.location.replace(args.exit_url); } catch (error) { window.location.replace(args.exit_url); }
    }

    function safety() {
      if (preview || !page.signed_in) { return null; }
      return h("div", { class: "pc-safety pc-buttons", key: "safety" },
        h("button", { type: "button", class: "pc-quiet", onclick: leaveQuickly }, say("leave_quickly")),
        h("a", { class: "pc-button pc-quiet", href: args.help_url, target: "_blank", rel: "noopener" }, say("help")));
    }

    function languageForm() {
      if (preview || args.languages.length < 2) { return null; }
      const name = `${id}-language`;
      return h("form", { class: "pc-language", key: "language", onsubmit: changeLanguage },
        h("label", { for: name }, say("language")),
        h("select", { id: name, name: "language", initial: language },
          args.languages.map((one) => h("option", { key: one.code, value: one.code, lang: one.code }, one.name))),
        h("button", null, say("language_change")));
    }

    function body() {
      if (!page.signed_in) { return [h("p", null, say("about")), h("p", { class: "pc-note" }, say("signed_out"))]; }
      if (page.masquerading) { return h("p", { class: "pc-note" }, say("masquerade")); }
      return circle ? inside() : preview ? null : list();
    }

    function draw() {
      const focused = document.activeElement;
      const wasHere = root.contains(focused) && focused;
      shown = new Set();
      root.lang = language;
      root.dir = direction;
      const main = body();
      patch(root, [
        h("h3", { class: "pc-title", tabindex: "-1", dir: "auto" }, args.title),
        ...[safety(), previewBar(), lineNote()].filter(Boolean),
        ...[main].flat().filter(Boolean),
        ...[page.signed_in && !page.masquerading && keptDrafts(), languageForm()].filter(Boolean),
        h("p", { class: "pc-voice", key: "voice", role: "status", "aria-live": "polite", raw: true }),
      ]);
      if (recorder) { recorder.drawn(new Set([...shown].map(mediaSlot))); }
      if (wasHere && !wasHere.isConnected) { focusNext(); }
    }

    root.textContent = "";
    if (circle) { offset = circle.now - Date.now(); }
    draw();
    const ticking = setInterval(tick, 500);
    if (!preview) {
      window.addEventListener("online", () => {
        failures = 0;
        if (circle) { look(); } else { flush(); }
      });
      window.addEventListener("offline", () => {
        offline = true;
        draw();
      });
      document.addEventListener("visibilitychange", () => {
        if (document.hidden) { clearTimeout(timer); } else if (circle) { look(); }
      });
      if (waiting().length) { flush(); }
      schedule();
    }
  }

  window.StorytellingCircle = StorytellingCircle;
}());
