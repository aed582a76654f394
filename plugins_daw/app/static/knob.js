// One setting: a knob that is dragged, turned, nudged or typed into, in the setting's own unit and scale.

import { html, useEffect, useRef, useState } from "./vendor/htm-preact.js";
import { Field } from "./field.js";
import { percent, shown, typed, unit } from "./format.js";
import { newGesture } from "./store.js";

const TRAVEL = 180; // pixels of drag from one end to the other
const FROM = -135, TO = 135;

function point(angle, radius) {
  const radians = ((angle - 90) * Math.PI) / 180;
  return `${(20 + radius * Math.cos(radians)).toFixed(2)} ${(20 + radius * Math.sin(radians)).toFixed(2)}`;
}

function arc(a, b, radius) {
  const [from, to] = a < b ? [a, b] : [b, a];
  return `M ${point(from, radius)} A ${radius} ${radius} 0 ${to - from > 180 ? 1 : 0} 1 ${point(to, radius)}`;
}

const angle = (position) => FROM + (TO - FROM) * Math.max(0, Math.min(1, position));

// Holds the user's own value while they turn, so that answers that are still on their way do not make it jump.
export function useHeld(value) {
  const [held, setHeld] = useState(null);
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  const hold = (next) => {
    clearTimeout(timer.current);
    setHeld(next);
    timer.current = setTimeout(() => setHeld(null), 400);
  };
  return [held ?? value, hold];
}

export function Knob({ parameter, value, heard, onChange, disabled }) {
  const [current, hold] = useHeld(value);
  const [typing, setTyping] = useState(false);
  const drag = useRef(null);
  const wheel = useRef({ gesture: null, at: 0 });
  const sent = useRef({ frame: 0 });

  const set = (next, gesture) => {
    hold(next);
    cancelAnimationFrame(sent.current.frame);
    sent.current.frame = requestAnimationFrame(() => onChange(next, gesture));
  };

  if (parameter.choices.length) return html`<${Choice} parameter=${parameter} value=${value} onChange=${onChange} />`;

  const position = unit.of(parameter, current);
  const origin = parameter.low < 0 && parameter.high > 0 ? unit.of(parameter, 0) : 0;
  const real = heard === value ? null : unit.of(parameter, heard);
  const nudge = (steps, gesture) => set(unit.from(parameter, unit.of(parameter, current) + steps / 100), gesture);

  const down = (event) => {
    if (event.button !== 0 || typing) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    drag.current = { y: event.clientY, position, gesture: newGesture() };
  };
  const move = (event) => {
    if (!drag.current) return;
    const step = (drag.current.y - event.clientY) / (event.shiftKey ? 8 * TRAVEL : TRAVEL);
    drag.current.position = Math.max(0, Math.min(1, drag.current.position + step));
    drag.current.y = event.clientY;
    set(unit.from(parameter, drag.current.position), drag.current.gesture);
  };
  const up = () => (drag.current = null);
  const turn = (event) => {
    event.preventDefault();
    if (event.timeStamp - wheel.current.at > 600) wheel.current.gesture = newGesture();
    wheel.current.at = event.timeStamp;
    nudge((event.deltaY < 0 ? 1 : -1) * (event.shiftKey ? 0.2 : 1), wheel.current.gesture);
  };
  const key = (event) => {
    const steps = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1, PageUp: 10, PageDown: -10 }[event.key];
    if (steps) nudge(event.shiftKey ? steps / 5 : steps, newGesture());
    else if (event.key === "Home") set(parameter.low, newGesture());
    else if (event.key === "End") set(parameter.high, newGesture());
    else if (event.key === "Delete" || event.key === "Backspace") set(parameter.default, newGesture());
    else if (event.key === "Enter") setTyping(true);
    else if (/^[-\d.,]$/.test(event.key)) setTyping(event.key);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const commit = (text) => {
    setTyping(false);
    const number = typed(parameter, text);
    if (Number.isFinite(number)) set(Math.max(parameter.low, Math.min(parameter.high, number)), newGesture());
  };

  const about = parameter.help ? `: ${parameter.help}` : "";
  const help = `${parameter.label}${about}\nDrag (Shift: fine), scroll, arrow keys; double-click: default`;
  return html`<div class="knob ${disabled ? "off" : ""}">
    <svg viewBox="0 0 40 40" width="40" height="40" role="slider" tabindex="0" aria-label=${parameter.label} aria-valuemin=${parameter.low}
      aria-valuemax=${parameter.high} aria-valuenow=${current} aria-valuetext=${shown(parameter, current)}
      onPointerDown=${down} onPointerMove=${move} onPointerUp=${up} onPointerCancel=${up} onWheel=${turn} onKeyDown=${key}
      onDblClick=${() => set(parameter.default, newGesture())}>
      <title>${help}</title>
      <path class="groove" d=${arc(FROM, TO, 16)} />
      <path class="value" d=${arc(angle(origin), angle(position) + (position === origin ? 0.01 : 0), 16)} />
      ${real !== null && html`<circle
        class="heard" r="1.7" cx=${point(angle(real), 16).split(" ")[0]} cy=${point(angle(real), 16).split(" ")[1]} />`}
      <circle class="body" cx="20" cy="20" r="11.5" />
      <line class="hand" x1=${point(angle(position), 5).split(" ")[0]} y1=${point(angle(position), 5).split(" ")[1]}
        x2=${point(angle(position), 10.5).split(" ")[0]} y2=${point(angle(position), 10.5).split(" ")[1]} />
    </svg>
    <${Entry} text=${shown(parameter, current)} typing=${typing} setTyping=${setTyping} commit=${commit} label=${parameter.label} />
    <span class="label">${parameter.label}</span>
  </div>`;
}

