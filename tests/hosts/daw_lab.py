"""The audio host as a user has it: `utsushi daw` in a process of its own, its page in a real Chromium, and an engine of its own."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[2]
sys.path.insert(0, str(REPOSITORY / "packaging"))

import audio_hosts  # noqa: E402

PATIENCE = 240.0
"""Seconds that a test waits for what must come on a loaded machine."""

STATE = "import('/static/store.js').then(({store, player}) => JSON.stringify({view: store.view, messages: store.messages, \
player: {selected: player.selected, playing: player.playing, position: player.position, loop: player.loop, looping: player.looping, \
peak: player.peak, have: [...player.sources].map(([id, one]) => [id, one.have.size])}}))"

ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/\?token=\S+")


def program(name: str) -> Path:
    """Chromium or one of Ardour's programs; skips the test, with the reason, where it cannot be had."""
    found = audio_hosts.find_program(name)
    if found is None:
        pytest.skip(audio_hosts.REASONS[-1])
    return found


@contextmanager
def window(folder: Path, home: Path, *arguments: str, **variables: str) -> Iterator[str]:
    """`utsushi daw ARGUMENTS` in `folder` -> the address of its page. It and its engine end with the block.

    `variables`: more of its environment.
    """
    environment = {**os.environ, "UTSUSHI_HOME": str(home), "OMP_NUM_THREADS": "1", **variables}
    utsushi = [sys.executable, "-c", "from server.cli import main; main()"]
    said = folder / "daw.log"
    with open(said, "w") as log:
        process = subprocess.Popen([*utsushi, "daw", "--no-browser", *arguments], cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + PATIENCE
        while not (found := ADDRESS.search(said.read_text())):
            assert process.poll() is None and time.monotonic() < deadline, said.read_text()
            time.sleep(0.1)
        yield found.group(0)
    finally:
        process.terminate()
        process.wait(60)
        subprocess.run([*utsushi, "stop"], env=environment, capture_output=True, timeout=60, check=False)


@contextmanager
def chromium(width: int = 1440, height: int = 900) -> Iterator[Any]:
    """A page of a headless Chromium that plays sound without being asked to; its errors fail the test."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    executable = str(program("chromium"))
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=executable, args=["--autoplay-policy=no-user-gesture-required"])
        page = browser.new_page(viewport={"width": width, "height": height})
        page.set_default_timeout(180_000)
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        try:
            yield page
        finally:
            browser.close()
        assert not [error for error in errors if "ERR_CONNECTION_REFUSED" not in error], errors


class Walk:
    """The page with a few words for what a test says often."""

    def __init__(self, page, pictures):
        self.page, self.pictures, self.number = page, pictures, 0

    def state(self):
        return json.loads(self.page.evaluate(STATE))

    def until(self, true, seconds=PATIENCE):
        """Waits until the page's state is so -> it."""
        for _ in range(int(seconds * 10)):
            state = self.state()
            if state["view"] and true(state):
                return state
            self.page.wait_for_timeout(100)
        raise AssertionError(f"it did not come: {self.state()['messages']}")

    def picture(self, name):
        self.number += 1
        self.pictures.mkdir(parents=True, exist_ok=True)
        self.page.wait_for_timeout(300)
        self.page.screenshot(path=self.pictures / f"{self.number:02} {name}.png")

    def pick(self, name, folder=None):
        """Chooses a file in the page's dialog."""
        if folder:
            self.page.fill("dialog input.path", str(folder))
            self.page.press("dialog input.path", "Enter")
        self.page.click(f"dialog .listing button:has-text('{name}')")
        self.page.click("dialog button.primary")

    def knob(self, card, label):
        return self.page.locator(f".card[aria-label='{card}'] svg[aria-label='{label}']")

    def order(self):
        return [card["label"] for card in self.state()["view"]["chain"]]
