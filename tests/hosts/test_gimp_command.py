"""`utsushi imitate` with a real GIMP at its side: filters that only GIMP renders, a mask, weighted references."""

import json
import os
import subprocess
import sys
from pathlib import Path

import gimp_lab
import numpy as np
import pytest
from PIL import Image

from plugins_gimp.replica import GimpReplica
from plugins_gimp.xcf import write_xcf

SIDE = 320
TRUE = {"exposure.exposure": 0.4, "bloom.strength": 35.0, "bloom.radius": 0.02}


def utsushi(folder: Path, *words: object) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "UTSUSHI_HOME": str(folder / "home"), "OMP_NUM_THREADS": "1"}
    command = [str(Path(sys.executable).with_name("utsushi")), *map(str, words)]
    return subprocess.run(command, env=environment, cwd=gimp_lab.REPOSITORY, capture_output=True, text=True, timeout=600, check=False)


@pytest.fixture(scope="module", params=gimp_lab.SERIES[:1])
def scene(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a photo, the same photo with bloom and exposure as GIMP renders them, another photo, and a mask."""
    host = gimp_lab.host_of(request.param)
    folder = tmp_path_factory.mktemp("command")
    with Image.open(gimp_lab.PHOTOS / "kodak_0015.jpg") as picture:
        picture = picture.convert("RGB")
        picture.thumbnail((SIDE, SIDE))
        picture.save(folder / "photo.png")
    with Image.open(gimp_lab.PHOTOS / "kodak_0003.jpg") as other:
        other.convert("RGB", gimp_lab.FADED_WARM).save(folder / "other.png")
    mask = np.zeros(picture.size[::-1], np.uint8)
    mask[:, : picture.width // 2] = 255
    Image.fromarray(mask).save(folder / "mask.png")
    write_xcf(host, folder / "photo.png", GimpReplica().recipe(TRUE), folder / "true.xcf", export=folder / "true.png")
    yield folder
    utsushi(folder, "stop")


def test_gimp_renders_what_nobody_else_can(scene: Path) -> None:
    done = utsushi(
        scene, "imitate", scene / "photo.png", "--like", scene / "true.png", "--only", "exposure,bloom", "--alternatives", 1, "--json",
        "--out", scene / "bloom",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    recipe = json.loads(done.stdout)
    found = {f"{one['filter']} {one['setting']}": one["value"] for one in recipe["settings"]}
    assert found["Bloom Strength"] == pytest.approx(35.0, abs=7.0)
    assert found["Bloom Radius"] == pytest.approx(0.02, rel=0.3)
    assert found["Exposure Exposure"] == pytest.approx(0.4, abs=0.12)
    assert recipe["score"] < 0.15 * recipe["score_of_doing_nothing"]
    assert recipe["replica_error_255"] <= 1.0, "exposure alone is the replica's, and proved"
    assert {one["operation"] for one in recipe["filters"]} == {"gegl:exposure", "gegl:bloom"}
    true, result, photo = (
        np.asarray(Image.open(path).convert("RGB"), np.float32)
        for path in (scene / "true.png", scene / "bloom/result.png", scene / "photo.png")
    )
    assert np.abs(result - true).mean() < 0.15 * np.abs(photo - true).mean(), "GIMP itself made the result"


def test_a_mask_limits_the_look_and_weights_are_told(scene: Path) -> None:
    done = utsushi(
        scene, "imitate", scene / "photo.png", "--like", scene / "other.png", "--like", scene / "true.png", "--weight", 3, "--weight", 0.5,
        "--mask", scene / "mask.png", "--alternatives", 0, "--json", "--out", scene / "masked",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    recipe = json.loads(done.stdout)
    assert recipe["references"] == [{"name": "other.png", "weight": 3.0}, {"name": "true.png", "weight": 0.5}]
    photo, result = (np.asarray(Image.open(path).convert("RGB"), np.int16) for path in (scene / "photo.png", scene / "masked/result.png"))
    half = photo.shape[1] // 2
    assert np.abs(result[:, half + 1 :] - photo[:, half + 1 :]).max() <= 1
    assert np.abs(result[:, : half - 1] - photo[:, : half - 1]).mean() > 2
    assert (scene / "masked/result.xcf").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--only", "bloom", "--no-gimp"), "only GIMP itself can render Bloom"),
        (("--mask", "other.png"), "not of the photo's shape"),
        (("--weight", "1", "--weight", "2"), "2 weights for 1 references"),
    ],
)
def test_what_cannot_be_is_said(scene: Path, words: tuple[str, ...], said: str) -> None:
    wishes = [scene / word if word.endswith(".png") else word for word in words]
    done = utsushi(scene, "imitate", scene / "photo.png", "--like", scene / "true.png", *wishes, "--out", scene / "never")
    assert done.returncode != 0 and said in " ".join(done.stderr.split())
