// Speech as it comes: heard from its first samples on, its words on the same clock.
import { bytes } from "./api.js";
import { h } from "./dom.js";
import { Reader } from "./reader.js";
import { Sound, wav } from "./sound.js";
import { Tape, Transport } from "./transport.js";

/** A text and its sound. `element` shows both; `clauses`, `format`, `duration`, `blob` are known in time. */
export class Speech {
  clauses = [];
  duration = 0;
  #chunks = [];
  #sound;

  constructor() {
    this.reader = new Reader((time) => {
      this.transport.seek(time);
      this.transport.play();
    });
    this.transport = new Transport((time) => this.reader.at(time));
    this.element = h("div", { class: "stack" }, this.transport.element, this.reader.element);
  }

  /** Shows speech that was made before: `src` is where its sound is. */
  show(clauses, src, duration) {
    Object.assign(this, { clauses, duration });
    this.reader.show([clauses]);
    this.transport.use(new Tape(src, duration));
  }

  /** Takes an event of a `Synthesize` stream whose encoding is LINEAR16. */
  take(event, what) {
    if (event === "format") {
      this.format = what;
      this.#sound = new Sound(what.sample_rate_hertz);
      this.transport.use(this.#sound);
      this.transport.play();
    } else if (event === "audio") {
      const piece = bytes(what);
      const samples = new Int16Array(piece.buffer, 0, piece.length >> 1);
      this.#chunks.push(samples);
      this.#sound.addSamples(samples, this.format.sample_rate_hertz);
      this.transport.refresh();
    } else if (event === "clause") {
      const clause = { key: what.index, text: what.text, words: what.words, start_ms: what.start_ms };
      this.clauses.push(clause);
      this.reader.tell(clause);
    } else if (event === "summary") this.duration = what.duration_ms;
  }

  /** How many characters were said. */
  get said() { return this.clauses.reduce((sum, { text }) => sum + text.length, 0); }

  /** Nothing more comes: what was said becomes one file. False when nothing was. */
  finish() {
    this.#sound?.complete();
    if (!this.#chunks.length) return false;
    this.blob = wav(this.#chunks, this.format.sample_rate_hertz);
    this.duration ||= this.#sound.length;
    const rest = () => this.transport.use(new Tape(URL.createObjectURL(this.blob), this.duration));
    if (this.#sound.playing) this.#sound.addEventListener("pause", rest, { once: true });
    else rest();
    return true;
  }
}
