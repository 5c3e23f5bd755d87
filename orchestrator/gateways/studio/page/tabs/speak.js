// Speak: a text said aloud, heard from its first clause on, with its words lighting up.
import { bytes, follow } from "../parts/api.js";
import { modelChoice, voiceChoice } from "../parts/catalogue.js";
import { announce, button, example, field, h, icon } from "../parts/dom.js";
import { drafts, forget, keep, kept, newId } from "../parts/keep.js";
import { Speech } from "../parts/speech.js";
import { ended, trouble, Waiting } from "../parts/waiting.js";
import { moment } from "../parts/words.js";

const FORMATS = {
  wav: "AUDIO_ENCODING_WAV", mp3: "AUDIO_ENCODING_MP3", flac: "AUDIO_ENCODING_FLAC", ogg: "AUDIO_ENCODING_OGG_OPUS",
};

export function speakTab(section) {
  const text = h("textarea", { rows: 8, required: true, maxlength: 200000, class: "tale", hint: "speak.hint" });
  const voice = voiceChoice();
  const model = modelChoice("VOICE");
  const speed = h("input", { type: "range", min: 0.5, max: 2, step: 0.05, value: 1 });
  const shownSpeed = h("output", {});
  const pace = () => { shownSpeed.textContent = `${Number(speed.value).toFixed(2)}×`; };
  const list = h("div", { class: "stack" });
  const empty = h("p", { class: "empty", say: "speak.empty" });
  const form = h("form", { class: "card stack", onsubmit: (event) => {
    event.preventDefault();
    begin();
  } },
    field("speak.text", text, "", example(text, "speak.hint")), field("choice.voice", voice),
    h("label", { class: "field" }, h("span", { class: "row spread name" }, h("span", { say: "speak.speed" }), shownSpeed), speed),
    h("details", {}, h("summary", { say: "imagine.more" }), field("choice.model", model)),
    h("div", {}, h("button", { type: "submit", class: "main" }, icon("speak"), h("span", { say: "speak.begin" }))));
  drafts("speak", { text, speed });
  speed.addEventListener("input", pace);
  pace();
  section.append(
    h("header", {}, h("h1", { say: "tab.speak" }), h("p", { say: "speak.lead" })),
    h("div", { class: "two" }, form, h("div", { class: "stack" }, empty, list)));
  kept("speeches").then((before) => {
    for (const record of before) {
      const speech = new Speech();
      speech.show(record.clauses, URL.createObjectURL(record.blob), record.duration);
      list.append(card(record, speech));
    }
    empty.hidden = list.childElementCount > 0;
  });

  async function begin() {
    const request = { text: text.value, voice: voice.value, model: model.value, speed: Number(speed.value) };
    const record = { id: newId(), request };
    const control = new AbortController();
    const stop = () => control.abort();
    const waiting = new Waiting(stop);
    const speech = new Speech();
    const element = card(record, speech);
    element.append(waiting.element);
    empty.hidden = true;
    list.prepend(element);
    addEventListener("pagehide", stop, { once: true });
    try {
      for await (const { event, data } of follow("speech", { message: request, signal: control.signal })) {
        if (event === "queued") waiting.queued(data.queued);
        else if (event === "loading") waiting.loading(data.loading);
        else speech.take(event, data[event]);
        if (event === "format") element.querySelector(".by").textContent = `${data.format.voice} · ${data.format.model}`;
        if (event === "clause") waiting.progress(speech.said, request.text.length, ["speak.saying", {}]);
      }
      announce("speak.done");
    } catch (error) {
      if (!ended(error)) element.append(trouble(error));
    } finally {
      removeEventListener("pagehide", stop);
      waiting.done();
    }
    if (speech.finish()) {
      const { blob, clauses, duration, format } = speech;
      Object.assign(record, { blob, clauses, duration, voice: format.voice, model: format.model });
      keep("speeches", record);
      element.append(files(record, element));
    } else if (control.signal.aborted) {
      element.remove();
      empty.hidden = list.childElementCount > 0;
    }
  }

  function card(record, speech) {
    const by = record.voice ? `${record.voice} · ${record.model}` : "";
    const element = h("article", { class: "card stack" },
      h("div", { class: "row spread" }, h("span", { class: "tag by" }, by), h("small", {}, moment(Number(record.id)))),
      speech.element);
    if (record.blob) element.append(files(record, element));
    return element;
  }

  function files(speech, element) {
    const row = h("div", { class: "row" });
    const name = (ending) => `speech-${speech.voice}.${ending}`;
    const save = (blob, ending) => {
      const link = h("a", { href: URL.createObjectURL(blob), download: name(ending) });
      link.click();
    };
    for (const [ending, encoding] of Object.entries(FORMATS)) {
      row.append(button(["speak.as", { format: ending === "ogg" ? "Opus" : ending.toUpperCase() }], async (event) => {
        const asked = event.currentTarget;
        asked.disabled = true;
        try {
          const pieces = [];
          const message = { ...speech.request, voice: speech.voice, model: speech.model, encoding, as_file: true };
          for await (const { event: kind, data } of follow("speech", { message })) {
            if (kind === "audio") pieces.push(bytes(data.audio));
          }
          save(new Blob(pieces), ending);
        } catch (error) {
          row.after(trouble(error));
        }
        asked.disabled = false;
      }, { look: "small", shape: ending === "wav" ? "download" : undefined, tip: "speak.again" }));
    }
    row.append(button("do.remove", () => {
      forget("speeches", speech.id);
      element.remove();
      empty.hidden = list.childElementCount > 0;
    }, { look: "small", shape: "close" }));
    return row;
  }
}
