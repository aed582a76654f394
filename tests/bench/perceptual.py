"""Where the perceptual network helps: the three measurements of docs/perceptual-network.md, on the `dev` part of the split.

finalists      which of an imitation's answers comes closest to the true look, chosen by dE or LPIPS to the proposal, or by the style
               of AlexNet's features against the reference itself
damage         whether LPIPS to the target tells damaged pictures from ones that are just as far off in colour alone, beside measures
               without a network
same_content   whether LPIPS or AlexNet's pooled features tell that two pictures show the same content, beside registration
"""

import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter
from scipy.stats import rankdata
from skimage.metrics import structural_similarity

from plugins_gimp.replica import GimpReplica
from shared_engine.imitate import imitate
from shared_engine.metrics.lpips import LpipsMetric
from shared_engine.proposers import registration
from shared_engine.proxy import shrink
from shared_engine.question import propose
from shared_engine.training.corpus import Split, read_hald
from shared_engine.types import FloatArray, Media, Reference, StudySpec
from tests.bench.photo import geometric
from tests.bench.photo_cases import Case, Look, Material, by_table, cases, distance, eight_bit, read, strength

SEED = 20261124
SIDE, SQUARE = 192, 128
"""Longer side of the pictures; the square that both are brought to where two pictures may differ in shape."""

NEAR = 1.2
"""Two finalists are near-equals where their distances to the proposal differ by less than this factor."""

Picture = FloatArray
Guard = Callable[[Picture, Picture], float]


class Network:
    """LPIPS and what else its features say, of single pictures (H, W, 3)."""

    def __init__(self) -> None:
        self.metric = LpipsMetric()

    def distance(self, a: Picture, b: Picture) -> float:
        return float(self.metric.distance(a[None].clip(0, 1), b.clip(0, 1))[0])

    def pooled(self, picture: Picture, spread: bool) -> FloatArray:
        """Means of every feature over the picture; with `spread` their deviations too (a style, Huang and Belongie 2017)."""
        with torch.no_grad():
            layers = self.metric.features(torch.from_numpy(picture[None].clip(0, 1)))
        parts = [layer.mean((2, 3)) for layer in layers] + ([layer.std((2, 3)) for layer in layers] if spread else [])
        return torch.cat(parts, 1)[0].numpy()

    def style(self, a: Picture, b: Picture) -> float:
        return float(np.linalg.norm(self.pooled(a, True) - self.pooled(b, True)))


def area(positive: Sequence[float], negative: Sequence[float]) -> float:
    """Area under the ROC curve: the chance that a positive scores higher than a negative."""
    ranks = rankdata([*positive, *negative])[: len(positive)]
    return float((ranks.sum() - len(positive) * (len(positive) + 1) / 2) / (len(positive) * len(negative)))


def concordance(scores: NDArray[Any], truth: NDArray[Any], allowed: NDArray[np.bool_]) -> tuple[int, int]:
    """Pairs of one case ordered as the truth orders them, and pairs in all."""
    first, second = np.triu_indices(len(scores), 1)
    chosen = allowed[first, second]
    right = ((scores[first] - scores[second]) * (truth[first] - truth[second]) > 0) & chosen
    return int(right.sum()), int(chosen.sum())


# --- (a) finalists -------------------------------------------------------------------------------------------------------------


def answers(case: Case) -> tuple[list[Media], Media]:
    """Every answer of one imitation, rendered, best first; and the proposal they were sought for."""
    spec = StudySpec(case.content, [Reference(case.shown[0])], "gimp", alternatives=6)
    found = imitate(spec)
    values = [found.best.values, *(other.candidate.values for other in found.alternatives)]
    stage = GimpReplica().stage(case.content)
    pictures = [eight_bit(stage.media({key: np.array([value]) for key, value in one.items()}, 1)[0]) for one in values]
    return pictures, propose(spec, case.content)[0].render(case.content, 1.0)


