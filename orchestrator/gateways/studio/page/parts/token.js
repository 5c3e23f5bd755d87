// Beyond loopback the server asks for a token. It is shown once, for a session that the browser keeps
// in a cookie and no script can read.
import { get, remove, signIn } from "./api.js";
import { button, field, fill, h } from "./dom.js";
import { trouble } from "./waiting.js";

/** Asks for the token when it is needed; `toggles` gets a button to sign out when it was given. */
export function token(toggles) {
  const input = h("input", { type: "password", autocomplete: "off", required: true, spellcheck: "false" });
  const told = h("div", {});
  const dialog = h("dialog", { class: "card", "aria-labelledby": "token-title" });
  fill(dialog, h("form", { class: "stack", onsubmit: async (event) => {
    event.preventDefault();
    fill(told);
    try {
      await signIn(input.value.trim());
      location.reload();
    } catch ({ code, reason }) {
      fill(told, trouble({ code, reason }));
      input.select();
    }
  } },
    h("h2", { id: "token-title", say: "token.title" }), field("token.field", input, "token.note"), told,
    h("div", {}, h("button", { type: "submit", class: "main", say: "token.use" }))));
  document.body.append(dialog);
  const ask = () => { if (!dialog.open) dialog.showModal(); };
  document.addEventListener("token", ask);
  get("session").then(({ expire_time: until }) => {
    if (!until) return;
    setTimeout(ask, Math.max(0, Date.parse(until) - Date.now()));
    toggles.append(button("token.leave", async () => {
      await remove("session").catch(() => undefined);
      location.reload();
    }, { look: "round", shape: "leave" }));
  }).catch(() => undefined);  // It asks for the token, or does not answer: whoever needs it says so.
}
