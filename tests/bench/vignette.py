"""What dark corners in another photo are worth: hidden looks with a hidden vignette, and looks without one.

    python -m tests.bench.vignette --cases 60

Photos and looks of the `test` part, which the weights never saw. The hidden vignettes are not those of training: the light of a lens,
1 / (1 + (r / f)^2)^2, on circles or on the picture's ellipses, one to two and a half stops down in the corners. Ratios are CIEDE2000 to the
truth over that of doing nothing, geometric means, through the whole engine and GIMP's filters:

    vignetted_ratio, vignetted_refs4_ratio   the references have a look and a vignette; *_without: the look alone proposes
    plain_ratio                              the references have no vignette; plain_without: the look alone proposes
    led_share, plain_led_share               how often dark corners are proposed
    corners_left                             stops in the corners, proposed less true, over the true ones (mean, vignetted cases)
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch

from shared_engine.extensions import instance
from shared_engine.proposers.color import linear_to_srgb, srgb_to_linear
from shared_engine.proposers.falloff import radius
from shared_engine.proposers.vignette import VignetteProposal
from shared_engine.types import Media, Reference
from tests.bench.photo import SEED, answered, geometric, ratio
from tests.bench.photo_cases import Case, cases, distance, eight_bit, material


def lens(picture: Media, depth: float, circle: bool) -> Media:
    """The picture, `depth` stops darker in its corners."""
    height, width = picture.data.shape[:2]
    y, x = (np.arange(side) - (side - 1) / 2 for side in (height, width))
    away = np.hypot(y[:, None], x) / (np.hypot(height, width) / 2) if circle else radius(picture.data.shape)
    focal = 1 / np.sqrt(2 ** (depth / 2) - 1)
    gain = ((1 + (away / focal) ** 2) ** -2).astype(np.float32)
    return replace(picture, data=linear_to_srgb(srgb_to_linear(picture.data.clip(0, 1)) * gain[..., None]))


def vignetted(case: Case, rng: np.random.Generator) -> tuple[Case, float]:
    """The case with a vignette that its truth and all its references have, and its depth in stops."""
    depth, circle = rng.uniform(1.0, 2.5), bool(rng.random() < 0.5)
    truth = lens(case.truth, depth, circle)
    shown = [eight_bit(lens(one, depth, circle)) for one in case.shown]
    return replace(case, truth=truth, shown=shown, strength=distance(case.content, truth)), depth


def left(case: Case, count: int, proposer: str) -> float:
    """What an answer leaves of doing nothing."""
    shown = [Reference(one) for one in case.shown[:count]]
    return ratio(answered(case.content, shown, proposer).picture, case)


def corners(case: Case) -> float:
    """Stops that are proposed in the corners with one reference; 0 where none are."""
    proposal = instance("proposers", "vignette").propose(case.content, [Reference(case.shown[0])])
    return float(proposal.stops[-1]) if isinstance(proposal, VignetteProposal) else 0.0


def ratios(found: Sequence[Case], count: int, proposer: str) -> float:
    return geometric([left(case, count, proposer) for case in found])


@click.command()
@click.option("--corpus", envvar="UTSUSHI_CORPORA", required=True, type=click.Path(path_type=Path))
@click.option("--cases", "count", default=60, show_default=True)
@click.option("--out", default="out/bench/vignette.json", show_default=True, type=click.Path(path_type=Path))
def main(corpus: Path, count: int, out: Path) -> None:
    torch.set_num_threads(1)
    rng = np.random.default_rng(SEED)
    plain = cases(material(corpus, rng), count, rng)
    dark, depths = zip(*(vignetted(case, rng) for case in plain), strict=True)
    figures: dict[str, Any] = {"cases": count}
    for prefix, some in (("", dark), ("plain_", plain)):
        stops = np.array([corners(case) for case in some])
        figures[f"{prefix}led_share"] = float(np.mean(stops < 0))
        if not prefix:
            figures["corners_left"] = float(np.mean(np.abs(stops + depths) / depths))
    figures |= {"vignetted_ratio": ratios(dark, 1, "auto"), "vignetted_without": ratios(dark, 1, "look")}
    few = dark[: count // 2]
    figures |= {"vignetted_refs4_ratio": ratios(few, 4, "auto"), "vignetted_refs4_without": ratios(few, 4, "look")}
    figures |= {"plain_ratio": ratios(plain, 1, "auto"), "plain_without": ratios(plain, 1, "look")}
    click.echo(json.dumps(figures, indent=2))
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
