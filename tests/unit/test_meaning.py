"""What was picked, by its native values, moves what the references are taken to mean."""

import numpy as np
import pytest

from plugins_gimp.replica import GimpReplica
from shared_engine.alternatives import telling
from shared_engine.errors import ParameterError
from shared_engine.meaning import Meaning
from shared_engine.proposers.look import LookProposer
from shared_engine.proposers.lut import SIZE, LutProposal
from shared_engine.senses import senses
from shared_engine.space import Space
from shared_engine.types import Media, Pick, Reference

BRIGHT, DARK = {"exposure.exposure": 0.8}, {"exposure.exposure": -0.8}


@pytest.fixture(scope="module")
def photo():
    rng = np.random.default_rng(0)
    coarse = rng.uniform(0.1, 0.8, (6, 8, 3)).astype(np.float32)
    return Media("image", np.kron(coarse, np.ones((8, 8, 1), np.float32)))


def meaning(proposal, photo, *picks):
    return Meaning(proposal, picks, photo, GimpReplica(), senses(photo), 1.0, 0)


def light(proposal, photo):
    return float(proposal.render(photo).data.mean())


@pytest.fixture(scope="module")
def look(photo):
    return LookProposer().propose(photo, [Reference(Media("image", photo.data[::-1] * 0.9))])


@pytest.fixture
def sure():
    return LutProposal("sure", 1.0, "", np.zeros((SIZE, SIZE, SIZE, 3), np.float32))


def test_an_unsure_proposal_goes_where_the_picks_lead(look, photo):
    assert look.unsure
    plain = meaning(look, photo)
    assert plain.proposal is look
    assert plain.leaning(photo, photo) is None
    brighter, darker = (meaning(look, photo, Pick([{}, BRIGHT, DARK], picked)) for picked in (1, 2))
    assert light(darker.proposal, photo) < light(look, photo) < light(brighter.proposal, photo)
    said = brighter.leaning(photo, photo)
    assert "brighter" in said.words
    assert said.sentence == f"leaning {', '.join(said.words)} because of 1 choice"


def test_more_choices_lead_farther(look, photo):
    pick = Pick([{}, BRIGHT, DARK], 1)
    once, often = meaning(look, photo, pick), meaning(look, photo, pick, pick, pick)
    assert light(often.proposal, photo) > light(once.proposal, photo)
    assert often.leaning(photo, photo).picks == 3


def test_readings_differ_from_each_other(look, photo):
    found = meaning(look, photo)
    readings = found.readings(4)
    assert len(readings) == 4
    pictures = [one.render(photo).data for one in (found.proposal, *readings)]
    for index, one in enumerate(pictures):
        assert all(np.abs(one - other).mean() > 0.01 for other in pictures[:index])
    # A reading that looks like the answer is no alternative: none is nearer to it than what can be seen.
    eye, sense = found.eye, senses(photo)
    answer = eye.stage.target(found.proposal.render(eye.content))
    targets = [eye.stage.target(one.render(eye.content)) for one in readings]
    assert all(float(sense.difference.distance(target[None], answer)[0]) >= sense.apart for target in targets)


def test_names_tell_alternatives_apart():
    words = ("brighter", "warmer", "more contrast")
    assert telling(words, []) == ("brighter", "warmer")
    assert telling(words, [("warmer", "brighter")]) == ("brighter", "more contrast")
    assert telling(words[:1], []) == ("brighter",)
    few = words[:2]
    assert telling(few, [few]) == ("brighter",)
    assert telling(few, [few, ("brighter",)]) == ("warmer",)
    assert telling(few, [few, ("brighter",), ("warmer",)]) == ("brighter", "warmer", "2")
    assert telling(words, [words[:2], words[1:], words[::2]]) == words


def test_a_sure_proposal_has_no_readings_but_its_settings_follow(sure, photo):
    space = Space([tool for tool in GimpReplica().tools if tool.id == "exposure"])
    point = space.neutral
    followed = meaning(sure, photo, Pick([{}, BRIGHT, DARK], 1)).followed(space, point)
    axis = space.keys.index("exposure.exposure")
    assert followed[axis] > point[axis] + 0.02
    assert meaning(sure, photo).readings(4) == []
    assert meaning(sure, photo).followed(space, point) is point


def test_a_pick_of_foreign_settings_is_refused(look, photo):
    with pytest.raises(ParameterError, match="teapot"):
        _ = meaning(look, photo, Pick([{}, {"teapot.size": 1.0}], 1)).proposal


def test_a_long_sound_is_described_by_its_loudest_part():
    rate = 1000
    sound = Media("audio", np.zeros((2, 20 * rate), np.float32), rate=rate)
    sound.data[:, 11 * rate : 15 * rate] = 0.1
    excerpt = senses(sound).small(sound)
    assert excerpt.data.shape == (2, 6 * rate) and (excerpt.data[0] != 0).sum() == 4 * rate
    assert senses(sound).small(excerpt) is excerpt
