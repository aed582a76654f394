// The page's one conversation with the host: it shows what the host says, and says what the user does.

import { Player } from "./player.js";
import { useEffect } from "./vendor/htm-preact.js";

const listeners = new Set();

export const store = {
  view: null,
  connected: false,
  messages: [], // what the user has to be told: {id, kind, what, remedy}
  exporting: null,
  exported: null,
};

export const player = new Player(() => changed());

// Follows the playhead without drawing the whole page anew.
export function useMoves(listener) {
  useEffect(() => {
    player.moves.add(listener);
    listener();
    return () => player.moves.delete(listener);
  });
}

let socket = null;
let pending = false;
let count = 0;

export function listen(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function changed() {
  // Many changes within one frame are drawn once.
  if (pending) return;
  pending = true;
  requestAnimationFrame(() => {
    pending = false;
    for (const listener of listeners) listener();
  });
}

export function act(action, given = {}, gesture = null) {
  if (socket?.readyState !== WebSocket.OPEN) {
    tell("error", "The host is not there.", "Start `utsushi daw` again; this page comes back by itself.");
    return;
  }
  socket.send(JSON.stringify({ do: action, with: given, gesture }));
}

export function newGesture() {
  return `${Date.now()}-${++count}`;
}

export function tell(kind, what, remedy = "") {
  const message = { id: ++count, kind, what, remedy };
  store.messages = [...store.messages.filter((one) => one.what !== what), message].slice(-4);
  if (kind !== "error") setTimeout(() => dismiss(message.id), 5000);
  changed();
}

export function dismiss(id) {
  store.messages = store.messages.filter((one) => one.id !== id);
  changed();
}

export function connect() {
  socket = new WebSocket(`ws://${location.host}/talk`);
  socket.onopen = () => {
    store.connected = true;
    changed();
  };
  socket.onmessage = ({ data }) => receive(JSON.parse(data));
  socket.onclose = () => {
    if (store.connected) tell("error", "The host has ended.", "Start `utsushi daw` again. What was saved is kept.");
    store.connected = false;
    changed();
    setTimeout(connect, 2000);
  };
}

let playheadTold = 0;

function receive(message) {
  switch (message.type) {
    case "view": {
      const before = store.view?.job;
      store.view = message;
      player.show(message.track, message.sources);
      announceEnd(before, message.job);
      break;
    }
    case "job": {
      if (!store.view) break;
      const before = store.view.job;
      store.view = { ...store.view, job: message.job };
      announceEnd(before, message.job);
      break;
    }
    case "rendered": player.rendered(message.first, message.last, message.stamp); break;
    case "error": tell("error", message.what, message.remedy); break;
    case "exporting": store.exporting = message.fraction < 1 ? message : null; break;
    case "exported":
      store.exporting = null;
      store.exported = message;
      break;
  }
  changed();
}

function announceEnd(before, now) {
  if (now.error && before?.error?.what !== now.error.what) tell("error", now.error.what, now.error.remedy);
  if (now.restarts > (before?.restarts ?? 0)) tell("note", "The engine was restarted; the search goes on where it was.");
  if (before?.running && !now.running && now.kept) tell("note", "The chain stays as you changed it; what the search found is under Answers.");
}

// The host renders what is about to be heard first, so it has to know where that is.
setInterval(() => {
  const seconds = player.seconds;
  if (socket?.readyState === WebSocket.OPEN && Math.abs(seconds - playheadTold) > 0.5) {
    playheadTold = seconds;
    act("playhead", { seconds });
  }
}, 500);
