"""The window's server without a browser: who gets in, what the page is told, and what happens to bad material."""

import asyncio
import json

import aiohttp
import numpy as np
import pytest
import soundfile

from plugins_daw.app.folder import listing
from plugins_daw.app.server import COOKIE, Window
from plugins_daw.recording import CHUNK
from shared_engine.errors import InputError
from tests.sounds import phrase

RATE = 22050


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sounds")
    for name, seed in (("track", 1), ("other", 2)):
        soundfile.write(folder / f"{name}.wav", phrase(RATE, 6.0, 2, seed).data.T, RATE, "PCM_24")
    soundfile.write(folder / "silent.wav", np.zeros((RATE, 2)), RATE, "PCM_24")
    (folder / "text.wav").write_text("I am no sound.")
    (folder / "notes.txt").write_text("nor am I")
    return folder


class Page:
    """A page's side of the conversation."""

    def __init__(self, session, address):
        self.session, self.address = session, address

    async def open(self):
        self.socket = await self.session.ws_connect(f"http://{self.address}/talk")
        self.first = await self.hear("view")
        return self

    async def hear(self, kind, true=lambda message: True):
        async with asyncio.timeout(60):
            while True:
                message = json.loads((await self.socket.receive()).data)
                if message["type"] == kind and true(message):
                    return message

    async def act(self, action, gesture=None, **given):
        await self.socket.send_str(json.dumps({"do": action, "with": given, "gesture": gesture}))


def with_window(work):
    """Runs `work(window, session, address)` with a server, and cleans up."""

    async def run():
        window = Window()
        address = await window.start()
        try:
            async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
                return await work(window, session, address)
        finally:
            await window.stop()

    return asyncio.run(run())


def with_page(work):
    async def run(window, session, address):
        await session.get(address)
        page = await Page(session, window.address).open()
        try:
            return await work(page)
        finally:
            await page.socket.close()

    return with_window(run)


def test_only_who_knows_the_token_gets_in():
    async def work(window, session, address):
        base = f"http://{window.address}"
        for path in ("/", "/talk", "/sound/0?source=track", "/peaks", "/folder", "/static/main.js", "/?token=wrong"):
            async with aiohttp.ClientSession() as stranger, stranger.get(base + path) as answer:
                assert answer.status == 403, path
        async with session.get(address, allow_redirects=False) as answer:
            cookie = answer.headers["Set-Cookie"]
            assert answer.status == 302 and answer.headers["Location"] == "/" and "HttpOnly" in cookie and "SameSite=Strict" in cookie
        async with session.get(base + "/") as answer:
            assert answer.status == 200 and "default-src 'self'" in answer.headers["Content-Security-Policy"]
            assert window.token not in await answer.text()
        known = {COOKIE: window.token}
        async with aiohttp.ClientSession(cookies=known) as session:
            for headers in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}, {"Origin": "http://127.0.0.1:1"}):
                async with session.get(base + "/", headers=headers) as answer:
                    assert answer.status == 403, headers
            async with session.get(base + "/static/../server.py") as answer:
                assert answer.status in (403, 404)
        assert window.address.startswith("127.0.0.1:")

    with_window(work)


def test_a_track_is_opened_tweaked_and_heard(folder):
    async def work(page):
        assert page.first["track"] is None
        await page.act("open_track", path=str(folder / "track.wav"))
        await page.act("add_reference", path=str(folder / "other.wav"))
        view = await page.hear("view", lambda view: view["references"] and view["sources"][1]["complete"])
        assert view["track"]["name"] == "track.wav" and [one["label"] for one in view["sources"]] == ["track.wav", "result", "other.wav"]
        levels = [one["loudness"] + one["gain"] for one in view["sources"]]
        assert max(levels) - min(levels) < 0.02, "level-matched"
        await page.act("add", tool="mid-bell")
        await page.act("value", tool="mid-bell", parameter="gain", value=6, gesture="drag")
        await page.act("value", tool="mid-bell", parameter="gain", value="-6", gesture="drag")
        view = await page.hear(
            "view", lambda view: view["chain"] and view["sources"][1]["complete"] and view["chain"][0]["parameters"][1]["value"] == -6
        )
        assert min(view["curve"]["decibels"]) == pytest.approx(-6, abs=0.1)
        base = f"http://{page.address}"
        async with page.session.get(f"{base}/sound/0?source=result") as answer:
            heard = np.frombuffer(await answer.read(), np.float32)
        assert len(heard) == 2 * CHUNK and np.abs(heard).max() > 0.01
        async with page.session.get(f"{base}/peaks?source=track&from=0&to=6&count=300") as answer:
            assert len(await answer.read()) == 300 * 8
        for bad in ("/sound/0?source=nothing", "/peaks?source=track&from=x&to=6&count=300"):
            async with page.session.get(base + bad) as answer:
                assert answer.status in (400, 404)
        await page.act("undo")
        view = await page.hear("view", lambda view: view["chain"] and view["chain"][0]["parameters"][1]["value"] == 0)
        assert view["redo"]

    with_page(work)


