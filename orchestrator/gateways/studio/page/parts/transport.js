// The controls of whatever is heard: play, seek, the clock; and the one picture of time that the
// words and the pictures beside it follow.
import { button, fill, h, icon } from "./dom.js";
import { clock, say } from "./words.js";

/** A recording that is there as a whole, as `Sound` would have it. */
export class Tape extends EventTarget {
  #audio = new Audio();

  /**
   * @param {string} src Where it is.
   * @param {number} length Milliseconds, where they are known.
   */
  constructor(src, length = 0) {
    super();
    this.#audio.preload = "metadata";
    this.#audio.src = src;
    this.given = length;
    for (const event of ["play", "pause", "ended", "seeked", "waiting", "loadedmetadata", "error"]) {
      this.#audio.addEventListener(event, () => this.dispatchEvent(new Event(event)));
    }
  }

  get length() { return Number.isFinite(this.#audio.duration) && this.#audio.duration ? this.#audio.duration * 1000 : this.given; }
  get playing() { return !this.#audio.paused && !this.#audio.ended; }
  get stalled() { return false; }
  get now() { return this.#audio.currentTime * 1000; }
  set rate(rate) { this.#audio.playbackRate = rate; }
  play() { return this.#audio.play().catch(() => undefined); }
  pause() { this.#audio.pause(); }
  seek(milliseconds) { this.#audio.currentTime = milliseconds / 1000; }
  close() {
    this.#audio.pause();
    this.#audio.removeAttribute("src");
  }
}

export class Transport {
  #play = button("do.play", () => this.toggle(), { look: "round main", shape: "play" });
  #seek = h("input", { type: "range", min: 0, max: 0, step: 100, value: 0, label: "transport.position" });
  #clock = h("span", { class: "clock", "aria-hidden": "true" }, "0:00");
  #medium;
  #running = false;
  #bound = new AbortController();

  /** @param {(ms: number) => void} follow Called as time goes by. */
  constructor(follow) {
    this.follow = follow;
    this.ticks = h("span", { class: "ticks", "aria-hidden": "true" });
    this.element = h("div", { class: "transport", role: "group", label: "transport.controls" },
      this.#play, h("span", { class: "track" }, this.#seek, this.ticks), this.#clock);
    this.#seek.addEventListener("input", () => this.seek(Number(this.#seek.value)));
    this.#state();
  }

  get medium() { return this.#medium; }

  /** Takes another medium, where the one before stood. */
  use(medium) {
    const before = this.#medium;
    const position = before?.now ?? 0;
    this.#bound.abort();
    this.#bound = new AbortController();
    this.#medium = medium;
    before?.close();
    const { signal } = this.#bound;
    for (const event of ["play", "pause", "ended", "waiting"]) {
      medium?.addEventListener(event, () => this.#state(), { signal });
    }
    for (const event of ["seeked", "loadedmetadata"]) medium?.addEventListener(event, () => this.#tick(), { signal });
    if (position) medium?.seek(position);
    this.#state();
  }

  /** Milliseconds of the whole, when they are known better than by what is there. */
  set length(milliseconds) {
    this.whole = milliseconds;
    this.#tick();
  }

  toggle() {
    if (this.#medium?.playing) this.#medium.pause();
    else this.#medium?.play();
  }

  play() { return this.#medium?.play(); }

  seek(milliseconds) {
    this.#medium?.seek(milliseconds);
    this.#tick();
  }

  #state() {
    const playing = Boolean(this.#medium?.playing);
    this.#play.disabled = !this.#medium;
    this.#seek.disabled = !this.#medium;
    fill(this.#play, icon(playing ? "pause" : "play"));
    for (const where of ["aria-label", "title"]) say(this.#play, playing ? "do.pause" : "do.play", where);
    this.#tick();
    if (playing && !this.#running) this.#run();
  }

  #run() {
    this.#running = Boolean(this.#medium?.playing);
    if (!this.#running) return;
    this.#tick();
    requestAnimationFrame(() => this.#run());
  }

  /** Looks again at how much there is. */
  refresh() { this.#tick(); }

  #tick() {
    const now = this.#medium?.now ?? 0;
    const all = Math.max(this.whole ?? 0, this.#medium?.length ?? 0);
    this.#seek.max = String(Math.max(1, all));
    if (!this.#seek.matches(":active")) this.#seek.value = String(now);
    this.#seek.setAttribute("aria-valuetext", `${clock(now)} / ${clock(all)}`);
    this.#clock.textContent = `${clock(now)} / ${clock(all)}`;
    this.follow(now);
  }
}
