"""How close the audio host comes to the true sound, on speakers, singers, instruments and chains that training never saw.

Every ratio is the distance of an answer to the *true* target (the hidden chain on the user's own track) over that of doing nothing,
geometric mean over the cases; the distance is frame-aligned log-mel in dB at equal level. `make bench-audio` runs all rows.

    self_ratio             the reference is the user's own recording, processed
    other_ratio            one reference of another speaker, singer or instrument (refs4_ratio, refs8_ratio: four, eight)
    foreign_ratio          the same for effects that neither training nor the tools have, and for orders that the tools do not have
    pair_ratio             a processed reference beside its dry take
    untouched_db           what is done to a track whose reference is unprocessed, mean in dB
    proposal_ratio         other_ratio before the proposal is pruned to a readable chain; proposal4_ratio, proposal8_ratio,
                           proposal_foreign_ratio, proposal_untouched_db likewise, and mean_chain_ratio: of many more cases (the first of
                           them are those of the other rows), with the ends of a 95 % interval (`_95`, bootstrap over the cases)
    match_eq_ratio (at 30 %: match_eq_30_ratio), matchering_ratio, st_ito_recipe_ratio: peers on the same cases
    best_of_8              the best of eight readings of the proposal over the proposal itself, before transcription; best_of_8_or_answer:
                           the answer may be it; best_of_usual: the best of what is offered without readings (bolder, subtler, a hint, tone,
                           dynamics or space alone); after_5_choices: the answer after five picks of somebody who knows the truth
    other_stereo_ratio     other_ratio on the 44.1 kHz stereo tracks among its cases
    voice_kept             on its voices: how much of the likeness to the dry speaker that the hidden chain leaves the answer leaves as well
    vst3_other_ratio       other_ratio where hidden chain and tools are Dragonfly Plate, LSP's compressor and LSP's equaliser, set as
                           somebody sets them for a named sound; vst3_proposal_ratio, vst3_proposal8_ratio, vst3_mean_chain_ratio: on the
                           same cases, in pedalboard's effects; vst3_drawn_ratio, vst3_drawn_proposal_ratio: every knob drawn at random
    first_answer_seconds, window_answer_seconds: from a stereo track of four minutes to the first chain in the window, and to its answer
                           with six others; final_seconds: the command line until the answer is written on the whole track;
                           alternatives_seconds: until its four others are there and the command ends; wall time
    evaluations_per_cpu_second, pedalboard_share: the search's own speed; the share of the time that is pedalboard's own
"""

import contextlib
import importlib.util
import io
import json
import os
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import click
import numpy as np
import pedalboard as pb
import soundfile
import torch
from rich.console import Console
from rich.table import Table

from plugins_daw import tracks
from plugins_daw.command import imitate as imitate_command
from plugins_daw.imitation import Imitation
from plugins_daw.renderer import PedalboardRenderer, process
from plugins_daw.request import Example, whole
from shared_engine.extensions import instance, load
from shared_engine.imitate import SAMPLE, imitate
from shared_engine.proposers.sound import network
from shared_engine.proposers.sound_statistics import AIR, AIR_HIGH, HIGH, at_working_level, decibels, density
from shared_engine.training.sound_grid import canonical
from shared_engine.training.sound_material import RATE, Material
from shared_engine.types import Media, Reference, Scene, StudySpec
from tests.bench import audio_peers as peers
from tests.bench import audio_plugins as plugins
from tests.bench import audio_voice as voice
from tests.bench.audio_cases import Case, by_foreign, by_recipe, cases, untouched
from tests.bench.walk import after_rows, bare_walk, best_rows, nearest

SEEDS = {"other": 2024, "foreign": 2025, "untouched": 2026, "self": 2027, "vst3": 2029, "vst3 drawn": 2028}
FEW = frozenset({"self", "vst3", "vst3 drawn"})
"""Cases of which there are fewer: the same recording, whose search is a long one, and slow plug-ins."""

DRAWS = 2000
"""Of cases, for an interval."""

ROUNDS = 11
"""Times that the search's own speed is measured."""

ASPECTS = ("tone", "dynamics", "space", "loudness")

Answer = Callable[[Case], Media]


