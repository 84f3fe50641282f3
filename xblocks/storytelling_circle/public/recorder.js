/* Voices, pictures and links for a story: recorded or chosen here, kept on this device until they are sent, sent in
 * parts that go on after a lost line. Loaded when somebody wants it; what it shows is drawn by the circle's script. */
(function () {
  "use strict";

  const PART = 128 * 1024; // bytes
  const TRIES = 4; // of one part, before the line counts as lost
  const SIDE = 2000; // pixels of a picture's longer side
  const SAVED = 5; // s between two savings of a running recording
  const BITS = 32000; // a voice is clear with it, and a minute is a quarter of a megabyte
  const TYPES = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];

  /* IndexedDB; in a browser that refuses it, this page's memory. */
  function shelf() {
    const memory = new Map();
    const opened = new Promise((resolve, reject) => {
      const asked = indexedDB.open("passerelle", 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore("files");
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
    });
    async function ask(mode, does) {
      const database = await opened;
      return new Promise((resolve, reject) => {
        const asked = does(database.transaction("files", mode).objectStore("files"));
        asked.onsuccess = () => resolve(asked.result);
        asked.onerror = () => reject(asked.error);
      });
    }
    return {
      async get(key) {
        try { return await ask("readonly", (files) => files.get(key)); } catch (error) { return memory.get(key); }
      },
      async set(key, value) {
        try { await ask("readwrite", (files) => files.put(value, key)); } catch (error) { memory.set(key, value); }
      },
      async remove(key) {
        memory.delete(key);
        try { await ask("readwrite", (files) => files.delete(key)); } catch (error) { /* memory was all there is */ }
      },
    };
  }

  /* A photograph as small as is needed, without the place where it was taken; what cannot be painted stays as it is. */
  async function smaller(file) {
    try {
      const picture = await createImageBitmap(file);
      const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.max(1, Math.round(picture.width * scale));
      canvas.height = Math.max(1, Math.round(picture.height * scale));
      const brush = canvas.getContext("2d");
      brush.fillStyle = "#fff";
      brush.fillRect(0, 0, canvas.width, canvas.height);
      brush.drawImage(picture, 0, 0, canvas.width, canvas.height);
      return await new Promise((resolve) => canvas.toBlob((blob) => resolve(blob || file), "image/jpeg", 0.85));
    } catch (error) {
      return file;
    }
  }

  /* Seconds, 0 where the file does not say. */
  function lengthOf(url) {
    return new Promise((resolve) => {
      const player = new Audio();
      player.onloadedmetadata = () => resolve(Number.isFinite(player.duration) ? Math.ceil(player.duration) : 0);
      player.onerror = () => resolve(0);
      player.src = url;
    });
  }

  /* `tools` are the circle's: how it draws, says, asks and keeps. `prefix` begins the keys of what is kept. */
  window.StorytellingCircleRecorder = function (tools) {
    const { h, say, button, errors, errorOf, errorId, clockText, announce, draw, request, store, prefix, args } = tools;
    const files = shelf();
    const items = {}; // blob, seconds, key of the upload, address for this page: by slot and kind
    const opened = new Set(); // what somebody asked for and has not filled yet
    let asking = false; // for the microphone
    let recording = null; // at, recorder, stream, parts, since, timer
    let percent = null; // of what is being sent

    const place = (slot, kind) => `${slot}|${kind}`;
    const flag = (at) => prefix + at;

    /* What this device kept from before. */
    const ready = Promise.all(store.keys(prefix).map(async (key) => {
      const at = key.slice(prefix.length);
      const found = await files.get(key);
      if (found) { put(at, found); } else if (!at.endsWith("|link")) { store.remove(key); }
    }));

    function put(at, item) {
      drop(at);
      items[at] = Object.assign({ url: URL.createObjectURL(item.blob) }, item);
    }

    function drop(at) {
      if (items[at]) { URL.revokeObjectURL(items[at].url); }
      delete items[at];
    }

    async function keep(at, blob, seconds) {
      const key = tools.newKey();
      store.set(flag(at), store.get(flag(at)) || "");
      put(at, { blob, seconds, key });
      await files.set(flag(at), { blob, seconds, key });
    }

    function discard(at) {
      if (recording && recording.at === at) { stop(true); }
      drop(at);
      opened.delete(at);
      store.remove(flag(at));
      files.remove(flag(at));
    }

    function forget(slot) {
      ["audio", "image", "link"].forEach((kind) => discard(place(slot, kind)));
    }

    // --- Recording

    const secondsOf = (one) => Math.round((Date.now() - one.since) / 1000);

    function refuse(slot, why) {
      errors[`${slot}.audio`] = say(why);
      announce(say(why));
      draw();
    }

    async function record(at, slot) {
      if (asking || recording) { return; }
      asking = true;
      delete errors[`${slot}.audio`];
      let stream;
      try {
        stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      } catch (error) {
        refuse(slot, error.name === "NotAllowedError" ? "mic_refused" : "mic_none");
        return;
      } finally {
        asking = false;
      }
      let recorder;
      try {
        const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
        recorder = new MediaRecorder(stream, { mimeType, audioBitsPerSecond: BITS });
        recorder.start(1000);
      } catch {
        stream.getTracks().forEach((track) => track.stop());
        refuse(slot, "mic_useless");
        return;
      }
      const mine = { at, recorder, stream, parts: [], since: Date.now() };
      recording = mine;
      recorder.ondataavailable = (event) => {
        mine.parts.push(event.data);
        if (mine.parts.length % SAVED === 0 && !mine.dropped) { save(mine); }
      };
      mine.finished = new Promise((resolve) => {
        // It stops by itself where the microphone is pulled out, or taken by a call.
        recorder.onstop = () => { if (recording === mine) { stop(); } resolve(finish(mine)); };
      });
      store.set(flag(at), store.get(flag(at)) || "");
      mine.timer = setInterval(() => {
        const node = tools.root.querySelector(".pc-elapsed");
        if (node) { node.firstChild.data = clockText(secondsOf(mine)); }
        if (!tools.root.isConnected) { stop(); }
        if (secondsOf(mine) >= args.limits.audio_minutes * 60) {
          stop();
          announce(say("record_full"));
        }
      }, 500);
      announce(say("did_record"));
      draw();
      focus("[data-stop]");
    }

    function save(mine) {
      const blob = new Blob(mine.parts, { type: mine.recorder.mimeType });
      return keep(mine.at, blob, Math.max(1, secondsOf(mine)));
    }

    /* Let the microphone go. Resolves once what was said is kept; `dropped`: it is not wanted. */
    function stop(dropped) {
      const mine = recording;
      if (!mine) { return Promise.resolve(); }
      recording = null;
      mine.dropped = Boolean(dropped);
      clearInterval(mine.timer);
      if (mine.recorder.state !== "inactive") { mine.recorder.stop(); }
      mine.stream.getTracks().forEach((track) => track.stop());
      return mine.finished;
    }

    async function finish(mine) {
      if (mine.dropped) { return; }
      const seconds = Math.max(1, secondsOf(mine));
      await save(mine);
      draw();
      focus("[data-heard]");
      announce(say("recorded", { length: clockText(seconds) }));
    }

    async function choose(at, kind, event) {
      const [file] = event.target.files;
      if (!file) { return; }
      const blob = kind === "image" ? await smaller(file) : file;
      await keep(at, blob, 0);
      if (kind === "audio") { items[at].seconds = await lengthOf(items[at].url); }
      draw();
      focus(`[data-words="${kind}"]`);
    }

    function focus(selector) {
      const node = tools.root.querySelector(selector);
      if (node) { node.focus(); }
    }

    // --- Sending

    /* What the story comes with, once all of it has arrived. Throws what `request` throws. */
    async function bring(slot) {
      await ready;
      await stop();
      const found = [];
      try {
        for (const kind of ["audio", "image"]) {
          const at = place(slot, kind);
          if (items[at]) { found.push({ id: await send(slot, kind, items[at]), words: store.get(flag(at)) || "" }); }
        }
      } finally {
        percent = null;
      }
      return { files: found, link: store.get(flag(place(slot, "link"))) || "" };
    }

    async function send(slot, kind, item) {
      const url = args.upload_url.replace("CIRCLE", slot.split("|")[0]);
      const begun = await request(url, { kind, size: item.blob.size, key: item.key });
      let now = begun;
      let tries = 0;
      if (!begun.complete) { announce(say("sending", { percent: Math.round((100 * begun.offset) / item.blob.size) })); }
      while (!now.complete) {
        percent = Math.round((100 * now.offset) / item.blob.size);
        draw();
        const part = item.blob.slice(now.offset, now.offset + PART);
        try {
          now = await request(begun.part_url, part, { "Upload-Offset": String(now.offset) });
          tries = now.accepted ? 0 : tries + 1;
        } catch (error) {
          tries += 1;
          if (!error.lost || tries >= TRIES || navigator.onLine === false) { throw error; }
          await new Promise((resolve) => { setTimeout(resolve, 1000 * tries); });
        }
        if (tries >= TRIES) { throw { lost: true }; }
      }
      return now.id;
    }

    // --- What is shown

    function open(slot, kind) {
      opened.add(place(slot, kind));
      draw();
      focus(`[data-first="${kind}"]`);
    }

    /* Fields for these kinds, below the words of the story; `slot` is where they are kept, `at` where errors go. */
    function fields(slot, at, kinds, sent) {
      const shows = { audio: audioField, image: imageField, link: linkField };
      const wanted = (kind) => {
        const here = place(slot, kind);
        return opened.has(here) || items[here] || store.get(flag(here)) || (recording && recording.at === here);
      };
      const missing = kinds.filter((kind) => !wanted(kind));
      return [
        kinds.filter(wanted).map((kind) => h("fieldset", { key: kind, class: "pc-brought", disabled: sent },
          h("legend", null, say(`your_${kind}`)), shows[kind](place(slot, kind), at, kind))),
        missing.length > 0 && !sent && h("div", { class: "pc-buttons", key: "more" },
          missing.map((kind) => button(say(`add_${kind}`), () => open(slot, kind), { key: kind }))),
        percent !== null && h("p", { key: "percent", class: "pc-waiting" }, say("sending", { percent }),
          h("progress", { max: 100, value: percent, "aria-label": say("sending", { percent }) })),
      ];
    }

    function audioField(here, at) {
      const item = items[here];
      if (recording && recording.at === here) {
        return [
          h("p", { key: "now", class: "pc-clock", role: "timer", "aria-live": "off" }, say("recording"), " ",
            h("bdi", { class: "pc-elapsed", dir: "ltr" }, clockText(secondsOf(recording)))),
          h("div", { class: "pc-buttons", key: "stop" }, button(say("record_stop"), () => stop(), { "data-stop": true, class: "pc-primary" })),
        ];
      }
      const again = () => button(say(item ? "record_again" : "record"), () => record(here, at), { key: "record", "data-first": "audio" });
      const canRecord = navigator.mediaDevices && window.MediaRecorder;
      return [
        item && h("p", { key: "length", tabindex: "-1", "data-heard": true },
          item.seconds ? say("recorded", { length: clockText(item.seconds) }) : say("stays_here")),
        item && h("audio", { key: item.key, controls: true, src: item.url, "aria-label": say("your_audio") }),
        item && wordsField(here, at, "audio"),
        h("div", { class: "pc-buttons", key: "buttons" }, canRecord && again(), item && discardButton(here)),
        !item && chooser(here, at, "audio", "audio/*", !canRecord),
        errorOf(`${at}.audio`),
      ];
    }

    function imageField(here, at) {
      const item = items[here];
      return [
        item && h("img", { key: item.key, src: item.url, alt: "" }),
        item && wordsField(here, at, "image"),
        item ? h("div", { class: "pc-buttons", key: "buttons" }, discardButton(here)) : chooser(here, at, "image", "image/jpeg,image/png,image/webp", true),
        errorOf(`${at}.image`),
      ];
    }

    function linkField(here, at) {
      return [
        field(`${at}.link`, say("link_label"), say("link_hint"), (props) => h("input", Object.assign(props, {
          type: "url", inputmode: "url", dir: "ltr", "data-first": "link",
          initial: store.get(flag(here)) || "",
          oninput: (event) => store.set(flag(here), event.target.value.trim()),
        }))),
        h("div", { class: "pc-buttons", key: "buttons" }, discardButton(here)),
      ];
    }

    function wordsField(here, at, kind) {
      return field(`${at}.${kind}_words`, say(`${kind}_words`), say(`${kind}_words_hint`), (props) => h("textarea", Object.assign(props, {
        rows: 3, dir: "auto", "data-words": kind,
        initial: store.get(flag(here)) || "",
        oninput: (event) => store.set(flag(here), event.target.value),
      })));
    }

    function field(slot, label, hint, input) {
      const name = `${tools.id}-${slot.replace(/\W/g, "-")}`;
      const wrong = Boolean(errors[slot]);
      return h("div", { key: slot },
        h("label", { for: name }, label),
        h("p", { class: "pc-hint", id: `${name}-hint` }, hint),
        input({
          id: name,
          "data-slot": slot,
          "aria-invalid": wrong ? "true" : null,
          "aria-describedby": wrong ? `${name}-hint ${errorId(slot)}` : `${name}-hint`,
        }),
        errorOf(slot));
    }

    function chooser(here, at, kind, accept, first) {
      const name = `${tools.id}-${kind}-file`;
      return h("div", { key: "choose" },
        h("label", { for: name }, say(`choose_${kind}`)),
        h("input", {
          id: name, type: "file", accept, class: "pc-file", "data-first": first ? kind : null,
          onchange: (event) => choose(here, kind, event),
        }));
    }

    function discardButton(here) {
      return button(say("discard"), () => {
        discard(here);
        draw();
        tools.focusNext();
        announce(say("did_discard"));
      }, { key: "discard", class: "pc-quiet" });
    }

    /* What was not sent, to listen to and to save. */
    function kept(slot) {
      return ["audio", "image", "link"].map((kind) => {
        const item = items[place(slot, kind)];
        const words = store.get(flag(place(slot, kind)));
        return h("div", { key: kind, class: "pc-media" },
          item && (kind === "audio" ? h("audio", { controls: true, src: item.url, "aria-label": say("your_audio") }) : h("img", { src: item.url, alt: words || "" })),
          words && h("p", { class: "pc-words", dir: "auto" }, words),
          item && h("a", { href: item.url, download: kind, class: "pc-button pc-quiet" }, say("save")));
      });
    }

    /* A recording whose form is gone, because the circle went on, ends; what was said so far is kept. */
    function drawn(slots) {
      if (recording && !slots.has(recording.at.split("|").slice(0, -1).join("|"))) { stop(); }
    }

    return { ready, fields, open, bring, forget, kept, drawn };
  };
}());
