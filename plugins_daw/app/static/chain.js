// The chain as a strip of cards, in the order in which the sound goes through them.

import { html, useRef, useState } from "./vendor/htm-preact.js";
import { decibels, percent, share } from "./format.js";
import { Knob, Slider } from "./knob.js";
import { choose, choosePlugin } from "./dialog.js";
import { Icon } from "./icons.js";
import { act, newGesture } from "./store.js";

const PLUGIN = "*plugin";
const IMPULSE = "*impulse";

export function Chain({ view }) {
  const strip = useRef(null);
  const [drag, setDrag] = useState(null); // {tool, place, x}

  const placeAt = (x, tool) => {
    const cards = [...strip.current.querySelectorAll(".card[data-tool]")].filter((card) => card.dataset.tool !== tool);
    const after = cards.findIndex((card) => {
      const box = card.getBoundingClientRect();
      return x < box.left + box.width / 2;
    });
    return after < 0 ? cards.length : after;
  };

  const start = (event, tool) => {
    if (event.button !== 0 || event.target.closest("button")) return;
    const x = event.clientX;
    const move = (next) => {
      if (Math.abs(next.clientX - x) > 5) setDrag({ tool, place: placeAt(next.clientX, tool) });
    };
    const stop = (last) => {
      window.removeEventListener("pointermove", move);
      window.removeEventListener("pointerup", stop);
      if (Math.abs(last.clientX - x) > 5) act("move", { tool, place: placeAt(last.clientX, tool) });
      setDrag(null);
    };
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", stop);
  };

  const others = drag ? view.chain.filter((card) => card.tool !== drag.tool) : [];
  const before = drag ? others[drag.place]?.tool ?? "end" : null;
  return html`<section class="chain" aria-label="Chain">
    <div class="card rail" title="The track is brought to the level at which the effects' thresholds were found">
      <header>Input</header><div class="big">${decibels(view.trim)}</div><footer class="dim">trim</footer>
    </div>
    <div class="strip" ref=${strip}>
      ${view.chain.map((card, index) => html`<${Card}
        key=${card.tool} card=${card} place=${index} last=${view.chain.length - 1} strength=${view.strength}
          dragged=${drag?.tool === card.tool} marked=${before === card.tool} onGrab=${start} />`)}
    </div>
    <div class="card rail add ${before === "end" ? "marked" : ""}">
      <${AddEffect} available=${view.available} folder=${view.folder} />
    </div>
    <div class="card rail" title="As loud as the track (ITU-R BS.1770), for the ear and for the export">
      <header>Output</header><div class="big">${output(view)}</div><footer class="dim">level match</footer>
    </div>
  </section>`;
}

function output(view) {
  const [track, result] = ["track", "result"].map((id) => view.sources.find((one) => one.id === id));
  if (!view.chain.length || track?.loudness == null || result?.loudness == null) return "0.0 dB";
  return decibels(track.loudness - result.loudness);
}

function Card({ card, place, last, strength, dragged, marked, onGrab }) {
  const off = card.bypass;
  const key = (event) => {
    if (!event.altKey || !["ArrowLeft", "ArrowRight"].includes(event.key)) return;
    event.preventDefault();
    act("move", { tool: card.tool, place: Math.max(0, Math.min(last, place + (event.key === "ArrowLeft" ? -1 : 1))) });
  };
  const classes = Object.entries({ bypassed: off, locked: card.lock, rests: card.rests && !off, dragged, marked })
    .filter(([, on]) => on)
    .map(([name]) => name)
    .join(" ");
  const knobs = card.parameters.filter((one) => !one.choices.length);
  const choices = card.parameters.filter((one) => one.choices.length);
  return html`<article
    class="card ${classes}"
      data-tool=${card.tool} aria-label=${card.label}>
    <header title="${card.help}\nDrag to another place (Alt+arrow keys)" tabindex="0" onPointerDown=${(event) => onGrab(event, card.tool)}
      onKeyDown=${key}>
      <button class="power ${off ? "" : "on"}" title=${off ? "Switch it on" : "Bypass it"} aria-label="bypass" aria-pressed=${off}
        onClick=${() => act("bypass", { tool: card.tool, on: !off })}><${Icon} name="power" /></button>
      <span class="name">${card.label}</span>
      <button class="lock ${card.lock ? "on" : ""}"
        title=${card.lock ? "Unlock: the search may change it" : "Lock: the search leaves it as it is"}
        aria-label="lock" aria-pressed=${card.lock} onClick=${() => act("lock", { tool: card.tool, on: !card.lock })}>
        <${Icon} name=${card.lock ? "locked" : "unlocked"} /></button>
      <button title="Back to its defaults" aria-label="reset"
        onClick=${() => act("reset", { tool: card.tool })}><${Icon} name="reset" /></button>
      <button title="Take it out of the chain" aria-label="remove"
        onClick=${() => act("remove", { tool: card.tool })}><${Icon} name="remove" /></button>
    </header>
    <div class="knobs">
      ${knobs.map((one) => html`<${Knob} key=${one.id} parameter=${one} value=${one.value} heard=${one.heard} disabled=${off}
          onChange=${(value, gesture) => act("value", { tool: card.tool, parameter: one.id, value }, gesture)} />`)}
      ${choices.map((one) => html`<${Knob} key=${one.id} parameter=${one} value=${one.value} heard=${one.heard}
          onChange=${(value, gesture) => act("value", { tool: card.tool, parameter: one.id, value }, gesture)} />`)}
    </div>
    ${card.amount !== null ? html`<${Slider} label="amount" value=${card.amount} most=${1.5} help="How much of this effect"
      onChange=${(amount, gesture) => act("amount", { tool: card.tool, amount }, gesture)} />` : html`<i></i>`}
    <footer>${card.reason
      ? html`<div class="share" title="its share of the likeness: ${percent(card.reason.share)}"><i
        style=${{ width: share(card.reason.share) }}></i></div>
          <span title=${card.reason.sentence}>${heard(card.reason.sentence)}</span>`
      : html`<span class="dim" title=${card.help}>${card.rests && !off ? "not heard as it stands" : card.help}</span>`}</footer>
  </article>`;
}

// The knobs show the settings; what they do to the sound is what a reason adds.
const heard = (sentence) => sentence.split(": ").at(-1);

function AddEffect({ available, folder }) {
  return html`<select aria-label="Add an effect" title="Add an effect" value=""
      onChange=${async (event) => {
        const tool = event.target.value;
        event.target.value = "";
        if (![PLUGIN, IMPULSE].includes(tool)) act("add", { tool }, newGesture());
        else {
          const impulse = { title: "Choose an impulse response", kind: "impulse", folder };
          const wish = await (tool === PLUGIN ? choosePlugin() : choose(impulse));
          if (wish) act("add_plugin", { wish }, newGesture());
        }
      }}>
    <option value="">+ effect</option>
    ${available.map((one) => html`<option value=${one.tool} title=${one.help}>${one.label}</option>`)}
    <option value=${IMPULSE} title="A room, a plate, a loudspeaker, a telephone: a WAV file">impulse response…</option>
    <option value=${PLUGIN}>VST3 plug-in…</option>
  </select>`;
}