def apart(a: Media, b: Media) -> float:
    """Mean absolute difference of 40 log-mel bands up to 7.8 kHz (and six above it where there are), 16 ms apart, at equal level, in dB."""
    rate = int(a.rate or 0)
    sounds = [at_working_level(media.data[:, : min(a.data.shape[1], b.data.shape[1])], rate) for media in (a, b)]
    parts = [[decibels(density(sound, rate)) for sound in sounds]]
    if rate >= 2 * AIR_HIGH:
        parts.append([decibels(density(sound, rate, AIR, HIGH, AIR_HIGH)) for sound in sounds])
    return float(np.abs(np.concatenate([one - other for one, other in parts], 1)).mean())


def answered(track: Media, references: Sequence[Reference], scene: Scene | None = None) -> Media:
    """What a user gets: the whole job through the engine, then the recipe on the track."""
    locks = whole(scene.description) if scene else {}
    spec = StudySpec(track, references, "pedalboard", alternatives=0, max_tools=10, scene=scene, locks=locks)
    recipe = imitate(spec).recipe
    return Media("audio", process(track.data, int(track.rate or 0), [p for entry in recipe for p in entry["plugins"]]), rate=track.rate)


def proposed(references: int) -> Answer:
    def answer(case: Case) -> Media:
        shown = [Reference(one) for one in case.shown[:references]]
        return instance("proposers", "sound").propose(case.track, shown).render(case.track)

    return answer


def ratios(found: Sequence[Case], answer: Answer, tell: Callable[[str], None]) -> tuple[np.ndarray, list[Media]]:
    """Distance to the truth over that of doing nothing, of each case, and what was answered."""
    out, answers = [], []
    for index, case in enumerate(found):
        answers.append(answer(case))
        out.append(apart(answers[-1], case.truth) / apart(case.track, case.truth))
        if index % 10 == 9:
            tell(f"{index + 1} cases, so far {geometric(out):.3f}")
    return np.array(out), answers


def voice_kept(found: Sequence[Case], answers: Sequence[Media]) -> dict[str, float]:
    """Cosine of the speaker embeddings of answer and track over that of truth and track, mean over the tracks that are one voice."""
    if not voice.weights():
        return {}
    of = [(case, answer) for case, answer in zip(found, answers, strict=True) if case.voice]
    kept = [voice.alike(answer, case.track) / voice.alike(case.truth, case.track) for case, answer in of]
    return {"voice_kept": float(np.mean(kept)), "voice_kept_worst": float(np.min(kept)), "voice_cases": len(kept)}


def spread(values: np.ndarray, of: Sequence[Case]) -> dict[str, float]:
    stereo = [value for value, case in zip(values, of, strict=True) if len(case.track.data) == 2]
    return {
        "better_share": float((values < 1).mean()),
        "p90_ratio": float(np.quantile(values, 0.9)),
        "worst_ratio": float(values.max()),
        "other_stereo_ratio": geometric(stereo),
        "other_stereo_cases": len(stereo),
    }


def by_name(values: np.ndarray, of: Sequence[Case]) -> dict[str, float]:
    names = sorted({case.name for case in of})
    return {name: geometric([value for value, case in zip(values, of, strict=True) if case.name == name]) for name in names}


def geometric(values: Sequence[float] | np.ndarray) -> float:
    return float(np.exp(np.log(np.maximum(values, 1e-6)).mean()))


def interval(values: np.ndarray) -> list[float]:
    """The ends of the 95 % interval of the geometric mean, by the bootstrap over cases (Efron 1979)."""
    drawn = np.random.default_rng(0).choice(np.log(np.maximum(values, 1e-6)), (DRAWS, len(values)))
    return [float(end) for end in np.exp(np.quantile(drawn.mean(1), (0.025, 0.975)))]


@dataclass(frozen=True)
class Row:
    """One figure: which cases, how they are answered, under which key their ratios are told apart by name, how many cases at most, and
    whether it is quick enough for many."""

    of: str
    answer: Answer
    by_name: str = ""
    most: int = 1000
    many: bool = False


def like(references: int) -> Answer:
    return lambda case: answered(case.track, [Reference(one) for one in case.shown[:references]])


