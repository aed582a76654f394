// The page: top bar, pictures of the sound, transport, chain, side. It holds no truth of its own but where one listens.

import { html, render, useEffect, useRef, useState } from "./vendor/htm-preact.js";
import { Chain } from "./chain.js";
import { choose, Dialogs, isOpen, Messages, showKeys } from "./dialog.js";
import { clock, length } from "./format.js";
import { Icon } from "./icons.js";
import { Slider } from "./knob.js";
import { nextName, Side } from "./side.js";
import { Spectrum } from "./spectrum.js";
import { act, connect, listen, newGesture, player, store, tell, useMoves } from "./store.js";
import { Waves } from "./wave.js";

async function openTrack() {
  const path = await choose({ title: "Open a track", kind: "sound", folder: store.view.folder });
  if (path) act("open_track", { path });
}

async function openSession() {
  const unsaved = store.view.file.dirty && store.view.undo;
  if (unsaved && !confirm("What was changed since the last save will be lost. Open another session?")) return;
  const path = await choose({ title: "Open a session", kind: "session", folder: store.view.folder });
  if (path) act("open_session", { path });
}

async function save(elsewhere = false) {
  if (store.view.file.path && !elsewhere) return act("save_session");
  const name = store.view.file.name ?? `${(store.view.track?.name ?? "session").replace(/\.[^.]+$/, "")}.utsushi.json`;
  const path = await choose({ title: "Save the session", kind: "session", folder: store.view.folder, name, action: "Save" });
  if (path) act("save_session", { path });
}

async function exportProject() {
  if (!store.view.track) return tell("error", "There is no track to export.", "Open the recording that you are working on.");
  const name = `${store.view.track.name.replace(/\.[^.]+$/, "")} for the DAW`;
  const folder = await choose({ title: "Export a project folder", kind: "folder", folder: store.view.folder, name, action: "Export" });
  if (folder) act("export", { folder });
}

async function processStems() {
  const title = "Put the chain on a folder of stems";
  const folder = await choose({ title, kind: "folder", folder: store.view.folder, action: "Process" });
  if (folder) act("stems", { folder });
}

function kind({ rate, channels, seconds }) {
  const sides = ["", "mono", "stereo"][channels] ?? `${channels} channels`;
  return `${(rate / 1000).toFixed(rate % 1000 ? 1 : 0)} kHz · ${sides} · ${length(seconds)}`;
}

function Top({ view }) {
  const { track, file } = view;
  return html`<header class="top">
    <b class="brand">Utsushi</b>
    <button onClick=${openTrack}>Open track…</button>
    <div class="title">${track
      ? html`<span class="name" title=${track.path}>${track.name}</span><span class="dim">${kind(track)}</span>
          ${track.notes.map((note) => html`<span class="note">${note}</span>`)}`
      : html`<span class="dim">no track</span>`}</div>
    <span class="grow"></span>
    <button class="icon" title="Undo (Ctrl+Z)" aria-label="undo" disabled=${!view.undo}
      onClick=${() => act("undo")}><${Icon} name="undo" /></button>
    <button class="icon" title="Redo (Ctrl+Shift+Z)" aria-label="redo" disabled=${!view.redo}
      onClick=${() => act("redo")}><${Icon} name="redo" /></button>
    <button onClick=${openSession} title="Ctrl+O">Open…</button>
    <button onClick=${() => save()} title="Ctrl+S">Save${file.dirty ? html`<i class="dot"
      title="changed since the last save"></i>` : ""}</button>
    <button onClick=${processStems} title="Put the chain on every recording of a folder, each as loud as it was"
      disabled=${!view.chain.length}>Stems…</button>
    <button class="accent" onClick=${exportProject} title="Ctrl+E">Export…</button>
    <button class="icon" title="Keys" aria-label="keys" onClick=${showKeys}>?</button>
  </header>`;
}

function Transport({ view }) {
  const references = view.references.map((one) => one.path);
  const isReference = references.includes(player.selected);
  const which = references.length > 1 && isReference ? ` ${references.indexOf(player.selected) + 1}/${references.length}` : "";
  return html`<div class="transport">
    <button class="play ${player.playing ? "on" : ""}" title="Play, pause (Space)" aria-label="play" disabled=${!view.track}
      onClick=${() => player.play()}>
      <${Icon} name=${player.playing ? "pause" : "play"} /></button>
    <button class="loop ${player.looping ? "on" : ""}" title="Loop what is marked in the waveform (L)" aria-label="loop"
      disabled=${!player.loop}
      onClick=${() => player.setLoop(player.loop, !player.looping)}><${Icon} name="loop" /></button>
    <${Time} />
    <div class="segment" role="radiogroup" aria-label="Listen to">
      ${[["track", "A", "Track"], ["result", "B", "Result"]].map(([id, key, title]) => html`<button
        class="${id} ${player.selected === id ? "on" : ""}" role="radio" aria-checked=${player.selected === id} title="Key ${key}"
        disabled=${!view.track} onClick=${() => player.select(id)}><kbd>${key}</kbd>${title}</button>`)}
      <button class="reference ${isReference ? "on" : ""}" role="radio" aria-checked=${isReference} title="Key R"
        disabled=${!view.track || !references.length} onClick=${nextReference}><kbd>R</kbd>Reference${which}</button>
    </div>
    <button class="toggle ${player.matched ? "on" : ""}" aria-pressed=${player.matched}
      title="All as loud as each other, ITU-R BS.1770 (M)" onClick=${() => player.setMatched(!player.matched)}>Level match</button>
    <span class="grow"></span>
    <${Slider} label="strength" value=${view.strength} most=${1.5} help="How much of the whole chain; what is locked stays"
      onChange=${(strength, gesture) => act("strength", { strength }, gesture)} />
    <${Slider} label="volume" value=${player.volume} most=${1} onChange=${(volume) => player.setVolume(volume)} help="Of this page only" />
    <${Meter} />
  </div>`;
}

