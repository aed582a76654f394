// What the track should sound like, how to search for it, and what came out: references, imitation, answers, takes.

import { html, useState } from "./vendor/htm-preact.js";
import { Field } from "./field.js";
import { length, share } from "./format.js";
import { Slider } from "./knob.js";
import { choose } from "./dialog.js";
import { act, newGesture, player } from "./store.js";

export function Side({ view }) {
  return html`<aside>
    <${References} view=${view} />
    <${Imitate} view=${view} />
    ${view.answer && html`<${Answers} answer=${view.answer} />`}
    <${Takes} view=${view} />
  </aside>`;
}

function References({ view }) {
  const add = async () => {
    const path = await choose({ title: "Add a reference", kind: "sound", folder: view.folder });
    if (path) act("add_reference", { path });
  };
  return html`<section class="panel">
    <header><h2>References</h2><button onClick=${add} disabled=${view.references.length >= 12}>Add…</button></header>
    ${!view.references.length && html`<p
      class="dim">Add a recording that sounds as the track should, or drop one here. Several say more than one.</p>`}
    <ul>${view.references.map((one) => html`<${Reference}
      key=${one.path} one=${one} folder=${view.folder} alone=${view.references.length === 1} />`)}</ul>
  </section>`;
}

function Reference({ one, folder, alone }) {
  const original = async () => {
    const path = await choose({ title: `${one.name} before it was processed`, kind: "sound", folder });
    if (path) act("change_reference", { path: one.path, original: path });
  };
  return html`<li class="shown ${player.selected === one.path ? "on" : ""}">
    <div class="row">
      <button class="name" title=${`${one.path}\nListen to it (R)`} onClick=${() => player.select(one.path)}>${one.name}</button>
      <span class="dim">${length(one.seconds)}</span>
      <button class="icon" title="Take it away" aria-label="remove reference"
        onClick=${() => act("remove_reference", { path: one.path })}>×</button>
    </div>
    ${one.notes.map((note) => html`<p class="note">${note}</p>`)}
    ${!alone && html`<${Slider} label="weight" value=${one.weight} most=${2}
      onChange=${(weight, gesture) => act("change_reference", { path: one.path, weight }, gesture)} />`}
    <button class="quiet" title="The same recording before it was processed: nothing tells more" onClick=${original}>
      ${one.original ? `dry take: ${one.original}` : "+ its dry take…"}</button>
  </li>`;
}

function Imitate({ view }) {
  const { job, wishes } = view;
  const ready = view.track && view.references.length;
  const toggle = (name) => act("wish", { aspects: Object.keys(wishes.aspects).filter((one) => wishes.aspects[one] !== (one === name)) });
  return html`<section class="panel imitate">
    <div class="aspects" role="group" aria-label="Aspects">
      ${Object.entries(wishes.aspects).map(([name, on]) => html`<button class=${on ? "on" : ""} aria-pressed=${on}
        title="May the search change the ${name}?" onClick=${() => toggle(name)}>${name}</button>`)}
    </div>
    <${Slider} label="likeness" value=${wishes.likeness} most=${2} help="How far to go towards the reference"
      onChange=${(likeness, gesture) => act("wish", { likeness }, gesture)} />
    <label class="row"><span class="label">at most</span>
      <${Field} type="number" min="1" max="14" value=${wishes.effects} aria-label="effects at most"
        commit=${(text) => act("wish", { effects: Number(text) || 10 })} /><span class="label">effects</span>
      <span class="grow"></span><span class="label">seed</span>
      <${Field} type="number" min="0" value=${wishes.seed} aria-label="seed" title="Another seed may find another answer"
        commit=${(text) => act("wish", { seed: Number(text) || 0 })} /></label>
    <label class="row" title="Otherwise the search may use every built-in effect, and those in the chain"><input type="checkbox"
      checked=${wishes.within}
        onChange=${(event) => act("wish", { within: event.target.checked })} /><span
          class="label">only effects that are in the chain</span></label>
    ${job.running
      ? html`<button class="primary stop" onClick=${() => act("stop")} title="Keep the best so far">Stop</button>`
      : html`<button class="primary" disabled=${!ready} title=${ready ? "Find a chain (Ctrl+Enter)" : "It needs a track and a reference"}
        onClick=${() => act("imitate")}>Imitate</button>`}
    <div class="progress" role="progressbar" aria-valuenow=${Math.round(100 * (job.fraction ?? 0))}><i
      style=${{ width: share(job.running ? job.fraction : 0) }}></i></div>
    <p class="status dim" title=${view.answer && !job.running ? `proposer: ${view.answer.proposer}` : said(view)}>${said(view)}</p>
  </section>`;
}

function said({ job, answer, track, references }) {
  if (job.running) {
    const left = job.eta ? `, ${Math.max(1, Math.round(job.eta))} s left` : "";
    const there = job.final ? "answer found, looking for others" : job.drafted ? "first answer is there" : "";
    return `${there || job.stage || "waiting for the engine"}${left}`;
  }
  if (job.busy) return job.busy;
  if (answer) return `${answer.evaluations} candidates in ${answer.seconds.toFixed(1)} s`;
  if (!track) return "Open a track to begin.";
  return references.length ? "Ready." : "Add a reference.";
}

function Answers({ answer }) {
  return html`<section class="panel">
    <header><h2>Answers</h2><span class="dim" 
      title="How far from what the search aims at, in dB between the spectra: less is closer">untouched: ${answer.baseline.toFixed(2)} dB away</span></header>
    <ul>${answer.choices.map((one, index) => html`<li class="pick ${index === answer.chosen ? "on" : ""}">
      <button title=${one.reason} onClick=${() => act("choose", { index }, newGesture())}>
        <span class="name">${one.name}${index === answer.chosen && answer.edited ? html`<em> · edited</em>` : ""}</span><span
          class="number">${one.score.toFixed(2)} dB</span></button></li>`)}</ul>
    ${answer.warnings.map((one) => html`<p class="note">${one}</p>`)}
  </section>`;
}

function Takes({ view }) {
  const [name, setName] = useState("");
  const keep = (event) => {
    event.preventDefault();
    act("keep_take", { name: name.trim() || nextName(view.takes) });
    setName("");
  };
  return html`<section class="panel">
    <header><h2>Takes</h2></header>
    <ul>${view.takes.map((one) => html`<li class="pick ${one.current ? "on" : ""}">
      <button onClick=${() => act("recall_take", { name: one.name })}><span class="name">${one.name}</span></button>
      <button class="icon" title="Forget it" aria-label="forget take"
        onClick=${() => act("drop_take", { name: one.name })}>×</button></li>`)}</ul>
    <form class="row" onSubmit=${keep}>
      <input placeholder=${nextName(view.takes)} value=${name} aria-label="name of the take"
        onInput=${(event) => setName(event.target.value)} onKeyDown=${(event) => event.stopPropagation()} />
      <button title="Keep the chain as it is now (T)" disabled=${!view.track}>Keep</button>
    </form>
  </section>`;
}

export function nextName(takes) {
  let number = 1;
  while (takes.some((one) => one.name === `take ${number}`)) number++;
  return `take ${number}`;
}
