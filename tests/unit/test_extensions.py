"""A proposer of somebody else's that does not load is left out, and told of once."""

from importlib.metadata import EntryPoint

import pytest

from shared_engine import extensions


def test_a_broken_proposer_is_left_out_and_told_of_once(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    broken = EntryPoint("broken", "nowhere.to_be_found:Proposer", "utsushi.proposers")
    known = {"statistics": extensions.installed("proposers")["statistics"], "broken": broken}
    monkeypatch.setattr(extensions, "installed", lambda group: known)
    monkeypatch.setattr(extensions, "_missing", set())
    for _ in range(2):
        names = [proposer.name for proposer in extensions.proposers("image")]
        assert "statistics" in names and "broken" not in names
    assert [record.args for record in caplog.records if record.name == "utsushi"] == [("broken",)]