def finalists(found: Sequence[Case], network: Network, tell: Callable[[str], None]) -> dict[str, Any]:
    chosen: dict[str, list[float]] = {}
    pairs: dict[str, list[tuple[int, int]]] = {}
    damage: dict[str, list[float]] = {name: [] for name in guards(network)}
    sizes = []
    for index, case in enumerate(found):
        pictures, proposal = answers(case)
        truth = np.array([distance(picture, case.truth) for picture in pictures])
        rankers = {
            "de_to_proposal": np.array([distance(picture, proposal) for picture in pictures]),
            "lpips_to_proposal": np.array([network.distance(picture.data, proposal.data) for picture in pictures]),
            "style_to_reference": np.array([network.style(picture.data, case.shown[0].data) for picture in pictures]),
            "lpips_to_truth": np.array([network.distance(picture.data, case.truth.data) for picture in pictures]),
        }
        de = rankers["de_to_proposal"]
        near = np.maximum(de[:, None], de) < NEAR * np.minimum(de[:, None], de)
        everywhere = np.ones_like(near)
        for name, scores in rankers.items():
            chosen.setdefault(name, []).append(truth[scores.argmin()] / case.strength)
            pairs.setdefault(name, []).append(concordance(scores, truth, everywhere))
            pairs.setdefault(f"{name} near", []).append(concordance(scores, truth, near))
        chosen.setdefault("first", []).append(truth[0] / case.strength)
        chosen.setdefault("oracle", []).append(truth.min() / case.strength)
        for name, guard in guards(network).items():
            damage[name] += [guard(picture.data, proposal.data) for picture in pictures]
        sizes.append(len(pictures))
        tell(f"finalists: {index + 1} of {len(found)}")
    right = {name: (sum(r for r, _ in of), sum(n for _, n in of)) for name, of in pairs.items()}
    return {
        "cases": len(found),
        "finalists": sum(sizes),
        "ratio": {name: geometric(values) for name, values in chosen.items()},
        "log_ratio_against_de": {name: paired(values, chosen["de_to_proposal"]) for name, values in chosen.items()},
        "pairs_right": {name: {"share": r / max(n, 1), "pairs": n} for name, (r, n) in right.items()},
        "damage_scores": damage,
    }


def paired(values: Sequence[float], others: Sequence[float]) -> dict[str, float]:
    """Mean difference of the logarithms, and its standard error."""
    difference = np.log(values) - np.log(others)
    return {"mean": float(difference.mean()), "error": float(difference.std(ddof=1) / len(difference) ** 0.5)}


# --- (b) damage ----------------------------------------------------------------------------------------------------------------


def blurred(picture: Picture, sigma: float) -> Picture:
    return gaussian_filter(picture, (sigma, sigma, 0))


def jpeg(picture: Picture, quality: int) -> Picture:
    file = io.BytesIO()
    Image.fromarray(np.round(picture.clip(0, 1) * 255).astype(np.uint8)).save(file, "JPEG", quality=quality)
    with Image.open(file) as image:
        return np.asarray(image, np.float32) / 255


def damages(rng: np.random.Generator) -> dict[str, Callable[[Picture], Picture]]:
    def noise(picture: Picture, sigma: float, grain: float) -> Picture:
        field = blurred(rng.standard_normal(picture.shape, np.float32), grain)
        return picture + field * np.float32(sigma / field.std())

    return {
        "posterised, 8 levels": lambda picture: np.round(picture * 7) / 7,
        "haloed": lambda picture: picture + 0.8 * (picture - blurred(picture, 6)),
        "blurred": lambda picture: blurred(picture, 1.0),
        "oversharpened": lambda picture: picture + 1.5 * (picture - blurred(picture, 0.8)),
        "noisy": lambda picture: noise(picture, 0.04, 0.5),
        "JPEG 15": lambda picture: jpeg(picture, 15),
        "colour blotches": lambda picture: noise(picture, 0.06, 12.0),
        "clipped": lambda picture: 0.5 + (picture - 0.5) * 1.8,
    }


def harmless(content: Picture, target: Picture, rng: np.random.Generator) -> dict[str, Callable[[float], Picture]]:
    """Faults of colour alone, by strength: what a search that has not quite arrived leaves."""
    tint = rng.normal(0, 1, 3).astype(np.float32)
    return {
        "look too strong": lambda amount: target + amount * (target - content),
        "look too weak": lambda amount: target + min(amount, 1.0) * (content - target),
        "too bright or dark": lambda amount: target.clip(0, 1) ** np.float32(np.exp(amount * np.sign(tint[0]))),
        "tinted": lambda amount: target + amount * (tint - tint.mean()) * 4 * target * (1 - target),
    }


