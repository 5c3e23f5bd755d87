// The answers of one turn: why they are what they are, and each as it is made, side by side when
// several models answer.
import { get, post, source } from "../parts/api.js";
import { button, fill, h } from "../parts/dom.js";
import { markdown } from "../parts/markdown.js";
import { blank, Pictures, tile, place } from "../parts/pictures.js";
import { Reader } from "../parts/reader.js";
import { Speech } from "../parts/speech.js";
import { trouble, Waiting } from "../parts/waiting.js";
import { Standing } from "../tell/standing.js";
import { clock, say, t, unsay } from "../parts/words.js";

const percent = (share) => `${Math.round(share * 100)} %`;

/** Why a request is answered as it is. */
function decision(routing) {
  const facts = h("dl", { class: "facts" });
  const row = (key, ...values) => facts.append(h("div", {}, h("dt", { say: key }), h("dd", {}, values)));
  if (routing.models.length) row("routing.models", routing.models.join(", "));
  row("routing.sure", percent(routing.confidence));
  const others = routing.runners_up.filter(({ confidence }) => confidence >= 0.01);
  if (others.length) {
    row("routing.others", others.map(({ intent, confidence }, index) =>
      [index ? ", " : "", h("span", { say: `intent.${intent}` }), ` ${percent(confidence)}`]));
  }
  for (const { name, value, words } of routing.found) row("routing.found", `${name} = ${value} (“${words}”)`);
  if (routing.prompt) row("routing.prompt", routing.prompt);
  return h("div", { class: "decision" },
    h("details", {},
      h("summary", {}, h("span", { class: "tag strong", say: `intent.${routing.intent}` }), " ",
        h("span", { class: "why" }, routing.why)),
      facts),
    routing.notes.length > 0 && h("ul", { class: "notes" }, routing.notes.map((note) => h("li", {}, note))),
    routing.could_also && h("p", { class: "note" }, routing.could_also));
}

/** Takes the events of a `Respond` stream, and keeps in the turn what can be shown again. */
export class Answers {
  #columns = [];

  constructor(turn, body, files, stop) {
    Object.assign(this, { turn, body, files, stop });
    this.waiting = new Waiting();
    this.grid = h("div", { class: "columns" });
    body.append(this.waiting.element, this.grid);
  }

  take(index, event, what) {
    if (event === "summary") return;
    if (event === "routing") {
      this.turn.routing = what;
      this.waiting.done();
      this.body.prepend(decision(what));
      return;
    }
    this.#columns[index] ??= this.#column(index);
    this.#columns[index].take(event, what);
  }

  #column(index) {
    const record = this.turn.answers[index] ??= { model: this.turn.routing?.models[index] ?? "" };
    const column = new Column(record, this.turn.routing, this.files);
    const titled = (this.turn.routing?.models.length ?? 0) > 1;
    const element = h("div", { class: "column stack" },
      titled && h("p", {}, h("span", { class: "tag" }, record.model)), column.element);
    // In the order of the models, whoever is first.
    element.style.order = String(index);
    this.grid.append(element);
    return column;
  }

  finish() {
    this.waiting.done();
    for (const column of this.#columns) column?.finish();
  }
}

// One model's answer.
class Column {
  element = h("div", { class: "stack" });
  #parts = {};

  constructor(record, routing, files) {
    Object.assign(this, { record, routing, files });
    this.waiting = new Waiting();
    this.element.append(this.waiting.element);
  }

  take(event, what) {
    const [inner] = Object.keys(what);
    if (event === "fallback") {
      this.element.append(h("p", { class: "note", say: ["ask.fallback", { from: what.from_model, to: what.to_model }] }));
    } else if (event === "failed") this.element.append(trouble({ message: what.error.message }));
    else if (event === "finished") this.#finished(what);
    else if (event === "story_operation") this.#story(what);
    else if (event === "story") this.#parts.story?.take(what);
    else if (what.queued) this.waiting.queued(what.queued);
    else if (what.loading) this.waiting.loading(what.loading);
    else if (event === "text") this.#text(what);
    else if (event === "image") this.#pictures().take(inner, what[inner]);
    else if (event === "speech") this.#speech().take(inner, what[inner]);
    else if (event === "transcript") this.#transcript(inner, what[inner]);
  }

  #part(name, make) {
    if (!this.#parts[name]) {
      this.#parts[name] = make();
      this.element.append(this.#parts[name].element ?? this.#parts[name]);
    }
    return this.#parts[name];
  }

