"""The sound proposers: their contract, what they must recover, and when they must stay silent."""

from dataclasses import replace

import numpy as np
import pytest

from plugins_daw.renderer import PedalboardRenderer
from shared_engine import assets
from shared_engine.errors import AssetError, ParameterError
from shared_engine.imitate import imitate
from shared_engine.meaning import Meaning
from shared_engine.metrics.log_mel import LogMelMetric
from shared_engine.proposers import sound
from shared_engine.proposers import sound_statistics as statistics
from shared_engine.proposers.sound import SoundProposer, answered_share
from shared_engine.proposers.sound_before_after import SoundBeforeAfterProposer, delay, pair_of
from shared_engine.proposers.sound_doubt import measured
from shared_engine.senses import senses
from shared_engine.testing import ProposerTests
from shared_engine.training.sound import STILL_DB, shyness
from shared_engine.types import Media, Pick, Reference, StudySpec
from tests.sounds import phrase

HIDDEN = {
    "highpass.frequency": 150.0, "high-shelf.gain": 6.0, "high-shelf.frequency": 4000.0, "compressor.threshold": -34.0,
    "compressor.ratio": 5.0, "reverb.wet": 0.25, "reverb.size": 0.6,
}  # fmt: skip


def processed(media, values=HIDDEN):
    batch = {key: np.array([value]) for key, value in values.items()}
    (out,) = PedalboardRenderer().stage(media).media(batch, 1)
    return out


def quiet(media, level=statistics.WORKING_LEVEL):
    gain = 10 ** ((level - statistics.active_level(media.data, media.rate)) / 20)
    return replace(media, data=(media.data * gain).astype(np.float32))


class TestSound(ProposerTests):
    @pytest.fixture
    def proposer(self):
        return SoundProposer()

    @pytest.fixture
    def content(self):
        return quiet(phrase(seed=1))

    @pytest.fixture
    def references(self):
        return [Reference(processed(quiet(phrase(seed=seed)))) for seed in (2, 3)]


class TestSoundBeforeAfter(ProposerTests):
    @pytest.fixture
    def proposer(self):
        return SoundBeforeAfterProposer()

    @pytest.fixture
    def content(self):
        return quiet(phrase(8000, 2.0, channels=2, seed=1))

    @pytest.fixture
    def references(self):
        dry = quiet(phrase(8000, 2.0, seed=2))
        return [Reference(processed(dry), original=dry)]


def distance(a, b):
    return float(LogMelMetric(a.rate).distance(a.data[None], b.data)[0])


@pytest.mark.parametrize("shown", ["pair", "same recording"])
def test_a_pair_says_nearly_everything(shown):
    content = quiet(phrase(seed=1))
    other = quiet(phrase(seed=2))
    reference = Reference(processed(other), original=other) if shown == "pair" else Reference(processed(content))
    truth = processed(content)
    proposal = SoundBeforeAfterProposer().propose(content, [reference])
    assert distance(proposal.render(content), truth) < 0.15 * distance(content, truth)


def test_the_whole_job_answers_with_a_few_effects():
    content = quiet(phrase(seed=1))
    truth = processed(content)
    answer = imitate(StudySpec(content, [Reference(truth)], "pedalboard", alternatives=2, max_tools=6))
    assert answer.proposer == "sound-before-after"
    assert len(answer.recipe) <= 6
    assert answer.score.total < 0.3 * answer.baseline.total
    assert all(effect.sentence for effect in answer.effects)


def test_locked_effects_stay_and_only_some_may_move():
    content = quiet(phrase(seed=1))
    spec = StudySpec(content, [Reference(processed(content))], "pedalboard", alternatives=0)
    answer = imitate(replace(spec, only=frozenset({"space"}), locks={"reverb.size": 0.9}))
    assert {entry["tool"] for entry in answer.recipe} <= {"chorus", "delay", "reverb"}
    assert answer.best.values["reverb.size"] == 0.9