def guards(network: Network) -> dict[str, Guard]:
    """How much `picture` is damaged against `target`: more is worse."""

    def edges(picture: Picture, target: Picture) -> float:
        a, b = (registration.edges(Media("image", one.astype(np.float32))) for one in (picture, target))
        return 1 - float((a * b.conj()).real.sum() / np.sqrt((np.abs(a) ** 2).sum() * (np.abs(b) ** 2).sum()))

    def structure(picture: Picture, target: Picture) -> float:
        a, b = (one.clip(0, 1).mean(-1) for one in (picture, target))
        return 1 - float(structural_similarity(a, b, data_range=1.0))

    return {"lpips": network.distance, "edge_orientation": edges, "ssim": structure, "unexplained": unexplained}


def unexplained(picture: Picture, target: Picture) -> float:
    """RMS of what no smooth map of colours (cubic) from target to picture explains."""
    r, g, b = target.clip(0, 1).reshape(-1, 3).T
    powers = [(i, j, k) for i in range(4) for j in range(4 - i) for k in range(4 - i - j)]
    terms = np.stack([r**i * g**j * b**k for i, j, k in powers], 1)
    wanted = picture.clip(0, 1).reshape(-1, 3)
    solved = np.linalg.lstsq(terms, wanted, rcond=None)[0]
    return float(np.sqrt(((terms @ solved - wanted) ** 2).mean()))


def matched(make: Callable[[float], Picture], target: Media, wanted: float) -> Picture | None:
    """The fault at the strength whose dE to the target is `wanted`; None where it cannot become so large."""
    low, high = 0.0, 1.5
    if distance(replace(target, data=shown(make(high))), target) < wanted:
        return None
    for _ in range(12):
        middle = (low + high) / 2
        low, high = (middle, high) if distance(replace(target, data=shown(make(middle))), target) < wanted else (low, middle)
    return shown(make(high))


def shown(picture: Picture) -> Picture:
    return (np.round(picture.clip(0, 1) * 255) / 255).astype(np.float32)


def damage(found: Sequence[Case], network: Network, rng: np.random.Generator) -> dict[str, Any]:
    """Area under the ROC curve of every guard for every damage, against faults of colour of the same dE."""
    worse: dict[tuple[str, str], list[float]] = {}
    fine: dict[tuple[str, str], list[float]] = {}
    de: dict[str, list[float]] = {}
    every = guards(network)
    for case in found:
        target = eight_bit(case.truth)
        for name, spoil in damages(rng).items():
            spoilt = shown(spoil(target.data))
            size = distance(replace(target, data=spoilt), target)
            de.setdefault(name, []).append(size)
            faults = (matched(make, target, size) for make in harmless(case.content.data, target.data, rng).values())
            pictures = [picture for picture in faults if picture is not None]
            for key, guard in every.items():
                worse.setdefault((key, name), []).append(guard(spoilt, target.data))
                fine.setdefault((key, name), []).extend(guard(picture, target.data) for picture in pictures)
    areas = {key: {name: area(worse[key, name], fine[key, name]) for name in de} for key in every}
    limits = {key: float(np.quantile([v for name in de for v in fine[key, name]], 0.99)) for key in every}
    caught = {key: {name: float(np.mean(np.array(worse[key, name]) > limits[key])) for name in de} for key in every}
    faults = len([v for name in de for v in fine["lpips", name]])
    sizes = {name: float(np.mean(values)) for name, values in de.items()}
    return {"cases": len(found), "faults": faults, "de": sizes, "roc_area": areas, "limit_99": limits, "caught_at_1_percent": caught}


# --- (c) same content ------------------------------------------------------------------------------------------------------------


def resized(media: Media, side: int) -> Picture:
    picture = Image.fromarray(np.round(media.data.clip(0, 1) * 255).astype(np.uint8)).resize((side, side), Image.Resampling.BICUBIC)
    return np.asarray(picture, np.float32) / 255