@pytest.mark.parametrize(
    ("action", "given", "words"),
    [
        ("open_track", {"path": "silent.wav"}, "silent"),
        ("open_track", {"path": "text.wav"}, "cannot be read as sound"),
        ("open_track", {"path": "gone.wav"}, "does not exist"),
        ("open_session", {"path": "notes.txt"}, "is not a session"),
        ("add_reference", {"path": "track.wav"}, "is the track itself"),
        ("imitate", {}, "there is no reference"),
        ("value", {"tool": "reverb", "parameter": "wet", "value": 1}, "not in the chain"),
        ("add", {"tool": "sparkle"}, "no effect"),
        ("save_session", {"path": "/nowhere/at/all.utsushi.json"}, "cannot be written"),
        ("export", {"folder": "/proc/nothing"}, "cannot be written"),
        ("dance", {}, "no action"),
        ("bypass", {"tool": "reverb"}, "bypass"),
    ],
)
def test_what_cannot_be_done_is_said_with_a_remedy_and_changes_nothing(folder, action, given, words):
    async def work(page):
        await page.act("open_track", path=str(folder / "track.wav"))
        before = await page.hear("view", lambda view: view["track"] and view["sources"][1]["complete"])
        path = given.get("path")
        await page.act(action, **{**given, **({"path": str(folder / path)} if path else {})})
        error = await page.hear("error")
        assert words in error["what"] and error["remedy"]
        after = await page.hear("view")
        assert {key: after[key] for key in ("track", "chain", "references", "undo")} == {
            key: before[key] for key in ("track", "chain", "references", "undo")
        }

    with_page(work)


def test_a_dropped_file_is_kept_and_what_is_no_sound_is_not(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("UTSUSHI_HOME", str(tmp_path))

    async def work(page):
        base = f"http://{page.address}"
        content = (folder / "track.wav").read_bytes()
        paths = []
        for _ in range(2):
            async with page.session.post(f"{base}/drop?name=../my song.wav", data=content) as answer:
                paths.append((await answer.json())["path"])
        assert paths == [str(tmp_path / "dropped" / name) for name in ("my song.wav", "my song-2.wav")]
        await page.act("open_track", path=paths[0])
        await page.hear("view", lambda view: view["track"] and view["track"]["path"] == paths[0])
        async with page.session.post(f"{base}/drop?name=notes.txt", data=b"x") as answer:
            assert answer.status == 400 and (await answer.json())["remedy"]

    with_page(work)


def test_a_session_is_saved_and_opened_again(folder, tmp_path):
    async def work(page):
        await page.act("open_track", path=str(folder / "track.wav"))
        await page.act("add", tool="reverb")
        await page.act("keep_take", name="roomy")
        view = await page.hear("view", lambda view: view["takes"])
        assert view["file"]["dirty"]
        await page.act("save_session", path=str(tmp_path / "work"))
        view = await page.hear("view", lambda view: not view["file"]["dirty"])
        assert view["file"]["name"] == "work.utsushi.json"
        await page.act("remove", tool="reverb")
        await page.act("open_session", path=str(tmp_path / "work.utsushi.json"))
        view = await page.hear("view", lambda view: view["chain"] and not view["undo"])
        assert [card["tool"] for card in view["chain"]] == ["reverb"] and view["takes"][0]["name"] == "roomy"

    with_page(work)


def test_the_chain_goes_over_a_folder_of_stems(folder, tmp_path):
    for name in ("drums", "bass"):
        soundfile.write(tmp_path / f"{name}.flac", phrase(RATE, 2.0, 1, len(name)).data.T, RATE, "PCM_16")
    (tmp_path / "broken.wav").write_text("no sound")

    async def work(page):
        await page.act("open_track", path=str(folder / "track.wav"))
        await page.act("add", tool="compressor")
        await page.act("value", tool="compressor", parameter="ratio", value=4)
        await page.hear("view", lambda view: view["chain"] and view["chain"][0]["parameters"][1]["value"] == 4)
        await page.act("stems", folder=str(tmp_path))
        done = await page.hear("exported")
        assert [file["name"] for file in done["files"]] == ["bass.flac", "drums.flac"] and "broken.wav" in done["notes"][0]
        assert soundfile.info(tmp_path / "processed/bass.flac").subtype == "PCM_16"
        await page.act("stems", folder=str(tmp_path / "processed/nothing"))
        assert "no sound files" in (await page.hear("error"))["what"]

    with_page(work)


def test_a_folder_is_listed_for_what_is_wanted(folder):
    sounds = listing(folder, "sound")
    assert [file["name"] for file in sounds["files"]] == ["other.wav", "silent.wav", "text.wav", "track.wav"]
    assert listing(folder, "folder")["files"] == [] and sounds["parent"] == str(folder.parent)
    assert listing(folder / "track.wav", "sound")["path"] == str(folder)
    with pytest.raises(InputError):
        listing(folder / "nowhere", "sound")
