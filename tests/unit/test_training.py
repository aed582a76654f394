"""The trainer on a toy: it learns, says so, and a kill -9 in the grid or in the loop costs nothing but the time."""

import os
import signal
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from PIL import Image
from safetensors.numpy import load_file

from server.train_command import train as train_command
from shared_engine import assets, extensions
from shared_engine.errors import StateError
from shared_engine.testing import TaskTests
from shared_engine.training import card, curve
from shared_engine.training.curve import Point
from shared_engine.training.trainer import Budget, train
from tests.toys import ToyLesson, ToyTask

ROOT = Path(__file__).parents[2]
BUDGET = Budget(chunks=12, steps=160)
SHORT = Budget(chunks=5, steps=16, checkpoint=0.0)


class TestToy(TaskTests):
    @pytest.fixture
    def task(self):
        return ToyTask()


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A training with everything that it told."""
    told = []
    out = tmp_path_factory.mktemp("whole") / "toy.safetensors"
    return out, train(ToyTask(), out, BUDGET, seed=4, tell=told.append), told


@pytest.fixture(scope="module")
def straight(tmp_path_factory):
    """A short one that nobody disturbed."""
    out = tmp_path_factory.mktemp("straight") / "toy.safetensors"
    return out, train(ToyTask(), out, SHORT, seed=4)


def test_it_learns_and_leaves_weights_pin_card_and_curve(whole):
    out, trained, _ = whole
    assert trained.figures["error"] < 0.3, "the variance of the settings is 1"
    assert assets.read(out)[1] == {"trained": "12 chunks, 160 steps, seed 4"}
    assert assets.digest(out) == trained.pin
    text = out.with_suffix(".md").read_text()
    for said in (
        f"{trained.figures['error']:.4g}",
        "240 settings, each on 6 contents",
        "as many as needed | ours",
        "It is a toy",
        "seed 4",
    ):
        assert said in text
    rows = out.with_suffix(".curve.csv").read_text().splitlines()
    assert rows[0] == "network,stage,step,seconds,loss,error" and len(rows) == 1 + 2 * 2 * 8
    first, last = (float(rows[index].split(",")[-1]) for index in (1, 8))
    assert last < first
    with Image.open(out.with_suffix(".curve.png")) as picture:
        assert picture.size == (curve.WIDTH, 2 * curve.HEIGHT)
        assert len(np.unique(np.asarray(picture).reshape(-1, 3), axis=0)) > 20
    assert not out.with_suffix(".work").exists()


def test_progress_grows_from_nothing_to_all_and_names_what_is_going_on(whole):
    _, _, told = whole
    shares = [one.done for one in told]
    assert shares == sorted(shares) and shares[0] == 0 and shares[-1] == pytest.approx(1)
    assert {one.doing for one in told} == {
        "grid of train", "grid of dev", "preparing", *(f"network {n} of 2: {stage}" for n in (1, 2) for stage in ("far", "near"))
    }  # fmt: skip
    assert all(one.eta is None or one.eta >= 0 for one in told) and any(one.eta for one in told)
    assert "error" in told[-1].figures and "loss" in told[-1].figures


CHILD = """
import sys
from pathlib import Path
from shared_engine.training.trainer import Budget, train
from tests.toys import ToyLesson, ToyTask

def halt():
    print("here", flush=True)
    sys.stdin.read()

class Task(ToyTask):
    chunks = 0
    def chunk(self, part, rng):
        self.chunks += 1
        if self.chunks == {chunks}:
            halt()
        return super().chunk(part, rng)
    def lesson(self, grids, rng, device):
        return Lesson(grids)

class Lesson(ToyLesson):
    steps = 0
    def loss(self, network, step):
        self.steps += 1
        if self.steps == {steps}:
            halt()
        return super().loss(network, step)

