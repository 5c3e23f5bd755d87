// What is known of a story: who made it, how loud it is, how exactly it was read, whose mark it bears.
import { get } from "../parts/api.js";
import { button, fill, h } from "../parts/dom.js";
import { trouble } from "../parts/waiting.js";
import { clock, moment, t, tongue } from "../parts/words.js";

export function knowing(theatre) {
  const { story } = theatre;
  const facts = h("dl", { class: "facts" });
  const row = (key, value) => value && facts.append(h("div", {}, h("dt", { say: key }), h("dd", {}, value)));
  row("about.created", moment(story.create_time));
  row("listen.language", story.language && tongue(story.language));
  row("about.length", story.duration_ms > 0 && clock(story.duration_ms));
  row("choice.voice", story.voice);
  row("tell.style", story.style);
  row("about.models", Object.entries(story.models ?? {}).map(([role, model]) => `${role}: ${model}`).join(", "));
  if (story.loudness) {
    row("about.loudness", `${story.loudness.integrated_lufs.toFixed(1)} LUFS, ${story.loudness.true_peak_dbtp.toFixed(1)} dBTP`);
  }
  row("imagine.seed", String(story.seed));
  return { element: h("div", { class: "stack" }, facts,
    story.verbatim && verbatim(theatre, story.verbatim),
    story.alignment && alignment(theatre, story.alignment),
    story.notes.length > 0 && h("section", { class: "stack" }, h("h2", { say: "about.notes" }),
      h("ul", { class: "notes" }, story.notes.map((note) => h("li", {}, note)))),
    marks(story)) };
}

function verbatim(theatre, { word_error_rate: rate, script_words: words, text_unchanged: unchanged, differences, model }) {
  return h("section", { class: "card stack" }, h("h2", { say: "about.verbatim" }),
    h("p", { say: [unchanged ? "about.unchanged" : "about.changed", {}] }),
    h("p", { say: ["about.heard", { words, share: `${(rate * 100).toFixed(1)} %`, model }] }),
    apart(theatre, differences));
}

function alignment(theatre, { transcript_words: words, matched_words: matched, differences }) {
  return h("section", { class: "card stack" }, h("h2", { say: "about.alignment" }),
    h("p", { say: ["about.matched", { matched, words }] }), apart(theatre, differences));
}

const apart = (theatre, differences) => differences.length > 0 && h("ul", { class: "notes" }, differences.map((one) =>
  h("li", {}, button(["about.difference", { time: clock(one.start_ms), written: one.written || "–", heard: one.heard || "–" }],
    () => theatre.transport.seek(one.start_ms), { look: "link" }))));

// The marks in the files: asked for, as looking costs the server work.
function marks(story) {
  const names = [story.narration, ...story.scenes.map(({ image }) => image)].filter(Boolean);
  const told = h("div", { class: "stack" });
  if (!names.length) return "";
  return h("section", { class: "stack" }, h("h2", { say: "about.marks" }),
    button("about.verify", async (event) => {
      const pressed = event.currentTarget;
      pressed.disabled = true;
      try {
        const states = new Map();
        for (const name of names) {
          const { state, signer } = await get(`${name}/provenance`);
          const key = `${state}\n${signer}`;
          states.set(key, (states.get(key) ?? 0) + 1);
        }
        fill(told, [...states].map(([key, count]) => {
          const [state, signer] = key.split("\n");
          return h("p", { class: "note" }, h("span", { say: [`mark.${state.slice(17)}`, { count }] }), signer && ` ${t("mark.by", { signer })}`);
        }));
      } catch (error) {
        fill(told, trouble(error));
      }
      pressed.disabled = false;
    }, { look: "small" }), told);
}
