// Beyond loopback the server asks for a token: a question, once, when it is needed.
import { field, fill, h } from "./dom.js";

export function token() {
  const input = h("input", { type: "password", autocomplete: "off", required: true });
  const dialog = h("dialog", { class: "card", "aria-labelledby": "token-title" });
  fill(dialog, h("form", { class: "stack", onsubmit: (event) => {
    event.preventDefault();
    sessionStorage.setItem("token", input.value);
    location.reload();
  } },
    h("h2", { id: "token-title", say: "token.title" }), field("token.field", input, "token.note"),
    h("div", {}, h("button", { type: "submit", class: "main", say: "token.use" }))));
  document.body.append(dialog);
  document.addEventListener("token", () => { if (!dialog.open) dialog.showModal(); });
}
