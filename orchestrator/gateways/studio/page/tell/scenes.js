// The scenes of a story, to be changed: sentences put otherwise, pictures drawn again, scenes joined
// and divided, and every change taken back.
import { anySeed, source } from "../parts/api.js";
import { modelChoice, want } from "../parts/catalogue.js";
import { button, field, fill, h } from "../parts/dom.js";
import { clock } from "../parts/words.js";
import { change } from "./panels.js";
import { history } from "./history.js";

export function scenes(theatre) {
  const { story } = theatre;
  const pictures = new Map();
  const element = h("div", { class: "stack" },
    history(theatre),
    story.scenes.map((scene, at) => card(theatre, scene, at, pictures)));
  return {
    element,
    drawn: (scene) => picture(pictures.get(scene.index), scene),
  };
}

function card(theatre, scene, at, pictures) {
  const { story } = theatre;
  const frame = h("div", { class: "thumb" });
  pictures.set(scene.index, frame);
  picture(frame, scene);
  const prompt = h("textarea", { rows: 3, maxlength: 4000, value: scene.prompt });
  const model = modelChoice("IMAGE");
  want(model, scene.model);
  const edit = (more) => [{ scene: { index: scene.index, ...more } }];
  const score = scene.scores?.prompt;
  return h("article", { class: "card stack scene-card" },
    h("div", { class: "row spread" },
      h("h2", { say: ["scene.title", { number: scene.index + 1 }] }),
      h("small", {}, story.duration_ms ? `${clock(scene.start_ms)} – ${clock(scene.end_ms)}` : "")),
    h("div", { class: "scene-body" }, frame, h("div", { class: "stack" },
      field("scene.prompt", prompt), field("choice.model", model),
      h("div", { class: "row" },
        change(theatre, "scene.redraw", () => edit({ seed: anySeed(), ...(model.value && { model: model.value }) }), { shape: "redo" }),
        change(theatre, "scene.draw", () => prompt.value.trim() && edit({ prompt: prompt.value.trim(), ...(model.value && { model: model.value }) }))))),
    (score !== undefined || scene.notes.length > 0) && h("ul", { class: "notes" },
      score !== undefined && h("li", { say: ["scene.score", { share: `${Math.round(score * 100)} %` }] }),
      scene.notes.map((note) => h("li", {}, note))),
    h("ol", { class: "sentences" }, scene.segments.map((index, place) => sentence(theatre, scene, story.segments[index], place))),
    at + 1 < story.scenes.length && h("div", { class: "row" },
      change(theatre, "scene.merge", () => [{ merge: { index: scene.index } }])));
}

async function picture(frame, scene) {
  if (!frame || !scene.image) return;
  fill(frame, h("img", { src: source(scene.image), loading: "lazy", "aria-hidden": "true", title: scene.prompt }));
}

// A sentence, and what can be done with it.
function sentence(theatre, scene, segment, place) {
  if (!segment) return "";
  const item = h("li", {});
  const rest = () => fill(item, h("p", {}, segment.speaker && segment.speaker !== "narrator" && h("span", { class: "tag" }, segment.speaker), " ", segment.text),
    h("div", { class: "row" },
      button("sentence.edit", open, { look: "link", disabled: theatre.busy, label: ["sentence.edit_this", { text: segment.text.slice(0, 80) }] }),
      place > 0 && change(theatre, "sentence.split", () => [{ split: { index: scene.index, segment: segment.index } }], { look: "link" })));
  const open = () => {
    const text = h("textarea", { rows: 3, maxlength: 5000, label: "sentence.text", value: segment.text });
    const cancel = button("do.back", () => {
      rest();
      item.querySelector("button")?.focus();
    }, { look: "link" });
    text.addEventListener("keydown", (event) => { if (event.key === "Escape") cancel.click(); });
    fill(item, text, h("div", { class: "row" },
      change(theatre, "sentence.tell", () => text.value.trim() && text.value !== segment.text && [{ segment: { index: segment.index, text: text.value.trim() } }], { look: "small main" }),
      change(theatre, "sentence.remove", () => [{ segment: { index: segment.index, text: "" } }], { look: "link" }), cancel));
    text.focus();
  };
  rest();
  return item;
}