def pair(case: Case) -> Media:
    return answered(case.track, [Reference(case.shown[0], original=case.dry[0])])


def on_plugins(case: Case) -> Media:
    return answered(case.track, [Reference(case.shown[0])], plugins.SCENE)


def mean_chain(case: Case) -> Media:
    return peers.mean_chain(case.track, network().arrays["mean_chain"], canonical(PedalboardRenderer()))


ROWS: dict[str, Row] = {
    "other_ratio": Row("other", like(1), "other_by_recipe"),
    "refs4_ratio": Row("other", like(4)),
    "refs8_ratio": Row("other", like(8)),
    "foreign_ratio": Row("foreign", like(1), "foreign_by_kind"),
    "pair_ratio": Row("other", pair),
    "self_ratio": Row("self", lambda case: answered(case.track, [Reference(case.truth)])),
    "proposal_ratio": Row("other", proposed(1), "proposal_by_recipe", many=True),
    "proposal4_ratio": Row("other", proposed(4), many=True),
    "proposal8_ratio": Row("other", proposed(8), many=True),
    "proposal_foreign_ratio": Row("foreign", proposed(1), "proposal_foreign_by_kind", many=True),
    "mean_chain_ratio": Row("other", mean_chain, many=True),
    "match_eq_ratio": Row("other", lambda case: peers.match_eq(case.track, case.shown[:1], 1.0)),
    "match_eq_30_ratio": Row("other", lambda case: peers.match_eq(case.track, case.shown[:1], 0.3)),
    "matchering_ratio": Row("other", lambda case: peers.matchering(case.track, case.shown[0])),
    "st_ito_recipe_ratio": Row("other", lambda case: peers.st_ito(case.track, case.shown[:1], 25, 0), most=60),
}
UNTOUCHED: dict[str, Answer] = {"untouched_db": like(1), "proposal_untouched_db": proposed(1)}
READINGS = "best_of_8"
CHOICES = 5
PLUGIN_ROWS = {
    "vst3_other_ratio": Row("vst3", on_plugins, "vst3_other_by_recipe"),
    "vst3_proposal_ratio": Row("vst3", proposed(1)),
    "vst3_proposal8_ratio": Row("vst3", proposed(8)),
    "vst3_mean_chain_ratio": Row("vst3", mean_chain),
    "vst3_drawn_ratio": Row("vst3 drawn", on_plugins),
    "vst3_drawn_proposal_ratio": Row("vst3 drawn", proposed(1)),
}
MAKERS = {"other": by_recipe, "foreign": by_foreign, "self": by_recipe, "untouched": untouched}


class Bench:
    """Runs rows and keeps what they found in a file after each, so that an interrupted run loses one row."""

    def __init__(self, material: Material, count: int, few: int, many: int, out: Path, tell: Callable[[str], None]) -> None:
        self.material, self.count, self.few, self.many, self.out, self.tell = material, count, few, max(many, count), out, tell
        self.sets: dict[str, list[Case]] = {}
        self.makers = dict(MAKERS)

    def cases(self, of: str, many: bool = False) -> list[Case]:
        """Cases are drawn one after the other, so that fewer of them are the first ones."""
        count = self.few if of in FEW else self.many if many else self.count
        if len(self.sets.get(of, ())) < count:
            self.sets[of] = cases(self.material, count, SEEDS[of], self.makers[of])
        return self.sets[of][:count]

    def run(self, name: str) -> None:
        if name in UNTOUCHED:
            moved = [apart(UNTOUCHED[name](case), case.track) for case in self.cases("untouched", name.startswith("proposal"))]
            self.keep({name: float(np.mean(moved)), name.replace("_db", "_p90_db"): float(np.quantile(moved, 0.9))})
        elif name == "speed":
            self.keep(speed())
        elif name == "seconds":
            self.keep(seconds(self.material))
        elif name in PLUGIN_ROWS:
            self._plugins(name)
        elif name == READINGS:
            self.keep(readings(self.cases("other")))
        else:
            self.keep(self._ratio(name, ROWS[name]))

    def _plugins(self, name: str) -> None:
        try:
            with plugins.installed() as chain:
                self.makers |= {"vst3": plugins.by_recipe, "vst3 drawn": partial(plugins.by_knobs, chain)}
                self.keep(self._ratio(name, PLUGIN_ROWS[name]))
        except plugins.MissingError as error:
            self.tell(f"{name} is left out: {error}")

    def _ratio(self, name: str, row: Row) -> dict[str, Any]:
        of = self.cases(row.of, row.many)[: row.most]
        values, answers = ratios(of, row.answer, lambda text: self.tell(f"{name}: {text}"))
        found: dict[str, Any] = {name: geometric(values), f"{name}_95": interval(values)}
        if row.by_name:
            found[row.by_name] = by_name(values, of)
        if len(of) != self.count:
            found[name.replace("ratio", "cases")] = len(of)
        if name == "other_ratio":
            found |= spread(values, of) | voice_kept(of, answers)
            found |= {"identity_db": float(np.mean([apart(case.track, case.truth) for case in of]))}
        if name == "proposal_ratio":
            found |= {f"proposal_{key}": value for key, value in spread(values, of).items()}
        return found

    def keep(self, found: dict[str, Any]) -> None:
        path = self.out / "audio.json"
        before = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {"cases": self.count}
        path.write_text(json.dumps(before | found, indent=2) + "\n", encoding="utf-8")


