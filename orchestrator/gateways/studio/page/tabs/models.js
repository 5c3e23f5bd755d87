// Models: what there is, what each is for, and its card. Cards are text by others: shown, not run.
import { get, post } from "../parts/api.js";
import { models as all, facts, stale } from "../parts/catalogue.js";
import { button, fill, h } from "../parts/dom.js";
import { markdown } from "../parts/markdown.js";
import { trouble } from "../parts/waiting.js";
import { tongue } from "../parts/words.js";

const MODALITIES = ["IMAGE", "VOICE", "TEXT", "TRANSCRIPTION"];

export function models(section) {
  const list = h("nav", { class: "shelf stack", label: "models.list" });
  const card = h("article", { class: "card prose" });
  const view = h("div", { class: "two models-view" }, list, card);
  section.append(h("header", {}, h("h1", { say: "tab.models" }), h("p", { say: "models.lead" })), view);
  let shown = "";

  const refresh = async () => {
    stale();
    const known = await all();
    fill(list, MODALITIES.map((modality) => {
      const group = known.filter((model) => model.modality === `MODALITY_${modality}`);
      return group.length > 0 && h("div", { class: "stack group" },
        h("h2", { say: `modality.${modality}` }), group.map((model) => entry(model)));
    }));
    return known;
  };

  const entry = (model) => h("a", { href: `#models/${model.id}`, class: "entry", "aria-current": model.id === shown && "true" },
    h("span", { class: "row spread" }, h("strong", {}, model.display_name), state(model)),
    h("span", { class: "about" }, model.description), h("small", {}, facts(model)));

  const state = (model) => h("span", {
    class: model.state === "MODEL_STATE_LOADED" ? "tag strong" : "tag", say: `state.${model.state.slice(12)}`,
  });

  async function open(id) {
    shown = id;
    for (const link of list.querySelectorAll("a")) {
      link.toggleAttribute("aria-current", link.getAttribute("href") === `#models/${id}`);
    }
    view.classList.toggle("chosen", Boolean(id));
    if (!id) return fill(card, h("p", { class: "faint", say: "models.choose" }));
    fill(card, h("p", { say: "waiting.sent" }));
    try {
      const model = await get(`models/${encodeURIComponent(id)}`);
      if (shown === id) fill(card, whole(model));
    } catch (error) {
      fill(card, trouble(error));
    }
  }

  function whole(model) {
    const trial = h("div", { class: "row" });
    const change = (verb, doing) => async () => {
      fill(trial, h("p", { class: "faint", role: "status", say: doing }));
      try {
        await post(`models/${model.id}/${verb}`);
        await refresh();
        open(model.id);
      } catch (error) {
        fill(trial, trouble(error));
      }
    };
    if (model.state === "MODEL_STATE_LOADED") {
      if (!model.default_model) trial.append(button("models.unload", change("unload", "models.unloading"), { look: "small" }));
    } else trial.append(button("models.load", change("load", "models.loading"), { look: "small" }));
    const rows = {
      "models.id": model.id, "models.engine": model.engine, "models.licence": model.license,
      "models.languages": model.languages.map(tongue).join(", "), "models.regions": model.regions?.join(", "),
      "models.cost": model.cost_class,
    };
    return [
      h("a", { href: "#models", class: "back", say: "models.back" }),
      h("div", { class: "row spread" }, h("h2", {}, model.display_name), state(model)),
      h("p", {}, model.description), model.state_detail && h("p", { class: "note" }, model.state_detail),
      h("dl", { class: "facts" }, Object.entries(rows).filter(([, value]) => value).map(([key, value]) =>
        h("div", {}, h("dt", { say: key }), h("dd", {}, value)))),
      trial, h("div", { class: "card-text", lang: "en" }, markdown(model.card)),
    ];
  }

  const ready = refresh().catch((error) => fill(list, trouble(error, () => location.reload())));
  return (id) => ready.then(() => open(id));
}
