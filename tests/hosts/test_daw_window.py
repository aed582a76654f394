"""A walk through the audio host's window in a real Chromium: load, imitate, tweak, compare, export. Pictures in out/daw-walkthrough."""

import shutil

import numpy as np
import pytest
import soundfile
from daw_lab import PATIENCE, REPOSITORY, Walk, chromium, window

from plugins_daw.chain import board, load, plugin
from plugins_daw.loudness import integrated
from tests.sounds import phrase

RATE = 44100
PICTURES = REPOSITORY / "out/daw-walkthrough"
HIDDEN = [
    plugin("HighpassFilter", cutoff_frequency_hz=250.0),
    plugin("HighShelfFilter", cutoff_frequency_hz=4000.0, gain_db=-9.0, q=0.7071),
    plugin("Compressor", threshold_db=-30.0, ratio=5.0, attack_ms=5.0, release_ms=80.0),
    plugin("Reverb", room_size=0.6, damping=0.4, wet_level=0.2, dry_level=0.5, width=1.0),
]

GAPLESS = """async () => {
  // The page's own worklet, offline: two tones in step at different levels, switched back and forth while it plays.
  const rate = 44100, chunk = 65536, length = 3 * chunk;
  const context = new OfflineAudioContext(2, length, rate);
  await context.audioWorklet.addModule('/static/worklet.js');
  const node = new AudioWorkletNode(context, 'monitor', {outputChannelCount: [2], processorOptions: {chunk, frames: length}});
  node.connect(context.destination);
  const say = (message) => node.port.postMessage(message);
  [['a', 0.4, 1], ['b', 0.1, 4]].forEach(([id, level, gain]) => {
    say({type: 'source', id, gain});
    for (let index = 0; index < 3; index++) {
      const data = new Float32Array(2 * chunk);
      for (let i = 0; i < chunk; i++) data[2 * i] = data[2 * i + 1] = level * Math.sin(2 * Math.PI * 200 * (index * chunk + i) / rate);
      say({type: 'chunk', id, index, data});
    }
  });
  say({type: 'volume', volume: 1});
  say({type: 'select', id: 'a'});
  say({type: 'play', on: true});
  for (const [second, id] of [[0, 'a'], [1, 'b'], [2, 'a'], [3, 'b']]) context.suspend(second).then(async () => {
    say({type: 'select', id});
    await new Promise((resolve) => setTimeout(resolve, 200));
    context.resume();
  });
  const heard = (await context.startRendering()).getChannelData(0);
  return Array.from(heard.subarray(0, 4 * rate));
}"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A dry vocal, and another take dry and finished."""
    folder = tmp_path_factory.mktemp("session")
    for name, seed, seconds in (("vocal", 1, 20.0), ("other take", 2, 8.0)):
        dry = phrase(RATE, seconds, 2, seed).data
        soundfile.write(folder / f"{name}.wav", dry.T, RATE, "PCM_24")
        soundfile.write(folder / f"{name} finished.wav", board(HIDDEN, RATE)(dry, RATE).T, RATE, "PCM_24")
    return folder


@pytest.fixture(scope="module")
def walk(folder, tmp_path_factory):
    """The whole walk, once -> what was seen on it."""
    shutil.rmtree(PICTURES, ignore_errors=True)
    seen = {}
    with window(folder, tmp_path_factory.mktemp("home")) as address, chromium() as page:
        walk = Walk(page, PICTURES)
        page.goto(address)
        page.wait_for_selector(".welcome")
        walk.picture("before anything is open")
        load_material(walk, folder, seen)
        imitate(walk, seen)
        listen(walk, seen)
        tweak(walk, seen)
        choose(walk, seen)
        refuse(walk, seen)
        export(walk, folder, seen)
        keep(walk, folder, seen)
        smaller(walk)
    return seen


def load_material(walk, folder, seen):
    page = walk.page
    page.click(".welcome button.primary")
    page.wait_for_selector("dialog .listing li")
    page.fill("dialog input.path", str(folder))
    page.press("dialog input.path", "Enter")
    page.wait_for_selector("dialog .listing button:has-text('vocal.wav')")
    walk.picture("choosing a track")
    walk.pick("vocal.wav")
    seen["loaded"] = walk.until(lambda state: state["view"]["track"] and state["view"]["sources"][1]["complete"])
    page.click(".panel button:has-text('Add')")
    walk.pick("other take finished.wav")
    walk.until(lambda state: state["view"]["references"])
    page.click("button:has-text('its dry take')")
    walk.pick("other take.wav")
    walk.until(lambda state: state["view"]["references"][0]["original"])
    walk.picture("track and reference")


