// Elements without markup: whatever is put in is text, so no text can become an element.
import { say, t } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const PROPERTIES = new Set([
  "value", "checked", "disabled", "hidden", "selected", "open", "readOnly", "indeterminate", "files",
  "src", "srcObject", "tabIndex", "required", "multiple",
]);
const SAID = { say: "text", label: "aria-label", hint: "placeholder", tip: "title", alt: "alt" };

/**
 * Makes an element.
 * @param {string} tag Its name.
 * @param {object} facts `class`; `say`, `label`, `hint`, `tip`, `alt`: what it says, a key or
 *   `[key, params]`; `on…`: a listener; `data`: its dataset; else a property or an attribute.
 * @param {...(Node|string|number|null|false|Array)} children Text is text.
 */
export function h(tag, facts = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(facts)) {
    if (value === undefined || value === null) continue;
    if (name in SAID) say(element, value, SAID[name]);
    else if (name === "class") element.className = value;
    else if (name === "data") Object.assign(element.dataset, value);
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (PROPERTIES.has(name)) element[name] = value;
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false) element.setAttribute(name, String(value));
  }
  element.append(...kept(children));
  return element;
}

/** Replaces what an element holds. */
export function fill(element, ...children) {
  element.replaceChildren(...kept(children));
  return element;
}

const kept = (children) =>
  children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);

const SHAPES = {
  ask: "M4 5.500A2.500 2.500 0 0 1 6.500 3h11A2.500 2.500 0 0 1 20 5.500v8a2.500 2.500 0 0 1-2.500 2.500H11l-4.600 4.200c-.6.5-1.400.1-1.400-.7V16A2.500 2.500 0 0 1 4 13.500zm2 0v8c0 .3.200.5.5.5H7v3.200l3.300-3.200h7.200a.5.5 0 0 0 .5-.5v-8a.5.5 0 0 0-.5-.5h-11a.5.5 0 0 0-.5.5z",
  tell: "M3 5.500c3-1.300 6-1.300 9 .3 3-1.600 6-1.600 9-.3V19c-3-1.300-6-1.200-9 .5-3-1.700-6-1.800-9-.5zm2 1.300v9.500c2-.5 4-.3 6 .5V7.500c-2-1-4-1.200-6-.7zm14 0c-2-.5-4-.3-6 .7v9.300c2-.8 4-1 6-.5z",
  imagine: "M5 4h14a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V6c0-1.100.9-2 2-2zm0 2v8.600l3.600-3.700a1 1 0 0 1 1.400 0l3.600 3.600 2-1.900a1 1 0 0 1 1.400 0L19 14.500V6zm0 11.400v.6h14v-.8l-2.700-2.600-2 1.900a1 1 0 0 1-1.400 0L9.300 13zM15.500 8a1.500 1.500 0 1 1 0 3 1.500 1.500 0 0 1 0-3z",
  speak: "M4 9h3l5-4.500v15L7 15H4zm10.500-1.800a6 6 0 0 1 0 9.600l-1.100-1.600a4 4 0 0 0 0-6.400zm2.700-3.500a10 10 0 0 1 0 16.600l-1.100-1.700a8 8 0 0 0 0-13.200z",
  listen: "M12 3a3.500 3.500 0 0 1 3.500 3.500v5a3.500 3.500 0 0 1-7 0v-5A3.500 3.500 0 0 1 12 3zm0 2a1.500 1.500 0 0 0-1.500 1.500v5a1.500 1.500 0 0 0 3 0v-5A1.500 1.500 0 0 0 12 5zM5 11h2a5 5 0 0 0 10 0h2a7 7 0 0 1-6 6.900V21h-2v-3.100A7 7 0 0 1 5 11z",
  models: "M12 2.500 21 7v10l-9 4.500L3 17V7zm0 2.200L6.300 7.500 12 10.300l5.700-2.800zM5 9.200v6.600l6 3V12zm14 0L13 12v6.800l6-3z",
  play: "M8 5.200v13.600c0 .9 1 1.400 1.700.9l9.800-6.800c.7-.5.7-1.400 0-1.900L9.700 4.300C9 3.800 8 4.300 8 5.200z",
  pause: "M7 5h3.400v14H7zm6.600 0H17v14h-3.400z",
  stop: "M6.500 5h11A1.500 1.500 0 0 1 19 6.500v11a1.500 1.500 0 0 1-1.500 1.500h-11A1.500 1.500 0 0 1 5 17.500v-11A1.500 1.500 0 0 1 6.500 5z",
  send: "M3.500 4.200c-.2-.8.6-1.500 1.300-1.100l16 8c.7.4.7 1.400 0 1.800l-16 8c-.7.4-1.500-.3-1.300-1.100L5.300 13l8-1-8-1z",
  attach: "M16.500 6.500v9a4.500 4.500 0 0 1-9 0V6a3 3 0 0 1 6 0v9a1.500 1.500 0 0 1-3 0V7H12v8a0 0 0 0 0 0 0V6a1.500 1.500 0 0 0-3 0v9.500a3 3 0 0 0 6 0v-9z",
  download: "M11 3h2v9.600l3.300-3.300 1.400 1.400L12 16.400l-5.700-5.700 1.400-1.400 3.300 3.300zM4 18h16v2.500H4z",
  close: "m6.400 5 5.600 5.600L17.600 5 19 6.400 13.400 12l5.600 5.600-1.400 1.400-5.600-5.600L6.400 19 5 17.600l5.600-5.600L5 6.400z",
  plus: "M11 5h2v6h6v2h-6v6h-2v-6H5v-2h6z",
  redo: "M12 5V2l5 4-5 4V7a5 5 0 1 0 5 5h2a7 7 0 1 1-7-7z",
  undo: "M9 4v4h5a6 6 0 0 1 0 12H8v-2h6a4 4 0 0 0 0-8H9v4L3 9z",
  sun: "M12 7a5 5 0 1 1 0 10 5 5 0 0 1 0-10zM11 1.500h2V5h-2zm0 17.500h2v3.500h-2zM1.500 11H5v2H1.500zM19 11h3.500v2H19zM5.300 3.900l2.500 2.500-1.400 1.400-2.500-2.500zm12.300 12.300 2.500 2.500-1.400 1.400-2.500-2.500zM3.900 18.700l2.500-2.500 1.400 1.400-2.500 2.500zM16.200 6.400l2.500-2.500 1.400 1.400-2.500 2.500z",
  moon: "M20 14.500A8.500 8.500 0 0 1 9.500 4a8.500 8.500 0 1 0 10.500 10.500z",
  both: "M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18zm0 2v14a7 7 0 0 0 0-14z",
  leave: "M5 3h8v2H7v14h6v2H5zm11.300 4.600L20.700 12l-4.400 4.400-1.400-1.400 2-2H10v-2h6.900l-2-2z",
  back: "M14.700 5.300 16 6.700 10.800 12l5.200 5.300-1.300 1.400L8 12z",
};

