"""A proposer from a package that the engine knows nothing of: it holds to the contract and is heard without an edit anywhere."""

import sys

import numpy as np
import pytest
from conftest import EXTENSION, finished, study

from shared_engine.testing.proposer_tests import ProposerTests
from shared_engine.types import Media, Reference


class TestDarker(ProposerTests):
    @pytest.fixture
    def proposer(self, monkeypatch):
        monkeypatch.setattr(sys, "path", [*sys.path, str(EXTENSION)])
        from utsushi_tests import DarkerProposer

        return DarkerProposer()

    @pytest.fixture
    def content(self):
        return Media("image", np.random.default_rng(0).random((24, 32, 3), dtype=np.float32))

    @pytest.fixture
    def references(self, content):
        return [Reference(Media("image", content.data[::-1].copy()))]


def test_it_is_offered_among_the_alternatives(client):
    identity = client.open(*study(alternatives=8))
    finished(client, identity)
    imitation, _ = client.result(identity)
    assert imitation["proposer"] != "darker"
    (offered,) = [one for one in imitation["alternatives"] if "darker" in one["reason"]]
    assert offered["candidate"]["values"]["gain.gain"] < 1


def test_it_leads_where_the_user_names_it(client):
    identity = client.open(*study(proposer="darker"))
    finished(client, identity)
    imitation, _ = client.result(identity)
    assert imitation["proposer"] == "darker" and imitation["best"]["values"]["gain.gain"] == pytest.approx(0.6, abs=0.03)
