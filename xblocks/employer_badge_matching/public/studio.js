/* The author's form of the opportunities' block. */
(function () {
  "use strict";

  function h(tag, props, ...kids) {
    const node = document.createElement(tag);
    Object.entries(props || {}).forEach(([name, value]) => {
      if (name.startsWith("on")) { node.addEventListener(name.slice(2), value); } else { node.setAttribute(name, value); }
    });
    node.append(...kids.flat().filter(Boolean));
    return node;
  }

  window.EmployerBadgeMatchingStudio = function (runtime, element, data) {
    const root = (element[0] || element).querySelector(".passerelle-matching-studio");
    const say = (key) => data.strings[key].replace("{most}", data.most);
    const id = `pms-${Math.random().toString(36).slice(2, 8)}`;
    const error = h("p", { role: "alert" });
    const name = h("input", { type: "text", id: `${id}-name`, value: data.settings.display_name });
    const count = h("input", { type: "number", min: 1, max: data.most, id: `${id}-count`, value: data.settings.count });
    const scope = h("select", { id: `${id}-scope` }, data.scopes.map((value) => {
      const option = h("option", { value }, say(`studio_scope_${value}`));
      option.selected = value === data.settings.matched_by;
      return option;
    }));

    async function save(event) {
      event.preventDefault();
      runtime.notify("save", { state: "start" });
      const token = /(?:^|; )csrftoken=([^;]*)/.exec(document.cookie);
      let wrong = "";
      try {
        const response = await fetch(runtime.handlerUrl(element, "studio_submit"), {
          method: "POST",
          credentials: "same-origin",
          headers: { "Content-Type": "application/json", "X-CSRFToken": token ? token[1] : "" },
          body: JSON.stringify({ display_name: name.value, matched_by: scope.value, count: count.value }),
        });
        const answer = await response.json();
        wrong = answer.error ? answer.error.message : "";
      } catch (_error) {
        wrong = data.strings.lost;
      }
      error.textContent = wrong;
      if (wrong) {
        runtime.notify("error", { title: say("studio_not_saved"), message: wrong });
      } else {
        runtime.notify("save", { state: "end" });
      }
    }

    root.lang = data.language;
    root.dir = data.direction;
    root.replaceChildren(h("form", { onsubmit: save },
      h("p", null, h("label", { for: name.id }, say("studio_name")), name),
      h("p", null, h("label", { for: scope.id }, say("studio_scope")), scope),
      h("p", null, h("label", { for: count.id }, say("studio_count")), count),
      error,
      h("p", { class: "pm-buttons" },
        h("button", { type: "submit" }, say("studio_save")),
        h("button", { type: "button", onclick: () => runtime.notify("cancel", {}) }, say("studio_cancel")))));
  };
}());