  #text({ delta, finish }) {
    const element = this.#part("text", () => h("div", { class: "prose" }));
    this.record.text = (this.record.text ?? "") + (delta ?? "");
    if (finish) this.waiting.done();
    // Once a frame, however fast it comes.
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      fill(element, markdown(this.record.text, 2));
    });
  }

  #pictures() {
    const settings = this.routing?.parameters ?? {};
    const tiles = this.#part("tiles", () => {
      const row = h("div", { class: "tiles" });
      for (let index = 0; index < (settings.count || 1); index += 1) place(row, index, blank(settings));
      return row;
    });
    this.pictures ??= new Pictures(tiles, this.waiting, { count: settings.count, prompt: this.routing?.prompt ?? "" });
    return this.pictures;
  }

  #speech() { return this.#part("speech", () => new Speech()); }

  #transcript(event, what) {
    const reader = this.#part("reader", () => new Reader(() => undefined));
    if (event !== "segment") return;
    this.record.segments ??= [];
    this.record.segments.push(what.text.trim());
    reader.tell({ key: what.index, text: what.text.trim() });
    this.waiting.note("listen.heard", { time: clock(what.end_ms) });
  }

  #story(operation) {
    this.record.story = operation.metadata?.story ?? "";
    this.record.operation = operation.name;
    this.waiting.done();
    this.#part("story", () => new StoryCard(this.record));
  }

  #finished({ model, assets, story, usage }) {
    Object.assign(this.record, { model, assets, usage, done: true });
    if (story) this.record.story = story;
    this.waiting.done();
  }

  finish() {
    this.waiting.done();
    if (this.#parts.speech?.finish()) {
      const { clauses, duration } = this.#parts.speech;
      Object.assign(this.record, { clauses, duration });
    }
    for (const frame of this.element.querySelectorAll(".blank")) frame.remove();
  }
}

// A story in a conversation: its pictures as they come, and the way to it.
class StoryCard {
  constructor(record) {
    const id = record.story.split("/")[1];
    this.title = h("h2", { say: "tell.telling" });
    this.line = h("p", { class: "faint" });
    this.strip = h("div", { class: "strip" });
    this.stop = button("do.stop", () => post(`${record.operation}/cancel`).catch(() => undefined), { look: "small", shape: "stop" });
    this.element = h("div", { class: "card stack" }, this.title, this.strip, this.line,
      h("div", { class: "row" }, h("a", { class: "like-button small", href: `#tell/${id}`, say: "ask.open_story" }), this.stop));
    this.pictures = new Set();
    this.standing = new Standing();
    this.spoken = new Set();
    this.drawn = new Set();
    this.plan = { segments: [], scenes: [] };
  }

  take(event) {
    const story = event.planned?.story ?? event.finished?.story;
    if (event.planned) this.plan = story;
    if (story) this.show(story);
    if (event.narrated) this.spoken.add(event.narrated.segment.index);
    if (event.illustrated) this.#picture(event.illustrated.scene);
    if (event.progress) this.progress = event.progress;
    if (event.finished || event.failed) {
      this.stop.remove();
      this.standing.remove();
    } else this.#stands();
    if (event.failed) {
      if (!this.plan.scenes.length) say(this.title, "tell.failed");
      this.element.append(trouble({ message: event.failed.error.message }));
    }
  }

  show(story) {
    if (story.title) {
      unsay(this.title);
      this.title.textContent = story.title;
    }
    this.line.textContent = story.duration_ms ? clock(story.duration_ms) : "";
    if (story.state !== "STORY_STATE_RUNNING" && story.state !== "STORY_STATE_PAUSED") this.stop.remove();
    story.scenes.filter(({ image }) => image).forEach((scene) => this.#picture(scene));
  }

  #stands() {
    if (!this.standing.element.isConnected) this.line.after(this.standing.element, this.standing.bar);
    this.standing.show({
      spoken: this.spoken.size, sentences: this.plan.segments.length, drawn: this.drawn.size, pictures: this.plan.scenes.length,
    }, this.progress);
  }

  #picture({ image, index, prompt }) {
    this.drawn.add(index);
    if (this.pictures.has(index) || this.pictures.size >= 6) return;
    this.pictures.add(index);
    this.strip.append(h("img", { src: source(image), loading: "lazy", alt: undefined, "aria-hidden": "true", title: prompt }));
  }
}

/** A turn of before, from what was kept of it. */
export function answered(turn) {
  const columns = turn.answers.filter(Boolean).map((record) => {
    const column = h("div", { class: "column stack" },
      turn.answers.length > 1 && h("p", {}, h("span", { class: "tag" }, record.model)));
    if (record.text) column.append(h("div", { class: "prose" }, markdown(record.text, 2)));
    if (record.segments) column.append(h("p", { class: "reader" }, record.segments.join(" ")));
    if (record.story) {
      const card = new StoryCard(record);
      column.append(card.element);
      get(record.story).then((story) => card.show(story)).catch((error) => card.element.append(trouble(error)));
    } else stored(record, turn.routing?.prompt ?? turn.text, column);
    return column;
  });
  return [turn.routing && decision(turn.routing), h("div", { class: "columns" }, columns)].filter(Boolean);
}

// The files of an answer, from where the server keeps them.
async function stored(record, prompt, column) {
  const tiles = h("div", { class: "tiles" });
  for (const [index, { name, media_type }] of (record.assets ?? []).entries()) {
    const url = source(name);
    if (media_type.startsWith("image/")) {
      if (!tiles.isConnected) column.append(tiles);
      place(tiles, index, tile({ url, media_type }, prompt));
    } else if (media_type.startsWith("audio/")) {
      const speech = new Speech();
      speech.show(record.clauses ?? [], url, record.duration ?? 0);
      column.append(speech.element);
    }
  }
  if (!column.childElementCount) column.append(h("p", { class: "faint" }, t("ask.nothing")));
}
