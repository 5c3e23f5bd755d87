// A recording comes in: chosen, dropped, or spoken into the microphone.
import { announce, button, fill, h, icon } from "./dom.js";
import { clock, say, size } from "./words.js";

const KINDS = ["audio/webm;codecs=opus", "audio/ogg;codecs=opus", "audio/mp4"];

/** `element` to show, `file` when there is one; dispatches `file`. */
export class Intake extends EventTarget {
  #recorder;
  #stream;
  #record = button("intake.record", () => this.#toggle(), { shape: "listen" });
  #picker = h("input", { type: "file", accept: "audio/*,video/mp4,video/webm", hidden: true });
  #choose = button("intake.choose", () => this.#picker.click(), { shape: "attach" });
  #told = h("div", { class: "stack" });
  #level = h("div", { class: "level", hidden: true, "aria-hidden": "true" }, h("i"));

  constructor() {
    super();
    this.element = h("div", { class: "drop" },
      h("div", { class: "row" }, this.#record, this.#choose, this.#picker),
      h("small", { say: "intake.or" }),
      this.#level, this.#told);
    this.#picker.addEventListener("change", () => this.#take(this.#picker.files[0]));
    this.element.addEventListener("dragover", (event) => {
      event.preventDefault();
      this.element.classList.add("over");
    });
    this.element.addEventListener("dragleave", () => this.element.classList.remove("over"));
    this.element.addEventListener("drop", (event) => {
      event.preventDefault();
      this.element.classList.remove("over");
      this.#take(event.dataTransfer.files[0]);
    });
  }

  #take(file) {
    if (!file) return;
    this.file = file;
    if (this.url) URL.revokeObjectURL(this.url);
    this.url = URL.createObjectURL(file);
    fill(this.#told, h("p", {}, `${file.name} · ${size(file.size)}`),
      h("audio", { controls: true, src: this.url, label: "intake.hear" }));
    this.dispatchEvent(new Event("file"));
  }

  async #toggle() {
    if (this.#recorder?.state === "recording") {
      this.#recorder.stop();
      return;
    }
    if (!navigator.mediaDevices || !window.MediaRecorder) {
      fill(this.#told, h("p", { class: "note", role: "alert", say: "intake.no_microphone" }));
      return;
    }
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch (error) {
      const key = error.name === "NotAllowedError" ? "intake.refused" : "intake.no_microphone";
      fill(this.#told, h("p", { class: "note", role: "alert", say: key }));
      return;
    }
    const type = KINDS.find((kind) => MediaRecorder.isTypeSupported(kind)) ?? "";
    const chunks = [];
    this.#recorder = new MediaRecorder(this.#stream, type ? { mimeType: type } : {});
    this.#recorder.addEventListener("dataavailable", ({ data }) => chunks.push(data));
    this.#recorder.addEventListener("stop", () => this.#stopped(chunks));
    this.#recorder.start(1000);
    this.#show(true);
    this.#meter();
    announce("intake.recording");
  }

  #stopped(chunks) {
    for (const track of this.#stream.getTracks()) track.stop();
    this.#show(false);
    const type = this.#recorder.mimeType.split(";")[0];
    this.#take(new File(chunks, `recording.${type.split("/")[1]}`, { type }));
  }

  #show(recording) {
    fill(this.#record, icon(recording ? "stop" : "listen"), h("span", { say: recording ? "intake.stop" : "intake.record" }));
    this.#record.classList.toggle("recording", recording);
    this.#level.hidden = !recording;
    this.#choose.disabled = recording;
  }

  // The level, so that one sees whether the microphone hears anything, and the time.
  #meter() {
    const began = performance.now();
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    context.createMediaStreamSource(this.#stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    const time = h("p", { class: "faint" });
    fill(this.#told, time);
    const look = () => {
      if (this.#recorder.state !== "recording") {
        context.close();
        return;
      }
      analyser.getFloatTimeDomainData(samples);
      const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
      this.#level.firstElementChild.style.width = `${Math.round(100 * Math.sqrt(peak))}%`;
      say(time, ["intake.for", { time: clock(performance.now() - began) }]);
      requestAnimationFrame(look);
    };
    look();
  }
}
