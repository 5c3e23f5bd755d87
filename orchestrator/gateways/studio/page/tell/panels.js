// The side of the theatre: the text to read along, and what can be changed, taken along and known.
import { button, fill, h } from "../parts/dom.js";
import { casting } from "./casting.js";
import { exporting } from "./exporting.js";
import { knowing } from "./knowing.js";
import { scenes } from "./scenes.js";

const PANELS = { text: null, scenes, cast: casting, export: exporting, about: knowing };

/** The tabs of a theatre. `changed` when the story did, `drawn` when a picture came. */
export function panels(theatre) {
  const tabs = h("div", { class: "tabs", role: "tablist", label: "panel.all" });
  const bodies = new Map();
  const made = new Map();
  let open = "text";
  for (const name of Object.keys(PANELS)) {
    const id = `panel-${name}`;
    tabs.append(h("button", {
      type: "button", role: "tab", id: `${id}-tab`, "aria-controls": id, "aria-selected": String(name === open),
      tabIndex: name === open ? 0 : -1, say: `panel.${name}`, data: { panel: name }, onclick: () => show(name),
    }));
    bodies.set(name, h("div", { class: `panel ${name}`, id, role: "tabpanel", "aria-labelledby": `${id}-tab`, hidden: name !== open }));
  }
  bodies.get("text").append(theatre.text);
  tabs.addEventListener("keydown", (event) => {
    const names = Object.keys(PANELS);
    const to = { ArrowRight: 1, ArrowLeft: -1, Home: -names.indexOf(open), End: names.length - 1 - names.indexOf(open) }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const name = names[(names.indexOf(open) + to + names.length) % names.length];
    show(name);
    tabs.querySelector(`[data-panel="${name}"]`).focus();
  });

  function show(name) {
    open = name;
    for (const tab of tabs.children) {
      const is = tab.dataset.panel === name;
      tab.setAttribute("aria-selected", String(is));
      tab.tabIndex = is ? 0 : -1;
    }
    for (const [other, body] of bodies) body.hidden = other !== name;
    if (PANELS[name] && !made.has(name)) make(name);
  }

  function make(name) {
    if (!theatre.story) return;
    made.set(name, PANELS[name](theatre));
    fill(bodies.get(name), made.get(name).element);
  }

  return {
    element: h("div", { class: "panels" }, tabs, ...bodies.values()),
    changed() {
      for (const name of made.keys()) if (!made.get(name).changed?.()) made.delete(name);
      if (PANELS[open] && !made.has(open)) make(open);
    },
    drawn(scene) {
      for (const panel of made.values()) panel.drawn?.(scene);
    },
  };
}

/** A button that changes the story: at rest while the story is being made. */
export function change(theatre, says, edits, facts = {}) {
  const act = async (event) => {
    const pressed = event.currentTarget;
    pressed.disabled = true;
    const wanted = edits();
    if (!wanted || !(await theatre.revise(wanted))) pressed.disabled = false;
  };
  return button(says, act, { look: "small", disabled: theatre.busy, ...facts });
}
