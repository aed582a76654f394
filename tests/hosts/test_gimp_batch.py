"""The built plug-in in a real GIMP 3.0 and 3.2 without a window, against the real engine over its socket."""

import json
import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gimp_lab
import numpy as np
import pytest
from gimp_lab import Lab
from PIL import Image

from plugins_gimp.render import render_full
from plugins_gimp.replica import GimpReplica
from plugins_gimp.xcf import write_xcf
from shared_engine.errors import InputError

CUSTOM = {f"gimp:{name}" for name in ("brightness-contrast", "levels", "curves", "color-balance", "hue-saturation")}
SIDE = 384
"""Longer side of the photo."""


def recipe_by_hand(series: str) -> list[dict[str, Any]]:
    """Every filter of the replica, moved a quarter of the way from its default towards one end."""
    replica = GimpReplica(frozenset(one.operation for one in GimpReplica().filters) - (CUSTOM if series == "3.0" else set()))
    values = {}
    for tool in replica.tools:
        for number, parameter in enumerate(tool.parameters):
            if not parameter.choices:
                end = parameter.high if number % 2 == 0 or parameter.low == parameter.default else parameter.low
                values[tool.key(parameter)] = parameter.default + 0.2 * (end - parameter.default)
    return replica.recipe(values)


class Findings:
    """What the checks found; a check that failed inside GIMP fails the test that asks for it."""

    def __init__(self, lab: Lab, recipe: list[dict[str, Any]], answer: dict[str, Any], killed: list[float]) -> None:
        self.lab, self.recipe, self.answer, self.killed = lab, recipe, answer, killed

    def of(self, check: str) -> Any:
        if "error" in self.answer[check]:
            pytest.fail(f"{self.lab.host}: {self.answer[check]['error']}")
        return self.answer[check]["found"]


@pytest.fixture(scope="module", params=gimp_lab.SERIES)
def findings(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Findings]:
    host = gimp_lab.host_of(request.param)
    lab = Lab(host, tmp_path_factory.mktemp(f"gimp-{request.param}"))
    recipe = recipe_by_hand(request.param)
    arguments = {"photo": "photo.png", "reference": "reference.png", "second": "second.png", "recipe": recipe, "edit": edit(recipe)}
    with pytest.MonkeyPatch.context() as patch, lab.engines() as killed:
        for name, value in lab.environment.items():
            patch.setenv(name, value)
        write_xcf(host, lab.folder / "photo.png", recipe, lab.folder / "command.xcf")
        answer = lab.inside(arguments, tuple(filter(None, os.environ.get("UTSUSHI_ONLY", "").split(","))))
        print(lab.host, {check: round(one["seconds"], 1) for check, one in answer.items()})
        yield Findings(lab, recipe, answer, killed)


def edit(recipe: list[dict[str, Any]]) -> tuple[str, float]:
    """A setting of the first filter, and another value for it."""
    name, value = next((name, value) for name, value in recipe[0]["steps"][0].items() if isinstance(value, float) and value)
    return name, -value if value < 50 else value / 2


