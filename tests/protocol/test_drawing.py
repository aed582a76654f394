"""A host that renders candidates itself, over the wire: asked, told, asked again after a kill."""

import pytest
from conftest import finished, recorded, study, wait_for

from server.client import Blobs, EngineError, connect

GAIN = {"id": "gain", "label": "Gain", "low": 0.5, "high": 4.0, "default": 1.0, "scale": "log"}
TOOLS = [{"id": "gain", "label": "Gain", "parameters": [GAIN]}]
SIZE = 24


def drawn_study(**options):
    """The ramp that is to become brighter, for a host of whose tools the engine knows only the names."""
    body, blobs = study("host", SIZE, **options)
    return {**body, "scene": {"description": {"tools": TOOLS}, "pictures": []}, "renders": True}, blobs


def brighter(recipe, side, blobs):
    """The host's own rendering: its one tool, applied to its content."""
    assert side >= SIZE
    gain = recipe[0]["settings"]["gain"] if recipe else 1.0
    content = study(size=SIZE)[1][0]
    return blobs.picture(bytes(min(255, round(value * gain)) for value in content), SIZE, SIZE)


def test_the_search_waits_for_the_hosts_own_pixels(client):
    identity = client.open(*drawn_study())
    seen = []
    client.follow(identity, seen.append, 0.05, brighter)
    assert seen[-1]["state"] == "done" and any(status["asks"] for status in seen)
    imitation, _ = client.result(identity)
    assert imitation["recipe"] == [{"tool": "gain", "settings": {"gain": pytest.approx(1.7, abs=0.15)}}]
    assert imitation["replica_error"] == 0.0 and set(imitation["score"]["parts"]) == {"detail"}
    assert client.draw(identity, brighter) == 0, "what has ended asks for nothing"


def test_telling_twice_or_what_nobody_asked_changes_nothing(client):
    identity = client.open(*drawn_study())
    wait_for(lambda: client.status(identity)["asks"])
    (wanted,) = client.request("ask", {"study": identity})[0]["candidates"]
    assert wanted["recipe"] == [], "the content as it is comes first"
    blobs = Blobs()
    array = brighter([], SIZE, blobs)

    def tell(name):
        return client.request("tell", {"study": identity, "renders": [{"id": name, "array": array}]}, blobs)[0]["waiting"]

    assert tell("0000-h000000") == 1
    assert tell(wanted["id"]) == 0
    wait_for(lambda: client.status(identity)["asks"])
    before = client.status(identity)["asks"]
    assert tell(wanted["id"]) == before
    client.stop(identity)
    assert finished(client, identity)[-1]["state"] == "stopped"
    assert tell(wanted["id"]) == 0
    client.forget(identity)
    with pytest.raises(EngineError, match="no study"):
        tell(wanted["id"])


def test_a_host_that_stops_in_the_middle_gets_the_best_so_far(client):
    identity = client.open(*drawn_study())
    wait_for(lambda: client.status(identity)["asks"])
    client.stop(identity)
    assert finished(client, identity)[-1]["state"] == "stopped"
    imitation, _ = client.result(identity)
    assert imitation["best"]["values"] == {} and imitation["warnings"]


def test_a_killed_engine_asks_again_and_goes_on_from_what_it_was_told(own_engine, home):
    with connect(start=False, pure=True) as client:
        identity = client.open(*drawn_study())

        def told():
            client.draw(identity, brighter)
            return [score for stage, _, score in recorded(home, identity) if stage == "host"]

        before = wait_for(told)
        asked = client.request("ask", {"study": identity})[0]["candidates"]
        own_engine.kill()
        own_engine.start()
        client.follow(identity, lambda status: None, 0.05, brighter)
        imitation, _ = client.result(identity)
        assert imitation["score"]["total"] <= min(before) + 1e-6
        assert not asked or client.restarts == 1
        assert imitation["best"]["values"]["gain.gain"] == pytest.approx(1.7, abs=0.15)
