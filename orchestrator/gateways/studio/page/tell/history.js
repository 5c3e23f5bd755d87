// Every revision of a story can be gone back to; undoing is a revision too, so nothing is ever lost.
import { h } from "../parts/dom.js";
import { moment } from "../parts/words.js";
import { change } from "./panels.js";

// What a revision shows again, when it was an undoing: `{revision: shown}`.
const undone = (theatre) => JSON.parse(sessionStorage.getItem(`undone.${theatre.name}`) ?? "{}");

/** The line that undoes, and the list of what was. */
export function history(theatre) {
  const { revision, revisions, reuse } = theatre.story;
  const shown = undone(theatre)[revision] ?? revision;
  const before = shown - 1;
  const back = (to) => () => {
    sessionStorage.setItem(`undone.${theatre.name}`, JSON.stringify({ ...undone(theatre), [revision + 1]: to }));
    return [{ restore_revision: to }];
  };
  const undo = change(theatre, "history.undo", back(before), { shape: "undo" });
  if (before < 1) undo.disabled = true;
  return h("div", { class: "stack" },
    h("div", { class: "row spread" }, undo,
      reuse && h("small", { say: ["history.reuse", { sentences: reuse.segments_reused, pictures: reuse.scenes_reused, made: reuse.segments_made + reuse.scenes_made }] })),
    revisions.length > 1 && h("details", {}, h("summary", { say: ["history.all", { count: revisions.length }] }),
      h("ol", { class: "revisions stack", reversed: true }, [...revisions].reverse().map((one) =>
        h("li", { class: "row spread" },
          h("span", {}, `${one.revision}. ${one.summary} `, h("small", {}, moment(one.create_time))),
          one.revision !== revision && change(theatre, "history.restore", back(one.revision), { look: "link" }))))));
}
