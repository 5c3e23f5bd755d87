// One story: watched while it is made, heard while it is still being spoken, changed afterwards.
import { file, follow, get, post, Refusal, source } from "../parts/api.js";
import { announce, button, fill, h } from "../parts/dom.js";
import { last, Reader } from "../parts/reader.js";
import { Sound } from "../parts/sound.js";
import { Tape, Transport } from "../parts/transport.js";
import { trouble } from "../parts/waiting.js";
import { clock, say, tongue, unsay } from "../parts/words.js";
import { panels } from "./panels.js";
import { FADE_LEAD_MS, Stage } from "./stage.js";
import { Standing } from "./standing.js";

const RETRY_MS = 2000;

export class Theatre {
  story = undefined;
  #control = new AbortController();
  #sequence = 0;
  // The revision that the events speak of, and the one that is looked at.
  #spoken = 1;
  #wanted = 1;
  #narrated = new Map();
  #drawn = new Set();
  #progress = undefined;
  #decoding = Promise.resolve();

  constructor(id) {
    this.id = id;
    this.name = `stories/${id}`;
    this.title = h("h1", { say: "tell.opening" });
    this.facts = h("p", { class: "facts-line faint" });
    this.standing = new Standing();
    this.controls = h("div", { class: "row" });
    this.status = h("div", { class: "status", hidden: true }, this.standing.element, this.controls, this.standing.bar);
    this.told = h("div", { class: "stack" });
    this.stage = new Stage();
    this.text = h("div", { class: "reading" });
    this.reader = new Reader((time) => {
      this.transport.seek(time);
      this.transport.play();
    }, this.text);
    this.text.append(this.reader.element);
    this.transport = new Transport((time) => this.#follow(time));
    this.panels = panels(this);
    this.element = h("div", { class: "theatre" },
      h("div", { class: "house" },
        h("header", {}, h("a", { href: "#tell", class: "back", say: "tell.back" }), this.title, this.facts),
        this.stage.element, this.transport.element, this.status, this.told),
      h("div", { class: "side" }, this.panels.element));
    this.element.addEventListener("keydown", (event) => this.#key(event));
    this.#live();
  }

  /** Leaves the theatre. The story goes on being made. */
  close() {
    this.#control.abort();
    this.transport.use(undefined);
  }

  /** Has the story changed; errors are shown here. */
  async revise(edits) {
    fill(this.told);
    try {
      await post(`${this.name}/revise`, { edits, base_revision: this.story.revision });
      this.#live();
      return true;
    } catch (error) {
      fill(this.told, trouble(error));
      return false;
    }
  }

  get busy() { return this.story?.state === "STORY_STATE_RUNNING"; }

  // The story as it stands, then what happens to it; again after a break of the line.
  async #live() {
    this.#control.abort();
    this.#control = new AbortController();
    const { signal } = this.#control;
    while (!signal.aborted) {
      try {
        const story = await get(this.name, signal);
        this.#wanted = story.revision;
        if (story.state === "STORY_STATE_SUCCEEDED") {
          await this.#finished(story);
          return;
        }
        this.#take(story);
        const path = `${this.name}/events?progress=true&after_sequence=${this.#sequence}`;
        for await (const { event, data } of follow(path, { signal })) {
          this.#sequence = data.sequence;
          await this.#event(event, data[event]);
        }
        if (!this.busy && this.story?.state !== "STORY_STATE_PAUSED") return;
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof Refusal) || error.code !== "UNAVAILABLE") {
          fill(this.told, trouble(error));
          return;
        }
        fill(this.told, trouble(error));
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      fill(this.told);
    }
  }

  async #event(event, what) {
    if (event === "revised") this.#spoken = what.revision;
    if (this.#spoken < this.#wanted) return;
    if (event === "revised") this.#revised(what);
    else if (event === "planned") this.#planned(what.story);
    else if (event === "narrated") this.#heard(what);
    else if (event === "illustrated") this.#seen(what.scene);
    else if (event === "progress") {
      this.#progress = what;
      this.#state();
    }
    else if (event === "paused" || event === "resumed") {
      this.story.state = event === "paused" ? "STORY_STATE_PAUSED" : "STORY_STATE_RUNNING";
      this.reason = what.reason;
      this.#state();
    } else if (event === "finished") {
      await this.#finished(what.story);
      announce("tell.finished");
    } else if (event === "failed") {
      this.story.state = what.error.code === 1 ? "STORY_STATE_CANCELLED" : "STORY_STATE_FAILED";
      this.story.error = what.error;
      this.#state();
    }
  }