function Time() {
  const text = useRef(null);
  useMoves(() => (text.current.textContent = clock(player.seconds)));
  return html`<output class="time" ref=${text}></output>`;
}

function Meter() {
  const box = useRef(null);
  const held = useRef([-90, -90]);
  useMoves(() =>
    player.peak.forEach((peak, side) => {
      held.current[side] = Math.max(peak > 0 ? 20 * Math.log10(peak) : -90, held.current[side] - 1.4);
      box.current.children[side].firstChild.style.transform = `scaleX(${Math.max(0, Math.min(1, (held.current[side] + 60) / 60))})`;
      box.current.children[side].classList.toggle("hot", held.current[side] > -0.1);
    }),
  );
  return html`<div class="meter" ref=${box} title="−60 to 0 dB"><div><i></i></div><div><i></i></div></div>`;
}

function nextReference() {
  const references = store.view?.references.map((one) => one.path) ?? [];
  if (!references.length) return;
  player.select(references[(references.indexOf(player.selected) + 1) % references.length]);
}

function onKey(event) {
  if (isOpen() || !store.view) return;
  const control = event.ctrlKey || event.metaKey;
  const key = event.key.toLowerCase();
  const actions = control
    ? {
        z: () => act(event.shiftKey ? "redo" : "undo"),
        y: () => act("redo"),
        s: () => save(event.shiftKey),
        o: openSession,
        e: exportProject,
        enter: () => act("imitate"),
      }
    : {
        " ": () => player.play(),
        a: () => player.select("track"),
        b: () => player.select("result"),
        r: nextReference,
        l: () => player.setLoop(player.loop, !player.looping),
        m: () => player.setMatched(!player.matched),
        home: () => player.seek(player.looping ? player.loop[0] : 0),
        arrowleft: () => player.seek(player.seconds - 1),
        arrowright: () => player.seek(player.seconds + 1),
        t: () => act("keep_take", { name: nextName(store.view.takes) }),
        escape: () => store.view.job.running && act("stop"),
        "?": showKeys,
      };
  const typing = event.target.matches?.("input:not([type=range]), select, textarea");
  const sliding = event.target.type === "range" && /^(arrow|home|end|page)/.test(key);
  if (!actions[key] || event.altKey || typing || sliding) return;
  event.preventDefault();
  if (event.target.tagName === "BUTTON" && key === " ") event.target.blur();
  actions[key]();
}

async function drop(event) {
  event.preventDefault();
  document.body.classList.remove("dropping");
  const onSide = event.target.closest?.("aside");
  for (const file of event.dataTransfer.files) {
    const answer = await fetch(`/drop?name=${encodeURIComponent(file.name)}`, { method: "POST", body: file });
    const found = await answer.json();
    if (!answer.ok) tell("error", found.what, found.remedy);
    else act(onSide || store.view.track ? "add_reference" : "open_track", { path: found.path }, newGesture());
  }
}

function Page() {
  const [, again] = useState(0);
  useEffect(() => listen(() => again((count) => count + 1)), []);
  const { view } = store;
  if (!view) return html`<p class="waiting dim">${store.connected ? "One moment…" : "Connecting…"}</p>`;
  return html`<div class="page ${store.connected ? "" : "gone"}">
    <${Top} view=${view} />
    <main>
      ${view.track ? html`<${Waves} view=${view} /><${Spectrum} view=${view} />` : html`<${Welcome} />`}
      <${Transport} view=${view} />
    </main>
    <${Side} view=${view} />
    <${Chain} view=${view} />
    <${Messages} /><${Dialogs} />
  </div>`;
}

function Welcome() {
  return html`<section class="welcome"><h1>Show it a sound. Get the settings.</h1>
    <p>Open the track that you are working on, add a recording that sounds as it should, and press <b>Imitate</b>.</p>
    <button class="primary" onClick=${openTrack}>Open track…</button><p
      class="dim">or drop a file here: WAV, FLAC, AIFF, MP3, OGG</p></section>`;
}

document.addEventListener("keydown", onKey);
document.addEventListener("dragover", (event) => {
  event.preventDefault();
  document.body.classList.add("dropping");
});
document.addEventListener("dragleave", (event) => event.relatedTarget ?? document.body.classList.remove("dropping"));
document.addEventListener("drop", drop);
window.addEventListener("beforeunload", (event) => {
  if (store.view?.file.dirty && store.view.undo) event.preventDefault();
});

connect();
render(html`<${Page} />`, document.body);
