// Sound that is heard while it is still being made: pieces on one clock, without gaps between them.
// When the next piece is not there yet, the clock stands still until it is.

const AHEAD_SECONDS = 0.06;
// Pieces nearer than this follow each other without a gap.
const TOUCHING_MS = 80;

export class Sound extends EventTarget {
  #context;
  #pieces = [];
  #sources = [];
  #position = 0;
  #anchor = undefined;
  #complete = false;
  #stalled = false;
  #timer = 0;

  /** @param {number} rate Samples a second of what comes; undefined: the machine's own. */
  constructor(rate) {
    super();
    this.#context = new AudioContext(rate ? { sampleRate: rate } : {});
  }

  /** Milliseconds that can be heard. */
  get length() { return this.#pieces.at(-1)?.end ?? 0; }
  get playing() { return this.#anchor !== undefined; }
  /** Whether it waits for a piece. */
  get stalled() { return this.#stalled; }

  /** Where it stands, in milliseconds. */
  get now() {
    if (!this.#anchor) return this.#position;
    const ran = Math.max(0, this.#context.currentTime - this.#anchor.time) * 1000;
    return Math.min(this.#anchor.position + ran, this.length);
  }

  /** Takes 16-bit samples of one channel that follow the ones before. */
  addSamples(samples, rate) {
    const buffer = this.#context.createBuffer(1, samples.length, rate);
    const channel = buffer.getChannelData(0);
    for (let at = 0; at < samples.length; at += 1) channel[at] = samples[at] / 32768;
    this.#add(buffer, this.length);
  }

  /** Takes a file whose first word is heard at `wordMs` of the clock. Pieces come in order. */
  async addFile(file, wordMs) {
    const buffer = await this.#context.decodeAudioData(file);
    const start = wordMs - onset(buffer);
    this.#add(buffer, start - this.length < TOUCHING_MS ? this.length : start);
  }

  #add(buffer, start) {
    const piece = { buffer, start, end: start + buffer.duration * 1000 };
    this.#pieces.push(piece);
    if (!this.playing) return;
    if (this.#stalled) this.#begin(this.now);
    else this.#schedule(piece);
  }

  /** Nothing more comes. */
  complete() {
    this.#complete = true;
  }

  /** Only from a click or a key: browsers ask for it. */
  async play() {
    if (this.playing) return;
    await this.#context.resume();
    this.#begin(this.#complete && this.#position >= this.length ? 0 : this.#position);
    this.#timer = setInterval(() => this.#watch(), 50);
    this.dispatchEvent(new Event("play"));
  }

  pause() {
    if (!this.playing) return;
    this.#position = this.now;
    this.#silence();
    this.#anchor = undefined;
    clearInterval(this.#timer);
    this.dispatchEvent(new Event("pause"));
  }

  seek(milliseconds) {
    const position = Math.max(0, Math.min(milliseconds, this.length));
    if (this.playing) this.#begin(position);
    else this.#position = position;
    this.dispatchEvent(new Event("seeked"));
  }

  /** Ends it for good. */
  close() {
    this.pause();
    this.#context.close().catch(() => undefined);
  }

  #begin(position) {
    this.#silence();
    this.#stalled = position >= this.length && !this.#complete;
    this.#anchor = { time: this.#context.currentTime + AHEAD_SECONDS, position };
    for (const piece of this.#pieces) this.#schedule(piece);
  }

  #schedule(piece) {
    const when = this.#anchor.time + (piece.start - this.#anchor.position) / 1000;
    const late = Math.max(0, this.#context.currentTime - when);
    if (late >= piece.buffer.duration) return;
    const source = this.#context.createBufferSource();
    source.buffer = piece.buffer;
    source.connect(this.#context.destination);
    source.start(when + late, late);
    this.#sources.push(source);
  }

  #silence() {
    for (const source of this.#sources) source.stop();
    this.#sources = [];
  }

  #watch() {
    if (this.now < this.length) return;
    if (this.#complete) {
      this.pause();
      this.dispatchEvent(new Event("ended"));
    } else if (!this.#stalled) {
      this.#stalled = true;
      this.dispatchEvent(new Event("waiting"));
    }
  }
}

// Milliseconds of near silence at the beginning of a file.
function onset(buffer) {
  const samples = buffer.getChannelData(0);
  let at = 0;
  while (at < samples.length && Math.abs(samples[at]) < 0.01) at += 1;
  return at === samples.length ? 0 : (at / buffer.sampleRate) * 1000;
}

/** 16-bit samples of one channel as a WAV file. */
export function wav(chunks, rate) {
  const length = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
  const head = new DataView(new ArrayBuffer(44));
  const name = (at, text) => [...text].forEach((char, i) => head.setUint8(at + i, char.charCodeAt(0)));
  name(0, "RIFF"); head.setUint32(4, 36 + length, true); name(8, "WAVEfmt ");
  head.setUint32(16, 16, true); head.setUint16(20, 1, true); head.setUint16(22, 1, true);
  head.setUint32(24, rate, true); head.setUint32(28, rate * 2, true);
  head.setUint16(32, 2, true); head.setUint16(34, 16, true);
  name(36, "data"); head.setUint32(40, length, true);
  return new Blob([head, ...chunks], { type: "audio/wav" });
}
