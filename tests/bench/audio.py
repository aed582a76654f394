"""How close the audio host comes to the true sound, on speakers, singers, instruments and chains that training never saw.

Every ratio is the distance of an answer to the *true* target (the hidden chain on the user's own track) over that of doing nothing,
geometric mean over the cases; the distance is frame-aligned log-mel in dB at equal level. `make bench-audio` runs all rows.

    self_ratio             the reference is the user's own recording, processed
    other_ratio            one reference of another speaker, singer or instrument (refs4_ratio, refs8_ratio: four, eight)
    foreign_ratio          the same for effects and orders that neither training nor the tools have
    pair_ratio             a processed reference beside its dry take
    untouched_db           what is done to a track whose reference is unprocessed, mean in dB
    proposal_ratio         other_ratio before the proposal is pruned to a readable chain
    mean_chain_ratio, match_eq_ratio (at 30 %: match_eq_30_ratio), matchering_ratio, st_ito_recipe_ratio: peers on the same cases
    first_answer_seconds, final_seconds: a stereo track of four minutes, wall time
    evaluations_per_cpu_second, pedalboard_share: the search's own speed; the share of the time that is pedalboard's own
"""

import importlib.util
import json
import os
import tempfile
import time
from collections.abc import Callable, Sequence
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
from plugins_daw.command import at_working_level as levelled_content
from plugins_daw.command import imitate as imitate_command
from plugins_daw.renderer import PedalboardRenderer, process
from shared_engine.extensions import instance, load
from shared_engine.imitate import SAMPLE, imitate
from shared_engine.proposers.sound import network
from shared_engine.proposers.sound_statistics import AIR, AIR_HIGH, HIGH, at_working_level, decibels, density
from shared_engine.training.sound_grid import canonical
from shared_engine.training.sound_material import RATE, Material
from shared_engine.types import Media, Reference, StudySpec
from tests.bench import audio_peers as peers
from tests.bench.audio_cases import Case, by_foreign, by_recipe, cases, untouched

SEEDS = {"other": 2024, "foreign": 2025, "untouched": 2026, "self": 2027}
Answer = Callable[[Case], Media]


def apart(a: Media, b: Media) -> float:
    """Mean absolute difference of 40 log-mel bands up to 7.8 kHz (and six above it where there are), 16 ms apart, at equal level, in dB."""
    rate = int(a.rate or 0)
    sounds = [at_working_level(media.data[:, : min(a.data.shape[1], b.data.shape[1])], rate) for media in (a, b)]
    parts = [[decibels(density(sound, rate)) for sound in sounds]]
    if rate >= 2 * AIR_HIGH:
        parts.append([decibels(density(sound, rate, AIR, HIGH, AIR_HIGH)) for sound in sounds])
    return float(np.abs(np.concatenate([one - other for one, other in parts], 1)).mean())


def answered(track: Media, references: Sequence[Reference]) -> Media:
    """What a user gets: the whole job through the engine, then the recipe on the track."""
    spec = StudySpec(track, references, "pedalboard", alternatives=0, max_tools=10)
    recipe = imitate(spec).recipe
    return Media("audio", process(track.data, int(track.rate or 0), [p for entry in recipe for p in entry["plugins"]]), rate=track.rate)


def proposed(case: Case) -> Media:
    return instance("proposers", "sound").propose(case.track, [Reference(case.shown[0])]).render(case.track)


def ratios(found: Sequence[Case], answer: Answer, tell: Callable[[str], None]) -> np.ndarray:
    """Distance to the truth over that of doing nothing, of each case."""
    out = []
    for index, case in enumerate(found):
        out.append(apart(answer(case), case.truth) / apart(case.track, case.truth))
        if index % 10 == 9:
            tell(f"{index + 1} cases, so far {geometric(out):.3f}")
    return np.array(out)


def by_name(values: np.ndarray, of: Sequence[Case]) -> dict[str, float]:
    names = sorted({case.name for case in of})
    return {name: geometric([value for value, case in zip(values, of, strict=True) if case.name == name]) for name in names}


def geometric(values: Sequence[float] | np.ndarray) -> float:
    return float(np.exp(np.log(np.maximum(values, 1e-6)).mean()))


