/* The author's form of a competence self-assessment. */
(function () {
  "use strict";

  function el(tag, props, ...kids) {
    const node = document.createElement(tag);
    Object.entries(props || {}).forEach(([name, value]) => {
      if (name.startsWith("on") || name === "checked" || name === "value") {
        node[name] = value;
      } else if (value !== undefined && value !== null && value !== false) {
        node.setAttribute(name, value === true ? "" : value);
      }
    });
    node.append(...kids.flat().filter((kid) => kid || kid === 0));
    return node;
  }

  function CompetenceSelfAssessmentStudio(runtime, element, args) {
    const host = element[0] || element;
    const root = host.querySelector(".passerelle-csa-studio");
    const id = `csas-${Math.random().toString(36).slice(2, 8)}`;
    const settings = args.settings;

    function say(name, values) {
      return (args.strings[name] || name).replace(/\{(\w+)\}/g, (all, key) => (values && key in values ? values[key] : all));
    }

    const name = el("input", { type: "text", id: `${id}-name`, value: settings.display_name });
    const moment = el("select", { id: `${id}-moment` },
      args.moments.map((value) => el("option", { value, selected: value === settings.moment }, say(`moment_${value}`))));
    const layout = el("select", { id: `${id}-layout` },
      args.layouts.map((value) => el("option", { value, selected: value === settings.layout }, say(`layout_${value}`))));
    const switches = args.switches.map((key) => ({ key, input: el("input", { type: "checkbox", checked: settings[key] }) }));
    const boxes = args.competences.map((competence) => ({
      area: competence.area,
      input: el("input", { type: "checkbox", value: competence.id, checked: settings.competences.includes(competence.id) }),
      competence,
    }));
    const errors = el("div", { role: "alert" });

    /* By area, in the framework's order. */
    function choices() {
      const areas = [...new Set(boxes.map((box) => box.area))];
      return areas.map((area) => el("fieldset", {},
        el("legend", {}, area),
        boxes.filter((box) => box.area === area).map((box) => el("label", { class: "csa-option" },
          box.input, el("span", {}, el("strong", {}, box.competence.name), " ", box.competence.meaning)))));
    }

    /* What is ticked: what was there keeps its order, what is new comes after it. */
    function chosen() {
      const ticked = boxes.filter((box) => box.input.checked).map((box) => box.competence.id);
      const kept = settings.competences.filter((one) => ticked.includes(one));
      return kept.concat(ticked.filter((one) => !kept.includes(one)));
    }

    function switched() {
      return Object.fromEntries(switches.map((one) => [one.key, one.input.checked]));
    }

    function show(messages) {
      errors.replaceChildren(...messages.map((text) => el("p", { class: "csa-note csa-error" }, text)));
    }

    async function save(event) {
      event.preventDefault();
      show([]);
      runtime.notify("save", { state: "start" });
      const token = /(?:^|; )csrftoken=([^;]*)/.exec(document.cookie);
      let found = [];
      try {
        const response = await fetch(runtime.handlerUrl(element, "studio_submit"), {
          method: "POST",
          credentials: "same-origin",
          headers: { "Content-Type": "application/json", "X-CSRFToken": token ? token[1] : "" },
          body: JSON.stringify({ display_name: name.value, moment: moment.value, layout: layout.value, competences: chosen(), ...switched() }),
        });
        const answer = await response.json();
        found = (answer.errors || (answer.error ? [answer.error] : [])).map((one) => one.message);
      } catch (error) {
        found = [say("studio_not_saved")];
      }
      if (found.length) {
        show(found);
        runtime.notify("error", { title: say("studio_not_saved"), message: found[0] });
      } else {
        runtime.notify("save", { state: "end" });
      }
    }

    root.lang = args.language;
    root.dir = args.direction;
    root.replaceChildren(el("form", { onsubmit: save },
      el("label", { for: name.id }, say("studio_name")), name,
      el("label", { for: moment.id }, say("studio_moment")), moment,
      el("label", { for: layout.id }, say("studio_layout")), layout,
      el("fieldset", {}, el("legend", {}, say("studio_switches")),
        switches.map((one) => el("label", { class: "csa-option" }, one.input, el("span", {}, say(one.key))))),
      el("h4", {}, say("studio_competences")),
      choices(),
      el("p", { class: "csa-quiet" }, say("studio_held", { count: args.held })),
      errors,
      el("div", { class: "csa-buttons" },
        el("button", { type: "submit", class: "csa-primary" }, say("studio_save")),
        el("button", { type: "button", onclick: () => runtime.notify("cancel", {}) }, say("studio_cancel")))));
  }

  window.CompetenceSelfAssessmentStudio = CompetenceSelfAssessmentStudio;
}());
