// Imagine: pictures from words, by one model or several side by side, with a look at them while they
// are drawn. What was drawn stays in the browser; a run that a reload broke off says so, and can be
// drawn again with the same seeds.
import { anySeed, follow } from "../parts/api.js";
import { comparison, segmented } from "../parts/catalogue.js";
import { announce, button, example, field, h, icon } from "../parts/dom.js";
import { drafts, forget, keep, kept, newId } from "../parts/keep.js";
import { blank, Pictures, place, tile } from "../parts/pictures.js";
import { ended, trouble, Waiting } from "../parts/waiting.js";
import { moment } from "../parts/words.js";

const SIZES = { own: [0, 0], landscape: [1024, 768], square: [768, 768], portrait: [768, 1024], wide: [1280, 720] };

export function imagine(section) {
  const prompt = h("textarea", { rows: 4, maxlength: 4000, required: true, hint: "imagine.prompt_hint" });
  const style = h("input", { maxlength: 200, hint: "imagine.style_hint" });
  const negative = h("input", { maxlength: 1000 });
  const seed = h("input", { inputmode: "numeric", pattern: "[0-9]{0,15}", hint: "imagine.seed_hint" });
  const steps = h("input", { type: "number", min: 1, max: 200, hint: "imagine.steps_hint" });
  const count = segmented("imagine.count", "imagine-count", ["1", "2", "3", "4"].map((n) => [n, [n]]), "1");
  const shape = h("select", {}, Object.keys(SIZES).map((name) => h("option", { value: name, say: `imagine.size_${name}` })));
  const choice = comparison("IMAGE", "imagine-model");
  const runs = h("div", { class: "runs stack" });
  const empty = h("p", { class: "empty", say: "imagine.empty" });
  const running = new Set();
  drafts("imagine", { prompt, style, negative, steps, shape, count });

  const form = h("form", { class: "card stack", onsubmit: (event) => {
    event.preventDefault();
    draw();
  } },
    field("imagine.prompt", prompt, "", example(prompt, "imagine.prompt_hint")), count.element, choice.element,
    h("div", { class: "pair" }, field("imagine.size", shape), field("imagine.style", style)),
    h("details", {}, h("summary", { say: "imagine.more" }), h("div", { class: "stack" },
      field("imagine.negative", negative),
      h("div", { class: "pair" }, field("imagine.seed", seed), field("imagine.steps", steps)))),
    h("div", {}, h("button", { type: "submit", class: "main" }, icon("imagine"), h("span", { say: "imagine.draw" }))));
  prompt.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  section.append(
    h("header", {}, h("h1", { say: "tab.imagine" }), h("p", { say: "imagine.lead" })),
    h("div", { class: "two" }, form, h("div", { class: "stack" }, empty, runs)));
  kept("runs").then((before) => {
    for (const run of before) {
      if (run.state === "running") run.state = "interrupted";
      runs.append(card(run));
    }
    empty.hidden = runs.childElementCount > 0;
  });
  addEventListener("pagehide", () => { for (const stop of running) stop(); });

  function draw() {
    const [width, height] = SIZES[shape.value];
    begin({
      request: {
        prompt: prompt.value.trim(), style: style.value.trim(), negative_prompt: negative.value.trim(), width, height,
        count: Number(count.value), step_count: Number(steps.value) || 0,
        seed: /^\d+$/.test(seed.value) ? Number(seed.value) : anySeed(), preview_interval: 1,
      },
      models: choice.chosen().length ? choice.chosen() : [""],
    });
  }

  function begin({ request, models }) {
    const run = { id: newId(), request, models, state: "running", pictures: [] };
    empty.hidden = true;
    const element = card(run);
    runs.prepend(element);
    element.scrollIntoView({ block: "nearest" });
    keep("runs", run);
    const works = models.map((model) => work(run, model, element.querySelector(`[data-model="${CSS.escape(model)}"]`)));
    Promise.all(works).then((endings) => {
      run.state = endings.includes("failed") ? "failed" : endings.includes("stopped") ? "stopped" : "done";
      keep("runs", run);
      if (run.state === "done") announce("imagine.done", { count: run.pictures.length });
      element.replaceWith(card(run, endings.includes("failed") ? element : undefined));
    });
  }

  // One model's share of a run: how it ended.
  async function work(run, model, column) {
    const control = new AbortController();
    const stop = () => control.abort();
    running.add(stop);
    const waiting = new Waiting(stop);
    column.querySelector(".tiles").before(waiting.element);
    const pictures = new Pictures(column.querySelector(".tiles"), waiting, run.request, (made) => {
      run.pictures.push({ ...made, asked: model });
      keep("runs", run);
    });
    try {
      const message = { ...run.request, model };
      for await (const { event, data } of follow("images", { message, signal: control.signal })) pictures.take(event, data[event]);
      return "done";
    } catch (error) {
      if (ended(error)) return "stopped";
      column.append(trouble(error));
      return "failed";
    } finally {
      running.delete(stop);
      waiting.done();
    }
  }

  function card(run, failed) {
    const { request } = run;
    const columns = run.models.map((model) => {
      const made = run.pictures.filter((picture) => picture.asked === model);
      const tiles = h("div", { class: "tiles" });
      for (let index = 0; index < (request.count || 1); index += 1) {
        const picture = made.find((one) => one.index === index);
        if (picture) place(tiles, index, tile(picture, request.prompt));
        else if (run.state === "running") place(tiles, index, blank(request));
      }
      const name = made[0]?.model || model;
      return h("div", { class: "column stack", data: { model } },
        (name || run.models.length > 1) && h("p", { class: "by" }, h("span", { class: "tag" }, name)), tiles);
    });
    const again = button("imagine.same", () => begin({ request: run.request, models: run.models }), { look: "small", shape: "redo" });
    const told = { interrupted: "imagine.interrupted", stopped: "imagine.stopped", failed: "imagine.failed" }[run.state];
    const element = h("article", { class: "card stack run" },
      h("div", { class: "row spread" },
        h("h2", {}, request.prompt.length > 160 ? `${request.prompt.slice(0, 160)}…` : request.prompt),
        h("small", {}, moment(Number(run.id)))),
      told && h("p", { class: "note", say: told }),
      h("div", { class: "columns" }, columns),
      run.state !== "running" && h("div", { class: "row" }, again,
        button("imagine.vary", () => refill(run), { look: "small", shape: "back" }),
        button("do.remove", () => {
          forget("runs", run.id);
          element.remove();
          empty.hidden = runs.childElementCount > 0;
        }, { look: "small", shape: "close" })));
    if (failed) element.querySelector(".columns").after(...failed.querySelectorAll(".trouble"));
    return element;
  }

  function refill(run) {
    prompt.value = run.request.prompt;
    style.value = run.request.style ?? "";
    negative.value = run.request.negative_prompt ?? "";
    seed.value = "";
    count.value = String(run.request.count);
    choice.choose(run.models);
    prompt.focus();
  }
}