def imitate(walk, seen):
    page = walk.page
    page.click("button.primary:has-text('Imitate')")
    walk.until(lambda state: state["view"]["job"]["running"] and state["view"]["job"]["fraction"] > 0.05)
    walk.picture("searching")
    seen["running"] = walk.state()["view"]["job"]
    seen["first"] = walk.until(lambda state: state["view"]["job"].get("drafted"))["view"]
    walk.picture("the first answer")
    walk.until(lambda state: state["view"]["job"].get("score") is not None and state["view"]["job"]["fraction"] > 0.7)
    page.keyboard.press("Escape")
    walk.until(lambda state: not state["view"]["job"]["running"])
    seen["imitated"] = walk.until(lambda state: state["view"]["answer"] and state["view"]["sources"][1]["complete"])
    page.wait_for_selector(".card[data-tool]")
    walk.picture("the answer")


def listen(walk, seen):
    page = walk.page
    page.keyboard.press(" ")
    seen["heard"] = {}
    for key, source in (("a", "track"), ("b", "result"), ("r", "reference")):
        before = walk.state()["player"]["position"]
        page.keyboard.press(key)
        page.wait_for_timeout(700)
        player = walk.state()["player"]
        seen["heard"][source] = {"selected": player["selected"], "moved": player["position"] - before, "playing": player["playing"]}
    walk.picture("listening to the reference")
    box = page.locator(".waves canvas").bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.3 * box["width"], middle)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.35 * box["width"], middle, steps=5)
    page.mouse.up()
    page.wait_for_timeout(2500)
    seen["looped"] = walk.state()["player"]
    page.keyboard.press("b")
    walk.picture("a loop")
    page.keyboard.press(" ")
    seen["gapless"] = np.array(page.evaluate(GAPLESS))


def tweak(walk, seen):
    page = walk.page
    first = walk.state()["view"]["chain"][0]
    label, parameter = first["label"], next(one for one in first["parameters"] if not one["choices"])

    def value(view):
        card = next(card for card in view["chain"] if card["label"] == label)
        return next(one["value"] for one in card["parameters"] if one["id"] == parameter["id"])

    start = parameter["value"]
    box = walk.knob(label, parameter["label"]).bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 20, box["y"] - 20, steps=8)
    page.mouse.up()
    page.wait_for_timeout(500)
    seen["dragged"] = (start, value(walk.until(lambda state: value(state["view"]) != start)["view"]))
    page.keyboard.press("Control+z")
    seen["undone"] = walk.until(lambda state: value(state["view"]) == start)["view"]
    page.locator(f".card[aria-label='{label}'] .knob button.entry").first.click()
    page.keyboard.type("33")
    # News from the host draw the page anew: what is half typed stays.
    page.evaluate("import('/static/store.js').then(({changed}) => (changed(), new Promise(requestAnimationFrame)))")
    page.keyboard.type("3")
    page.keyboard.press("Enter")
    seen["typed"] = (parameter, value(walk.until(lambda state: value(state["view"]) != start)["view"]))
    page.keyboard.press("Control+z")
    walk.until(lambda state: value(state["view"]) == start)
    walk.knob(label, parameter["label"]).focus()
    page.keyboard.type("444")
    page.keyboard.press("Enter")
    seen["typed on the knob"] = (parameter, value(walk.until(lambda state: value(state["view"]) != start)["view"]))
    page.keyboard.press("Control+z")
    walk.until(lambda state: value(state["view"]) == start)
    before = walk.order()
    header = page.locator(f".card[aria-label='{label}'] header .name").bounding_box()
    target = page.locator(f".card[aria-label='{before[1]}']").bounding_box()
    page.mouse.move(header["x"] + 20, header["y"] + 8)
    page.mouse.down()
    page.mouse.move(target["x"] + 0.8 * target["width"], header["y"] + 8, steps=8)
    walk.picture("moving an effect")
    page.mouse.up()
    walk.until(lambda state: state["view"]["chain"][0]["label"] != label)
    seen["moved"] = (before, walk.order())
    page.keyboard.press("Control+z")
    walk.until(lambda state: state["view"]["chain"][0]["label"] == label)
    page.locator(f".card[aria-label='{before[1]}'] button[aria-label=bypass]").click()
    page.locator(f".card[aria-label='{label}'] button[aria-label=lock]").click()
    page.locator(f".card[aria-label='{label}'] input[type=range]").fill("0.5")
    seen["switched"] = walk.until(lambda state: state["view"]["chain"][0]["amount"] == 0.5)["view"]["chain"][:2]
    walk.picture("bypass, lock, amount")
    # The slider has the focus: keys that mean nothing to it still work.
    for _ in range(3):
        page.keyboard.press("Control+z")
    walk.until(lambda state: not state["view"]["chain"][0]["lock"] and not state["view"]["chain"][1]["bypass"])


