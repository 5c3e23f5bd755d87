// The server below the page: requests and answers are the contract's messages in JSON, streams are
// server-sent events. Leaving a stream ends its call, and frees the engine that works for it.

// Protobuf's JSON writes 64-bit integers as strings. The contract's are all below 2^53.
const INTEGERS = /^(seed|sequence|after_sequence|size_bytes|.+_ms)$/;
const parse = (text) => JSON.parse(text, (key, value) =>
  typeof value === "string" && INTEGERS.test(key) && /^-?\d+$/.test(value) ? Number(value) : value);

const address = (path) => new URL(`api/${path}`, document.baseURI.split("#")[0]);

/** What the server refused, and why. */
export class Refusal extends Error {
  constructor({ status = "UNKNOWN", code = "", message = "", fields = [] } = {}) {
    super(message);
    // The canonical code, and the reason that programs branch on.
    Object.assign(this, { code: status, reason: code.toUpperCase(), fields });
  }
}

async function call(path, options) {
  let response;
  try {
    response = await fetch(address(path), options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal({ status: "UNAVAILABLE", code: "NO_CONNECTION" });
  }
  if (response.ok) return response;
  const text = await response.text();
  let told;
  try {
    told = JSON.parse(text).error;
  } catch {
    told = undefined;
  }
  if (response.status === 401) document.dispatchEvent(new CustomEvent("token"));
  throw new Refusal(told ?? { message: `HTTP ${response.status}` });
}

const json = (value) => ({
  method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(value ?? {}),
});

export const get = async (path, signal) => parse(await (await call(path, { signal })).text());
export const post = async (path, value, signal) => parse(await (await call(path, { ...json(value), signal })).text());
export const remove = async (path) => { await call(path, { method: "DELETE" }); };
/** Sends a file as it is. */
export const upload = async (path, file, signal) => parse(await (await call(path, {
  method: "POST", headers: { "content-type": file.type || "application/octet-stream" }, body: file, signal,
})).text());

/**
 * Follows a stream.
 * @yields {{event: string, data: object}} Each event, as it comes.
 * @throws {Refusal} The stream was refused, broke, or ended with an error.
 */
export async function* follow(path, { message, file, signal } = {}) {
  const options = file
    ? { method: "POST", headers: { "content-type": file.type || "application/octet-stream" }, body: file }
    : message ? json(message) : {};
  const response = await call(path, { ...options, signal });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let held = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const blocks = (held + value).split("\n\n");
      held = blocks.pop();
      for (const block of blocks) {
        const event = read(block);
        if (event?.event === "error") throw new Refusal(event.data.error);
        if (event) yield event;
      }
    }
  } catch (error) {
    if (error instanceof Refusal || error.name === "AbortError") throw error;
    throw new Refusal({ status: "UNAVAILABLE", code: "NO_CONNECTION" });
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

function read(block) {
  let event = "message";
  const data = [];
  for (const line of block.split("\n")) {
    if (line.startsWith("event: ")) event = line.slice(7);
    else if (line.startsWith("data: ")) data.push(line.slice(6));
  }
  return data.length ? { event, data: parse(data.join("\n")) } : undefined;
}

/** Shows the server its token, for a cookie that pictures and players send as well. */
export async function signIn(token) {
  // What no header can carry is no token.
  if (!/^[\x20-\xff]*$/.test(token)) throw new Refusal({ status: "UNAUTHENTICATED", code: "TOKEN_WRONG" });
  await call("session", { method: "POST", headers: { authorization: `Bearer ${token}` } });
}

/** The bytes of a stored file. */
export const file = async (name, signal) => (await call(name, { signal })).blob();

/** Where an element finds a stored file. */
export const source = (name) => String(address(name));

/** Hands a file to the reader. */
export function download(name, fileName) {
  const link = document.createElement("a");
  Object.assign(link, { href: source(`${name}?name=${encodeURIComponent(fileName)}`), download: fileName });
  link.click();
}

/** Bytes of protobuf's JSON. */
export const bytes = (base64) => Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));

/** A file in base64 pieces, each at most 768 KiB before, for a message. */
export async function pieces(file) {
  const buffer = new Uint8Array(await file.arrayBuffer());
  const cut = [];
  for (let at = 0; at < buffer.length; at += 786_432) {
    let text = "";
    const piece = buffer.subarray(at, at + 786_432);
    for (let from = 0; from < piece.length; from += 32_768) text += String.fromCharCode(...piece.subarray(from, from + 32_768));
    cut.push(btoa(text));
  }
  return cut;
}

/** A key by which a repeat is known as one; also where the page is not served over TLS. */
export function requestId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const random = crypto.getRandomValues(new Uint8Array(16));
  random[6] = (random[6] & 15) | 64;
  random[8] = (random[8] & 63) | 128;
  const hex = [...random].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** The seed of a picture that can be drawn again. */
export const anySeed = () => crypto.getRandomValues(new Uint32Array(1))[0];