def quality(material: Material, count: int, few: int, tell: Callable[[str, str], None]) -> dict[str, Any]:
    """The rows of ratios."""
    found: dict[str, Any] = {"cases": count}
    main = cases(material, count, SEEDS["other"], by_recipe)
    found["identity_db"] = float(np.mean([apart(case.track, case.truth) for case in main]))

    def row(name: str, of: Sequence[Case], answer: Answer) -> np.ndarray:
        values = ratios(of, answer, lambda text: tell(name, text))
        found[name] = geometric(values)
        return values

    def like(references: int) -> Answer:
        return lambda case: answered(case.track, [Reference(one) for one in case.shown[:references]])

    single = row("other_ratio", main, like(1))
    found |= {"better_share": float((single < 1).mean()), "p90_ratio": float(np.quantile(single, 0.9)), "worst_ratio": float(single.max())}
    found["other_by_recipe"] = by_name(single, main)
    found["other_by_rate"] = {
        str(rate): geometric([r for r, case in zip(single, main, strict=True) if case.track.rate == rate]) for rate in (16000, RATE)
    }
    row("proposal_ratio", main, proposed)
    row("refs4_ratio", main, like(4))
    row("refs8_ratio", main, like(8))
    strange = cases(material, count, SEEDS["foreign"], by_foreign)
    values = row("foreign_ratio", strange, like(1))
    kinds = sorted({case.name for case in strange})
    found["foreign_by_kind"] = {
        kind: geometric([r for r, case in zip(values, strange, strict=True) if case.name == kind]) for kind in kinds
    }
    row("foreign_refs8_ratio", strange, like(8))
    row("pair_ratio", main, lambda case: answered(case.track, [Reference(case.shown[0], original=case.dry[0])]))
    row("self_ratio", cases(material, few, SEEDS["self"], by_recipe), lambda case: answered(case.track, [Reference(case.truth)]))
    calm = [(case, answered(case.track, [Reference(case.shown[0])])) for case in cases(material, count, SEEDS["untouched"], untouched)]
    moved = [apart(out, case.track) for case, out in calm]
    found |= {"untouched_db": float(np.mean(moved)), "untouched_p90_db": float(np.quantile(moved, 0.9))}
    constant = network().arrays["mean_chain"]
    space = canonical(PedalboardRenderer())
    row("mean_chain_ratio", main, lambda case: peers.mean_chain(case.track, constant, space))
    row("match_eq_ratio", main, lambda case: peers.match_eq(case.track, case.shown[:1], 1.0))
    row("match_eq_30_ratio", main, lambda case: peers.match_eq(case.track, case.shown[:1], 0.3))
    if importlib.util.find_spec("matchering"):
        row("matchering_ratio", main, lambda case: peers.matchering(case.track, case.shown[0]))
    row("st_ito_recipe_ratio", main[:few], lambda case: peers.st_ito(case.track, case.shown[:1], 25, 0))
    found["st_ito_recipe_cases"] = few
    return found


def speed() -> dict[str, float]:
    """Candidates rendered and compared a CPU second: seven effects, 3.8 s in stereo; and how much of it pedalboard itself needs."""
    rng = np.random.default_rng(0)
    renderer = PedalboardRenderer(frozenset({"highpass", "low-shelf", "mid-bell", "high-bell", "high-shelf", "compressor", "reverb"}))
    media = Media("audio", (rng.standard_normal((2, 16 * RATE)) * 0.08).astype(np.float32), rate=RATE)
    stage, metric, space = renderer.stage(media, SAMPLE), load("metrics", "log-mel")(RATE), canonical(renderer)
    target = stage.target(media)
    points = rng.uniform(0.2, 0.8, (24, space.dimension))
    metric.distance(stage.render(space.decode(points[:2]), 2), target)
    began = time.process_time()
    metric.distance(stage.render(space.decode(points), len(points)), target)
    whole = time.process_time() - began
    batch = space.decode(points)
    boards = [_bare({key: column[i] for key, column in batch.items()}) for i in range(len(points))]
    began = time.process_time()
    for board in boards:
        board(stage.data, RATE)
    return {"evaluations_per_cpu_second": len(points) / whole, "pedalboard_share": (time.process_time() - began) / whole}


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
        began = time.monotonic()
        dry, like = tracks.scan(track), tracks.scan(shown)
        content, _ = levelled_content(tracks.excerpt(dry, tracks.places(dry)))
        wet = tracks.excerpt(like, tracks.places(like), RATE)
        instance("proposers", "sound").propose(content, [Reference(wet)]).render(content)
        first = time.monotonic() - began
        arguments = [str(track), "--like", str(shown), "--out", str(Path(folder, "out")), "--json"]
        imitate_command.main(arguments, standalone_mode=False)  # the engine is warm after this one
        began = time.monotonic()
        imitate_command.main(arguments, standalone_mode=False)
        return {"first_answer_seconds": first, "final_seconds": time.monotonic() - began, "load_average": os.getloadavg()[0]}


@click.command()
@click.option("--corpus", envvar="UTSUSHI_SOUNDS", required=True, type=click.Path(path_type=Path), help="voices/ and soundfonts/.")
@click.option("--out", default="out/bench", type=click.Path(path_type=Path))
@click.option("--cases", "count", default=60, show_default=True)
@click.option("--few", default=20, show_default=True, help="Cases of the slow rows.")
def main(corpus: Path, out: Path, count: int, few: int) -> None:
    torch.set_num_threads(1)
    console = Console(stderr=True)
    material = Material.load(corpus, "test")
    found = quality(material, count, few, lambda name, text: console.print(f"[dim]{name}: {text}[/dim]"))
    found |= speed() | seconds(material)
    out.mkdir(parents=True, exist_ok=True)
    (out / "audio.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    table = Table("figure", "value", title=f"Sound: {count} cases a row", title_justify="left")
    for name, value in found.items():
        table.add_row(name, f"{value:.3f}" if isinstance(value, float) else json.dumps(value))
    Console().print(table)


if __name__ == "__main__":
    main()
