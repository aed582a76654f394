"""Studies over the wire, with both clients, against a real engine and a third party's renderer."""

import pytest
from conftest import finished, mode, running, study, wait_for

from server import connection
from server.client import EngineError


def refuse(call, code):
    with pytest.raises(EngineError) as caught:
        call()
    assert caught.value.code == code
    assert caught.value.what and caught.value.remedy


@pytest.fixture(scope="module")
def answered(engine):
    """A study that has been done, with alternatives."""
    from server.client import connect

    with connect(start=False) as client:
        identity = client.open(*study(alternatives=3))
        finished(client, identity)
    return identity


def test_a_study_runs_from_open_to_result(client):
    identity = client.open(*study())
    seen = finished(client, identity)
    assert seen[-1]["state"] == "done" and seen[-1]["fraction"] == 1.0
    imitation, blobs = client.result(identity)
    assert imitation["score"]["total"] < imitation["baseline"]["total"]
    assert set(imitation["recipe"][0]["steps"][0]) <= {"gain", "gamma"}
    assert not blobs
    client.forget(identity)
    refuse(lambda: client.status(identity), "unknown")
    refuse(lambda: client.result(identity), "unknown")
    client.forget(identity)


def test_what_was_sent_is_kept_for_the_user_alone(answered, shared_home):
    folder = shared_home / "studies" / answered
    assert mode(folder) == 0o700
    files = [path for path in folder.iterdir() if path.name not in ("journal",)]
    assert {path.name for path in files} >= {"open.json", "blob-00", "blob-01", "outcome.json"}
    assert all(mode(path) == 0o600 for path in files)


def test_strength_walks_from_the_start_to_the_answer(client, answered):
    full, _ = client.result(answered)
    gains = [_gain(client.result(answered, strength=strength)[0]) for strength in (0.0, 0.5, 1.0)]
    assert gains[0] == pytest.approx(1.0)
    assert gains[2] == pytest.approx(_gain(full))
    assert min(gains[0], gains[2]) < gains[1] < max(gains[0], gains[2])


def _gain(imitation):
    return imitation["recipe"][0]["steps"][0].get("gain", 1.0)


def test_a_preview_is_the_content_as_the_engine_renders_it(client, answered):
    imitation, (blob,) = client.result(answered, preview=True)
    values = imitation["best"]["values"]
    gain, gamma = values.get("gain.gain", 1.0), values.get("gain.gamma", 1.0)
    body, (content, _) = study()
    expected = [min(255, round(255 * gain * (max(value, 1e-3) / 255) ** gamma)) for value in content]
    assert len(blob) == len(content)
    assert max(abs(a - b) for a, b in zip(bytes(blob), expected, strict=True)) <= 1


def test_an_alternative_takes_the_place_of_the_best(client, answered):
    best, _ = client.result(answered)
    assert best["alternatives"], "a bolder or subtler answer of a plain gain looks different"
    for index, alternative in enumerate(best["alternatives"]):
        other, _ = client.result(answered, alternative=index)
        assert other["best"] == alternative["candidate"]
        assert other["recipe"] == alternative["recipe"]
        assert other["effects"] == []
    refuse(lambda: client.result(answered, alternative=20), "parameter")


@pytest.fixture(scope="module")
def walked(engine):
    """A study that has answered other likenesses too."""
    from server.client import connect

    with connect(start=False) as client:
        identity = client.open(*study(alternatives=3, path=[0.5, 1.5]))
        finished(client, identity)
    return identity


def test_a_mix_lies_between_its_parts(client, answered):
    first, second = (_gain(client.result(answered, alternative=index)[0]) for index in (-1, 0))

    def mixed(*weights):
        parts = [{"alternative": index, "weight": weight} for index, weight in zip((-1, 0), weights, strict=True)]
        return _gain(client.result(answered, mix=parts)[0])

    assert first != second
    assert mixed(1.0, 0.0) == pytest.approx(first) and mixed(0.0, 2.0) == pytest.approx(second)
    assert min(first, second) < mixed(1.0, 1.0) < max(first, second)
    assert abs(mixed(3.0, 1.0) - first) < abs(mixed(1.0, 3.0) - first)
    refuse(lambda: mixed(0.0, 0.0), "body")
    refuse(lambda: client.result(answered, mix=[{"alternative": 20, "weight": 1.0}]), "parameter")