  #revised({ revision }) {
    this.story = { ...this.story, revision, state: "STORY_STATE_RUNNING" };
    this.#progress = undefined;
    this.#narrated.clear();
    this.#drawn.clear();
    this.#sounds?.close();
    this.#sounds = undefined;
    this.#state();
  }

  #planned(story) {
    this.#narrated.clear();
    this.#drawn.clear();
    this.#take({ ...story, state: "STORY_STATE_RUNNING" });
  }

  // Shows a story as far as it is known.
  #take(story) {
    this.story = story;
    unsay(this.title);
    if (story.title) this.title.textContent = story.title;
    else say(this.title, story.state === "STORY_STATE_RUNNING" ? "tell.telling" : "tell.untitled");
    for (const scene of story.scenes) {
      this.stage.put(scene);
      if (scene.image) this.#drawn.add(scene.index);
    }
    this.reader.show(story.scenes.map((scene) => scene.segments.map((index) => sentence(story.segments[index])).filter(Boolean)));
    this.#state();
    this.panels.changed();
  }

  #sounds;

  #heard({ segment, audio }) {
    this.#narrated.set(segment.index, segment);
    Object.assign(this.story.segments[segment.index] ?? {}, segment);
    this.reader.tell(sentence(segment));
    this.#state();
    if (!audio) return;
    if (!this.#sounds) {
      this.#sounds = new Sound();
      this.transport.use(this.#sounds);
      // The click that began the story lets it sound; after a reload it waits for a click.
      if (navigator.userActivation?.hasBeenActive) this.transport.play();
    }
    const sounds = this.#sounds;
    const { signal } = this.#control;
    const fetched = file(audio, signal);
    this.#decoding = this.#decoding.then(async () => {
      await sounds.addFile(await (await fetched).arrayBuffer(), segment.start_ms);
      this.transport.refresh();
    }).catch((error) => { if (!signal.aborted) console.warn("a sentence cannot be heard:", error?.message); });
  }

  #seen(scene) {
    this.#drawn.add(scene.index);
    const at = this.story.scenes.findIndex(({ index }) => index === scene.index);
    if (at >= 0) this.story.scenes[at] = { ...this.story.scenes[at], ...scene };
    this.stage.put(scene);
    this.panels.drawn(scene);
    this.#state();
    this.#follow(this.transport.medium?.now ?? 0);
  }

  async #finished(story) {
    const heard = this.#sounds;
    this.#take(story);
    this.transport.length = story.duration_ms;
    await this.#decoding;
    const tape = new Tape(source(story.narration), story.duration_ms);
    const rest = () => {
      if (this.#sounds === heard) this.transport.use(tape);
      this.#sounds = undefined;
    };
    heard?.complete();
    if (heard?.playing) heard.addEventListener("pause", rest, { once: true });
    else rest();
  }

  #follow(time) {
    this.reader.at(time);
    const { scenes = [], segments = [] } = this.story ?? {};
    if (!scenes.length) return;
    if (this.story.duration_ms) {
      const index = last(scenes.map(({ start_ms }) => start_ms), time + (this.transport.medium?.playing ? FADE_LEAD_MS : 0));
      this.stage.show(Math.max(0, index));
      return;
    }
    const timed = segments.filter(({ index }) => this.#narrated.has(index));
    const now = timed[Math.max(0, last(timed.map(({ start_ms }) => start_ms), time + FADE_LEAD_MS))];
    const scene = scenes.find((one) => one.segments.includes(now?.index ?? 0));
    if (scene) this.stage.show(scene.index);
  }

  // What is being done, how far it is, and what can be done about it.
  #state() {
    const { state, segments, scenes, duration_ms: duration, language } = this.story;
    this.element.dataset.state = state;
    this.facts.textContent = [language && tongue(language), duration && clock(duration)].filter(Boolean).join(" · ");
    this.status.hidden = state === "STORY_STATE_SUCCEEDED";
    if (state === "STORY_STATE_RUNNING") {
      this.standing.show({
        spoken: this.#narrated.size, sentences: segments.length, drawn: this.#drawn.size, pictures: scenes.length,
      }, this.#progress);
    } else if (state === "STORY_STATE_PAUSED") this.standing.note(this.reason === "review" ? "tell.review_now" : "tell.paused");
    else this.standing.note(state === "STORY_STATE_CANCELLED" ? "tell.cancelled" : "tell.failed");
    if (this.status.dataset.state !== state) {
      this.status.dataset.state = state;
      this.#offer(state);
      this.panels.changed();
    }
  }

  #offer(state) {
    const act = (verb) => async () => {
      try {
        await post(`${this.name}/${verb}`);
        if (verb === "resume") this.#live();
      } catch (error) {
        fill(this.told, trouble(error));
      }
    };
    fill(this.controls,
      state === "STORY_STATE_RUNNING" && button("do.pause_making", act("pause"), { look: "small", shape: "pause" }),
      state === "STORY_STATE_PAUSED" && button("do.resume_making", act("resume"), { look: "small main", shape: "play" }),
      (state === "STORY_STATE_RUNNING" || state === "STORY_STATE_PAUSED") &&
        button("do.cancel", () => this.#cancel(), { look: "small", shape: "stop" }));
    if (state === "STORY_STATE_FAILED" && this.story.error?.message) fill(this.told, trouble({ message: this.story.error.message }));
  }

  async #cancel() {
    try {
      const { operations } = await get("operations?page_size=100");
      const mine = operations.find(({ done, metadata }) => !done && metadata?.story === this.name);
      if (mine) await post(`${mine.name}/cancel`);
    } catch (error) {
      fill(this.told, trouble(error));
    }
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, button, summary, [role=tab]")) return;
    const now = this.transport.medium?.now ?? 0;
    const jump = (by) => this.#jump(now, by);
    const keys = {
      " ": () => this.transport.toggle(), k: () => this.transport.toggle(),
      p: () => jump(-1), n: () => jump(1), Home: () => this.transport.seek(0),
    };
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  }

  #jump(now, by) {
    const starts = this.story?.scenes.map(({ start_ms }) => start_ms) ?? [];
    const here = last(starts, now - (by < 0 ? 1000 : 0));
    const target = starts[by < 0 && starts[here] > now - 1000 ? here - 1 : here + Math.max(0, by)];
    if (target !== undefined) this.transport.seek(target);
  }
}

const sentence = (segment) => segment && {
  key: segment.index, text: segment.text, words: segment.words, speaker: segment.speaker,
  start_ms: segment.words?.length ? segment.start_ms : undefined,
};
