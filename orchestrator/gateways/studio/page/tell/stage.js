// The screen: one picture after the other, each fading into the next. It never waits for a picture.
import { source } from "../parts/api.js";
import { fill, h } from "../parts/dom.js";

// Half of the fade lies before the first word of a scene, half after.
export const FADE_LEAD_MS = 350;

export class Stage {
  #pictures = new Map();
  #shown = undefined;
  #coming = h("p", { class: "coming", say: "stage.coming" });

  constructor() {
    this.screen = h("div", { class: "screen" }, this.#coming);
    this.element = h("div", { class: "stage" }, this.screen);
  }

  /** Begins anew, with no picture. */
  clear() {
    this.#pictures.clear();
    this.#shown = undefined;
    fill(this.screen, this.#coming);
  }

  /** Takes the picture of a scene; another one replaces it. */
  async put(scene) {
    const before = this.#pictures.get(scene.index);
    if (!scene.image || before?.name === scene.image) return;
    const entry = { name: scene.image };
    this.#pictures.set(scene.index, entry);
    const image = h("img", { src: source(scene.image), decoding: "async", "aria-hidden": "true" });
    image.alt = scene.prompt;
    if (scene.width && scene.height) this.element.style.setProperty("--aspect", `${scene.width} / ${scene.height}`);
    await image.decode().catch(() => undefined);
    if (this.#pictures.get(scene.index) !== entry) return;
    entry.image = image;
    before?.image?.remove();
    this.screen.append(image);
    if (this.#shown === scene.index || this.#shown === undefined || !this.#pictures.get(this.#shown)?.image) {
      const wanted = this.#shown;
      this.#shown = undefined;
      this.show(wanted ?? scene.index);
    }
  }

  /** Shows the picture of a scene, or goes on showing what there is until it comes. */
  show(index) {
    if (index === this.#shown) return;
    const next = this.#pictures.get(index)?.image;
    const now = this.screen.querySelector(".shown");
    this.#shown = index;
    this.#coming.hidden = Boolean(next);
    if (!next || next === now) return;
    for (const [at, { image }] of this.#pictures) {
      image?.classList.toggle("leaving", image === now);
      image?.classList.toggle("shown", at === index);
      image?.setAttribute("aria-hidden", String(at !== index));
    }
  }
}
