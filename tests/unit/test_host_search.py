"""The search in a host that renders by itself: here a Python function in the host's place; the real hosts are in tests/hosts."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from plugins_gimp.replica import GimpReplica
from shared_engine.errors import InputError, Interrupted, ParameterError
from shared_engine.host_tools import HostTools
from shared_engine.imitate import imitate
from shared_engine.journal import Journal
from shared_engine.renderer import batch_of
from shared_engine.types import Media, Reference, Scene, StudySpec

PLAIN = {
    "tools": [
        {"id": "gain", "label": "Gain", "parameters": [{"id": "gain", "label": "Gain", "low": 0.5, "high": 2.0, "default": 1.0}]},
        {"id": "grain", "label": "Grain", "parameters": [{"id": "amount", "label": "Amount", "low": 0.0, "high": 0.2}]},
        {"id": "blur", "label": "Blur", "parameters": [{"id": "radius", "label": "Radius", "low": 0.0, "high": 3.0, "unit": "px"}]},
    ]
}


def photo(seed=0, size=(96, 128)):
    noise = np.random.default_rng(seed).random((*size, 3), dtype=np.float32)
    return Media("image", 0.15 + 0.6 * np.stack([gaussian_filter(noise[..., i], 2.0) for i in range(3)], -1))


class Host:
    """Renders three tools; counts what it was asked, and goes away after `patience` candidates."""

    def __init__(self, content, patience=10_000):
        self.content, self.patience, self.asked = content, patience, []

    def picture(self, values):
        data = self.content.data * values.get("gain.gain", 1.0)
        if radius := values.get("blur.radius", 0.0):
            data = gaussian_filter(data, (radius, radius, 0))
        data = data + np.random.default_rng(7).normal(size=data.shape) * values.get("grain.amount", 0.0)
        return Media("image", data.astype(np.float32))

    def __call__(self, candidates):
        self.asked += candidates
        if len(self.asked) > self.patience:
            raise Interrupted
        return [self.picture(candidate.values) for candidate in candidates]


def asked(content, true, host, **options):
    return StudySpec(content, [Reference(host.picture(true))], "host", scene=Scene(PLAIN), alternatives=0, **options)


def test_a_host_without_any_replica_is_searched_by_its_own_renders():
    content = photo()
    host = Host(content)
    found = imitate(asked(content, {"gain.gain": 1.4, "grain.amount": 0.06}, host), draw=host)
    assert found.best.values["gain.gain"] == pytest.approx(1.4, abs=0.05)
    assert found.best.values["grain.amount"] == pytest.approx(0.06, abs=0.02)
    assert found.score.total < 0.35 * found.baseline.total
    assert set(found.score.parts) == {"detail"} and found.replica_error == 0.0
    assert {effect.tool for effect in found.effects} == {"gain", "grain"}
    assert {entry["tool"] for entry in found.recipe} == {"gain", "grain"}, "blur earned nothing and was left out"
    assert len({candidate.id for candidate in host.asked}) == len(host.asked)


def test_locks_hold_in_the_host_too():
    content = photo()
    host = Host(content)
    spec = asked(content, {"gain.gain": 1.4, "blur.radius": 1.5}, host, locks={"gain.gain": 1.2})
    found = imitate(spec, draw=host)
    assert {candidate.values.get("gain.gain", 1.0) for candidate in host.asked[1:] if candidate.values} == {1.2}
    assert found.best.values["gain.gain"] == 1.2


def test_what_only_the_host_renders_is_refused_where_it_does_not():
    content = photo()
    with pytest.raises(ParameterError, match="only the host itself can render Gain, Grain, Blur") as caught:
        imitate(asked(content, {"gain.gain": 1.4}, Host(content)))
    assert caught.value.remedy


def test_a_tool_of_the_host_that_was_switched_off_asks_nothing_of_it():
    content = photo()
    (target,) = GimpReplica().stage(content).media(batch_of({"exposure.exposure": 0.5}), 1)
    off = {"bloom.strength": 0.0, "bloom.threshold": 50.0, "bloom.radius": 0.01}
    found = imitate(StudySpec(content, [Reference(target)], "gimp", only=frozenset({"exposure"}), locks=off, alternatives=0))
    assert found.best.values["exposure.exposure"] == pytest.approx(0.5, abs=0.03)


def test_a_host_that_goes_away_leaves_the_best_so_far(tmp_path):
    content = photo()
    host = Host(content, patience=30)
    spec = asked(content, {"gain.gain": 1.5}, host)
    found = imitate(spec, draw=host, journal=Journal(tmp_path / "journal"))
    assert found.warnings and "did not render" in found.warnings[-1]
    kept = Journal(tmp_path / "journal").best("host")
    assert kept is not None and kept[0].values["gain.gain"] > 1.2, "its journal has what the renders had told"

    again = Host(content)
    resumed = imitate(spec, draw=again, journal=Journal(tmp_path / "journal"))
    assert resumed.score.total <= kept[1].total + 1e-6
    assert resumed.best.values["gain.gain"] == pytest.approx(1.5, abs=0.05)


def test_finalists_get_the_scores_of_the_hosts_pixels_and_a_wrong_replica_is_noticed():
    """A host whose exposure works a third stronger than the replica's."""
    content = photo()
    replica = GimpReplica()

    def host(candidates):
        states = [{k: v * 1.3 if k == "exposure.exposure" else v for k, v in one.values.items()} for one in candidates]
        return [replica.stage(content).media(batch_of(values), 1)[0] for values in states]

    (target,) = replica.stage(content).media(batch_of({"exposure.exposure": 0.7}), 1)
    spec = StudySpec(content, [Reference(target)], "gimp", only=frozenset({"exposure"}), alternatives=2)
    plain, found = imitate(spec), imitate(spec, draw=host)
    assert plain.replica_error is None and found.replica_error > 10 / 255
    assert any("unlike the engine's" in warning for warning in found.warnings)
    assert found.best.values["exposure.exposure"] == pytest.approx(0.7 / 1.3, abs=0.03), "searched in the host from there"
    assert all(set(one.score.parts) == {"detail"} for one in found.alternatives)

    honest = imitate(spec, draw=lambda candidates: [replica.stage(content).media(batch_of(one.values), 1)[0] for one in candidates])
    assert honest.replica_error == 0.0 and not honest.warnings


