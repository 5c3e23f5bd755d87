// What is shown while something is made: place in the queue, loading, steps, time left, and a button
// that ends it. Times left are measured on this very request, or are not shown.
import { announce, button, h } from "./dom.js";
import { about, say } from "./words.js";

const SURE_SECONDS = 1.5;

/** Measures how fast something goes, and says what is left of it. */
export class Pace {
  #began = performance.now();
  #base = 0;

  /** Begins anew, with so much done already. */
  restart(done = 0) {
    this.#began = performance.now();
    this.#base = done;
  }

  /** Seconds left, 0 when it is done, undefined while too little was seen to tell. */
  left(done, all) {
    const seconds = (performance.now() - this.#began) / 1000;
    const made = done - this.#base;
    if (done >= all) return 0;
    if (made < 2 || seconds < SURE_SECONDS) return undefined;
    return (seconds / made) * (all - done);
  }
}

/** The line that tells how a request stands. */
export class Waiting {
  #line = h("p", { class: "line" });
  #bar = h("progress", { max: 1, label: "waiting.progress" });
  #pace = new Pace();
  #kind = "";

  /**
   * @param {() => void} stop Ends the request; without it there is no button.
   */
  constructor(stop) {
    this.stopButton = stop ? button("do.stop", stop, { look: "small", shape: "stop" }) : "";
    this.element = h("div", { class: "waiting" }, this.#line, this.#bar, this.stopButton);
    this.#show("sent", ["waiting.sent"]);
  }

  /** A `QueueStatus`. Position 0: it is being served. */
  queued({ position, estimated_wait_ms }) {
    if (!position) return this.#show("working", ["waiting.working"]);
    const wait = estimated_wait_ms ? about(estimated_wait_ms / 1000) : undefined;
    this.#pace.restart();
    this.#show("queued", wait
      ? ["waiting.queued_for", { count: position, wait }]
      : ["waiting.queued", { count: position }]);
  }

  /** A `ModelLoading`. */
  loading({ model }) {
    this.#pace.restart();
    this.#show("loading", ["waiting.loading", { model }]);
  }

  /** So much of all is done; `said` tells what. */
  progress(done, all, said = ["waiting.steps", { done, all }]) {
    const left = this.#pace.left(done, all);
    this.#show("working", !left ? said : ["waiting.left", { said, left: about(left) }]);
    this.#bar.value = all ? done / all : 0;
  }

  /** Anything else that is to be said. */
  note(key, params) {
    this.#show(key, [key, params]);
  }

  /** The end. */
  done() {
    this.element.remove();
  }

  #show(kind, said) {
    say(this.#line, said);
    if (kind === this.#kind) return;
    this.#kind = kind;
    this.#bar.removeAttribute("value");
    if (kind !== "sent") announce(...said);
  }
}

/** An error as a person reads it; in an alert, so that it is heard. */
export function trouble(error, again) {
  return h("div", { class: "trouble", role: "alert" }, h("p", {}, ...explained(error)),
    again && button("do.again", again, { look: "small", shape: "redo" }));
}

function explained(error) {
  const known = {
    NO_CONNECTION: "trouble.no_connection",
    NO_RECORDING: "trouble.no_recording",
    TOKEN_WRONG: "trouble.token_wrong",
    UNAUTHENTICATED: "trouble.token_missing",
    UNIMPLEMENTED: "trouble.unimplemented",
    RESOURCE_EXHAUSTED: "trouble.exhausted",
    UNAVAILABLE: "trouble.unavailable",
    NOT_FOUND: "trouble.not_found",
    INTERNAL: "trouble.internal",
  };
  const key = known[error.reason] ?? known[error.code];
  const told = error.fields?.length
    ? error.fields.map(({ field, description }) => `${field}: ${description}`).join(" ")
    : error.message;
  return [key && h("span", { say: key }), key && told ? " " : "", told && h("span", { class: "told" }, told)];
}

/** Whether an error only means that the reader ended it. */
export const ended = (error) => error.name === "AbortError" || error.code === "CANCELLED";