def test_aspects_are_weighed_and_switched_off():
    content = quiet(phrase(seed=1))
    proposal = SoundBeforeAfterProposer().propose(content, [Reference(processed(content))])
    dry_room = proposal.weighed({"space": 0.0})
    assert dry_room.values["reverb.wet"] == 0.0 and dry_room.values["compressor.ratio"] == proposal.values["compressor.ratio"]
    half = proposal.weighed({"tone": 0.5})
    assert half.values["high-shelf.gain"] == pytest.approx(proposal.values["high-shelf.gain"] / 2, abs=0.01)
    with pytest.raises(ParameterError, match="sparkle"):
        proposal.weighed({"sparkle": 1.0})
    spec = StudySpec(content, [Reference(processed(content))], "pedalboard", alternatives=0, aspects={"space": 0.0})
    assert "reverb" not in {entry["tool"] for entry in imitate(spec).recipe}


def test_a_proposal_whose_settings_are_known_is_only_pruned():
    """Every option of every slope was tried before: ten times the candidates, for the same answer."""
    content = quiet(phrase(seed=1))
    shown = [Reference(processed(quiet(phrase(seed=2))))]
    answer = imitate(StudySpec(content, shown, "pedalboard", proposer="sound", alternatives=0))
    assert answer.evaluations < 120
    assert answer.score.total < 0.15 * answer.baseline.total


def test_a_pair_of_other_channel_counts_is_a_pair():
    mono, stereo = quiet(phrase(seed=2)), quiet(phrase(seed=2, channels=1))
    wide = replace(stereo, data=np.repeat(stereo.data, 2, 0))
    dry, wet = pair_of(Reference(processed(wide), original=mono), quiet(phrase(seed=1)))
    assert dry.data.shape == wet.data.shape and len(dry.data) == 1


def test_another_performance_is_no_pair():
    content = quiet(phrase(seed=1))
    assert pair_of(Reference(processed(quiet(phrase(seed=2)))), content) is None
    assert SoundBeforeAfterProposer().propose(content, [Reference(processed(quiet(phrase(seed=2))))]) is None


@pytest.mark.parametrize("lag", [-700, 0, 441])
def test_a_pair_is_aligned(lag):
    dry = phrase(seed=4).data[0]
    wet = np.roll(processed(phrase(seed=4)).data[0], lag)
    assert delay(dry, wet, 5000) == pytest.approx(lag, abs=40), "within the filters' own delay"


def test_settings_follow_the_level_of_the_track():
    """The same track, 12 dB louder: the same sound comes out, 12 dB louder."""
    references = [Reference(processed(quiet(phrase(seed=2))))]
    soft, loud = quiet(phrase(seed=1)), quiet(phrase(seed=1), statistics.WORKING_LEVEL + 12)
    renders = [SoundProposer().propose(content, references).render(content) for content in (soft, loud)]
    assert distance(renders[0], renders[1]) < 0.5


def test_statistics_do_not_depend_on_rate_or_level():
    sound = phrase(16000, seed=5)
    from scipy.signal import resample_poly

    faster = Media("audio", resample_poly(sound.data, 3, 1, axis=1).astype(np.float32) * 0.1, rate=48000)
    slow, fast = statistics.of_media(sound), statistics.of_media(faster)
    assert np.isnan(slow).sum() == 24, "a 16 kHz sound has no air"
    shown = np.isfinite(slow) & np.isfinite(fast)
    assert np.abs(slow - fast)[shown].mean() < 0.5


def test_weights_that_are_not_the_pinned_ones_are_refused(tmp_path):
    path = tmp_path / "w.safetensors"
    assets.write(path, {"a": np.zeros(3, np.float32)}, {"about": "nothing"})
    assert assets.read(path)[1] == {"about": "nothing"}
    path.write_bytes(path.read_bytes()[:-1] + b"\x01")
    with pytest.raises(AssetError):
        assets.read(path)
    with pytest.raises(AssetError):
        assets.read(tmp_path / "absent.safetensors")


