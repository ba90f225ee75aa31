"""``concviz serve``: the application in a browser, through textual-serve.

Whoever reaches the page can run programs as the user. So it is served to this machine alone unless told
otherwise, and only to who has the key in the address that is printed: other users of the machine and other
pages in the browser have not.
"""

from __future__ import annotations

import argparse
import asyncio
import ipaddress
import os
import secrets
import shlex
import socket
import sys
from typing import TYPE_CHECKING, Any

from concviz.core.launch.errors import LaunchError
from concviz.core.launch.target import parse

if TYPE_CHECKING:
    from aiohttp import web
    from aiohttp.typedefs import Handler

SHOWN = ("run", "replay", "lab", "step", "compare")
_MISSING = "concviz serve needs textual-serve: pip install 'concviz[serve]'"
_SHUTDOWN_S = 5.0


def serve(options: argparse.Namespace) -> int:
    """Serve until interrupted and return the exit code.

    Raises:
        LaunchError: it cannot be done; the message says why in one line.
    """
    _check(options.target)
    _check_host(options.host, options.expose_to_network)
    try:
        import textual_serve  # noqa: F401
    except ImportError:
        raise LaunchError(_MISSING) from None
    try:
        listening = socket.create_server(
            (options.host, options.port),
            family=socket.AF_INET6 if ":" in options.host else socket.AF_INET,
        )
    except OSError as error:
        where = f"{options.host}, port {options.port}"
        why = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        raise LaunchError(f"{where} cannot be served: {why} (--port says another)") from None
    with listening:
        _run(listening, options.target)
    return 0


def _check(words: list[str]) -> None:
    """What a page is to show, refused here sooner than in the browser."""
    from concviz import cli

    if not words:
        return
    if words[0] not in SHOWN:
        raise LaunchError(f"a page shows {', '.join(SHOWN)} or, with nothing said, home; not '{words[0]}'")
    options = cli.parse(words)
    unseen = {"lab": "name", "compare": "screen"}.get(options.command)
    if getattr(options, "headless", False) or (unseen and not getattr(options, unseen)):
        raise LaunchError("there is nothing to show on a page in that: run it in the terminal")
    if options.target or options.command == "run":
        parse(options.target, getattr(options, "python", None))


def _check_host(host: str, exposed: bool) -> None:
    """Refuse an address that other machines may reach, unless that is wanted."""
    if exposed:
        return
    try:
        loopback = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise LaunchError(
            f"'{host}' may be reached by other machines, and whoever has the page's address can run programs "
            "as you: --expose-to-network serves it all the same"
        )


def _run(listening: socket.socket, words: list[str]) -> None:
    from aiohttp import web
    from textual_serve import server as pages

    key = secrets.token_urlsafe(24)
    host, port = listening.getsockname()[:2]
    # -P: a package named concviz in this folder is not taken for ours
    command = shlex.join([sys.executable, "-P", "-m", "concviz", *words])
    shown = f"[{host}]" if ":" in host else host

    apps: list[Any] = []

    class Guarded(pages.Server):  # type: ignore[misc, unused-ignore]
        """Textual's server, for who has the key."""

        async def _make_app(self) -> web.Application:
            app: web.Application = await super()._make_app()
            app.middlewares.append(guard(key, f"concviz-{port}", self))
            return app

        async def on_startup(self, app: web.Application) -> None:
            print(f"concviz is served at http://{shown}:{port}/?key={key}  (Ctrl-C ends)", flush=True)

        async def on_shutdown(self, app: web.Application) -> None:
            """End what pages show in good order, while there is a loop to do it."""
            ending = [asyncio.create_task(one.stop()) for one in apps]
            if ending:
                await asyncio.wait(ending, timeout=_SHUTDOWN_S)

    pages.AppService = _waited_for(apps)  # type: ignore[attr-defined, unused-ignore]
    server = Guarded(command, host, port, title="concviz")
    web.run_app(server._make_app(), sock=listening, print=None, shutdown_timeout=_SHUTDOWN_S)


def _waited_for(apps: list[Any]) -> type[Any]:
    """Textual's process behind a page, whose end is waited for; ``apps`` are those that run."""
    from textual_serve.app_service import AppService

    class Shown(AppService):  # type: ignore[misc, unused-ignore]
        async def start(self, width: int, height: int) -> None:
            apps.append(self)
            await super().start(width, height)

        async def stop(self) -> None:
            await super().stop()
            if self._process is not None:
                await self._process.wait()
            if self in apps:
                apps.remove(self)

    return Shown


def guard(key: str, cookie: str, server: Any) -> Any:
    """An aiohttp middleware that lets in who brings the key, and lets the page load nothing from elsewhere.

    Args:
        key: it comes once as ``?key=…``, then in the cookie. cookie: its name.
        server: its ``public_url`` becomes the address under which it was asked for.
    """
    from aiohttp import web

    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        if _same(request.query.get("key", ""), key):
            entered = web.HTTPFound("/")
            entered.set_cookie(cookie, key, httponly=True, samesite="Lax")
            raise entered
        if not _same(request.cookies.get(cookie, ""), key):
            raise web.HTTPForbidden(text="Open the address that concviz has printed: it has a key in it.\n")
        server.public_url = f"{request.scheme}://{request.host}"
        response = await handler(request)
        if isinstance(response, web.Response) and response.content_type == "text/html":
            response.text = (response.text or "").replace("</body>", f"{_TAKES_KEYS}</body>")
        if not response.prepared:
            response.headers["Content-Security-Policy"] = (
                "default-src 'self' 'unsafe-inline' data:; frame-ancestors 'none'; "
                f"connect-src 'self' ws://{request.host} wss://{request.host}"
            )
            response.headers["Referrer-Policy"] = "no-referrer"
        return response

    return guarded


_TAKES_KEYS = """<script>
new MutationObserver((_, watching) => {
  const input = document.querySelector(".xterm-helper-textarea");
  if (!input || !document.body.classList.contains("-first-byte")) return;
  watching.disconnect();
  input.focus();
}).observe(document.body, { attributes: true, childList: true, subtree: true });
</script>"""
"""Keys reach the screen as soon as it is there, without a click into it first."""


def _same(offered: str, key: str) -> bool:
    return secrets.compare_digest(offered.encode("utf-8", "replace"), key.encode())
