// What there is to choose from: models and voices, asked for once, as controls.
import { get } from "./api.js";
import { fill, h } from "./dom.js";
import { t, tongue } from "./words.js";

const known = {};
const once = (name, path) => {
  known[name] ??= get(path).catch((error) => {
    delete known[name];
    throw error;
  });
  return known[name];
};

/** Models of a modality (`IMAGE`, `VOICE`, `TEXT`, `TRANSCRIPTION`), the default first; or all. */
export async function models(modality) {
  const { models: all } = await once("models", "models");
  const fitting = modality ? all.filter((model) => model.modality === `MODALITY_${modality}`) : all;
  return [...fitting].sort((a, b) => Number(b.default_model) - Number(a.default_model));
}

/** Asks anew at the next use: models come and go. */
export const stale = () => { delete known.models; };

export const voices = async () => (await once("voices", "voices")).voices;

/** What a model is like, in a few words. */
export const facts = (model) => [
  model.speed_class && t(`speed.${model.speed_class}`),
  t(model.local ? "model.local" : "model.upstream"),
  model.languages?.join(", "),
].filter(Boolean).join(" · ");

/** A choice of one model; empty: the server's own. */
export function modelChoice(modality) {
  const select = h("select", {}, h("option", { value: "", say: "choice.default" }));
  models(modality).then((all) => {
    const chosen = select.dataset.wanted ?? select.value;
    select.append(...all.map((model) => h("option", { value: model.id }, model.display_name)));
    select.value = chosen;
    if (select.selectedIndex < 0) select.value = "";
  }).catch(() => undefined);
  return select;
}

/** A choice of voice, by language; empty: the default of the text's language. */
export function voiceChoice(emptySays = "choice.default_voice") {
  const select = h("select", {}, h("option", { value: "", say: emptySays }));
  const list = async () => {
    const groups = grouped(await voices());
    const chosen = select.dataset.wanted ?? select.value;
    fill(select, h("option", { value: "", say: emptySays }), [...groups].map(([language, group]) =>
      h("optgroup", { data: { language } },
        group.map((voice) => h("option", { value: voice.id, data: { language: voice.language } }, named(voice))))));
    for (const group of select.querySelectorAll("optgroup")) group.label = tongue(group.dataset.language);
    select.value = chosen;
    if (select.selectedIndex < 0) select.value = "";
  };
  list().catch(() => undefined);
  document.addEventListener("language", () => list().catch(() => undefined));
  return select;
}

function grouped(all) {
  const groups = new Map();
  for (const voice of all) groups.set(voice.language, [...(groups.get(voice.language) ?? []), voice]);
  return groups;
}
const named = (voice) => {
  const gender = voice.gender ? ` · ${t(`gender.${voice.gender}`)}` : "";
  return `${voice.display_name || voice.id}${gender}`;
};

/** Sets a choice that may not be listed yet. */
export function want(select, value) {
  select.dataset.wanted = value ?? "";
  select.value = value ?? "";
  select.addEventListener("input", () => { delete select.dataset.wanted; }, { once: true });
}

/**
 * A choice of one model or several that work side by side.
 * @returns {{element: HTMLElement, chosen: () => string[]}} Ids; none: the server's own.
 */
export function comparison(modality, name, most = 3) {
  const chips = h("div", { class: "chips" });
  const element = h("fieldset", {}, h("legend", { say: "choice.models" }), chips,
    h("small", { say: ["choice.compare", { count: most }] }));
  const chosen = () => [...chips.querySelectorAll(":checked")].map((box) => box.value);
  const limit = () => {
    const full = chosen().length >= most;
    for (const box of chips.querySelectorAll("input")) box.disabled = full && !box.checked;
  };
  chips.addEventListener("change", () => {
    limit();
    element.dispatchEvent(new CustomEvent("choice", { detail: chosen() }));
  });
  const ready = models(modality).then((all) => {
    fill(chips, all.map((model) => h("label", { class: "chip", title: `${model.description} ${facts(model)}` },
      h("input", { type: "checkbox", name, value: model.id, checked: model.default_model }), model.display_name)));
  }).catch((error) => fill(chips, h("p", { class: "note" }, error.message || t("trouble.no_connection"))));
  const choose = (ids) => ready.then(() => {
    for (const box of chips.querySelectorAll("input")) box.checked = ids.includes(box.value);
    limit();
  });
  return { element, chosen, choose };
}

/** A choice of a few things at a glance. */
export function segmented(legend, name, options, chosen) {
  const element = h("fieldset", {}, h("legend", { say: legend }), h("div", { class: "segmented" },
    options.map(([value, said]) => h("label", {},
      h("input", { type: "radio", name, value, checked: value === chosen }),
      typeof said === "string" ? h("span", { say: said }) : h("span", {}, String(said[0]))))));
  return {
    element,
    get value() { return element.querySelector(":checked")?.value; },
    set value(value) {
      for (const radio of element.querySelectorAll("input")) radio.checked = radio.value === value;
    },
    type: "radio",
    addEventListener: (event, act) => element.addEventListener(event, act),
  };
}