def readings(of: Sequence[Case]) -> dict[str, float]:
    """What a user finds among the readings of the bare proposal, one reference each."""
    walks, usual = [], []
    for case in of:
        proposal = instance("proposers", "sound").propose(case.track, [Reference(case.shown[0])])
        walks.append(bare_walk(proposal, case.track, case.truth, PedalboardRenderer(), apart, nearest, CHOICES))
        without = [proposal.render(case.track, likeness) for likeness in (1.5, 0.5, 0.25)]
        for kept in ASPECTS:
            without.append(proposal.weighed({aspect: float(aspect == kept) for aspect in ASPECTS}).render(case.track))
        usual.append(min(apart(one, case.truth) for one in without) / walks[-1].answers[0])
    return {
        **best_rows(walks, "db"),
        **after_rows(walks, "choices"),
        "best_of_usual": geometric(usual),
        "best_of_usual_or_answer": geometric(np.minimum(usual, 1)),
    }


def speed() -> dict[str, float]:
    """Candidates rendered and compared a CPU second: seven effects, 3.8 s in stereo; and how much of it pedalboard itself needs."""
    rng = np.random.default_rng(0)
    renderer = PedalboardRenderer(frozenset({"highpass", "low-shelf", "mid-bell", "high-bell", "high-shelf", "compressor", "reverb"}))
    media = Media("audio", (rng.standard_normal((2, 16 * RATE)) * 0.08).astype(np.float32), rate=RATE)
    stage, metric, space = renderer.stage(media, SAMPLE), load("metrics", "log-mel")(RATE), canonical(renderer)
    target = stage.target(media)
    points = rng.uniform(0.2, 0.8, (24, space.dimension))
    batch = space.decode(points)
    boards = [_bare({key: column[i] for key, column in batch.items()}) for i in range(len(points))]

    def spent(work: Callable[[], object]) -> float:
        began = time.process_time()
        work()
        return time.process_time() - began

    def round_() -> tuple[float, float]:
        """CPU seconds of the whole, and of pedalboard alone right after it: the machine is shared, so only neighbours compare."""
        whole = spent(lambda: metric.distance(stage.render(batch, len(points)), target))
        return whole, spent(lambda: [board(stage.data, RATE) for board in boards])

    whole, bare = np.array([round_() for _ in range(ROUNDS)]).T
    return {"evaluations_per_cpu_second": len(points) / float(whole.min()), "pedalboard_share": float(np.median(bare / whole))}


def _bare(v: dict[str, Any]) -> pb.Pedalboard:
    """The same seven effects, written by hand."""
    q = 2**-0.5
    bells = [pb.PeakFilter(v[f"{n}.frequency"], v[f"{n}.gain"], v[f"{n}.q"]) for n in ("mid-bell", "high-bell")]
    return pb.Pedalboard([
        pb.HighpassFilter(v["highpass.frequency"]), pb.HighpassFilter(v["highpass.frequency"]),
        pb.LowShelfFilter(v["low-shelf.frequency"], v["low-shelf.gain"], q), *bells,
        pb.HighShelfFilter(v["high-shelf.frequency"], v["high-shelf.gain"], q),
        pb.Compressor(v["compressor.threshold"], v["compressor.ratio"], v["compressor.attack"], v["compressor.release"]),
        pb.Reverb(v["reverb.size"], v["reverb.damping"], v["reverb.wet"], 0.5, 1.0),
    ])  # fmt: skip