def test_a_host_may_bring_values_of_its_own(client, answered):
    imitation, (blob,) = client.result(answered, values={"gain.gain": 2.0}, strength=1.0, preview=True, side=16)
    assert imitation["values"]["gain.gain"] == 2.0 and imitation["score"] is None and not imitation["effects"]
    assert len(blob) == 16 * 16 * 3
    refuse(lambda: client.result(answered, values={"gain.colour": 1.0}), "parameter")
    refuse(lambda: client.result(answered, side=4), "body")


def test_what_was_picked_moves_the_next_answer(client, answered):
    plain, _ = client.result(answered)
    assert plain["leaning"] is None
    shown = [plain["best"]["values"], {"gain.gain": 1.0}]
    identity = client.open(*study(picks=[{"shown": shown, "picked": 1}] * 2))
    finished(client, identity)
    leant, _ = client.result(identity)
    assert leant["leaning"]["picks"] == 2 and leant["leaning"]["sentence"].endswith("2 choices")
    assert abs(_gain(leant) - 1.0) < abs(_gain(plain) - 1.0)
    refuse(lambda: client.open(*study(picks=[{"shown": shown, "picked": 2}])), "body")
    refuse(lambda: client.open(*study(picks=[{"shown": shown, "picked": 0}] * 65)), "body")


def test_a_tool_can_be_left_out(client, answered):
    with_it, (before,) = client.result(answered, preview=True)
    without, (after,) = client.result(answered, preview=True, without=["gain"])
    body, (content, _) = study()
    assert bytes(after) == bytes(content) != bytes(before)
    assert with_it["values"] and not without["values"]
    refuse(lambda: client.result(answered, without=["colour"]), "parameter")


def test_likeness_walks_along_the_path(client, walked):
    best, _ = client.result(walked)
    assert [point["likeness"] for point in best["path"]] == [0.5, 1.5]
    gains = [_gain(client.result(walked, likeness=likeness)[0]) for likeness in (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)]
    assert gains[0] == pytest.approx(1.0) and gains[4] == pytest.approx(_gain(best)) and gains[-1] == pytest.approx(gains[-2])
    assert gains[2] == pytest.approx(best["path"][0]["values"].get("gain.gain", 1.0))
    assert all(min(a, c) <= b <= max(a, c) for a, b, c in zip(gains[:-1:2], gains[1::2], gains[2::2], strict=False))
    refuse(lambda: client.open(*study(path=[3.0])), "body")


def test_native_settings_are_read_back_as_values(client):
    recipe = [
        {"operation": "test:gain", "steps": [{"gain": 3.0, "gamma": 1.5}]},
        {"operation": "test:unknown", "steps": [{}]},
        {"operation": "test:gain", "steps": [{"gain": 2.0}]},
    ]
    reply, _ = client.request("read", {"renderer": "gain", "recipe": recipe}, timeout=90)
    assert reply["values"] == {"gain.gain": 3.0, "gain.gamma": 1.5}
    assert [one["index"] for one in reply["refused"]] == [1, 2] and all(one["what"] and one["remedy"] for one in reply["refused"])


def test_settings_beyond_the_range_can_be_kept_but_not_asked_for(client):
    identity = client.open(*study(start={"gain.gamma": 9.0}, locks={"gain.gamma": None}))
    finished(client, identity)
    assert client.result(identity, strength=1.0)[0]["values"]["gain.gamma"] == 9.0
    client.forget(identity)