/** A picture of a button, for eyes only. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", SHAPES[name]);
  svg.append(path);
  return svg;
}

/** A button that says what it does, with an icon or without. */
export function button(what, act, { look = "", shape = "", ...facts } = {}) {
  const says = shape && look.includes("round") ? { label: what, tip: what } : {};
  return h("button", { type: "button", class: look, onclick: act, ...says, ...facts },
    shape && icon(shape), !says.label && h("span", { say: what }));
}

/** Offers an example for a text, as long as there is none: for whoever comes for the first time. */
export function example(control, key) {
  return button("do.example", () => {
    control.value = t(key);
    control.dispatchEvent(new Event("input", { bubbles: true }));
    control.focus();
    control.setSelectionRange(0, 0);
    control.scrollTop = 0;
  }, { look: "link example" });
}

let controls = 0;
/** A control with its name, and what is to be known of it or done for it. */
export function field(name, control, note, ...more) {
  control.id ||= `control-${controls += 1}`;
  if (note) control.setAttribute("aria-describedby", `${control.id}-note`);
  return h("div", { class: "field" }, h("label", { class: "name", for: control.id, say: name }), control,
    note && h("small", { id: `${control.id}-note`, say: note }), more);
}

let lastSaid = 0;
/** Says something to those who listen to the page; not more often than they can hear. */
export function announce(key, params) {
  const live = document.getElementById("live");
  const wait = Math.max(0, lastSaid + 1500 - performance.now());
  clearTimeout(announce.timer);
  announce.timer = setTimeout(() => {
    lastSaid = performance.now();
    say(live, [key, params]);
  }, wait);
}
