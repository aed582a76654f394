// Long-term spectra, level-matched, with the curve of the chain's filters above them.

import { html, useEffect, useRef } from "./vendor/htm-preact.js";
import { player } from "./store.js";
import { fit } from "./wave.js";

const COLOURS = { track: "#7da3cc", result: "#e5a451", reference: "#84bd93" };
const GROUND = "#131518";
const LOW = 20, HIGH = 20000;
const RANGE = 78; // dB from top to bottom
const LEGEND = 22; // pixels at the top that its words take
const SPANS = [12, 18, 24, 36]; // dB from the middle of the filters' curve to the edge

export function Spectrum({ view }) {
  const canvas = useRef(null);
  useEffect(() => {
    const draw = () => canvas.current && paint(canvas.current, view);
    draw();
    const observer = new ResizeObserver(draw);
    observer.observe(canvas.current);
    return () => observer.disconnect();
  });
  return html`<section class="spectrum" aria-label="Spectrum">
    <div class="legend"><span class="track">Track</span><span class="result">Result</span><span class="reference">Reference</span><span
      class="curve">Filters</span></div>
    <div class="plot"><canvas ref=${canvas}></canvas></div>
  </section>`;
}

function drawn(view) {
  const chosen = view.sources.find((one) => one.id === player.selected);
  const reference = chosen && !["track", "result"].includes(chosen.id) ? chosen : view.sources[2];
  return [[view.sources[0], "track"], [reference, "reference"], [view.sources[1], "result"]]
    .filter(([source]) => source)
    .map(([source, kind]) => ({ source, kind, gain: player.matched ? source.gain : 0 }));
}

function paint(canvas, view) {
  const [context, width, height] = fit(canvas);
  if (!width) return;
  const x = (hertz) => (Math.log(hertz / LOW) / Math.log(HIGH / LOW)) * width;
  const sources = drawn(view);
  const loudest = Math.max(-90, ...sources.flatMap(({ source, gain }) => source.spectrum.map((level) => level + gain)));
  const ceiling = Math.ceil((loudest + 3) / 6) * 6;
  const y = (level) => ((ceiling - level) / RANGE) * (height - 16);
  context.font = "11px Inter, system-ui, sans-serif";
  for (const hertz of [30, 50, 100, 200, 500, 1000, 2000, 5000, 10000]) {
    context.fillStyle = "#22262c";
    context.fillRect(Math.round(x(hertz)), 0, 1, height - 16);
    context.fillStyle = "#7d848f";
    const text = hertz >= 1000 ? `${hertz / 1000}k` : `${hertz}`;
    context.fillText(text, Math.round(x(hertz)) - context.measureText(text).width / 2, height - 3);
  }
  for (let level = Math.floor(ceiling / 12 - 0.5) * 12; level > ceiling - RANGE; level -= 12) {
    context.fillStyle = "#22262c";
    context.fillRect(0, Math.round(y(level)), width, 1);
  }
  const hertz = view.curve?.hertz ?? [];
  for (const { source, kind, gain } of sources) {
    context.beginPath();
    const sounding = source.spectrum.findLastIndex((level) => y(level + gain) < height - 16); // beyond lies what the file cannot hold
    source.spectrum.slice(0, sounding + 1).forEach((level, index) => {
      const at = [x(hertz[index]), Math.min(height - 16, y(level + gain))];
      if (index) context.lineTo(...at);
      else context.moveTo(...at);
    });
    context.strokeStyle = COLOURS[kind];
    context.lineWidth = source.id === player.selected ? 2 : 1.25;
    context.globalAlpha = source.id === player.selected ? 1 : 0.65;
    context.stroke();
    context.globalAlpha = 1;
  }
  if (view.curve && view.chain.length) {
    const middle = (height - 16) / 2;
    const most = Math.max(...view.curve.decibels.map((level, index) => (hertz[index] > 40 ? Math.abs(level) : 0)));
    const span = SPANS.find((one) => one >= most) ?? SPANS.at(-1);
    context.setLineDash([]);
    context.beginPath();
    context.save();
    context.rect(0, 0, width, height - 16); // what a cut takes away entirely lies below
    context.clip();
    context.beginPath();
    view.curve.decibels.forEach((level, index) => {
      const at = [x(hertz[index]), middle - (level / span) * middle];
      if (index) context.lineTo(...at);
      else context.moveTo(...at);
    });
    context.strokeStyle = "#e9ecf1";
    context.lineWidth = 1.5;
    context.stroke();
    context.restore();
    for (const level of [2, 1, 0, -1, -2].map((step) => (step * span) / 3)) {
      const text = level > 0 ? `+${level} dB` : level ? `−${-level} dB` : "0 dB";
      write(context, "#a4abb6", text, width - context.measureText(text).width - 6, Math.round(middle - (level / span) * middle) + 4);
    }
  }
  for (let level = Math.floor(ceiling / 12 - 0.5) * 12; level > ceiling - RANGE; level -= 12) {
    if (y(level) >= LEGEND) write(context, "#7d848f", `−${-level} dB`, 4, Math.round(y(level)) - 3);
  }
}

// A label that no curve strikes through.
function write(context, colour, ...place) {
  context.strokeStyle = GROUND;
  context.lineWidth = 4;
  context.strokeText(...place);
  context.fillStyle = colour;
  context.fillText(...place);
}