def choose(walk, seen):
    page = walk.page
    page.keyboard.press("t")
    page.locator(".pick button").nth(1).click()
    walk.until(lambda state: state["view"]["answer"]["chosen"] > 0 and state["view"]["sources"][1]["complete"])
    walk.picture("an alternative")
    page.click(".pick button:has-text('take 1')")
    seen["recalled"] = walk.until(lambda state: state["view"]["takes"][0]["current"])
    page.keyboard.press("?")
    page.wait_for_selector("dialog .keys")
    walk.picture("keys")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog", state="detached")


def refuse(walk, seen):
    page = walk.page
    page.evaluate("import('/static/store.js').then(({act}) => act('add_reference', {path: '/nowhere/at/all.wav'}))")
    page.wait_for_selector(".message.error")
    seen["refused"] = page.inner_text(".message.error")
    walk.picture("a file that is not there")
    page.click(".message.error button")


def export(walk, folder, seen):
    page = walk.page
    page.keyboard.press("Control+e")
    page.wait_for_selector("dialog .listing")
    page.fill("dialog input.path", str(folder))
    page.press("dialog input.path", "Enter")
    page.fill("dialog input[aria-label=name]", "project")
    walk.picture("choosing where to export")
    page.click("dialog button.primary")
    page.wait_for_selector("dialog .exported", timeout=1000 * PATIENCE)
    walk.picture("exported")
    seen["exported"] = walk.state()["view"]
    page.click("dialog .exported button")
    page.wait_for_selector("dialog", state="detached")


def keep(walk, folder, seen):
    page = walk.page
    page.keyboard.press("Control+s")
    page.wait_for_selector("dialog input[aria-label=name]")
    page.fill("dialog input[aria-label=name]", "mine.utsushi.json")
    page.click("dialog button.primary")
    seen["saved"] = walk.until(lambda state: not state["view"]["file"]["dirty"])
    page.reload()
    page.wait_for_selector(".waves canvas")
    seen["reloaded"] = walk.until(lambda state: state["view"]["chain"])


def smaller(walk):
    walk.page.set_viewport_size({"width": 1180, "height": 720})
    walk.page.wait_for_timeout(500)
    walk.picture("a small window")


def test_it_shows_what_is_loaded(walk):
    view = walk["loaded"]["view"]
    assert view["track"]["seconds"] == pytest.approx(20.0) and view["sources"][0]["loudness"] < 0


def test_the_search_shows_real_progress_and_stops_when_asked(walk):
    assert walk["running"]["stage"] and 0 < walk["running"]["fraction"] < 1
    answer = walk["imitated"]["view"]["answer"]
    assert answer["choices"][0]["score"] < 0.5 * answer["baseline"]
    assert walk["imitated"]["view"]["chain"]


def test_a_b_and_reference_play_on_in_step(walk):
    assert [walk["heard"][name]["selected"] for name in ("track", "result")] == ["track", "result"]
    assert walk["heard"]["reference"]["selected"].endswith("other take finished.wav")
    assert all(one["playing"] and 0.3 * RATE < one["moved"] < 3 * RATE for one in walk["heard"].values())
    loop, position = walk["looped"]["loop"], walk["looped"]["position"] / RATE
    assert walk["looped"]["looping"] and loop[0] == pytest.approx(6.0, abs=0.3) and loop[0] <= position <= loop[1] + 0.1