def rgb(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB"))


def values_agree(made: list[dict[str, Any]], recipe: list[dict[str, Any]]) -> None:
    """The filters on the layer are those of the recipe, in order, with its values (of the last slot, the only one that GIMP tells)."""
    assert [(one["name"], one["operation"]) for one in made] == [("Utsushi: " + one["name"], one["operation"]) for one in recipe]
    for one, entry in zip(made, recipe, strict=True):
        assert math.isclose(one["opacity"], entry["opacity"], abs_tol=1e-6)
        lengths = {name: share * SIDE for name, share in entry.get("relative", {}).items()}
        for name, value in (entry["steps"][-1] | lengths).items():
            if name in one["values"]:
                wanted = value if isinstance(value, str | bool) else pytest.approx(value, rel=1e-6)
                assert one["values"][name] == wanted, f"{entry['operation']} {name}"


def test_every_filter_stands_on_the_layer_as_it_was_asked_for(findings: Findings) -> None:
    found = findings.of("hand_made_filters")
    values_agree(found["made"], findings.recipe)
    assert len(found["made"]) >= (14 if findings.lab.host.series == "3.2" else 8)
    assert found["notes"] == []
    assert found["untouched"] == 0 and found["pixels"] == 0, "nothing may change before the filters are put on, and no pixel ever"
    assert found["changed"] > 20


def test_filters_survive_the_file_and_stay_editable(findings: Findings) -> None:
    found = findings.of("hand_made_filters")
    assert [(one["name"], one["operation"]) for one in found["kept"]] == [(one["name"], one["operation"]) for one in found["made"]]
    assert found["reload"] <= 1.01
    assert found["edited"] > 1


def test_export_equals_the_replica(findings: Findings) -> None:
    findings.of("hand_made_filters")
    folder = findings.lab.folder
    exported, replica = rgb(folder / "hand.png").astype(int), render_full(rgb(folder / "photo.png"), findings.recipe).astype(int)
    error = np.abs(exported - replica)
    print(f"{findings.lab.host}: {len(findings.recipe)} filters, greatest error {error.max()}/255, mean {error.mean():.4f}/255")
    assert error.max() <= 3 and np.quantile(error, 0.999) <= 1


def test_file_of_the_command_line_has_the_live_filters(findings: Findings) -> None:
    found = findings.of("file_of_the_command_line")
    assert [one["operation"] for one in found["layer"]] == [one["operation"] for one in findings.recipe]
    assert found["changed"] > 20


def test_file_with_a_filter_that_gimp_has_not_is_refused(findings: Findings) -> None:
    target = findings.lab.folder / "refused.xcf"
    with pytest.raises(InputError, match="gegl:no-such-thing") as caught:
        write_xcf(findings.lab.host, findings.lab.folder / "photo.png", [{"operation": "gegl:no-such-thing", "steps": [{}]}], target)
    assert caught.value.remedy and not target.exists()


def test_settings_that_gimp_has_not_are_refused_in_words(findings: Findings) -> None:
    found = findings.of("refused_settings")
    assert all(found["said"].values()), found["said"]
    assert "3.2" in found["said"].get("crashes 3.0", "GIMP 3.2")
    assert found["filters"] == 0
    assert len(found["clamped"]) == 2 and all("outside GIMP's range" in note for note in found["clamped"])
    assert found["radius"] == pytest.approx(0.25 * 8)
    assert CUSTOM.issubset(found["available"]) == (findings.lab.host.series == "3.2")


def test_every_precision_and_profile_is_read_as_srgb(findings: Findings) -> None:
    found = findings.of("pixels_of_every_precision")
    adobe = found.pop("adobe")
    wanted = [1.055 * value ** (1 / 2.4) - 0.055 for value in (0.2, 0.5, 0.05)] + [1.0]
    for name, picture in found.items():
        assert picture["size"] == [16, 12]
        assert picture["pixel"] == pytest.approx(wanted, abs=0.03 if name == "U8_LINEAR" else 0.004), name
        assert picture["note"] is None
    assert adobe["apart"] <= 4
    assert "Adobe" in adobe["note"]


def test_selection_limits_the_filters_also_in_the_file(findings: Findings) -> None:
    found = findings.of("selection_is_kept_by_the_filter")
    for when in ("kept", "reloaded"):
        assert found[when]["outside"] == 0
        assert found[when]["inside"] > 0.9 * 32 * 16
    assert found["alpha"] == pytest.approx(32 * 16, abs=1)


REASONS = {
    "no reference": "No reference",
    "missing reference": "",  # GIMP itself refuses the call
    "broken reference": "cannot open broken.png",
    "gray": "RGB",
    "indexed": "RGB",
    "two layers": "Select the one layer",
    "locked": "Unlock",
    "mask": "thumbnail",
    "one pixel": "too few pixels",
    "transparent": "no visible pixels",
    "not numbers": "not numbers",
    "tiny selection": "too few pixels",
}


@pytest.mark.parametrize("case", REASONS)
def test_what_cannot_be_done_is_said_and_changes_nothing(findings: Findings, case: str) -> None:
    found = findings.of("refusals")[case]
    assert found["status"] == "calling-error"
    assert REASONS[case] in found["said"]
    assert found["said"]
    assert found["filters"] == 0


def test_imitation_of_the_engine_stands_on_the_layer(findings: Findings) -> None:
    first = findings.of("imitation")["first"]
    assert first["status"] == "success", first["said"]
    imitation = first["report"]["imitation"]
    assert imitation["recipe"]
    values_agree(first["layer"], imitation["recipe"])
    assert imitation["score"]["total"] < imitation["baseline"]["total"]
    assert set(imitation["score"]["parts"]) == {"detail"} and imitation["replica_error"] < 1 / 255, "scored from GIMP's own pixels"
    assert first["take"]["imitation"]["recipe"] == imitation["recipe"]
    assert first["take"]["files"]["reference"].endswith("/reference.png")
    if findings.lab.host.series == "3.0":
        assert not CUSTOM & {entry["operation"] for entry in imitation["recipe"]}
    print(f"{findings.lab.host}: {len(imitation['recipe'])} filters in {first['seconds']:.1f} s")


def test_imitation_survives_the_file_and_its_export_is_the_replicas(findings: Findings) -> None:
    found = findings.of("imitation")
    assert found["reload"] <= 1.01
    assert [one["operation"] for one in found["kept"]] == [one["operation"] for one in found["first"]["layer"]]
    assert "utsushi-take" in found["take"]
    folder = findings.lab.folder
    replica = render_full(rgb(folder / "photo.png"), found["first"]["report"]["imitation"]["recipe"]).astype(int)
    assert np.abs(rgb(folder / "imitation.png").astype(int) - replica).max() <= 3


def test_a_second_imitation_replaces_the_first_or_is_put_on_top(findings: Findings) -> None:
    found = findings.of("imitation")
    replaced, stacked = found["replaced"], found["stacked"]
    values_agree(replaced["layer"], replaced["report"]["imitation"]["recipe"])
    assert len(replaced["layer"]) <= 3
    assert any("replaced" in note for note in replaced["report"]["notes"])
    added = stacked["report"]["imitation"]["recipe"]
    assert len(stacked["layer"]) == len(replaced["layer"]) + len(added)


def test_what_only_gimp_renders_is_searched_in_gimp(findings: Findings) -> None:
    found = findings.of("texture")
    if found is None:
        pytest.skip("the whole chain is searched in GIMP 3.2 only")
    done = found["done"]
    assert done["status"] == "success", done["said"]
    imitation = done["report"]["imitation"]
    assert "gegl:bloom" in {entry["operation"] for entry in imitation["recipe"]}
    assert imitation["score"]["total"] < 0.35 * imitation["baseline"]["total"]
    assert found["left_open"] == 0, "the scratch image is gone"
    print(f"{findings.lab.host}: {imitation['evaluations']} candidates in {done['seconds']:.1f} s: {imitation['recipe']}")


def test_grain_of_another_photo_becomes_gimps_noise(findings: Findings) -> None:
    amounts = []
    for done in findings.of("grain"):
        assert done["status"] == "success", done["said"]
        (noise,) = [one["values"] for one in done["layer"] if one["operation"] == "gegl:noise-rgb"]
        assert noise["red"] == noise["green"] == noise["blue"] and not noise["independent"]
        (effect,) = [one for one in done["report"]["imitation"]["effects"] if one["tool"] == "noise-rgb"]
        assert effect["words"] == ["grain like the reference's"]
        amounts.append(noise["red"])
    print(f"{findings.lab.host}: noise of 0.1 came back as {amounts[0]:.3f}")
    assert amounts[0] == pytest.approx(0.1, rel=0.25)
    assert amounts[1] == pytest.approx(amounts[0] / 2, rel=0.05)


def test_float_alpha_profile_group_and_selection(findings: Findings) -> None:
    found = findings.of("imitation_in_float_with_alpha")
    assert found["done"]["status"] == "success", found["done"]["said"]
    names = [one["name"] for one in found["done"]["layer"]]
    assert names[0] == "mine" and all(name.startswith("Utsushi: ") for name in names[1:]) and names[1:]
    assert found["left"] > 0.02 and found["right"] == 0
    notes = " ".join(found["done"]["report"]["notes"])
    assert "selection" in notes and "Adobe" in notes


def test_killed_engine_is_waited_for_and_nothing_is_lost(findings: Findings) -> None:
    done = findings.of("engine_killed_in_the_middle")
    assert len(findings.killed) == 1, "the engine was to be killed in the middle of the search"
    assert done["status"] == "success", done["said"]
    assert any("stopped in the middle" in note for note in done["report"]["notes"])
    values_agree(done["layer"], done["report"]["imitation"]["recipe"])


def test_absent_engine_is_said_with_a_remedy(findings: Findings) -> None:
    done = findings.of("engine_absent")
    assert done["status"] == "execution-error"
    assert "utsushi" in done["said"]
    assert done["filters"] == 0
    assert done["seconds"] < 30


def test_report_is_json(findings: Findings) -> None:
    assert json.loads(findings.of("imitation")["first"]["said"]) == findings.of("imitation")["first"]["report"]
