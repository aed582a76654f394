// Dialogs: one to choose a file or folder of this machine, one with the keys, one after an export; and what the user is told.

import { html, useEffect, useRef, useState } from "./vendor/htm-preact.js";
import { share } from "./format.js";
import { changed, dismiss, store } from "./store.js";

let open = null; // the dialog that is open: {kind, ..., resolve}

function show(dialog) {
  return new Promise((resolve) => {
    open?.resolve(null);
    open = { ...dialog, resolve };
    changed();
  });
}

function close(answer = null) {
  const { resolve } = open ?? {};
  open = null;
  resolve?.(answer);
  changed();
}

// Asks for a path -> the path, or null. `name`: a new file is wanted, with this name to begin with.
export const choose = (wish) => show({ type: "choose", ...wish });
export const choosePlugin = () => show({ type: "plugins" });
export const showKeys = () => show({ type: "keys" });
export const isOpen = () => open !== null;

export function Dialogs() {
  if (store.exported && !open) open = { type: "exported", resolve: () => (store.exported = null) };
  if (!open) return null;
  return html`<${Frame} key=${open.type + (open.title ?? "")} dialog=${open} />`;
}

function Frame({ dialog }) {
  const box = useRef(null);
  useEffect(() => {
    if (!box.current.open) box.current.showModal();
  }, []);
  const body = { choose: Choose, plugins: Plugins, keys: Keys, exported: Exported }[dialog.type];
  return html`<dialog ref=${box} onClose=${() => close()} onKeyDown=${(event) => event.stopPropagation()}
    onClick=${(event) => event.target === box.current && close()}><${body} dialog=${dialog} /></dialog>`;
}

function Choose({ dialog }) {
  const [listing, setListing] = useState(null);
  const [error, setError] = useState("");
  const [path, setPath] = useState(dialog.folder);
  const [chosen, setChosen] = useState(dialog.name ?? "");
  const wantsFolder = dialog.kind === "folder";
  const asked = useRef(0); // an answer that comes after something newer was asked for or typed is not shown

  const visit = async (where) => {
    const mine = ++asked.current;
    const answer = await fetch(`/folder?${new URLSearchParams({ path: where, kind: dialog.kind })}`);
    const found = await answer.json();
    if (mine !== asked.current) return;
    if (!answer.ok) return setError(`${found.what}. ${found.remedy}`);
    setError("");
    setListing(found);
    setPath(found.path);
    if (dialog.name === undefined) setChosen("");
  };
  useEffect(() => void visit(dialog.folder), []);

  const target = () => (chosen ? `${path.replace(/\/$/, "")}/${chosen}` : path);
  const ready = wantsFolder || chosen !== "";
  const submit = (event) => {
    event.preventDefault();
    if (ready) close(target());
  };
  return html`<form class="choose" onSubmit=${submit}>
    <h2>${dialog.title}</h2>
    <input class="path" aria-label="folder" value=${path} spellcheck="false" onInput=${(event) => {
        asked.current++;
        setPath(event.target.value);
      }}
      onKeyDown=${(event) => {
        if (event.key === "Enter") {
          event.preventDefault();
          visit(event.target.value);
        }
      }} />
    <ul class="listing" tabindex="-1">
      ${listing && listing.parent !== listing.path && html`<li><button type="button"
        onClick=${() => visit(listing.parent)}><i>↑</i>..</button></li>`}
      ${listing?.folders.map((name) => html`<li key=${name}><button type="button"
        onClick=${() => visit(`${path}/${name}`)}><i>▸</i>${name}</button></li>`)}
      ${listing?.files.map((file) => html`<li key=${file.name} class=${file.name === chosen ? "on" : ""}>
        <button type="button" onClick=${() => setChosen(file.name)}
          onDblClick=${() => close(`${path}/${file.name}`)}><i></i>${file.name}<span class="dim">${size(file.bytes)}</span></button></li>`)}
      ${listing && !listing.folders.length && !listing.files.length && html`<li class="dim empty">${dialog.kind === "folder" ? "no folders in here" : "nothing of this kind here"}</li>`}
    </ul>
    ${error && html`<p class="note">${error}</p>`}
    ${dialog.name !== undefined && html`<label class="row"><span class="label">name</span><input value=${chosen} aria-label="name"
      onInput=${(event) => setChosen(event.target.value)} autofocus /></label>`}
    <footer class="row"><span class="grow"></span><button type="button" onClick=${() => close()}>Cancel</button>
      <button class="primary" disabled=${!ready}>${dialog.action ?? "Open"}</button></footer>
  </form>`;
}

