// Tell: a story is written, pasted, recorded or only wished for; then it opens in its theatre while
// it is made. Stories live on the server: an address, `#tell/the-story`, finds each again.
import { get, post, remove, requestId, upload } from "../parts/api.js";
import { modelChoice, segmented, voiceChoice } from "../parts/catalogue.js";
import { button, example, field, fill, h, icon } from "../parts/dom.js";
import { Intake } from "../parts/intake.js";
import { drafts, remember } from "../parts/keep.js";
import { trouble } from "../parts/waiting.js";
import { clock, moment, say, tongue } from "../parts/words.js";
import { Theatre } from "../tell/theatre.js";

const PAGE = 30;

export function tell(section) {
  const desk = h("div", { class: "desk" });
  const stage = h("div", { class: "stage-room", hidden: true });
  section.append(desk, stage);
  const shelf = new Shelf();
  desk.append(
    h("header", {}, h("h1", { say: "tell.title" }), h("p", { say: "tell.lead" })),
    h("div", { class: "two wide" }, composer(), shelf.element));
  let theatre;
  addEventListener("pagehide", () => theatre?.close());

  return (id) => {
    desk.hidden = Boolean(id);
    stage.hidden = !id;
    if (theatre?.id === id && id) return;
    theatre?.close();
    theatre = undefined;
    if (id) {
      theatre = new Theatre(id);
      fill(stage, theatre.element);
    } else {
      fill(stage);
      shelf.refresh();
    }
  };
}

function composer() {
  const source = segmented("tell.source", "tell-source",
    [["text", "tell.source_text"], ["recording", "tell.source_recording"], ["topic", "tell.source_topic"]], "text");
  const text = h("textarea", { class: "tale", maxlength: 200000, hint: "tell.text_hint" });
  const topic = h("textarea", { rows: 3, maxlength: 2000, hint: "tell.topic_hint" });
  const intake = new Intake();
  const transcript = h("textarea", { rows: 4, maxlength: 400000 });
  const title = h("input", { maxlength: 200, hint: "tell.title_hint" });
  const voice = voiceChoice();
  const telling = segmented("tell.telling_mode", "tell-telling",
    [["TELLING_EMOTIVE", "tell.emotive"], ["TELLING_STORY", "tell.cast"], ["TELLING_SCRIPTED", "tell.scripted"]], "TELLING_EMOTIVE");
  const tellingNote = h("small", {});
  const style = h("input", { maxlength: 1000, list: "styles", hint: "tell.style_hint" });
  const image = modelChoice("IMAGE");
  const speed = h("input", { type: "range", min: 0.5, max: 2, step: 0.05, value: 1 });
  const language = h("input", { maxlength: 35, pattern: "[A-Za-z0-9\\-]*", hint: "tell.language_hint" });
  const review = h("input", { type: "checkbox" });
  const told = h("div", {});
  const begin = h("button", { type: "submit", class: "main" }, icon("tell"), h("span", { say: "tell.begin" }));
  const spoken = h("div", { class: "stack" }, field("choice.voice", voice), h("div", { class: "field" }, telling.element, tellingNote));
  const parts = { text: field("tell.text", text, "", example(text, "tell.example")), recording: h("div", { class: "stack" }, intake.element, h("details", {}, h("summary", { say: "tell.have_transcript" }), field("tell.transcript", transcript))), topic: field("tell.topic", topic, "", example(topic, "tell.topic_hint")) };
  drafts("tell", { text, topic, title, style, language, speed, source, telling });
  const switched = () => {
    for (const [name, part] of Object.entries(parts)) part.hidden = name !== source.value;
    spoken.hidden = source.value === "recording";
    say(tellingNote, `tell.note_${telling.value}`);
  };
  source.addEventListener("input", switched);
  telling.addEventListener("input", switched);
  switched();

  const form = h("form", { class: "card stack", onsubmit: async (event) => {
    event.preventDefault();
    fill(told);
    begin.disabled = true;
    try {
      const operation = await post("stories", await request());
      const story = operation.metadata.story;
      if (source.value === "text") {
        text.value = "";
        remember("draft.tell", {});
      }
      location.hash = `#tell/${story.split("/")[1]}`;
    } catch (error) {
      fill(told, trouble(error));
    } finally {
      begin.disabled = false;
    }
  } },
    source.element, Object.values(parts), spoken,
    h("div", { class: "pair" }, field("tell.style", style), field("tell.image_model", image)),
    h("datalist", { id: "styles" }, ["paper-cut", "flat", "watercolour"].map((value) => h("option", { value }))),
    h("details", {}, h("summary", { say: "imagine.more" }), h("div", { class: "stack" },
      h("div", { class: "pair" }, field("tell.name", title), field("tell.language", language)),
      field("speak.speed", speed),
      h("label", { class: "tick" }, review, h("span", { say: "tell.review" })))),
    told, h("div", {}, begin));

  async function request() {
    const common = {
      title: title.value.trim(), style: style.value.trim(), language: language.value.trim(), image_model: image.value,
      review_plan: review.checked, request_id: requestId(),
    };
    if (source.value === "recording") {
      if (!intake.file) throw Object.assign(new Error(), { reason: "", message: "", fields: [], code: "NO_RECORDING" });
      fill(told, h("p", { class: "note", role: "status", say: "tell.uploading" }));
      const { narration } = await upload("narrations", intake.file);
      fill(told);
      return { ...common, narration, transcript: transcript.value.trim() };
    }
    const spokenBy = { voice: voice.value, telling: telling.value, speed: Number(speed.value) };
    return source.value === "topic"
      ? { ...common, ...spokenBy, topic: topic.value.trim() }
      : { ...common, ...spokenBy, text: text.value };
  }
  return form;
}

