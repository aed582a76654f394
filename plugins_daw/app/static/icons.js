// The page's few icons, as strokes in a square of 16.

import { html } from "./vendor/htm-preact.js";

const PATHS = {
  power: "M5 4.2a5 5 0 1 0 6 0M8 2v6",
  locked: "M3.5 7h9v6.5h-9zM5.5 7V5a2.5 2.5 0 0 1 5 0v2",
  unlocked: "M3.5 7h9v6.5h-9zM5.5 7V5a2.5 2.5 0 0 1 4.8-1",
  reset: "M4 5.5A5 5 0 1 1 3 9M4 2.5v3h3",
  remove: "M4 4l8 8M12 4l-8 8",
  undo: "M3 6h6.5a3.5 3.5 0 1 1 0 7H6M3 6l3-3M3 6l3 3",
  redo: "M13 6H6.5a3.5 3.5 0 1 0 0 7H10M13 6l-3-3M13 6l-3 3",
  play: "M4 2.5l9 5.5-9 5.5z",
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
  loop: "M3 8a4 4 0 0 1 4-4h5M10 2l2 2-2 2M13 8a4 4 0 0 1-4 4H4M6 10l-2 2 2 2",
};

export function Icon({ name }) {
  return html`<svg viewBox="0 0 16 16"><path d=${PATHS[name]} /></svg>`;
}