function Plugins() {
  const [found, setFound] = useState(null);
  const [wish, setWish] = useState("");
  useEffect(() => void fetch("/plugins").then((answer) => answer.json()).then(setFound), []);
  const shown = (found ?? []).filter((one) => `${one.name} ${one.file}`.toLowerCase().includes(wish.toLowerCase()));
  return html`<div class="choose"><h2>Add a VST3 plug-in</h2>
    <input autofocus placeholder="search" aria-label="search" value=${wish} onInput=${(event) => setWish(event.target.value)} />
    <ul class="listing">
      ${!found && html`<li class="dim empty">asking every plug-in for its name…</li>`}
      ${found && !found.length && html`<li class="dim empty">No VST3 plug-ins are installed. UTSUSHI_VST3_PATH names further folders.</li>`}
      ${shown.map((one) => html`<li key=${one.id}><button type="button" disabled=${one.broken} title=${one.broken || one.file}
        onClick=${() => close(one.id)}><i></i>${one.name}<span
          class="dim">${one.broken ? "cannot be loaded" : one.file}</span></button></li>`)}
    </ul>
    <footer class="row"><span class="dim grow">Each is tried once, in a process of its own.</span><button type="button"
      onClick=${() => close()}>Cancel</button></footer></div>`;
}

function size(bytes) {
  return bytes > 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.ceil(bytes / 1e3)} kB`;
}

const KEYS = [
  ["Space", "play, pause"],
  ["A  B  R", "listen to track, result, reference (R again: the next reference)"],
  ["L", "loop on and off"],
  ["M", "level match on and off"],
  ["Home", "to the beginning, or to the loop's"],
  ["←  →", "one second back, forward"],
  ["T", "keep a take"],
  ["Ctrl+Enter", "imitate"],
  ["Esc", "stop the search"],
  ["Ctrl+Z  Ctrl+Shift+Z", "undo, redo"],
  ["Ctrl+S  Ctrl+O", "save, open a session"],
  ["Ctrl+E", "export into a DAW"],
];

function Keys() {
  const marks = (keys) => keys.split("  ").map((one) => html`<kbd>${one}</kbd> `);
  return html`<div class="keys"><h2>Keys</h2>
    <dl>${KEYS.map(([keys, what]) => html`<dt>${marks(keys)}</dt><dd>${what}</dd>`)}</dl>
    <footer class="row"><span class="grow"></span><button onClick=${() => close()}>Close</button></footer></div>`;
}

function Exported() {
  const made = store.exported;
  if (!made) return null;
  return html`<div class="exported"><h2>Written</h2><p class="path">${made.folder}</p>
    <ul>${made.files.map((one) => html`<li><b>${one.name}</b><span class="dim">${one.about}</span></li>`)}</ul>
    ${made.notes.map((note) => html`<p class="note">${note}</p>`)}
    <footer class="row"><span class="grow"></span><button class="primary" onClick=${() => close()}>Close</button></footer></div>`;
}

export function Messages() {
  const busy = store.exporting;
  return html`<div class="messages" role="status" aria-live="polite">
    ${busy && html`<div class="message"><p>${busy.stage}</p><div class="progress"><i
      style=${{ width: share(busy.fraction) }}></i></div></div>`}
    ${store.messages.map((one) => html`<div class="message ${one.kind}" key=${one.id}>
      <p><b>${/[.!?]$/.test(one.what) ? one.what : `${one.what}.`}</b> ${one.remedy}</p><button class="icon" aria-label="dismiss"
        onClick=${() => dismiss(one.id)}>×</button></div>`)}
  </div>`;
}
