// How a story that is being made stands: what is done, what waits behind others, and how long the
// rest takes, as the server measures it. What it does not know yet is said to be unknown.
import { fill, h } from "../parts/dom.js";
import { about, say } from "../parts/words.js";

export class Standing {
  line = h("p", { class: "line" });
  #places = h("p", { class: "faint places" });
  bar = h("progress", { max: 1, label: "waiting.progress" });
  element = h("div", { class: "standing" }, this.line, this.#places);

  /**
   * @param {{spoken: number, sentences: number, drawn: number, pictures: number}} done
   *   Without sentences there is no plan yet.
   * @param {{voice_ahead: number, pictures_ahead: number, remaining_ms: number}} progress A
   *   `StoryProgress`; undefined before the first.
   */
  show({ spoken, sentences, drawn, pictures }, progress = {}) {
    const all = sentences + pictures;
    const said = all ? ["tell.progress", { sentences: spoken, of: sentences, pictures: drawn, all: pictures }] : ["tell.planning", {}];
    const left = progress.remaining_ms;
    if (!all) say(this.line, said);
    else if (spoken + drawn >= all) say(this.line, "tell.finishing");
    else if (left === undefined) say(this.line, ["tell.left_unknown", { said }]);
    else say(this.line, ["waiting.left", { said, left: about(left / 1000) }]);
    if (all) this.bar.value = (spoken + drawn) / all;
    else this.bar.removeAttribute("value");
    const place = (key, count) => count > 0 && h("span", { say: [key, { count }] });
    fill(this.#places, place("tell.voice_ahead", progress.voice_ahead), " ", place("tell.pictures_ahead", progress.pictures_ahead));
    this.#places.hidden = !progress.voice_ahead && !progress.pictures_ahead;
    this.bar.hidden = false;
  }

  /** Says something else: nothing is being made. */
  note(key) {
    say(this.line, key);
    this.#places.hidden = this.bar.hidden = true;
  }

  /** The end. */
  remove() {
    this.element.remove();
    this.bar.remove();
  }
}
