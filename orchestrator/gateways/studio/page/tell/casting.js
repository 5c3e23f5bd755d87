// Who speaks and who appears: voices, looks, the way of telling, and what holds for every picture.
import { modelChoice, segmented, voiceChoice, want } from "../parts/catalogue.js";
import { field, h } from "../parts/dom.js";
import { change } from "./panels.js";
import { history } from "./history.js";

export function casting(theatre) {
  const { story } = theatre;
  const recorded = !story.voice && story.segments.length > 0 && !story.segments.some(({ voice }) => voice);
  return { element: h("div", { class: "stack" }, history(theatre), whole(theatre, recorded),
    story.cast.filter(({ id }) => id !== "narrator").map((character) => person(theatre, character, recorded))) };
}

// What holds for the whole story; one revision for all that was changed.
function whole(theatre, recorded) {
  const { story } = theatre;
  const title = h("input", { maxlength: 200, value: story.title });
  const voice = voiceChoice();
  want(voice, story.voice);
  const telling = segmented("tell.telling_mode", "cast-telling",
    [["TELLING_EMOTIVE", "tell.emotive"], ["TELLING_STORY", "tell.cast"], ["TELLING_SCRIPTED", "tell.scripted"]],
    story.telling === "TELLING_UNSPECIFIED" ? "TELLING_EMOTIVE" : story.telling);
  const style = h("input", { maxlength: 1000, list: "styles", value: story.style });
  const image = modelChoice("IMAGE");
  want(image, story.models?.image);
  const edits = () => {
    const wanted = [];
    if (title.value.trim() && title.value.trim() !== story.title) wanted.push({ title: title.value.trim() });
    if (!recorded && voice.value && voice.value !== story.voice) wanted.push({ voice: voice.value });
    if (!recorded && telling.value !== story.telling && story.telling !== "TELLING_UNSPECIFIED") wanted.push({ telling: telling.value });
    if (style.value.trim() && style.value.trim() !== story.style) wanted.push({ style: style.value.trim() });
    if (image.value && image.value !== story.models?.image) wanted.push({ image_model: image.value });
    return wanted.length ? wanted : undefined;
  };
  return h("section", { class: "card stack", label: "cast.whole" },
    h("h2", { say: "cast.whole" }), field("tell.name", title),
    !recorded && [field("cast.narrator", voice), telling.element],
    h("div", { class: "pair" }, field("tell.style", style), field("tell.image_model", image)),
    h("div", {}, change(theatre, "cast.apply", edits)));
}

function person(theatre, character, recorded) {
  const look = h("input", { maxlength: 500, value: character.description, hint: "cast.look_hint" });
  const voice = voiceChoice("cast.as_narrator");
  want(voice, character.voice);
  const edits = () => {
    const wanted = [];
    if (look.value.trim() && look.value.trim() !== character.description) {
      wanted.push({ character: { id: character.id, description: look.value.trim() } });
    }
    if (voice.value && voice.value !== character.voice) wanted.push({ cast: { character: character.id, voice: voice.value } });
    return wanted.length ? wanted : undefined;
  };
  return h("section", { class: "card stack" },
    h("div", { class: "row spread" }, h("h2", {}, character.name || character.id),
      character.spoken_segments > 0 && h("small", { say: ["cast.speaks", { count: character.spoken_segments }] })),
    character.aliases.length > 0 && h("small", {}, character.aliases.join(", ")),
    field("cast.look", look), !recorded && field("choice.voice", voice),
    h("div", {}, change(theatre, "cast.recast", edits)));
}