def test_a_draft_comes_while_the_study_runs(client):
    body, blobs = study("slow")
    identity = client.open({**body, "drafts": 16}, blobs)

    def draft():
        reply, blobs = client.request("status", {"study": identity, "draft": ""})
        assert reply["state"] in ("waiting", "running"), "the search ended before it had a draft"
        newest = reply["draft"]
        if newest and newest["sketch"]:
            sketched.append(newest)
        return newest and not newest["sketch"] and (newest, blobs)

    sketched = []
    found, (blob,) = wait_for(draft)
    assert found["recipe"] and found["preview"]["shape"] == [16, 16, 3] and len(blob) == 16 * 16 * 3
    assert client.status(identity)["draft"] is None
    known = client.request("status", {"study": identity, "draft": found["id"]})[0]["draft"]
    assert known is None or known["id"] != found["id"]
    client.stop(identity)
    finished(client, identity)
    client.forget(identity)


def test_tools_are_described(client):
    reply, _ = client.request("tools", {"renderer": "gain"}, timeout=90)
    (tool,) = reply["tools"]
    assert tool["id"] == "gain" and tool["aspects"] == ["tone"]
    assert [parameter["id"] for parameter in tool["parameters"]] == ["gain", "gamma"]


@pytest.mark.parametrize(
    ("wishes", "code"),
    [
        ({"renderer": "nowhere"}, "parameter"),
        ({"locks": {"gain.gain": 99.0}}, "parameter"),
        ({"locks": {"gain.colour": 1.0}}, "parameter"),
        ({"only": ["sharpness"]}, "parameter"),
        ({"proposer": "nobody"}, "parameter"),
        ({"renderer": "broken"}, "internal"),
        ({"renderer": "fatal"}, "worker"),
    ],
)
def test_a_study_that_cannot_be_says_why_and_what_to_do(engine, client, wishes, code):
    identity = client.open(*study(**wishes))
    refuse(lambda: finished(client, identity), code)
    assert client.status(identity)["error"]["remedy"]
    refuse(lambda: client.result(identity), code)
    assert client.request("ping")[0]["session"] == engine.session()


def test_the_engine_answers_while_a_study_runs_and_stop_keeps_the_best(client):
    identity = client.open(*study("slow"))
    running(client, identity)
    assert client.request("ping")[0]["studies"] == 1
    refuse(lambda: client.result(identity), "state")
    client.stop(identity)
    assert finished(client, identity)[-1]["state"] == "stopped"
    imitation, _ = client.result(identity)
    assert imitation["score"]["total"] <= imitation["baseline"]["total"]
    client.stop(identity)
    client.forget(identity)


def test_what_waits_can_be_stopped_and_what_runs_can_be_closed(client, shared_home):
    runs, waits = client.open(*study("slow")), client.open(*study("slow"))
    running(client, runs)
    assert client.status(waits)["state"] == "waiting"
    client.stop(waits)
    assert client.status(waits)["state"] == "stopped"
    refuse(lambda: client.result(waits), "state")
    for identity in (runs, waits):
        client.forget(identity)
        refuse(lambda identity=identity: client.status(identity), "unknown")
    wait_for(lambda: not any((shared_home / "studies" / identity).exists() for identity in (runs, waits)))


def test_answers_do_not_wait_for_searches(client, answered):
    identity = client.open(*study("endless"))
    running(client, identity)
    imitation, _ = client.result(answered, strength=0.5)
    assert imitation["strength"] == 0.5
    assert client.status(identity)["state"] == "running"
    client.forget(identity)


def test_too_much_work_is_refused_and_leaves_nothing_behind(client, shared_home):
    before = len(list((shared_home / "studies").iterdir()))
    opened = []
    with pytest.raises(EngineError) as caught:
        while len(opened) < 40:
            opened.append(client.open(*study("endless", size=2)))
    assert caught.value.code == "busy"
    for identity in opened:
        client.forget(identity)
    wait_for(lambda: len(list((shared_home / "studies").iterdir())) == before)


def test_a_client_that_was_silent_for_long_is_still_heard(engine, client):
    connection.find()
    for _ in range(200):
        assert client.request("ping")[0]["session"] == engine.session()
