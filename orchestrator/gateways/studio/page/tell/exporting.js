// A story as a file. The writing goes on when the page is closed, and is found again.
import { download, get, post } from "../parts/api.js";
import { announce, button, field, fill, h, icon } from "../parts/dom.js";
import { recall, remember } from "../parts/keep.js";
import { trouble, Waiting } from "../parts/waiting.js";
import { size } from "../parts/words.js";

const FORMATS = ["HTML", "MP4", "EPUB", "ZIP", "MP3", "M4A", "OPUS", "FLAC", "WAV", "WEBVTT", "SRT", "PSD"];
const LOOK_MS = 600;

export function exporting(theatre) {
  const { story } = theatre;
  const place = `exports.${theatre.name}`;
  const format = h("select", {}, FORMATS.map((name) => h("option", { value: name, say: `export.${name}` })));
  const burn = h("input", { type: "checkbox" });
  const motion = h("input", { type: "checkbox", checked: true });
  const scene = h("select", {}, story.scenes.map(({ index }) => h("option", { value: index, say: ["scene.title", { number: index + 1 }] })));
  const film = h("div", { class: "stack" },
    h("label", { class: "tick" }, burn, h("span", { say: "export.burn" })),
    h("label", { class: "tick" }, motion, h("span", { say: "export.motion" })));
  const layered = field("export.scene", scene);
  const list = h("ul", { class: "shelf stack" });
  const ready = story.state === "STORY_STATE_SUCCEEDED";
  const options = () => {
    film.hidden = format.value !== "MP4";
    layered.hidden = format.value !== "PSD";
  };
  format.addEventListener("input", options);
  options();
  const element = h("div", { class: "stack" },
    h("form", { class: "card stack", onsubmit: begin }, field("export.format", format), film, layered,
      !ready && h("p", { class: "note", say: "export.later" }),
      h("div", {}, h("button", { type: "submit", class: "main", disabled: !ready }, icon("download"), h("span", { say: "export.begin" })))),
    list);
  for (const known of recall(place, [])) watch(known);

  async function begin(event) {
    event.preventDefault();
    const message = { format: `EXPORT_FORMAT_${format.value}`, revision: story.revision };
    if (format.value === "MP4") Object.assign(message, { burn_captions: burn.checked, motion: motion.checked });
    if (format.value === "PSD") message.scene = Number(scene.value);
    try {
      const { name } = await post(`${theatre.name}/export`, message);
      const known = { name, format: format.value };
      remember(place, [known, ...recall(place, [])].slice(0, 10));
      watch(known);
    } catch (error) {
      const item = h("li", {}, trouble(error));
      list.prepend(item);
    }
  }

  async function watch({ name, format: kind }) {
    const waiting = new Waiting(() => post(`${name}/cancel`).catch(() => undefined));
    waiting.note("export.writing");
    const item = h("li", { class: "card stack" }, h("h2", { say: `export.${kind}` }), waiting.element);
    list.prepend(item);
    const forget = () => {
      remember(place, recall(place, []).filter((one) => one.name !== name));
      item.remove();
    };
    try {
      let operation = await get(name);
      while (!operation.done && item.isConnected) {
        const share = operation.metadata?.progress ?? 0;
        if (share) waiting.progress(Math.round(share * 1000), 1000, ["export.share", { share: `${Math.round(share * 100)} %` }]);
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
        operation = await get(name);
      }
      waiting.done();
      if (operation.error) throw Object.assign(new Error(operation.error.message), { code: operation.error.code === 1 ? "CANCELLED" : "" });
      const { asset, file_name: file, size_bytes: bytes, notes } = operation.response;
      item.append(h("p", {}, `${file} · ${size(bytes)}`),
        h("ul", { class: "notes" }, notes.map((note) => h("li", {}, note))),
        h("div", { class: "row" },
          button("do.download", () => download(asset, file), { look: "small main", shape: "download" }),
          button("do.remove", forget, { look: "small", shape: "close" })));
      announce("export.done");
    } catch (error) {
      waiting.done();
      if (error.code === "CANCELLED") forget();
      else fill(item, h("h2", { say: `export.${kind}` }), trouble(error), h("div", {}, button("do.remove", forget, { look: "small", shape: "close" })));
    }
  }
  return { element };
}