def test_only_the_masked_part_counts_in_the_host():
    content = photo()
    mask = np.zeros(content.data.shape[:2], np.float32)
    mask[:, :64] = 1
    content = replace(content, mask=mask)
    whole = Host(content)

    def host(candidates):
        """Colours the unselected half at random: nobody may look there."""
        pictures = [whole.picture(one.values) for one in candidates]
        for index, picture in enumerate(pictures[0 if candidates[0].values else 1 :]):
            picture.data[:, 64:] = index % 2
        return [replace(picture, mask=mask) for picture in pictures]

    spec = asked(content, {"gain.gain": 1.4}, whole)
    found = imitate(spec, draw=host)
    assert found.best.values["gain.gain"] == pytest.approx(1.4, abs=0.05)


@pytest.mark.parametrize("description", [{}, {"tools": []}, {"tools": [{"label": "nameless"}]}, {"tools": ["no mapping"]}])
def test_a_host_has_to_describe_its_tools(description):
    with pytest.raises(InputError) as caught:
        HostTools(scene=Scene(description))
    assert caught.value.remedy


def test_renders_of_different_sizes_are_refused():
    content = photo()
    host = Host(content)

    def growing(candidates):
        return [
            replace(one, data=one.data[: 90 if candidate.values else 96])
            for one, candidate in zip(host(candidates), candidates, strict=True)
        ]

    with pytest.raises(InputError, match="rendered"):
        imitate(asked(content, {"gain.gain": 1.4}, host), draw=growing)
