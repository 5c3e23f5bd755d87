// Markdown as elements. Only what model cards and answers use: headings, paragraphs, lists, tables,
// code, quotes, links, emphasis. Markup in the text stays text; a link goes out only by http(s).
import { h } from "./dom.js";

const SPANS = /(`+)(.+?)\1|\*\*(.+?)\*\*|__(.+?)__|\*([^\s*](?:.*?[^\s*])?)\*|\b_([^_]+)_\b|\[([^\]]*)\]\(([^)\s]+)\)/s;
const ITEM = /^(\s*)([-*+]|\d{1,9}[.)])\s+(.*)$/;
const DEEPEST = 4;

function spans(text, depth = 0) {
  const parts = [];
  let rest = text;
  for (let found; depth < DEEPEST && (found = SPANS.exec(rest)); ) {
    const [all, , code, strong, strongToo, soft, softToo, label, target] = found;
    parts.push(rest.slice(0, found.index));
    if (code !== undefined) parts.push(h("code", {}, code));
    else if (strong ?? strongToo) parts.push(h("strong", {}, spans(strong ?? strongToo, depth + 1)));
    else if (soft ?? softToo) parts.push(h("em", {}, spans(soft ?? softToo, depth + 1)));
    else if (/^https?:\/\//i.test(target)) {
      parts.push(h("a", { href: target, rel: "noopener noreferrer", target: "_blank" }, spans(label, depth + 1)));
    } else parts.push(label);
    rest = rest.slice(found.index + all.length);
  }
  return [...parts, rest];
}

const cells = (line) => line.trim().replace(/^\||\|$/g, "").split("|").map((cell) => cell.trim());

/** The elements of a text. Headings begin at `top`. */
export function markdown(text, top = 3) {
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  const blocks = [];
  let at = 0;
  const until = (stop) => {
    const from = at;
    while (at < lines.length && !stop(lines[at])) at += 1;
    return lines.slice(from, at);
  };
  const begins = (line) => !line.trim() || /^(#{1,6}\s|```|>|\s*([-*+]|\d{1,9}[.)])\s)/.test(line);
  while (at < lines.length) {
    const line = lines[at];
    const heading = /^(#{1,6})\s+(.*)$/.exec(line);
    if (!line.trim()) at += 1;
    else if (line.startsWith("```")) {
      at += 1;
      const code = until((next) => next.startsWith("```"));
      at += 1;
      blocks.push(h("pre", { tabindex: "0" }, h("code", {}, code.join("\n"))));
    } else if (/^( {4}|\t)\S/.test(line)) {
      const code = until((next) => next.trim() && !/^( {4}|\t)/.test(next));
      blocks.push(h("pre", { tabindex: "0" }, h("code", {}, code.map((next) => next.slice(4)).join("\n").trimEnd())));
    } else if (heading) {
      at += 1;
      blocks.push(h(`h${Math.min(6, heading[1].length - 1 + top)}`, {}, spans(heading[2])));
    } else if (line.startsWith(">")) {
      const quoted = until((next) => !next.startsWith(">"));
      blocks.push(h("blockquote", {}, spans(quoted.map((next) => next.replace(/^>\s?/, "")).join("\n"))));
    } else if (ITEM.test(line)) blocks.push(list());
    else if (line.includes("|") && /^\s*\|?[\s:|-]+$/.test(lines[at + 1] ?? "") && lines[at + 1].includes("-")) {
      blocks.push(table());
    } else {
      const paragraph = [lines[at]];
      at += 1;
      paragraph.push(...until(begins));
      blocks.push(h("p", {}, spans(paragraph.join("\n"))));
    }
  }
  return blocks;

  function list() {
    const numbered = /\d/.test(ITEM.exec(lines[at])[2]);
    const items = [];
    while (at < lines.length && ITEM.test(lines[at])) {
      const item = [ITEM.exec(lines[at])[3]];
      at += 1;
      item.push(...until((next) => begins(next)));
      items.push(h("li", {}, spans(item.map((part) => part.trim()).join("\n"))));
    }
    return h(numbered ? "ol" : "ul", {}, items);
  }

  function table() {
    const head = cells(lines[at]);
    at += 2;
    const rows = until((next) => !next.includes("|")).map(cells);
    return h("div", { class: "table", tabindex: "0" }, h("table", {},
      h("thead", {}, h("tr", {}, head.map((cell) => h("th", { scope: "col" }, spans(cell))))),
      h("tbody", {}, rows.map((row) => h("tr", {}, row.map((cell) => h("td", {}, spans(cell))))))));
  }
}
