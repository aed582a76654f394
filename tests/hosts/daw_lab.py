"""The audio host as a user has it: `utsushi daw` in a process of its own, its page in a real Chromium, and an engine of its own."""

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

ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/\?token=\S+")


def program(name: str) -> Path:
    """Chromium or one of Ardour's programs; skips the test, with the reason, where it cannot be had."""
    found = audio_hosts.find_program(name)
    if found is None:
        pytest.skip(audio_hosts.REASONS[-1])
    return found


@contextmanager
def window(folder: Path, home: Path, *arguments: str) -> Iterator[str]:
    """`utsushi daw ARGUMENTS` in `folder` -> the address of its page. It and its engine end with the block."""
    environment = {**os.environ, "UTSUSHI_HOME": str(home), "OMP_NUM_THREADS": "1"}
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
