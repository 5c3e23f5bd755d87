// Listen: a recording written down, each word where it is heard.
import { follow } from "../parts/api.js";
import { modelChoice } from "../parts/catalogue.js";
import { announce, button, field, fill, h, icon } from "../parts/dom.js";
import { Intake } from "../parts/intake.js";
import { drafts, forget, keep, kept, newId } from "../parts/keep.js";
import { Reader } from "../parts/reader.js";
import { Tape, Transport } from "../parts/transport.js";
import { ended, trouble, Waiting } from "../parts/waiting.js";
import { clock, moment, t, tongue } from "../parts/words.js";

// What is larger stays out of the browser's storage.
const MOST_KEPT_BYTES = 64 << 20;
const LANGUAGES = ["en", "fr", "de", "es", "it", "pt", "nl", "ja", "zh", "hi"];

export function listen(section) {
  const intake = new Intake();
  const language = h("select", {}, h("option", { value: "", say: "listen.detect" }));
  const names = () => {
    for (const option of language.querySelectorAll("[value]:not([value=''])")) option.remove();
    language.append(...LANGUAGES.map((tag) => h("option", { value: tag }, tongue(tag))));
  };
  names();
  document.addEventListener("language", names);
  const model = modelChoice("TRANSCRIPTION");
  const prompt = h("input", { maxlength: 1000, hint: "listen.terms_hint" });
  const begin = h("button", { type: "submit", class: "main", disabled: true }, icon("listen"), h("span", { say: "listen.begin" }));
  const list = h("div", { class: "stack" });
  const empty = h("p", { class: "empty", say: "listen.empty" });
  drafts("listen", { prompt });
  intake.addEventListener("file", () => { begin.disabled = false; });
  section.append(
    h("header", {}, h("h1", { say: "tab.listen" }), h("p", { say: "listen.lead" })),
    h("div", { class: "two" },
      h("form", { class: "card stack", onsubmit: (event) => {
        event.preventDefault();
        hear(intake.file);
      } },
        intake.element, h("div", { class: "pair" }, field("listen.language", language), field("choice.model", model)),
        field("listen.terms", prompt), h("div", {}, begin)),
      h("div", { class: "stack" }, empty, list)));
  kept("recordings").then((before) => {
    for (const recording of before) list.append(card(recording).element);
    empty.hidden = list.childElementCount > 0;
  });

  async function hear(file) {
    const recording = { id: newId(), name: file.name, blob: file, segments: [], language: "", duration: 0 };
    const control = new AbortController();
    const stop = () => control.abort();
    const waiting = new Waiting(stop);
    const { element, reader, transport, tell } = card(recording);
    element.querySelector(".transport").after(waiting.element);
    empty.hidden = true;
    list.prepend(element);
    addEventListener("pagehide", stop, { once: true });
    const settings = { language: language.value, model: model.value, prompt: prompt.value };
    const query = new URLSearchParams(Object.entries(settings).filter(([, value]) => value));
    try {
      for await (const { event, data } of follow(`transcriptions?${query}`, { file, signal: control.signal })) {
        const what = data[event];
        if (event === "queued") waiting.queued(what);
        else if (event === "loading") waiting.loading(what);
        else if (event === "language") recording.language = what.language;
        else if (event === "segment") {
          const segment = { key: what.index, text: what.text.trim(), words: what.words.map((word) => ({ ...word, text: word.text.trim() })), start_ms: what.start_ms, end_ms: what.end_ms };
          recording.segments.push(segment);
          reader.tell(segment);
          const [heard, all] = [["listen.heard", { time: clock(what.end_ms) }], transport.medium.length];
          if (all) waiting.progress(Math.min(what.end_ms, all), all, heard);
          else waiting.note(...heard);
        } else if (event === "summary") Object.assign(recording, { duration: what.duration_ms, model: what.model });
      }
      recording.done = true;
      if (!recording.segments.length) reader.element.append(h("p", { say: "listen.nothing" }));
      announce("listen.done");
    } catch (error) {
      if (!ended(error)) {
        element.append(trouble(error));
        // What cannot be read cannot be played.
        transport.element.hidden = error.code === "INVALID_ARGUMENT";
      } else element.append(h("p", { class: "note", say: "listen.stopped" }));
    } finally {
      removeEventListener("pagehide", stop);
      waiting.done();
    }
    if (recording.segments.length && file.size <= MOST_KEPT_BYTES) keep("recordings", recording);
    tell();
  }

  function card(recording) {
    const reader = new Reader((time) => {
      transport.seek(time);
      transport.play();
    });
    const transport = new Transport((time) => reader.at(time));
    transport.use(new Tape(URL.createObjectURL(recording.blob), recording.duration));
    const facts = h("span", { class: "tag" });
    const row = h("div", { class: "row" });
    const tell = () => {
      facts.textContent = [recording.language && tongue(recording.language), recording.model].filter(Boolean).join(" · ");
      fill(row, recording.segments.length > 0 && ["txt", "srt", "vtt"].map((kind) => save(recording, kind)),
        button("do.remove", () => {
          forget("recordings", recording.id);
          element.remove();
          empty.hidden = list.childElementCount > 0;
        }, { look: "small", shape: "close" }));
    };
    const element = h("article", { class: "card stack" },
      h("div", { class: "row spread" }, h("h2", {}, recording.name), h("small", {}, moment(Number(recording.id)))),
      facts, transport.element, reader.element, row);
    if (recording.segments.length) {
      reader.show([recording.segments]);
      tell();
    } else if (recording.done) reader.element.append(h("p", {}, t("listen.nothing")));
    return { element, reader, transport, tell };
  }
}

function save(recording, kind) {
  return button(["speak.as", { format: kind.toUpperCase() }], () => {
    const blob = new Blob([written(recording.segments, kind)], { type: "text/plain;charset=utf-8" });
    h("a", { href: URL.createObjectURL(blob), download: recording.name.replace(/\.\w+$/, "") + `.${kind}` }).click();
  }, { look: "small", shape: "download" });
}

// The transcript as plain text, or as captions (SubRip, WebVTT).
function written(segments, kind) {
  if (kind === "txt") return `${segments.map(({ text }) => text).join("\n")}\n`;
  const mark = kind === "srt" ? "," : ".";
  const time = (ms) => {
    const part = (value, digits = 2) => String(Math.floor(value)).padStart(digits, "0");
    return `${part(ms / 3_600_000)}:${part((ms / 60_000) % 60)}:${part((ms / 1000) % 60)}${mark}${part(ms % 1000, 3)}`;
  };
  const plain = (text) => (kind === "vtt" ? text.replaceAll("&", "&amp;").replaceAll("<", "&lt;") : text).replaceAll("-->", "->");
  const cues = segments.map((segment, index) =>
    `${kind === "srt" ? `${index + 1}\n` : ""}${time(segment.start_ms)} --> ${time(segment.end_ms)}\n${plain(segment.text)}\n`);
  return (kind === "vtt" ? "WEBVTT\n\n" : "") + cues.join("\n");
}
