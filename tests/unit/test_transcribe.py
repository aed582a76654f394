"""The search on the real replica: hidden settings are found again, with few tools, and what is locked stays."""

import numpy as np
import pytest
import skimage.data

from plugins_gimp.replica import GimpReplica
from shared_engine.errors import InputError
from shared_engine.imitate import Imitator, imitate
from shared_engine.journal import Journal
from shared_engine.meaning import Meaning
from shared_engine.objective import Objective
from shared_engine.proposers.proposer import Proposal
from shared_engine.proxy import shrink
from shared_engine.prune import Model, prune
from shared_engine.question import Question
from shared_engine.senses import senses
from shared_engine.space import Space, choose_tools, resolve_locks
from shared_engine.study import Study
from shared_engine.transcribe import Transcriber
from shared_engine.types import Media, Reference, StudySpec

HIDDEN = {"exposure.exposure": 0.6, "color-temperature.intended-temperature": 4500.0, "saturation.scale": 0.5}


@pytest.fixture(scope="module")
def photo() -> Media:
    return shrink(Media("image", skimage.data.coffee().astype(np.float32) / 255), 160)


@pytest.fixture(scope="module")
def graded(photo: Media) -> Media:
    stage = GimpReplica().stage(photo)
    (result,) = stage.media({key: np.array([value]) for key, value in HIDDEN.items()}, 1)
    return Media("image", result.data.clip(0, 1))


class Wish(Proposal):
    """A proposal that is a given picture; likeness fades it in."""

    proposer, confidence, reason = "wish", 1.0, "what the test wants"

    def __init__(self, picture: Media) -> None:
        self.picture = picture

    def render(self, content: Media, likeness: float = 1.0) -> Media:
        return Media("image", content.data + likeness * (self.picture.data - content.data))


def objective_of(photo: Media, graded: Media) -> Objective:
    stage = GimpReplica().stage(photo, 768)
    return Objective(stage, stage.target(graded), senses(photo).metrics, True)


def test_hidden_settings_are_found_with_few_tools(photo, graded):
    objective = objective_of(photo, graded)
    space = Space(choose_tools(GimpReplica().tools, ()))
    nothing = float(objective.evaluate(space, space.neutral[None]).values[0])
    fit = Transcriber(Study(space.tools), objective, max_tools=8).run(space, space.neutral)
    assert fit.value < 0.1 * nothing
    assert len(fit.space.tools) <= 5


@pytest.mark.parametrize("most", [1, 2])
def test_no_more_tools_than_allowed(photo, graded, most):
    space = Space(choose_tools(GimpReplica().tools, ()))
    fit = Transcriber(Study(space.tools), objective_of(photo, graded), max_tools=most).run(space, space.neutral)
    assert len([tool for tool, axes in fit.space.axes.items() if axes]) <= most


def test_the_model_takes_away_what_others_can_stand_in_for():
    """Two settings that do the same: one is free to go, the third is not."""
    jacobian = np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    model = Model(jacobian.T @ jacobian + 1e-9 * np.eye(3), np.array([0.3, 0.2, 0.4]))
    costs = model.costs({"a": [0], "b": [1], "c": [2]})
    assert costs["a"] == pytest.approx(0, abs=1e-6) and costs["c"] == pytest.approx(0.08, rel=1e-3)
    model.take([1])
    assert model.offset == pytest.approx([0.5, 0.0, 0.4], abs=1e-6)


def test_pruning_keeps_one_setting_even_of_nothing(photo, graded):
    objective = objective_of(photo, graded)
    space = Space(choose_tools(GimpReplica().tools, ()))
    model = Model.around(objective, space, space.neutral)
    prune(model, space, 8, 1.0, 1.0)
    assert model.free.sum() == 1


def question(photo: Media, graded: Media, locks: dict) -> tuple[StudySpec, Question]:
    renderer = GimpReplica()
    held = resolve_locks(renderer.tools, locks, {})
    space = Space([tool for tool in renderer.tools if tool in choose_tools(renderer.tools, ()) or tool.id in locks], held)
    spec = StudySpec(photo, [Reference(graded)], "gimp", locks=locks, alternatives=6)
    wish, sense = Wish(graded), senses(photo)
    return spec, Question(photo, [wish], renderer, space, space, sense, Meaning(wish, (), photo, renderer, sense, 1.0, 0))


@pytest.fixture(scope="module")
def answer(photo, graded):
    spec, asked = question(photo, graded, {"exposure": None})
    seen = []
    return Imitator(spec, asked, None, seen.append, lambda: False).run(), seen


def test_what_is_locked_stays(answer):
    imitation, _ = answer
    for candidate in (imitation.best, *(one.candidate for one in imitation.alternatives)):
        assert candidate.values.get("exposure.exposure", 0.0) == 0.0
    assert all(entry["operation"] != "gegl:exposure" for entry in imitation.recipe)


def test_the_answer_is_better_than_nothing_and_says_so(answer):
    imitation, _ = answer
    assert imitation.score.total < 0.35 * imitation.baseline.total
    assert imitation.score.total == pytest.approx(sum(imitation.score.parts.values()))


def test_alternatives_differ_and_have_names(answer):
    imitation, _ = answer
    assert len(imitation.alternatives) >= 3
    assert all(one.distance_to_best >= 3.0 and one.name and one.reason for one in imitation.alternatives)


def test_every_tool_of_the_answer_has_a_reason_and_shares_add_up(answer):
    imitation, _ = answer
    assert {effect.tool for effect in imitation.effects} <= {key.split(".")[0] for key in imitation.best.values}
    assert sum(effect.share for effect in imitation.effects) == pytest.approx(1, abs=0.05)
    assert all("earns" in effect.sentence and effect.sentence.count(": ") >= 2 for effect in imitation.effects)


def test_progress_goes_forward_and_carries_the_best(answer):
    _, seen = answer
    fractions = [progress.fraction for progress in seen]
    assert fractions == sorted(fractions) and fractions[-1] > 0.8
    assert seen[-1].best is not None and seen[-1].score < seen[-1].baseline


def test_a_second_run_with_the_same_journal_is_never_worse(photo, graded, tmp_path):
    spec, asked = question(photo, graded, {})
    journal = tmp_path / "journal.log"
    first = Imitator(spec, asked, Journal(journal), lambda progress: None, lambda: False).run()
    again = Imitator(spec, asked, Journal(journal), lambda progress: None, lambda: True).run()
    assert again.score.total <= first.score.total + 1e-9


def test_cancelled_at_once_it_still_answers(photo, graded):
    spec, asked = question(photo, graded, {})
    imitation = Imitator(spec, asked, None, lambda progress: None, lambda: True).run()
    assert imitation.score.total <= imitation.baseline.total


def test_the_content_itself_is_no_reference(photo):
    with pytest.raises(InputError, match="content itself"):
        imitate(StudySpec(photo, [Reference(photo)], "gimp"))


def test_a_reference_of_another_kind_is_refused(photo):
    sound = Media("audio", np.ones((1, 100), np.float32), rate=44100)
    with pytest.raises(InputError, match="reference is a audio"):
        imitate(StudySpec(photo, [Reference(sound)], "gimp"))


def test_the_answer_is_told_before_its_alternatives_are_looked_for(answer):
    imitation, seen = answer
    first = next(number for number, progress in enumerate(seen) if progress.final)
    assert 0 < first < len(seen) - len(imitation.alternatives)
    assert all(progress.final and progress.best == imitation.best for progress in seen[first:])
    assert all(progress.score == imitation.score.total for progress in seen[first:])
