"""What the binding learned from captions of other families holds for families that it never saw."""

from shared_engine.training.binding import PLACE, START, accuracy, captions, digest, items_of, learn, means
from shared_engine.training.families import FAMILIES, family
from shared_engine.words.bind import bind, learned
from tests.words import birds, lamps

UNSEEN = {"birds": birds(), "lamps": lamps()}


def test_families_that_were_not_learned_on_are_read_better_than_by_a_guess() -> None:
    for catalog in UNSEEN.values():
        written = captions(catalog, 120, seed=5)
        assert accuracy(catalog, written, learned()) > max(0.92, accuracy(catalog, written, START) + 0.02)


def test_learning_goes_up_on_captions_that_it_did_not_see() -> None:
    lizard = family("Lizard")
    written, weights = captions(lizard, 120, seed=9), learn([family("Car"), family("Robot")], count=80, rounds=1)
    assert set(weights) >= set(START) and accuracy(lizard, written, weights) > accuracy(lizard, written, START) + 0.03


def test_certainty_is_the_share_that_is_right() -> None:
    sure, right = 0, 0
    for catalog in UNSEEN.values():
        for caption in captions(catalog, 150, seed=7):
            if (items := items_of(catalog, caption)) is None:
                continue
            nouns, bound = bind(items, catalog.fits)
            certain = [(one, of) for one, of in zip(bound, caption.of, strict=True) if one.certainty > 0.95]
            sure, right = sure + len(certain), right + sum(means(nouns, one.noun, of) for one, of in certain)
    assert sure > 300 and right > 0.98 * sure


def test_the_weights_are_those_that_were_pinned() -> None:
    assert digest(PLACE) in PLACE.with_suffix(".sha256").read_text(encoding="utf-8")


def test_every_family_can_be_described() -> None:
    for name in FAMILIES:
        assert all(family(name).turning[part] for part in family(name).parts())