def test_switching_leaves_no_gap_and_no_jump(walk):
    heard = walk["gapless"]
    start = int(0.2 * RATE)
    blocks = heard[start : start + (len(heard) - start) // 441 * 441].reshape(-1, 441)
    assert np.abs(blocks).max(1).min() > 0.38 and np.abs(heard).max() < 0.42, "as loud throughout: level-matched"
    assert np.abs(np.diff(heard[start:])).max() < 1.05 * 0.4 * 2 * np.pi * 200 / RATE


def test_knobs_turn_are_typed_into_and_undone_in_one_step(walk):
    before, after = walk["dragged"]
    assert after != before and walk["undone"]["chain"] == walk["imitated"]["view"]["chain"]
    for how, number in (("typed", 333), ("typed on the knob", 444)):
        parameter, value = walk[how]
        assert value == pytest.approx(min(max(number, parameter["low"]), parameter["high"]))


def test_effects_move_and_switch(walk):
    before, after = walk["moved"]
    assert after[:2] == [before[1], before[0]] and after[2:] == before[2:]
    first, second = walk["switched"]
    assert first["lock"] and first["amount"] == 0.5 and second["bypass"]


def test_a_take_brings_the_chain_back(walk):
    assert walk["recalled"]["view"]["takes"][0]["name"] == "take 1"


def test_what_cannot_be_done_is_said(walk):
    assert "does not exist" in walk["refused"] and "Check the name" in walk["refused"]


def test_what_is_heard_is_what_was_exported_and_sounds_like_the_truth(walk, folder):
    from shared_engine.metrics.log_mel import LogMelMetric

    made = folder / "project"
    dry, truth, wet = (
        soundfile.read(path, dtype="float32")[0].T
        for path in (made / "vocal dry.wav", folder / "vocal finished.wav", made / "vocal wet.wav")
    )
    again = board(load(made / "chain.json"), RATE)(np.ascontiguousarray(dry), RATE)
    assert 10 * np.log10(((again - wet) ** 2).mean() / (wet**2).mean()) < -80
    result = next(one for one in walk["exported"]["sources"] if one["id"] == "result")
    assert integrated(wet, RATE) - load(made / "chain.json")[-1]["settings"]["gain_db"] == pytest.approx(result["loudness"], abs=0.2)
    matched = [sound * 10 ** ((-23 - integrated(sound, RATE)) / 20) for sound in (dry, truth, wet)]
    metric = LogMelMetric(RATE)
    assert metric.distance(matched[2][None], matched[1])[0] < 0.6 * metric.distance(matched[0][None], matched[1])[0]


def test_a_session_outlives_the_page(walk, folder):
    assert (folder / "mine.utsushi.json").is_file() and walk["saved"]["view"]["file"]["name"] == "mine.utsushi.json"
    assert walk["reloaded"]["view"]["chain"] == walk["saved"]["view"]["chain"]


def test_a_long_chain_scrolls_between_its_input_and_its_output(folder, tmp_path):
    tail = np.random.default_rng(0).standard_normal((RATE // 2, 2)) * np.exp(-np.arange(RATE // 2) / 4000)[:, None] * 0.1
    soundfile.write(folder / "hall.wav", tail, RATE, "PCM_24")
    with window(folder, tmp_path / "home", "vocal.wav") as address, chromium(1280, 800) as page:
        walk = Walk(page, PICTURES)
        page.goto(address)
        page.wait_for_selector(".rail.add select")
        for tool in ("clip", "bitcrush", "ladder", "phaser"):
            page.select_option(".rail.add select", tool)
            walk.until(lambda state, tool=tool: tool in [card["tool"] for card in state["view"]["chain"]])
        page.select_option(".rail.add select", "*impulse")
        page.wait_for_selector("dialog .listing li")
        walk.pick("hall.wav", folder)
        state = walk.until(lambda state: len(state["view"]["chain"]) == 5 and state["view"]["sources"][1]["complete"])
        assert walk.order() == ["Hard clipping", "Bitcrush", "Ladder filter", "Phaser", "Convolution hall"]
        assert not any(card["rests"] for card in state["view"]["chain"]), "who adds an effect by hand hears it"
        page.locator(".card[aria-label='Convolution hall']").scroll_into_view_if_needed()
        for rail in ("Input", "Output"):
            box = page.locator(f".rail:has-text('{rail}')").bounding_box()
            assert box["x"] >= 0 and box["x"] + box["width"] <= 1280
        walk.picture("further effects")