def seconds(material: Material) -> dict[str, float]:
    """A four-minute stereo track and a one-minute reference, as files."""
    rng = np.random.default_rng(7)
    (case,) = cases(material, 1, 8, by_recipe)
    with tempfile.TemporaryDirectory() as folder:
        track, shown = Path(folder, "track.wav"), Path(folder, "reference.wav")
        song = np.concatenate([material.draw(rng, "mix", channels=2)[1].data for _ in range(60)], 1)
        soundfile.write(track, song.T * 0.5, RATE, "PCM_24")
        soundfile.write(shown, np.tile(case.shown[0].data, (1, 15)).T * 0.5, int(case.shown[0].rate or 0), "PCM_24")
        arguments = [str(track), "--like", str(shown), "--out", str(Path(folder, "out"))]
        with contextlib.redirect_stdout(io.StringIO()):
            imitate_command.main([*arguments, "--json"], standalone_mode=False)  # the engine is warm after this one
            began, clock = time.time(), time.monotonic()
            imitate_command.main([*arguments, "--json"], standalone_mode=False)
            ended = time.monotonic() - clock
        final = Path(folder, "out", "result.wav").stat().st_mtime - began
        found = {"final_seconds": final, "alternatives_seconds": ended, "load_average": os.getloadavg()[0]}
        return {**in_the_window(track, shown), **found}


def in_the_window(track: Path, shown: Path) -> dict[str, float]:
    """Seconds from both files to the first chain that the window puts in place, and to its answer."""
    first: list[float] = []
    answered = threading.Event()
    began = time.monotonic()
    search = Imitation(
        tracks.scan(track), [Example(tracks.scan(shown))], {"alternatives": 6, "max_tools": 10}, None,
        report=lambda standing: answered.set() if standing.state == "failed" else None,
        draft=lambda chain, gain: first.append(time.monotonic() - began),
        deliver=lambda answer, gain: answered.set(),
    )  # fmt: skip
    answered.wait()
    if search.standing.error:
        raise RuntimeError(search.standing.error[0])
    return {"first_answer_seconds": first[0], "window_answer_seconds": time.monotonic() - began}


@click.command()
@click.option("--corpus", envvar="UTSUSHI_SOUNDS", required=True, type=click.Path(path_type=Path), help="voices/ and soundfonts/.")
@click.option("--out", default="out/bench", type=click.Path(path_type=Path))
@click.option("--cases", "count", default=60, show_default=True)
@click.option("--few", default=20, show_default=True, help="Cases of the slow rows.")
@click.option("--many", default=200, show_default=True, help="Cases of the rows that do not search.")
@click.option("--row", "rows", multiple=True, help="Only these rows, beside what the file has already.")
def main(corpus: Path, out: Path, count: int, few: int, many: int, rows: tuple[str, ...]) -> None:
    torch.set_num_threads(1)
    console = Console(stderr=True)
    out.mkdir(parents=True, exist_ok=True)
    if not rows:
        (out / "audio.json").unlink(missing_ok=True)
        rows = ("speed", "seconds", *ROWS, *UNTOUCHED, READINGS, *PLUGIN_ROWS)
    bench = Bench(Material.load(corpus, "test"), count, few, many, out, lambda text: console.print(f"[dim]{text}[/dim]"))
    for row in rows:
        if row == "matchering_ratio" and not importlib.util.find_spec("matchering"):
            console.print("matchering is not installed: its row is left out")
        else:
            bench.run(row)
    table = Table("figure", "value", title=f"Sound: {count} cases a row", title_justify="left")
    for name, value in json.loads((out / "audio.json").read_text(encoding="utf-8")).items():
        table.add_row(name, f"{value:.3f}" if isinstance(value, float) else json.dumps(value))
    Console().print(table)


if __name__ == "__main__":
    main()
