"""The window's server: one page for one user, on this machine's loopback address, behind a token that changes with every start.

Whoever cannot read this process's output cannot get in: the first request brings the token in its address and gets it back as a cookie
that scripts cannot read and other sites do not send; every other request needs it. The Host header has to be the loopback address, so that
a name that an attacker points there (DNS rebinding) does not help.
"""

import asyncio
import hmac
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

from aiohttp import WSMsgType, web

from plugins_daw import tracks
from plugins_daw.app import view
from plugins_daw.app.folder import listing
from plugins_daw.export import project, stems
from plugins_daw.export.work import Work
from plugins_daw.host import AudioHost
from server import connection
from shared_engine.errors import InputError, UtsushiError

LOOPBACK = "127.0.0.1"
COOKIE = "utsushi-daw"
STATIC = Path(__file__).parent / "static"
UPLOAD_BYTES = 2 << 30
PIECE = 1 << 20

POLICY = "default-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Window:
    """The page's server around one `AudioHost`. The host's actions run one after the other, beside the socket's thread."""

    def __init__(self, host: AudioHost | None = None) -> None:
        self.host = host or AudioHost(self.announce)
        self.token = secrets.token_urlsafe(32)
        self.address = ""
        self.pages: set[web.WebSocketResponse] = set()
        self.shut = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._worker = ThreadPoolExecutor(1, "host")
        self._stale = False
        self._exports = ThreadPoolExecutor(1, "export")

    # -- life

    async def start(self, port: int = 0) -> str:
        """Binds the port (0: a free one) -> the address to open, token included."""
        self._loop = asyncio.get_running_loop()
        app = web.Application(middlewares=[self._guard], client_max_size=UPLOAD_BYTES)
        app.add_routes(
            [
                web.get("/", self._index),
                web.get("/talk", self._talk),
                web.get("/sound/{index:\\d+}", self._sound),
                web.get("/peaks", self._peaks),
                web.get("/folder", self._folder),
                web.get("/plugins", self._plugins),
                web.post("/drop", self._drop),
                web.static("/static", STATIC),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, LOOPBACK, port)
        try:
            await site.start()
        except OSError as error:
            raise InputError(f"port {port} cannot be used: {error.strerror}", "Leave --port away: a free one is taken.") from error
        number = self._runner.addresses[0][1]
        self.address = f"{LOOPBACK}:{number}"
        return f"http://{self.address}/?token={self.token}"

    async def stop(self) -> None:
        for page in list(self.pages):
            await page.close()
        await self._runner.cleanup()
        await asyncio.get_running_loop().run_in_executor(None, self.host.close)
        self._worker.shutdown(wait=False)
        self._exports.shutdown(wait=False)

    # -- towards the pages

    def announce(self, event: Mapping[str, Any]) -> None:
        """From any thread: something happened that pages have to know."""
        if self._loop and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._spread, event)

    def _spread(self, event: Mapping[str, Any]) -> None:
        assert self._loop is not None
        if (event["type"] == "changed" or event.get("done")) and not self._stale:
            # What changes many times before it could be shown is shown once.
            self._stale = True
            self._loop.create_task(self._show())
        message = {"type": "job", "job": view.job(self.host)} if event["type"] == "job" else event
        if event["type"] != "changed":
            self._loop.create_task(self._send(message))

    async def _show(self) -> None:
        await self._send(await self._view())

    async def _view(self) -> Mapping[str, Any]:
        def look() -> Mapping[str, Any]:
            self._stale = False
            return view.whole(self.host)

        return await asyncio.get_running_loop().run_in_executor(self._worker, look)

    async def _send(self, message: Mapping[str, Any]) -> None:
        text = json.dumps(message)
        for page in list(self.pages):
            if not page.closed:
                await page.send_str(text)

    # -- from the pages

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Lets in who knows the token and speaks to the loopback address."""
        if request.host not in (self.address, self.address.replace(LOOPBACK, "localhost")):
            raise web.HTTPForbidden(text="Open the address that `utsushi daw` printed.")
        origin = request.headers.get("Origin")
        if origin and origin != f"http://{request.host}":
            raise web.HTTPForbidden(text="Another site may not use this one.")
        given = request.query.get("token", "") if request.path == "/" else ""
        if given and hmac.compare_digest(given.encode(), self.token.encode()):
            answer = web.Response(status=302, headers={"Location": "/"})
            answer.set_cookie(COOKIE, self.token, httponly=True, samesite="Strict")
            return answer
        if not hmac.compare_digest(request.cookies.get(COOKIE, "").encode(), self.token.encode()):
            raise web.HTTPForbidden(text="Open the address that `utsushi daw` printed: it carries the token.")
        response = await handler(request)
        if not response.prepared:
            response.headers.update({"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"})
        return response

    async def _index(self, request: web.Request) -> web.StreamResponse:
        return web.FileResponse(STATIC / "index.html")

    async def _talk(self, request: web.Request) -> web.StreamResponse:
        """One page's conversation: it sends {"do", "with", "gesture"}, and hears of everything that changes."""
        page = web.WebSocketResponse(heartbeat=30)
        await page.prepare(request)
        self.pages.add(page)
        tasks: set[asyncio.Future[None]] = set()
        try:
            await page.send_str(json.dumps(await self._view()))
            async for message in page:
                if message.type is not WSMsgType.TEXT:
                    break
                # Not waited for: an export takes its time, and "stop" has to be heard meanwhile. The worker keeps the order.
                task = asyncio.ensure_future(self._act(page, message.data))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
        finally:
            self.pages.discard(page)
        return page

    async def _act(self, page: web.WebSocketResponse, text: str) -> None:
        try:
            wish = json.loads(text)
            action, arguments, gesture = str(wish["do"]), dict(wish.get("with") or {}), wish.get("gesture")
        except (ValueError, KeyError, TypeError):
            return
        try:
            if action in ("export", "stems"):
                await self._write(action, str(arguments.get("folder", "")))
            else:
                await asyncio.get_running_loop().run_in_executor(self._worker, self.host.do, action, arguments, gesture)
        except UtsushiError as error:
            await page.send_str(json.dumps({"type": "error", "what": str(error), "remedy": error.remedy}))
            await page.send_str(json.dumps(await self._view()))

    async def _write(self, action: str, folder: str) -> None:
        """The project folder, or a folder of stems, made beside everything else; `exported` says what lies there."""
        loop = asyncio.get_running_loop()
        place = Path(folder).expanduser().resolve()

        def report(stage: str, part: float) -> None:
            loop.call_soon_threadsafe(self._spread, {"type": "exporting", "stage": stage, "fraction": part})

        def work() -> project.Made:
            if action == "stems":
                return stems.process(place, self.host.plugins, report)
            if self.host.track is None:
                raise InputError("there is no track to export", "Open the recording that you are working on.")
            return project.export(Work.of_session(self.host.track, self.host.session.state, self.host.catalogue), place, report)

        try:
            made = await loop.run_in_executor(self._exports, work)
        except UtsushiError:
            self._spread({"type": "exporting", "stage": "", "fraction": 1.0})
            raise
        self._spread({"type": "exported", "folder": str(made.folder), "files": [asdict(one) for one in made.files], "notes": made.notes})

    async def _sound(self, request: web.Request) -> web.StreamResponse:
        """Chunk `index` of a source: interleaved stereo, 32-bit float."""
        index = int(request.match_info["index"])
        return web.Response(body=self._recording(request).chunk(index), content_type="application/octet-stream")

    async def _peaks(self, request: web.Request) -> web.StreamResponse:
        """Lowest and highest sample for each pixel between two times, 32-bit float."""
        try:
            start, stop, count = (float(request.query[name]) for name in ("from", "to", "count"))
            found = self._recording(request).peaks(start, stop, min(max(int(count), 1), 8192))
        except (KeyError, ValueError, OverflowError) as error:
            raise web.HTTPBadRequest(text="from, to and count are numbers") from error
        return web.Response(body=found.tobytes(), content_type="application/octet-stream")

    def _recording(self, request: web.Request) -> Any:
        try:
            return self.host.recording(request.query.get("source", ""))
        except UtsushiError as error:
            raise web.HTTPNotFound(text=str(error)) from error

    async def _folder(self, request: web.Request) -> web.StreamResponse:
        """What lies in a folder, for the page's own file dialog."""
        try:
            found = listing(Path(request.query.get("path", "")).expanduser(), request.query.get("kind", "sound"))
        except UtsushiError as error:
            return web.json_response({"what": str(error), "remedy": error.remedy}, status=400)
        return web.json_response(found)

    async def _plugins(self, request: web.Request) -> web.StreamResponse:
        """The VST3 plug-ins of this machine, for a list to choose from. The first look takes a while: each is asked for its names."""
        found = await asyncio.get_running_loop().run_in_executor(None, self.host.catalogue.library.scan)
        named = [{"id": one.id, "name": one.name or one.file.name, "file": one.file.name, "broken": one.broken} for one in found]
        return web.json_response(sorted(named, key=lambda one: (bool(one["broken"]), str(one["name"]).lower())))

    async def _drop(self, request: web.Request) -> web.StreamResponse:
        """A file that was dropped onto the page: kept in the user's folder, since a browser tells no path -> {"path"}."""
        name = "".join(letter for letter in request.query.get("name", "") if letter.isalnum() or letter in " ._-").strip(" .")
        if Path(name).suffix.lower() not in tracks.SUFFIXES:
            return web.json_response(
                {"what": f"{name or 'this'} is no sound file", "remedy": "Drop WAV, FLAC, AIFF, MP3 or OGG."}, status=400
            )
        folder = connection.home() / "dropped"
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / name
        number = 1
        while target.exists():
            number += 1
            target = folder / f"{Path(name).stem}-{number}{Path(name).suffix}"
        try:
            with open(target, "xb") as file:
                async for piece in request.content.iter_chunked(PIECE):
                    file.write(piece)
        except OSError as error:
            target.unlink(missing_ok=True)
            return web.json_response({"what": f"{name} cannot be kept: {error.strerror}", "remedy": "Free some space."}, status=400)
        return web.json_response({"path": str(target)})
