// Pictures as they come: an empty frame, looks at the unfinished picture, the picture.
import { bytes } from "./api.js";
import { h, icon } from "./dom.js";
import { t } from "./words.js";

/** Puts the events of an image stream into a row of frames. */
export class Pictures {
  #tiles;
  #waiting;
  #count;
  #prompt;
  #kept;
  #picture;
  #chunks = [];

  /**
   * @param {HTMLElement} tiles Holds the frames.
   * @param {import("./waiting.js").Waiting} waiting Tells how it goes.
   * @param {{count: number, prompt: string}} asked What was asked for.
   * @param {(picture: object) => void} kept Is given each finished picture, its `blob` with it.
   */
  constructor(tiles, waiting, { count = 1, prompt = "" }, kept = () => undefined) {
    [this.#tiles, this.#waiting, this.#count, this.#prompt, this.#kept] = [tiles, waiting, count || 1, prompt, kept];
  }

  /** Takes an event of a `GenerateImages` stream. */
  take(event, what) {
    if (event === "queued") this.#waiting.queued(what);
    else if (event === "loading") this.#waiting.loading(what);
    else if (event === "progress") {
      this.#waiting.progress(what.image_index * what.step_count + what.step, what.step_count * this.#count,
        ["imagine.step", { step: what.step, steps: what.step_count, picture: what.image_index + 1 }]);
    } else if (event === "preview") preview(this.#tiles, what);
    else if (event === "image") [this.#picture, this.#chunks] = [what, []];
    else if (event === "chunk") this.#chunks.push(bytes(what.data));
    if (this.#picture && this.#chunks.reduce((sum, chunk) => sum + chunk.length, 0) >= this.#picture.size_bytes) {
      const made = { ...this.#picture, blob: new Blob(this.#chunks, { type: this.#picture.media_type }) };
      this.#picture = undefined;
      place(this.#tiles, made.index, tile(made, this.#prompt));
      this.#kept(made);
    }
  }
}

/** Puts a frame at its place among the others. */
export function place(tiles, index, element) {
  element.dataset.index = index;
  const there = at(tiles, index);
  if (there) there.replaceWith(element);
  else tiles.append(element);
}

const at = (tiles, index) => [...tiles.children].find((tile) => Number(tile.dataset.index) === index);

/** The frame of a picture that is still to come. */
export function blank({ width, height }) {
  const element = h("div", { class: "tile blank", label: "imagine.coming", role: "img" });
  element.style.aspectRatio = width && height ? `${width} / ${height}` : "4 / 3";
  return element;
}

function preview(tiles, { image_index: index, jpeg }) {
  let image = at(tiles, index)?.querySelector("img.preview");
  if (image) URL.revokeObjectURL(image.src);
  else {
    image = h("img", { class: "preview", alt: "imagine.preview_alt" });
    place(tiles, index, h("div", { class: "tile" }, image));
  }
  image.src = URL.createObjectURL(new Blob([bytes(jpeg)], { type: "image/jpeg" }));
}

/** A picture in its frame, to look at and to take along. */
export function tile(picture, prompt) {
  const url = picture.url ?? URL.createObjectURL(picture.blob);
  const ending = picture.media_type.split("/")[1].replace("jpeg", "jpg");
  const words = prompt.slice(0, 40).replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "") || "picture";
  const name = `${words}${picture.seed === undefined ? "" : `-${picture.seed}`}.${ending}`;
  const image = h("img", { src: url, loading: "lazy", width: picture.width, height: picture.height });
  image.alt = prompt;
  return h("figure", { class: "tile" },
    h("a", { href: url, target: "_blank", rel: "noopener", class: "frame" }, image),
    h("figcaption", { class: "row spread" },
      h("small", {}, picture.width ? `${picture.width} × ${picture.height} · ${t("imagine.seed")} ${picture.seed}` : ""),
      h("a", { href: url, download: name, class: "like-button small", label: ["imagine.download", { name }] },
        icon("download"), h("span", { say: "do.download" }))),
    picture.marked && h("p", {}, h("span", { class: "tag", say: "mark.carried", tip: "mark.carried_tip" })),
    picture.notes?.length > 0 && h("ul", { class: "notes" }, picture.notes.map((note) => h("li", {}, note))));
}