// The stories there are.
class Shelf {
  #list = h("ul", { class: "shelf stack" });
  #more = button("tell.more", () => this.#page(), { look: "small", hidden: true });
  #token = "";

  constructor() {
    this.element = h("section", { class: "stack", label: "tell.shelf" },
      h("h2", { say: "tell.shelf" }), this.#list, h("div", {}, this.#more));
  }

  refresh() {
    this.#token = "";
    return this.#page(true);
  }

  async #page(anew) {
    try {
      const query = new URLSearchParams({ page_size: PAGE, ...(this.#token && { page_token: this.#token }) });
      const { stories, next_page_token: token } = await get(`stories?${query}`);
      if (anew) fill(this.#list);
      this.#list.append(...stories.map((story) => this.#entry(story)));
      this.#token = token;
      this.#more.hidden = !token;
      if (!this.#list.childElementCount) this.#list.append(h("li", { class: "empty", say: "tell.no_stories" }));
    } catch (error) {
      fill(this.#list, h("li", {}, trouble(error, () => this.refresh())));
    }
  }

  #entry(story) {
    const id = story.name.split("/")[1];
    const forget = button(["tell.delete", { title: story.title }], async () => {
      if (!forget.dataset.sure) {
        forget.dataset.sure = "yes";
        fill(forget, h("span", { say: "tell.really" }));
        forget.classList.replace("round", "recording");
        setTimeout(() => item.isConnected && item.replaceWith(this.#entry(story)), 4000);
        return;
      }
      try {
        await remove(`stories/${id}`);
        item.remove();
      } catch (error) {
        item.append(trouble(error));
      }
    }, { look: "round", shape: "close" });
    const facts = [story.language && tongue(story.language), story.duration_ms && clock(story.duration_ms), moment(story.create_time)];
    const item = h("li", { class: "entry-row" },
      h("a", { class: "entry", href: `#tell/${id}` },
        h("span", { class: "row spread" }, story.title ? h("strong", {}, story.title) : h("strong", { say: "tell.untitled" }),
          story.state !== "STORY_STATE_SUCCEEDED" && h("span", { class: "tag strong", say: `story.${story.state.slice(12)}` })),
        h("small", {}, facts.filter(Boolean).join(" · "))),
      forget);
    return item;
  }
}
