// The page's side of playing: fetches chunks of samples around the playhead, newest rendering first, and steers the worklet.

const NEAR = 8; // chunks that are fetched ahead for what is not heard at the moment
const FAR = 24; // chunks that are fetched ahead for what is
const KEEP = 256; // chunks (six minutes) that are kept of every source
const AT_ONCE = 4; // requests under way

export class Player {
  constructor(notify) {
    this.notify = notify; // called when something that is shown has changed
    this.moves = new Set(); // called when the position or the level has
    this.position = 0;
    this.playing = false;
    this.peak = [0, 0];
    this.selected = "result";
    this.volume = 1;
    this.matched = true;
    this.loop = null; // [from, to] in seconds
    this.looping = false;
    this.sources = new Map(); // id -> {frames, stamps, have: index -> stamp, gain}
    this.under_way = 0;
    this.track = null;
    setInterval(() => this.pump(), 250);
  }

  async show(track, sources) {
    // What the server says is there; a new track begins anew.
    if (!track) return;
    if (this.track?.path !== track.path) this.begun = this.begin(track);
    await this.begun;
    if (this.track.path !== track.path) return; // another one was opened meanwhile
    for (const id of this.sources.keys()) {
      if (!sources.some((one) => one.id === id)) {
        this.sources.delete(id);
        this.node.port.postMessage({ type: "forget", id });
      }
    }
    for (const one of sources) {
      const known = this.sources.get(one.id) ?? { have: new Map(), stamps: [] };
      known.frames = one.frames;
      known.decibels = one.gain;
      if (one.stamps.length) known.stamps = one.stamps;
      this.sources.set(one.id, known);
    }
    this.level();
    if (!this.sources.has(this.selected)) this.select("result");
    this.pump();
  }

  async begin(track) {
    this.track = track;
    this.sources.clear();
    await this.context?.close();
    this.position = 0;
    this.playing = false;
    this.loop = null;
    this.looping = false;
    this.context = new AudioContext({ sampleRate: track.rate, latencyHint: "interactive" });
    await this.context.audioWorklet.addModule("/static/worklet.js");
    const options = { outputChannelCount: [2], processorOptions: { chunk: track.chunk, frames: track.frames } };
    this.node = new AudioWorkletNode(this.context, "monitor", options);
    this.node.port.onmessage = ({ data }) => {
      const stopped = this.playing !== data.playing;
      Object.assign(this, data);
      if (stopped) this.notify();
      this.moved();
    };
    this.node.connect(this.context.destination);
    this.node.port.postMessage({ type: "select", id: this.selected });
    this.node.port.postMessage({ type: "volume", volume: this.volume });
  }

  level() {
    for (const [id, source] of this.sources) {
      this.node.port.postMessage({ type: "source", id, gain: 10 ** ((this.matched ? source.decibels : 0) / 20) });
    }
  }

  rendered(first, last, stamp) {
    const result = this.sources.get("result");
    if (!result) return;
    for (let index = first; index <= last; index++) result.stamps[index] = stamp;
    this.pump();
  }

  async play(on = !this.playing) {
    if (!this.node) return;
    await this.context.resume();
    if (on && this.position >= this.track.frames) this.seek(this.looping && this.loop ? this.loop[0] : 0);
    this.playing = on;
    this.node.port.postMessage({ type: "play", on });
    this.notify();
  }

  seek(seconds) {
    if (!this.node) return;
    const frame = Math.round(Math.max(0, Math.min(seconds, this.track.seconds)) * this.track.rate);
    this.position = frame;
    this.node.port.postMessage({ type: "seek", frame });
    this.pump();
    this.moved();
  }

  select(id) {
    if (!this.sources.has(id)) return;
    this.selected = id;
    this.node.port.postMessage({ type: "select", id });
    this.pump();
    this.notify();
  }

  setLoop(loop, looping = this.looping) {
    if (!this.node) return;
    this.loop = loop && loop[1] - loop[0] > 0.05 ? loop : null;
    this.looping = looping && this.loop !== null;
    const frames = this.looping ? this.loop.map((one) => Math.round(one * this.track.rate)) : null;
    this.node.port.postMessage({ type: "loop", loop: frames });
    this.notify();
  }

  setVolume(volume) {
    this.volume = volume;
    this.node?.port.postMessage({ type: "volume", volume });
    this.notify();
  }

  setMatched(matched) {
    this.matched = matched;
    if (this.node) this.level();
    this.notify();
  }

  moved() {
    for (const listener of this.moves) listener();
  }

  get seconds() {
    return this.track ? this.position / this.track.rate : 0;
  }

  // -- chunks

  wanted() {
    // What is missing, the most urgent first.
    const here = Math.floor(this.position / this.track.chunk);
    const found = [];
    for (const [id, source] of this.sources) {
      const count = Math.ceil(source.frames / this.track.chunk);
      const ahead = id === this.selected ? FAR : NEAR;
      const whole = count <= KEEP;
      const starts = this.looping ? [here, Math.floor((this.loop[0] * this.track.rate) / this.track.chunk)] : [here];
      for (let index = 0; index < count; index++) {
        const distance = Math.min(...starts.map((start) => (index >= start ? index - start : 4 * (start - index) + ahead)));
        if (!whole && distance > ahead) continue;
        const stamp = id === "result" ? source.stamps[index] ?? 0 : 1;
        if (stamp && source.have.get(index) !== stamp) {
          found.push({ id, index, stamp, urgency: distance + (id === this.selected ? 0 : NEAR) });
        }
      }
      if (!whole) this.forgetFar(id, source, here);
    }
    return found.sort((a, b) => a.urgency - b.urgency);
  }

  forgetFar(id, source, here) {
    for (const index of source.have.keys()) {
      if (Math.abs(index - here) > KEEP) {
        source.have.delete(index);
        this.node.port.postMessage({ type: "drop", id, index });
      }
    }
  }

  pump() {
    if (!this.node || this.under_way >= AT_ONCE) return;
    for (const one of this.wanted().slice(0, AT_ONCE - this.under_way)) this.fetch(one);
  }

  async fetch({ id, index, stamp }) {
    const source = this.sources.get(id);
    const track = this.track;
    source.have.set(index, stamp);
    this.under_way++;
    try {
      const answer = await fetch(`/sound/${index}?source=${encodeURIComponent(id)}`);
      if (!answer.ok) throw new Error(answer.statusText);
      const data = new Float32Array(await answer.arrayBuffer());
      if (track === this.track) this.node.port.postMessage({ type: "chunk", id, index, data }, [data.buffer]);
    } catch {
      // The server is gone or the track was changed; it is asked for again at the next turn.
      source.have.delete(index);
      await new Promise((resolve) => setTimeout(resolve, 500));
    } finally {
      this.under_way--;
      this.pump();
    }
  }
}
