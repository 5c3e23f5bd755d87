// Ask: a conversation. What is asked goes to the kind of model that it asks for; the decision is
// shown with its reasons, and so is everything that is made, as it is made.
import { follow, pieces, upload } from "../parts/api.js";
import { models } from "../parts/catalogue.js";
import { announce, button, field, fill, h, icon } from "../parts/dom.js";
import { drafts, forget, keep, kept, newId } from "../parts/keep.js";
import { ended, trouble } from "../parts/waiting.js";
import { say, t } from "../parts/words.js";
import { answered, Answers } from "./answers.js";

const MODALITIES = ["TEXT", "IMAGE", "VOICE", "TRANSCRIPTION"];
const MOST_COMPARED = 3;
const KEEP_MS = 700;

export function ask(section) {
  const turns = h("div", { class: "turns stack", role: "log", label: "ask.log", "aria-live": "off" });
  const welcome = h("div", { class: "welcome" }, h("h2", { say: "ask.title" }), h("p", { say: "ask.lead" }),
    h("div", { class: "chips" }, ["story", "image", "speech", "text"].map((kind) =>
      button(`ask.example_${kind}`, () => {
        text.value = t(`ask.example_${kind}`);
        text.dispatchEvent(new Event("input"));
        text.focus();
      }, { look: "small" }))));
  const text = h("textarea", { rows: 1, maxlength: 100000, label: "ask.text", hint: "ask.hint" });
  const attached = h("div", { class: "chips" });
  const picker = h("input", { type: "file", multiple: true, accept: "audio/*,image/*", hidden: true });
  const send = button("ask.send", () => form.requestSubmit(), { look: "round main", shape: "send" });
  const stop = button("do.stop", () => control?.abort(), { look: "round main", shape: "stop", hidden: true });
  const chosen = h("div", { class: "stack" });
  const choice = h("details", { class: "choice" }, h("summary", { say: "ask.model_auto" }), chosen);
  const past = h("select", { onchange: () => open(past.value) });
  const form = h("form", { class: "composer card", onsubmit: (event) => {
    event.preventDefault();
    submit();
  } },
    attached, text,
    h("div", { class: "row" }, button("ask.attach", () => picker.click(), { look: "round", shape: "attach" }), picker,
      choice, h("span", { class: "room" }), send, stop));
  let talk = fresh(), files = [], control, known = [];

  section.append(
    h("h1", { class: "hidden", say: "tab.ask" }),
    h("div", { class: "row spread past" }, field("ask.past", past),
      button("ask.new", () => open(""), { look: "small", shape: "plus" }),
      button("do.remove", () => {
        forget("talks", talk.id);
        known = known.filter((one) => one.id !== talk.id);
        open("");
      }, { look: "small", shape: "close" })),
    welcome, turns, form);
  drafts("ask", { text });
  text.addEventListener("input", grow);
  text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  text.addEventListener("paste", (event) => attach(event.clipboardData.files));
  form.addEventListener("dragover", (event) => event.preventDefault());
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    attach(event.dataTransfer.files);
  });
  picker.addEventListener("change", () => attach(picker.files));
  addEventListener("pagehide", () => control?.abort());
  listModels();
  kept("talks").then((before) => {
    known = before;
    open(sessionStorage.getItem("talk") ?? "");
  });
  requestAnimationFrame(grow);

  function fresh() { return { id: newId(), turns: [] }; }

  function grow() {
    text.style.height = "auto";
    text.style.height = `${Math.min(text.scrollHeight + 2, 240)}px`;
  }

  async function listModels() {
    const groups = await Promise.all(MODALITIES.map(async (modality) => [modality, await models(modality)])).catch(() => []);
    fill(chosen, h("small", { say: ["ask.compare", { count: MOST_COMPARED }] }), groups.map(([modality, group]) =>
      group.length > 0 && h("fieldset", { data: { modality } }, h("legend", { say: `modality.${modality}` }),
        h("div", { class: "chips" }, group.map((model) => h("label", { class: "chip", title: model.description },
          h("input", { type: "checkbox", value: model.id, onchange: choose }), model.display_name))))));
  }

  // One modality at a time, and not too many.
  function choose({ target }) {
    for (const box of chosen.querySelectorAll(":checked")) {
      if (box.closest("fieldset") !== target.closest("fieldset")) box.checked = false;
    }
    const ids = wanted();
    if (ids.length > MOST_COMPARED) target.checked = false;
    say(choice.firstElementChild, ids.length ? ["ask.model_some", { models: wanted().join(", ") }] : "ask.model_auto");
  }

  function wanted() { return [...chosen.querySelectorAll(":checked")].map((box) => box.value); }

  function attach(list) {
    for (const file of list) {
      if (!/^(audio|image|video)\//.test(file.type)) continue;
      files.push(file);
      const chip = h("span", { class: "chip" }, icon("attach"), file.name,
        button(["ask.detach", { name: file.name }], () => {
          files = files.filter((one) => one !== file);
          chip.remove();
        }, { look: "round tiny", shape: "close" }));
      attached.append(chip);
    }
    picker.value = "";
  }

  function open(id) {
    talk = known.find((one) => one.id === id) ?? fresh();
    if (known.includes(talk)) sessionStorage.setItem("talk", talk.id);
    else sessionStorage.removeItem("talk");
    const options = known.map((one) => h("option", { value: one.id }, one.turns[0]?.text.slice(0, 60) || one.id));
    fill(past, h("option", { value: "", say: "ask.now" }), options);
    past.value = known.includes(talk) ? talk.id : "";
    section.querySelector(".past").hidden = known.length === 0;
    fill(turns);
    welcome.hidden = talk.turns.length > 0;
    for (const turn of talk.turns) {
      if (turn.state === "running") turn.state = "interrupted";
      const { element, body } = frame(turn);
      body.append(...answered(turn));
      close(turn, body);
      turns.append(element);
    }
    if (location.hash.startsWith("#ask")) turns.lastElementChild?.scrollIntoView({ block: "end" });
  }

  function frame(turn) {
    const body = h("div", { class: "answer stack" });
    const asked = h("div", { class: "asked" }, h("p", {}, turn.text),
      turn.files.length > 0 && h("p", { class: "chips" }, turn.files.map((name) => h("span", { class: "tag" }, name))));
    return { body, element: h("article", { class: "turn stack" }, asked, body) };
  }

  // The end of a turn: what became of it, and a way to ask again.
  function close(turn, body) {
    const key = { interrupted: "ask.interrupted", stopped: "ask.stopped" }[turn.state];
    if (!key) return;
    body.append(h("div", { class: "row" }, h("p", { class: "note", say: key }),
      button("do.again", () => run(turn.text, [], turn.wanted ?? []), { look: "small", shape: "redo" })));
  }

  function submit() {
    if (control || (!text.value.trim() && !files.length)) return;
    run(text.value.trim(), files, wanted());
    text.value = "";
    files = [];
    fill(attached);
    text.dispatchEvent(new Event("input"));
  }

  async function run(asked, sent, ids) {
    if (control) return;
    control = new AbortController();
    const drawing = chosen.querySelector("[data-modality=IMAGE] :checked");
    const turn = { text: asked, files: sent.map(({ name }) => name), wanted: ids, state: "running", answers: [] };
    const before = talk.turns.flatMap(said);
    talk.turns.push(turn);
    if (!known.includes(talk)) known.unshift(talk);
    sessionStorage.setItem("talk", talk.id);
    const mine = talk;
    const { element: shown, body } = frame(turn);
    welcome.hidden = true;
    turns.lastElementChild?.classList.remove("newest");
    shown.classList.add("newest");
    turns.append(shown);
    [send.hidden, stop.hidden] = [true, false];
    // What was asked goes to the top, so that nothing jumps while the answer grows below it.
    shown.scrollIntoView({ block: "start" });
    keep("talks", mine);
    let saved = performance.now();
    const answers = new Answers(turn, body, sent, () => control.abort());
    try {
      const parts = [...(asked ? [{ text: asked }] : []), ...(await Promise.all(sent.map(part))).flat()];
      const message = {
        messages: [...before, { role: "CHAT_ROLE_USER", parts }], detach_story: true,
        ...(drawing && { parameters: { preview_interval: 1 } }),
        ...(ids.length > 1 ? { compare: ids } : { model: ids[0] ?? "" }),
      };
      for await (const { event, data } of follow("respond", { message, signal: control.signal })) {
        answers.take(data.answer ?? 0, event, data[event]);
        // A reload in the middle finds what was said until then.
        if (event === "routing" || event === "finished" || performance.now() - saved > KEEP_MS) {
          saved = performance.now();
          keep("talks", mine);
        }
      }
      turn.state = "done";
      announce("ask.done");
    } catch (error) {
      turn.state = ended(error) ? "stopped" : "failed";
      if (turn.state === "failed") body.append(trouble(error, () => run(asked, sent, ids)));
    }
    control = undefined;
    [send.hidden, stop.hidden] = [false, true];
    answers.finish();
    close(turn, body);
    keep("talks", mine);
    if (mine === talk) listPast();
  }

  function listPast() {
    section.querySelector(".past").hidden = false;
    if ([...past.options].every((option) => option.value !== talk.id)) {
      past.append(h("option", { value: talk.id }, talk.turns[0].text.slice(0, 60)));
    }
    past.value = talk.id;
  }

  async function part(file) {
    if (file.type.startsWith("image/")) return (await pieces(file)).map((piece) => ({ image_data: piece }));
    return [{ audio: (await upload("narrations", file, control.signal)).narration }];
  }
}

// A turn as the model is told of it: words, where there are any.
function said(turn) {
  const answer = turn.answers.map((one) => one?.text ?? "").find(Boolean);
  if (!turn.text || !answer) return [];
  return [
    { role: "CHAT_ROLE_USER", parts: [{ text: turn.text }] },
    { role: "CHAT_ROLE_ASSISTANT", parts: [{ text: answer }] },
  ];
}