def test_the_proposer_is_as_shy_as_quiet_references_ask_for():
    likely, moved = np.linspace(0, 1, 200, dtype=np.float32), np.full(200, 2.0, np.float32)
    much = shyness(likely, moved)
    assert float((moved * answered_share(likely, much)).mean()) <= STILL_DB
    assert float((moved * answered_share(likely, much - 0.5)).mean()) > STILL_DB
    assert shyness(likely, 0.1 * moved) == 1.0
    np.testing.assert_allclose(answered_share(np.array([0.0, 0.5, 1.0]), 3.0), [0, 0.25, 1])


def test_a_reference_that_may_be_unprocessed_is_answered_by_a_hint(monkeypatch):
    """The same network, shyer: less is done, less surely, and the reason says so."""
    content, shown = quiet(phrase(seed=1)), [Reference(processed(quiet(phrase(seed=2))))]
    network = sound.network()
    sure = network.estimate([statistics.of_media(shown[0].media)], [1.0]).processed

    def answered(share):
        monkeypatch.setattr(network, "shyness", sure / (1 - sure) * (1 - share) / share)
        return SoundProposer().propose(content, shown)

    bold, shy, silent = answered(0.99), answered(0.3), answered(0.01)
    moved = [distance(one.render(content), content) for one in (silent, shy, bold)]
    assert 0 == moved[0] < moved[1] < 0.7 * moved[2]
    assert shy.confidence < bold.confidence
    assert "a hint" in shy.reason and "a hint" not in bold.reason and not silent.values


def test_a_sound_can_be_read_in_other_ways():
    content, shown = quiet(phrase(seed=1)), [Reference(processed(quiet(phrase(seed=2))))]
    proposal = SoundProposer().propose(content, shown)
    assert proposal.unsure
    at_rest = proposal.varied(np.zeros(proposal.unsure))
    assert at_rest.values == pytest.approx(proposal.values, rel=1e-4, abs=1e-4)
    steps = np.eye(proposal.unsure)
    others = [proposal.varied(step) for step in steps]
    heard = [distance(one.render(content), proposal.render(content)) for one in others]
    assert max(heard) > 1.0 and not others[0].unsure, "a reading is no proposal to read again"
    dry = proposal.weighed({"space": 0.0})
    assert all(dry.varied(step).values["reverb.wet"] == 0.0 for step in steps), "what is left out is in no doubt"


def test_a_choice_by_ear_moves_what_is_meant():
    content, shown = quiet(phrase(seed=1)), [Reference(processed(quiet(phrase(seed=2))))]
    proposal = SoundProposer().propose(content, shown)
    bright, dark = ({**proposal.values, "high-shelf.gain": gain, "high-shelf.frequency": 3000.0} for gain in (11.0, -11.0))

    def meant(picked):
        return Meaning(proposal, [Pick([proposal.values, bright, dark], picked)], content, PedalboardRenderer(), senses(content), 1.0, 0)

    brighter, darker = meant(1), meant(2)
    highs = [treble(one.proposal.render(content)) for one in (darker, brighter)]
    assert highs[1] > highs[0] + 1.0
    assert brighter.leaning(content, content).words != darker.leaning(content, content).words


def treble(media):
    """Level of what lies above 3 kHz against everything, in dB."""
    power = np.abs(np.fft.rfft(media.data, axis=1)) ** 2
    return 10 * np.log10(power[:, np.fft.rfftfreq(media.data.shape[1], 1 / media.rate) > 3000].sum() / power.sum())


def test_more_references_leave_less_doubt_about_a_chain():
    sizes = [sum(float((row**2).sum()) for row in measured().around(count).values()) for count in (1, 2, 4, 12)]
    assert sizes[0] > sizes[1] > sizes[2] > sizes[3] > 0
