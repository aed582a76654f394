// Plays several sources in step and hands over from one to another without a gap: all run at the same position, only their
// weights move. Also replaces a chunk of samples while it is heard.

const SWITCH = 0.012; // seconds for a hand-over between sources
const FADE = 256; // frames over which a jump or a new rendering is blended in
const REPORT = 0.03; // seconds between two reports of position and level

class Monitor extends AudioWorkletProcessor {
  constructor(options) {
    super();
    this.chunk = options.processorOptions.chunk;
    this.length = options.processorOptions.frames;
    this.sources = new Map();
    this.selected = "";
    this.position = 0;
    this.ghost = null; // where playing came from, while it fades out
    this.playing = false;
    this.master = 0;
    this.volume = 1;
    this.loop = null;
    this.sinceReport = 0;
    this.peak = [0, 0];
    this.port.onmessage = (event) => this.receive(event.data);
  }

  receive(message) {
    switch (message.type) {
      case "source": {
        const old = this.sources.get(message.id);
        const kept = { chunks: old?.chunks ?? [], weight: old?.weight ?? 0, gain: old?.gain ?? message.gain };
        this.sources.set(message.id, { ...kept, wanted: message.gain });
        break;
      }
      case "forget": this.sources.delete(message.id); break;
      case "chunk": {
        const chunks = this.sources.get(message.id)?.chunks;
        const before = chunks?.[message.index];
        if (chunks) chunks[message.index] = { data: message.data, old: before?.data, fade: before ? FADE : 0 };
        break;
      }
      case "drop": if (this.sources.has(message.id)) delete this.sources.get(message.id).chunks[message.index]; break;
      case "select": this.selected = message.id; break;
      case "play": this.playing = message.on; break;
      case "seek": this.jump(message.frame); this.report(); break;
      case "loop": this.loop = message.loop; break;
      case "volume": this.volume = message.volume; break;
    }
  }

  jump(frame) {
    if (this.master > 0) this.ghost = { position: this.position, left: FADE };
    this.position = Math.max(0, Math.min(frame, this.length));
  }

  read(source, frame, side) {
    const index = Math.floor(frame / this.chunk);
    const chunk = source.chunks[index];
    if (!chunk) return 0;
    const at = 2 * (frame - index * this.chunk) + side;
    const value = at < chunk.data.length ? chunk.data[at] : 0;
    if (!chunk.fade) return value;
    if (side) chunk.fade--;
    return value + ((chunk.old[at] ?? 0) - value) * (chunk.fade / FADE);
  }

  process(_inputs, outputs) {
    const [left, right] = outputs[0];
    const turn = 1 / (SWITCH * sampleRate);
    for (let i = 0; i < left.length; i++) {
      const level = this.playing ? 1 : 0;
      this.master += Math.max(-turn, Math.min(turn, level * this.volume - this.master));
      let l = 0, r = 0;
      if (this.master > 0 || this.playing) {
        if (this.loop && this.position >= this.loop[1]) this.jump(this.loop[0]);
        const gone = this.ghost ? this.ghost.left / FADE : 0;
        for (const [id, source] of this.sources) {
          const wanted = id === this.selected ? 1 : 0;
          source.weight += Math.max(-turn, Math.min(turn, wanted - source.weight));
          source.gain += (source.wanted - source.gain) * 2 * turn;
          if (source.weight <= 0) continue;
          const weight = source.weight * source.gain;
          l += weight * this.read(source, this.position, 0) * (1 - gone);
          r += weight * this.read(source, this.position, 1) * (1 - gone);
          if (gone) {
            l += weight * this.read(source, this.ghost.position, 0) * gone;
            r += weight * this.read(source, this.ghost.position, 1) * gone;
          }
        }
        if (this.ghost) {
          this.ghost.position++;
          if (--this.ghost.left <= 0) this.ghost = null;
        }
        this.position++;
        if (this.position >= this.length && !(this.loop && this.loop[1] >= this.length)) {
          this.playing = false;
          this.position = this.length;
        }
      }
      left[i] = l * this.master;
      if (right) right[i] = r * this.master;
      this.peak[0] = Math.max(this.peak[0], Math.abs(left[i]));
      this.peak[1] = Math.max(this.peak[1], Math.abs(right ? right[i] : left[i]));
    }
    this.sinceReport += left.length;
    if (this.sinceReport >= REPORT * sampleRate) this.report();
    return true;
  }

  report() {
    this.port.postMessage({ position: this.position, playing: this.playing, peak: this.peak });
    this.sinceReport = 0;
    this.peak = [0, 0];
  }
}

registerProcessor("monitor", Monitor);