train(Task(), Path(sys.argv[1]), Budget(chunks=5, steps=16, checkpoint=0.0), seed=4)
"""


def killed(out, chunks=-1, steps=-1):
    """Trains in another process and kills it while it makes that chunk or takes that step."""
    code = textwrap.dedent(CHILD).format(chunks=chunks, steps=steps)
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(out)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert child.stdout.readline() == "here\n"
    os.kill(child.pid, signal.SIGKILL)
    child.communicate()
    assert child.returncode == -signal.SIGKILL and not out.exists()
    return out.with_suffix(".work")


def same(out, straight):
    ours, theirs = load_file(out), load_file(straight[0])
    assert set(ours) == set(theirs)
    for name, array in ours.items():
        np.testing.assert_allclose(array, theirs[name], atol=1e-6)


def test_killed_in_the_grid_it_renders_the_rest_alone(straight, tmp_path):
    out = tmp_path / "toy.safetensors"
    work = killed(out, chunks=4)
    kept = {path.name: path.stat().st_mtime_ns for path in work.glob("toy-train-*.safetensors")}
    assert len(kept) == 3
    (work / "toy-train-00003.part").write_bytes(b"half of a chu")
    kept_work = tmp_path / "kept"
    work.rename(kept_work)
    with pytest.raises(StateError, match="earlier training"):
        train(ToyTask(), out, SHORT, seed=4, work=kept_work)
    trained = train(ToyTask(), out, SHORT, seed=4, work=kept_work, resume=True)
    assert all((kept_work / name).stat().st_mtime_ns == when for name, when in kept.items())
    assert len(list(kept_work.glob("toy-train-*.safetensors"))) == 5
    assert "100 settings, each on 6 contents" in out.with_suffix(".md").read_text()
    assert trained.figures == pytest.approx(straight[1].figures)
    same(out, straight)


@pytest.mark.parametrize("step", [23, 40], ids=["second stage", "second network"])
def test_killed_in_the_loop_it_goes_on_from_its_step(straight, tmp_path, step):
    out = tmp_path / "toy.safetensors"
    work = killed(out, steps=step)
    reached = torch.load(work / "toy.checkpoint", weights_only=True)
    assert reached["leg"] * 16 + reached["step"] == step - 1

    class Counted(ToyTask):
        taken = 0

        def lesson(self, grids, rng, device):
            task = self

            class CountedLesson(ToyLesson):
                def loss(self, network, step):
                    task.taken += 1
                    return super().loss(network, step)

            return CountedLesson(grids)

    task = Counted()
    train(task, out, SHORT, seed=4, resume=True)
    assert task.taken == 4 * 16 - (step - 1)
    same(out, straight)
    csv, theirs = (path.with_suffix(".curve.csv").read_text().splitlines() for path in (out, straight[0]))
    assert [row.split(",")[:3] for row in csv] == [row.split(",")[:3] for row in theirs]


def test_another_seed_is_not_mixed_with_what_lies_there(tmp_path):
    work = tmp_path / "work"
    train(ToyTask(), tmp_path / "a.safetensors", replace(BUDGET, chunks=1, steps=1), work=work)
    with pytest.raises(StateError, match="seed 0"):
        train(ToyTask(), tmp_path / "b.safetensors", replace(BUDGET, chunks=1, steps=1), seed=1, work=work, resume=True)


def test_minutes_are_the_time_that_it_takes(tmp_path):
    """A tenth of a second for everything: a handful of steps, none of them endless."""
    trained = train(ToyTask(), tmp_path / "toy.safetensors", Budget(0.002))
    assert np.isfinite(trained.figures["error"])
    assert "0.002 CPU minutes" in (tmp_path / "toy.md").read_text()


def test_what_is_held_out_can_be_of_a_size_of_its_own(tmp_path):
    work = tmp_path / "work"
    train(ToyTask(), tmp_path / "toy.safetensors", replace(BUDGET, chunks=3, steps=1, held_out=2), work=work)
    assert {part: len(list(work.glob(f"*-{part}-*"))) for part in ("train", "dev")} == {"train": 3, "dev": 2}


def test_a_loss_that_is_no_number_is_said_at_once(tmp_path):
    class Broken(ToyTask):
        def chunk(self, part, rng):
            return {name: array * np.nan for name, array in super().chunk(part, rng).items()}

    with pytest.raises(StateError, match="no longer a number"):
        train(Broken(), tmp_path / "toy.safetensors", BUDGET)


@pytest.mark.parametrize(("options", "figure"), [([], "error"), (["--contrast"], "retrieval")], ids=["estimate", "embedding"])
def test_the_command_trains_what_is_registered(tmp_path, monkeypatch, options, figure):
    class Registered(ToyTask):
        def __init__(self, corpus, learned):
            assert corpus == tmp_path and learned == ("train",)

    monkeypatch.setattr(extensions, "load", lambda group, name: {("trainers", "toy"): Registered}[group, name])
    out = tmp_path / "toy.safetensors"
    said = CliRunner().invoke(train_command, ["toy", "--corpus", str(tmp_path), "--out", str(out), "--minutes", "0.01", *options])
    assert said.exit_code == 0, said.output
    assert f"{figure}: " in said.output and assets.digest(out) in said.output


def test_the_card_counts_licences(tmp_path):
    (tmp_path / "manifest.csv").write_text("file,licence\nsub/a,free\nsub/b,free\nsub/c,research\nsub/d,\n")
    assert card.terms(tmp_path, ["a", "b", "c"], "photos", "sub/") == [("photos", "2", "free"), ("photos", "1", "research")]
    assert card.terms(tmp_path, ["d", "e"], "photos", "sub/") == [("photos", "2", "not stated")]
    assert "no manifest.csv" in card.terms(tmp_path / "other", ["a"], "photos")[0][2]


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (0.4213, 0.4377), (-3.0, 250.0), (2.0, 2.0)])
def test_ticks_are_round_and_enclose(low, high):
    found = curve.ticks(low, high)
    assert found[0] <= low and found[-1] >= high and 1 <= len(found) <= 9
    assert found == sorted(set(found))


def test_a_curve_shows_gaps_and_falls(tmp_path):
    points = [
        Point(0, "far", step, step / 10, {"loss": 1 / (step + 1), "late": step} if step > 4 else {"loss": 1 / (step + 1)})
        for step in range(9)
    ]
    picture = np.asarray(curve.draw(points, ["loss", "late"]))
    ink = np.argwhere((np.abs(picture[50 : curve.HEIGHT - 50].astype(int) - (27, 108, 168)) < 12).all(2))
    left, right = ink[ink[:, 1] < 200], ink[ink[:, 1] > curve.WIDTH - 200]
    assert left[:, 0].mean() < right[:, 0].mean(), "a falling loss falls"
