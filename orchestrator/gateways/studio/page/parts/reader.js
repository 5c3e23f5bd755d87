// Words on a clock: each lights up when it is said, and is heard when it is clicked.
import { fill, h } from "./dom.js";

const LINGER_MS = 120;
const HANDS_OFF_MS = 4000;
const SEEN_SHARE = 0.68;
const still = matchMedia("(prefers-reduced-motion: reduce)");

// Index of the last entry that begins at or before `time`, -1 before the first.
export function last(starts, time) {
  let low = 0, high = starts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (starts[middle] <= time) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The words of a sentence in its text: `[text before, word]` pairs, and the text after. */
function placed(text, words) {
  const pairs = [];
  let from = 0;
  for (const word of words) {
    const at = text.indexOf(word.text, from);
    if (at < 0) continue;
    pairs.push([text.slice(from, at), word]);
    from = at + word.text.length;
  }
  return [pairs, text.slice(from)];
}

export class Reader {
  #sentences = new Map();
  #words = [];
  #starts = [];
  #on = undefined;
  #now = undefined;
  #touched = -HANDS_OFF_MS;

  /**
   * @param {(ms: number) => void} go Called with the time of a word that is clicked.
   * @param {HTMLElement} [scroller] Scrolls to the sentence that is said.
   */
  constructor(go, scroller) {
    this.element = h("div", { class: "reader", tabindex: "0", role: "group", label: "reader.text" });
    this.scroller = scroller;
    this.element.addEventListener("click", (event) => {
      const start = event.target.closest?.(".w")?.dataset.start;
      if (start !== undefined && !String(getSelection())) go(Number(start));
    });
    this.element.addEventListener("keydown", (event) => {
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!by || !this.#words.length || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      const at = Math.max(0, Math.min(this.#words.length - 1, last(this.#starts, this.time ?? 0) + by));
      go(this.#starts[at]);
    });
    for (const event of ["wheel", "touchmove"]) {
      addEventListener(event, () => { this.#touched = performance.now(); }, { passive: true });
    }
  }

  /** Shows paragraphs of sentences: `[[{key, text, words}]]`. */
  show(paragraphs) {
    this.#sentences.clear();
    fill(this.element, paragraphs.map((sentences) => h("p", {}, sentences.map((sentence) => {
      const element = h("span", { class: "s" });
      this.#sentences.set(sentence.key, element);
      this.#put(element, sentence);
      return [element, " "];
    }))));
    this.#order();
  }

  /** Gives one sentence its times; a new one is put at the end. */
  tell(sentence) {
    let element = this.#sentences.get(sentence.key);
    if (!element) {
      element = h("span", { class: "s" });
      this.#sentences.set(sentence.key, element);
      if (!this.element.lastElementChild) this.element.append(h("p"));
      this.element.lastElementChild.append(element, " ");
    }
    this.#put(element, sentence);
    this.#order();
  }

  #put(element, { text, words = [], start_ms: start, speaker = "" }) {
    const [pairs, rest] = placed(text, words);
    fill(element, pairs.map(([before, word]) => [
      before,
      h("span", { class: "w", data: { start: word.start_ms, end: word.end_ms } }, word.text),
    ]), rest);
    element.classList.toggle("told", words.length > 0);
    if (start !== undefined) element.dataset.start = start;
    if (speaker && speaker !== "narrator") element.title = speaker;
  }

  #order() {
    this.#words = [...this.element.querySelectorAll(".w")];
    this.#starts = this.#words.map((word) => Number(word.dataset.start));
    this.#on = this.#now = undefined;
    if (this.time !== undefined) this.at(this.time);
  }

  /** Lights what is said at a time. */
  at(time) {
    this.time = time;
    const word = this.#words[last(this.#starts, time)];
    const on = word && time <= Number(word.dataset.end) + LINGER_MS ? word : undefined;
    if (on !== this.#on) {
      this.#on?.classList.remove("on");
      on?.classList.add("on");
      this.#on = on;
    }
    const now = word?.closest(".s");
    if (now === this.#now) return;
    this.#now?.classList.remove("now");
    now?.classList.add("now");
    this.#now = now;
    if (now) this.#follow(now);
  }

  #follow(sentence) {
    if (!this.scroller || performance.now() - this.#touched < HANDS_OFF_MS) return;
    const behavior = still.matches ? "auto" : "smooth";
    const box = sentence.getBoundingClientRect();
    const middle = box.top + box.height / 2;
    if (getComputedStyle(this.scroller).overflowY === "auto") {
      const room = this.scroller.getBoundingClientRect();
      this.scroller.scrollBy({ top: middle - room.top - room.height / 2, behavior });
    } else if (this.scroller.checkVisibility()) {
      // On a phone the page scrolls, below the picture that stays in sight.
      scrollBy({ top: middle - innerHeight * SEEN_SHARE, behavior });
    }
  }
}
