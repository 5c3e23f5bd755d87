// What the browser keeps between visits: small choices and drafts in localStorage, what was made in
// IndexedDB. Nothing of it leaves the browser. Without storage (a private window) the page works,
// and forgets.

const STORES = ["runs", "talks", "speeches", "recordings"];
const MOST = { runs: 60, talks: 60, speeches: 20, recordings: 20 };
let opened;

function database() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open("lanternist-studio", 1);
    request.onupgradeneeded = () => {
      for (const name of STORES) request.result.createObjectStore(name, { keyPath: "id" });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opened;
}

async function act(store, mode, work) {
  const transaction = (await database()).transaction(store, mode);
  const request = work(transaction.objectStore(store));
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(request?.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}

/** Keeps a record under its `id`; the oldest go when there are many. */
export async function keep(store, record) {
  try {
    await act(store, "readwrite", (records) => records.put(record));
    const ids = await act(store, "readonly", (records) => records.getAllKeys());
    const old = ids.slice(0, Math.max(0, ids.length - MOST[store]));
    if (old.length) await act(store, "readwrite", (records) => old.map((id) => records.delete(id)).pop());
  } catch (error) {
    console.warn("not kept:", error?.message);
  }
}

/** Every record, newest first: ids grow with time. */
export async function kept(store) {
  try {
    return (await act(store, "readonly", (records) => records.getAll())).reverse();
  } catch {
    return [];
  }
}

export async function forget(store, id) {
  try {
    await act(store, "readwrite", (records) => records.delete(id));
  } catch (error) {
    console.warn("not forgotten:", error?.message);
  }
}

let last = 0;
/** An id that is later than all before. */
export function newId() {
  last = Math.max(Date.now(), last + 1);
  return String(last).padStart(16, "0");
}

/** A choice or a draft under a name. */
export const recall = (name, otherwise) => {
  try {
    return JSON.parse(localStorage.getItem(name)) ?? otherwise;
  } catch {
    return otherwise;
  }
};

export const remember = (name, value) => {
  try {
    localStorage.setItem(name, JSON.stringify(value));
  } catch (error) {
    console.warn("not kept:", error?.message);
  }
};

/** Makes controls remember what is in them: `{name: control}`. */
export function drafts(group, controls) {
  const name = `draft.${group}`;
  const before = recall(name, {});
  for (const [key, control] of Object.entries(controls)) {
    if (key in before) {
      if (control.type === "checkbox") control.checked = before[key];
      else control.value = before[key];
    }
    control.addEventListener("input", () => {
      const value = control.type === "checkbox" ? control.checked : control.value;
      remember(name, { ...recall(name, {}), [key]: value });
    });
  }
}