def cropped(media: Media, rng: np.random.Generator) -> Media:
    height, width = media.data.shape[:2]
    share = rng.uniform(0.5, 0.85)
    top, left = rng.integers(round(height * (1 - share)) + 1), rng.integers(round(width * (1 - share)) + 1)
    return replace(media, data=np.ascontiguousarray(media.data[top : top + round(height * share), left : left + round(width * share)]))


def registered(first: Media, second: Media) -> float:
    """Registration's score with its thresholds taken away where it gives up early."""
    match = registration.register(first, second)
    return match.score if match else registration.search(first, second, registration.COARSE, [registration.COARSE]).score - 1


def same_content(source: Material, count: int, network: Network, rng: np.random.Generator) -> dict[str, Any]:
    """ROC of each detector: styled wholes, crops and mirror images of the content, against styled other photos."""

    def cosine(a: Media, b: Media) -> float:
        one, other = (network.pooled(resized(media, SQUARE), False) for media in (a, b))
        return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))

    detectors: Mapping[str, Callable[[Media, Media], float]] = {
        "registration": registered,
        "lpips": lambda a, b: -network.distance(resized(a, SQUARE), resized(b, SQUARE)),
        "pooled_features": cosine,
    }
    kinds: dict[str, Callable[[Media, Media], Media]] = {
        "whole": lambda photo, other: photo,
        "crop": lambda photo, other: cropped(photo, rng),
        "mirrored": lambda photo, other: replace(photo, data=np.ascontiguousarray(photo.data[:, ::-1])),
        "other": lambda photo, other: other,
    }
    scores: dict[tuple[str, str], list[float]] = {}
    for index in range(count):
        look: Look = source.looks[index % len(source.looks)][2]
        photo, *others = (source.photos[i] for i in rng.choice(len(source.photos), 4, replace=False))
        for kind, make in kinds.items():
            for other in others if kind == "other" else others[:1]:
                reference = eight_bit(look(make(photo, other)))
                for name, detect in detectors.items():
                    scores.setdefault((name, kind), []).append(detect(photo, reference))
    result: dict[str, Any] = {"photos": count, "unlike_pairs": len(scores["lpips", "other"])}
    for name in detectors:
        unlike = scores[name, "other"]
        result[name] = {}
        for kind in ("whole", "crop", "mirrored"):
            found = float(np.mean(np.array(scores[name, kind]) > max(unlike)))
            result[name][kind] = {"roc_area": area(scores[name, kind], unlike), "found_without_false": found}
    result["registration"]["accepted_unlike"] = float(np.mean(np.array(scores["registration", "other"]) >= registration.SAME))
    return result


def dev_material(corpus: Path, rng: np.random.Generator) -> Material:
    """The photos, and one film look a family."""
    split = Split.load()
    photos = [shrink(read(corpus / "photos" / name), SIDE) for name in split.photos["dev"]]
    names = {split.families[name]: name for name in rng.permutation(split.looks["dev"])}.values()
    looks = [(name.removesuffix(".png"), "film", by_table(read_hald(corpus / "looks" / name))) for name in names]
    return Material(photos, [look for look in looks if 4 < strength(look[2], photos) < 25])


@click.command()
@click.option("--corpus", envvar="UTSUSHI_CORPORA", required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--out", default="out/bench", type=click.Path(path_type=Path))
@click.option("--count", default=24, show_default=True)
@click.option("--part", type=click.Choice(["finalists", "damage", "same_content"]), multiple=True)
def main(corpus: Path, out: Path, count: int, part: tuple[str, ...]) -> None:
    torch.set_num_threads(1)
    source, network = dev_material(corpus, np.random.default_rng(SEED)), Network()
    out.mkdir(parents=True, exist_ok=True)
    asked = {
        "finalists": lambda rng: finalists(cases(source, count, rng), network, lambda text: click.echo(text, err=True)),
        "damage": lambda rng: damage(cases(source, count, rng), network, rng),
        "same_content": lambda rng: same_content(source, 2 * count, network, rng),
    }
    for name in part or asked:
        figures = asked[name](np.random.default_rng(SEED))
        (out / f"perceptual_{name}.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
        click.echo(json.dumps({key: value for key, value in figures.items() if key != "damage_scores"}, indent=1))


if __name__ == "__main__":
    main()
