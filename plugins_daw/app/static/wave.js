// Waveforms of track, result and reference over one time line: seek, zoom, and mark a loop.

import { html, useEffect, useRef, useState } from "./vendor/htm-preact.js";
import { clock, decibels } from "./format.js";
import { changed, player, store, useMoves } from "./store.js";

const COLOURS = { track: "#7da3cc", result: "#e5a451", reference: "#84bd93" };
const RULER = 22;
const peaks = new Map(); // what was fetched, by what was asked

async function fetchPeaks(key, query) {
  peaks.set(key, null);
  if (peaks.size > 64) peaks.delete(peaks.keys().next().value);
  try {
    const answer = await fetch(`/peaks?${new URLSearchParams(query)}`);
    if (answer.ok) peaks.set(key, new Float32Array(await answer.arrayBuffer()));
    else peaks.delete(key);
    changed();
  } catch {
    peaks.delete(key);
  }
}

export function Waves({ view }) {
  const canvas = useRef(null);
  const playhead = useRef(null);
  const [span, setSpan] = useState(null); // [from, to] in seconds, null: all
  const drag = useRef(null);
  const seconds = view.track?.seconds ?? 0;
  const [from, to] = span ?? [0, seconds];
  useEffect(() => setSpan(null), [view.track?.path]);

  const reference = view.sources.find((one) => one.id === player.selected && !["track", "result"].includes(one.id)) ?? view.sources[2];
  const lanes = [
    { source: view.sources[0], kind: "track", key: "A", title: "Track" },
    { source: view.sources[1], kind: "result", key: "B", title: "Result" },
    ...(reference ? [{ source: reference, kind: "reference", key: "R", title: "Reference" }] : []),
  ].filter((lane) => lane.source);

  useEffect(() => {
    const draw = () => paint(canvas.current, lanes, from, to);
    draw();
    const observer = new ResizeObserver(draw);
    observer.observe(canvas.current);
    return () => observer.disconnect();
  });
  useMoves(() => {
    const at = (player.seconds - from) / (to - from);
    playhead.current.style.left = `${100 * at}%`;
    playhead.current.hidden = at < 0 || at > 1;
  });

  const timeAt = (event) => {
    const box = canvas.current.getBoundingClientRect();
    return from + ((event.clientX - box.left) / box.width) * (to - from);
  };
  const down = (event) => {
    if (event.button !== 0) return;
    canvas.current.setPointerCapture(event.pointerId);
    drag.current = { time: timeAt(event), x: event.clientX, moved: false };
  };
  const move = (event) => {
    const begin = drag.current;
    if (!begin) return;
    begin.moved ||= Math.abs(event.clientX - begin.x) > 4;
    const now = Math.max(0, Math.min(seconds, timeAt(event)));
    if (begin.moved) player.setLoop([Math.min(begin.time, now), Math.max(begin.time, now)], true);
  };
  const up = (event) => {
    const begin = drag.current;
    drag.current = null;
    if (begin && !begin.moved) player.seek(timeAt(event));
    else if (begin && player.loop && (player.seconds < player.loop[0] || player.seconds > player.loop[1])) player.seek(player.loop[0]);
  };
  const wheel = (event) => {
    event.preventDefault();
    if (!seconds) return;
    const width = to - from;
    const centre = timeAt(event);
    if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      const shift = ((event.deltaX || event.deltaY) / 800) * width;
      const begin = Math.max(0, Math.min(seconds - width, from + shift));
      setSpan([begin, begin + width]);
      return;
    }
    const next = Math.max(0.05, Math.min(seconds, width * (event.deltaY > 0 ? 1.25 : 0.8)));
    const begin = Math.max(0, Math.min(seconds - next, centre - ((centre - from) / width) * next));
    setSpan(next >= seconds ? null : [begin, begin + next]);
  };

  return html`<section class="waves" aria-label="Waveforms">
    <div class="heads" style=${{ paddingTop: `${RULER}px` }}>
      ${lanes.map((lane) => html`<button class="head ${lane.kind} ${player.selected === lane.source.id ? "on" : ""}"
        title="Listen to it (${lane.key})"
          onClick=${() => player.select(lane.source.id)}>
        <kbd>${lane.key}</kbd><span class="title">${lane.title}</span>
        <span class="file">${lane.kind === "result" ? (lane.source.complete ? "the whole chain" : "rendering…") : lane.source.label}</span>
        <span class="levels"><span>${lane.source.loudness == null ? "–" : `${lane.source.loudness.toFixed(1)} LUFS`}</span>
          <span class="dim" title="gain for level-matched listening">${player.matched ? decibels(lane.source.gain) : "0.0 dB"}</span></span>
      </button>`)}
    </div>
    <div class="plot"><canvas ref=${canvas} tabindex="-1" aria-label="Time line: click to seek, drag to loop, scroll to zoom"
      onPointerDown=${down} onPointerMove=${move} onPointerUp=${up} onPointerCancel=${() => (drag.current = null)} onWheel=${wheel}
      onDblClick=${() => player.setLoop(null, false)}></canvas><i class="playhead" ref=${playhead}></i></div>
  </section>`;
}

