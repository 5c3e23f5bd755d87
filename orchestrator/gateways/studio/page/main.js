// The page: which tab is open, which language is spoken, which theme is worn. A tab is an address,
// `#tell/the-story`, so that the browser's own buttons and a reload find it again.
import { button, fill, h, icon } from "./parts/dom.js";
import { token } from "./parts/token.js";
import { languages, preferred, say, speak, spoken } from "./parts/words.js";
import { ask } from "./tabs/ask.js";
import { imagine } from "./tabs/imagine.js";
import { listen } from "./tabs/listen.js";
import { models } from "./tabs/models.js";
import { speakTab } from "./tabs/speak.js";
import { tell } from "./tabs/tell.js";

// Each makes its section once and returns what to do when it is shown, with the rest of its address.
const TABS = { ask, tell, imagine, speak: speakTab, listen, models };
const THEMES = ["auto", "light", "dark"];
const open = new Map();
const root = document.documentElement;
const main = document.getElementById("main");
const links = new Map();

function show() {
  const [asked, ...rest] = decodeURIComponent(location.hash.slice(1)).split("/");
  const name = asked in TABS ? asked : "ask";
  if (!open.has(name)) {
    const section = h("section", { class: `tab ${name}`, label: `tab.${name}` });
    main.append(section);
    open.set(name, { section, shown: TABS[name](section) });
  }
  for (const [other, { section }] of open) section.hidden = other !== name;
  for (const [other, link] of links) {
    if (other === name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  root.dataset.tab = name;
  say(document.querySelector("title"), ["title", { tab: [`tab.${name}`] }]);
  open.get(name).shown?.(rest.join("/"));
}

function navigation() {
  for (const name of Object.keys(TABS)) {
    links.set(name, h("a", { href: `#${name}` }, icon(name), h("span", { say: `tab.${name}` })));
  }
  const nav = document.getElementById("nav");
  say(nav, "nav", "aria-label");
  nav.append(...links.values());
}

function toggles() {
  const tongue = h("button", { type: "button", class: "tongue", onclick: async () => {
    const next = languages()[(languages().indexOf(spoken()) + 1) % languages().length];
    localStorage.setItem("language", next);
    await speak(next);
  } }, h("span", { say: "toggle.language" }));
  say(tongue, "toggle.language_label", "aria-label");
  const theme = button("toggle.theme_auto", () => {
    wear(THEMES[(THEMES.indexOf(root.dataset.theme ?? "auto") + 1) % THEMES.length]);
  }, { look: "round", shape: "both" });
  const wear = (chosen) => {
    if (chosen === "auto") {
      delete root.dataset.theme;
      localStorage.removeItem("theme");
    } else {
      root.dataset.theme = chosen;
      localStorage.setItem("theme", chosen);
    }
    fill(theme, icon({ auto: "both", light: "sun", dark: "moon" }[chosen]));
    for (const where of ["aria-label", "title"]) say(theme, `toggle.theme_${chosen}`, where);
  };
  wear(root.dataset.theme ?? "auto");
  document.getElementById("toggles").append(tongue, theme);
}

await speak(preferred());
const skip = document.getElementById("skip");
say(skip, "skip");
skip.addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
navigation();
toggles();
token(document.getElementById("toggles"));
addEventListener("hashchange", show);
show();
root.dataset.ready = "yes";
