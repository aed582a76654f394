"""What every proposer must hold to."""

from collections.abc import Sequence

import numpy as np
import pytest

from shared_engine.proposers.proposer import Proposal, Proposer
from shared_engine.types import Media, Reference


class ProposerTests:
    """Subclass with fixtures `proposer`, `content` and `references`: a question that is the proposer's own."""

    @pytest.fixture
    def proposer(self) -> Proposer:
        raise AssertionError("give a fixture `proposer`")

    @pytest.fixture
    def content(self) -> Media:
        raise AssertionError("give a fixture `content`")

    @pytest.fixture
    def references(self) -> Sequence[Reference]:
        raise AssertionError("give a fixture `references`")

    @pytest.fixture
    def proposal(self, proposer: Proposer, content: Media, references: Sequence[Reference]) -> Proposal:
        proposal = proposer.propose(content, references)
        assert proposal is not None, "the question must be the proposer's own"
        return proposal

    def test_it_says_who_speaks_and_why(self, proposer: Proposer, proposal: Proposal) -> None:
        assert proposal.proposer == proposer.name
        assert 0 <= proposal.confidence <= 1
        assert proposal.reason

    def test_the_render_fits_the_content(self, proposal: Proposal, content: Media) -> None:
        render = proposal.render(content)
        assert render.kind == content.kind and render.data.shape == content.data.shape and render.rate == content.rate
        assert np.isfinite(render.data).all()

    def test_likeness_zero_changes_nothing(self, proposal: Proposal, content: Media) -> None:
        np.testing.assert_allclose(proposal.render(content, 0.0).data, content.data, atol=2e-3)

    def test_likeness_is_a_dial(self, proposal: Proposal, content: Media) -> None:
        moved = [float(np.abs(proposal.render(content, amount).data - content.data).mean()) for amount in (0.5, 1.0, 1.5)]
        assert moved[0] <= moved[1] + 1e-4 and moved[1] <= moved[2] + 1e-3

    def test_it_is_deterministic(self, proposer: Proposer, content: Media, references: Sequence[Reference]) -> None:
        renders = [proposer.propose(content, references).render(content).data for _ in range(2)]
        np.testing.assert_array_equal(*renders)

    def test_what_it_is_given_stays_as_it_is(self, proposer: Proposer, content: Media, references: Sequence[Reference]) -> None:
        before = [media.data.copy() for media in (content, *(r.media for r in references))]
        proposer.propose(content, references).render(content)
        for kept, media in zip(before, (content, *(r.media for r in references)), strict=True):
            np.testing.assert_array_equal(kept, media.data)