// A value that becomes a field when it is clicked. `typing`: false, true, or the first character, typed before the field was there.
export function Entry({ text, typing, setTyping, commit, label }) {
  if (!typing) return html`<button class="entry" title="Click to type a value" onClick=${() => setTyping(true)}>${text}</button>`;
  return html`<${Field} class="entry" aria-label=${label} value=${text} focus start=${typing === true ? null : typing} commit=${commit}
    cancel=${() => setTyping(false)} />`;
}

function Choice({ parameter, value, onChange }) {
  return html`<div class="choice" role="radiogroup" aria-label=${parameter.label}>
    ${parameter.choices.map(
      (one) => html`<button class=${one === value ? "on" : ""} role="radio" aria-checked=${one === value}
        onClick=${() => onChange(one, newGesture())}>${one}</button>`,
    )}
    <span class="label">${parameter.label}</span>
  </div>`;
}

// A slim slider from 0 to `most`, with its value to type into.
export function Slider({ label, value, most, onChange, help, mark = 1 }) {
  const parameter = { low: 0, high: most, unit: "", choices: [], default: mark, scale: "linear", label };
  const [current, hold] = useHeld(value);
  const [typing, setTyping] = useState(false);
  const gesture = useRef(null);
  const set = (next) => {
    hold(next);
    onChange(next, gesture.current ?? newGesture());
  };
  const commit = (raw) => {
    setTyping(false);
    const number = typed({ ...parameter, high: 1 }, raw);
    if (Number.isFinite(number)) set(Math.max(0, Math.min(most, number)));
  };
  const written = percent(current);
  return html`<label class="slider ${label}" title=${help ?? ""}>
    <span class="label">${label}</span>
    <input type="range" min="0" max=${most} step="0.01" value=${current} aria-label=${label}
      onPointerDown=${() => (gesture.current = newGesture())} onPointerUp=${() => (gesture.current = null)}
      onInput=${(event) => set(Number(event.target.value))} onDblClick=${() => set(mark)} />
    <${Entry} text=${written} typing=${typing} setTyping=${setTyping} commit=${commit} label=${label} />
  </label>`;
}