export function fit(canvas) {
  const ratio = window.devicePixelRatio || 1;
  const [width, height] = [Math.round(canvas.clientWidth * ratio), Math.round(canvas.clientHeight * ratio)];
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, canvas.clientWidth, canvas.clientHeight);
  return [context, canvas.clientWidth, canvas.clientHeight];
}

function paint(canvas, lanes, from, to) {
  const [context, width, height] = fit(canvas);
  if (!width || to <= from) return;
  const x = (time) => ((time - from) / (to - from)) * width;
  ruler(context, width, height, from, to, x);
  const tall = (height - RULER) / Math.max(lanes.length, 1);
  const loudest = Math.max(-60, ...lanes.map(({ source }) => (source.peak ?? -60) + (player.matched ? source.gain : 0)));
  lanes.forEach((lane, index) => wave(context, lane, RULER + index * tall, tall, width, from, to, 10 ** (-loudest / 20)));
  if (player.loop) {
    const [a, b] = player.loop.map(x);
    context.fillStyle = player.looping ? "rgba(229,164,81,.16)" : "rgba(255,255,255,.06)";
    context.fillRect(a, 0, b - a, height);
    context.fillStyle = player.looping ? "#e5a451" : "#6b727d";
    context.fillRect(a, 0, b - a, 3);
    context.fillRect(a, 0, 1, height);
    context.fillRect(b - 1, 0, 1, height);
  }
}

function ruler(context, width, height, from, to, x) {
  context.font = "11px Inter, system-ui, sans-serif";
  const steps = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800];
  const step = steps.find((one) => (one / (to - from)) * width > 80) ?? 3600;
  for (let time = Math.ceil(from / step) * step; time < to; time += step) {
    context.fillStyle = "#262a31";
    context.fillRect(Math.round(x(time)), RULER - 5, 1, height);
    context.fillStyle = "#7d848f";
    const whole = clock(time + 1e-6);
    context.fillText(step >= 1 ? whole.replace(/\.\d+$/, "") : whole, Math.round(x(time)) + 4, 14);
  }
}

function wave(context, lane, top, tall, width, from, to, zoom) {
  const source = lane.source;
  const place = [source.id, from, to, Math.round(width), store.view.track.path].join("|");
  const key = `${place}|${source.stamps.at(-1) ?? 0}|${source.loudness}`;
  if (source.complete && !peaks.has(key)) fetchPeaks(key, { source: source.id, from, to, count: Math.round(width) });
  if (source.complete && peaks.get(key)) last.set(place, peaks.get(key));
  lane.shown = last.get(place);
  const middle = top + tall / 2;
  context.fillStyle = "#262a31";
  context.fillRect(0, Math.round(top), width, 1);
  context.fillRect(0, Math.round(middle), width, 1);
  if (!lane.shown) return;
  const on = player.selected === source.id;
  context.globalAlpha = on ? 1 : 0.5;
  context.fillStyle = COLOURS[lane.kind];
  const gain = player.matched ? 10 ** (source.gain / 20) : 1;
  const most = tall / 2 - 3;
  const scale = most * gain * zoom;
  context.beginPath();
  for (let pixel = 0; 2 * pixel < lane.shown.length; pixel++) {
    const low = Math.max(-most, Math.min(most, lane.shown[2 * pixel] * scale));
    const high = Math.max(-most, Math.min(most, lane.shown[2 * pixel + 1] * scale));
    context.rect(pixel, middle - high, 1, Math.max(1, high - low));
  }
  context.fill();
  context.globalAlpha = 1;
}

const last = new Map(); // what was drawn before: shown until the new one is there, so that nothing flickers
