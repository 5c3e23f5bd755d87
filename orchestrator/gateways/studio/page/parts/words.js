// What the page says, in English and in French. A text that is on the page follows a change of
// language by itself: the element remembers its key.

const LANGUAGES = ["en", "fr"];
const dictionaries = {};
let language = "en";

/** The language that the page speaks. */
export const spoken = () => language;
export const languages = () => LANGUAGES;

/** What was chosen before, or what the browser asks for. */
export function preferred() {
  const chosen = localStorage.getItem("language");
  if (LANGUAGES.includes(chosen)) return chosen;
  const asked = navigator.languages ?? [navigator.language];
  return asked.map((tag) => tag.slice(0, 2)).find((tag) => LANGUAGES.includes(tag)) ?? "en";
}

/** Speaks another language from now on. */
export async function speak(chosen) {
  dictionaries[chosen] ??= await (await fetch(new URL(`../words/${chosen}.json`, import.meta.url))).json();
  language = chosen;
  document.documentElement.lang = chosen;
  for (const element of document.querySelectorAll("[data-said]")) {
    for (const [where, what] of Object.entries(JSON.parse(element.dataset.said))) put(element, where, what);
  }
  document.dispatchEvent(new CustomEvent("language"));
}

/**
 * A text.
 * @param {string} key Its key; one that is unknown is said as it is.
 * @param {object} params What stands for `{name}`: text, a number, or `[key, params]` of another
 *   text. `count` chooses between singular and plural.
 */
export function t(key, params = {}) {
  let text = dictionaries[language]?.[key] ?? key;
  if (typeof text === "object") {
    const form = new Intl.PluralRules(language).select(params.count ?? 0);
    text = text[form] ?? text.other;
  }
  return text.replace(/\{(\w+)\}/g, (mark, name) => {
    const value = params[name];
    if (Array.isArray(value)) return t(...value);
    return typeof value === "number" ? value.toLocaleString(language) : value ?? mark;
  });
}

/** Says a text on an element, now and after a change of language. */
export function say(element, what, where = "text") {
  const said = element.dataset.said ? JSON.parse(element.dataset.said) : {};
  said[where] = Array.isArray(what) ? what : [what];
  element.dataset.said = JSON.stringify(said);
  put(element, where, said[where]);
}

/** Takes back what an element says by key, so that it can hold something else. */
export function unsay(element) {
  delete element.dataset.said;
}

function put(element, where, what) {
  if (where === "text") element.textContent = t(...what);
  else element.setAttribute(where, t(...what));
}

/** A length of time, about, as `[key, params]`. */
export function about(seconds) {
  if (seconds < 1) return ["time.moment", {}];
  if (seconds < 90) return ["time.seconds", { count: seconds < 10 ? Math.ceil(seconds) : Math.ceil(seconds / 5) * 5 }];
  return ["time.minutes", { count: Math.ceil(seconds / 60) }];
}

/** A position in a recording, `1:05`. */
export function clock(milliseconds) {
  const seconds = Math.floor(milliseconds / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** A size, `1.4 MB`. */
export function size(bytes) {
  const units = ["B", "kB", "MB", "GB"];
  const power = Math.min(3, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const digits = power && bytes / 1000 ** power < 10 ? 1 : 0;
  return `${(bytes / 1000 ** power).toLocaleString(language, { maximumFractionDigits: digits })} ${units[power]}`;
}

/** A moment in the past, as the reader's calendar has it. */
export const moment = (time) =>
  new Date(time).toLocaleString(language, { dateStyle: "medium", timeStyle: "short" });

/** Name of a language in the page's language; the tag itself where it has none. */
export function tongue(tag) {
  try {
    return new Intl.DisplayNames([language], { type: "language" }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}
