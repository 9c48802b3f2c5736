"""Who may ask the app for what: checked before a request reaches Gradio.

Host      on loopback only its own names, or a foreign page could rebind its name to this machine
Origin    a page of another site neither reads nor uploads nor draws anything
length    bodies are bounded as they arrive, whatever they claim to be
answers   say what the browser may do with them; the page itself is sent compressed, a megabyte less
"""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from gradio.route_utils import FnIndexInferError
from gradio.routes import App
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gan_demo.ui.frames import Frames
from gan_demo.ui.streams import Ending

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
CALL = 1_000_000  # bytes of a request; a picture sent inline or a file is an upload
UPLOAD = 32_000_000
UPLOADS = ("/upload",)
CALLS = "/call/v2/"  # of endpoints, their values by name
PACKED = ("/", "/config", "/info")  # long texts that Gradio sends as they are

# Gradio's page runs scripts inside the page and compiles templates; all come from the app itself.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "media-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' data: blob:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
    )
)
ANSWER = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
}


class GuardedApp(App):
    """Gradio's server with a Guard outside everything, CORS included.

    Args:
        hosts: names that it answers to; None for any, where it listens to a network.
        upload: bytes of what is sent at once.
    """

    def __init__(self, hosts: Iterable[str] | None, upload: int = UPLOAD, **options: Any):
        options["exception_handlers"] = dict.fromkeys(
            (TypeError, KeyError, FnIndexInferError), named
        )
        super().__init__(**options)
        self.hosts = None if hosts is None else frozenset(hosts)
        self.upload = upload

    def build_middleware_stack(self) -> ASGIApp:
        inner = Frames(Ending(super().build_middleware_stack()), self)
        return Guard(inner, self.hosts, self.upload)


class Guard:
    """An ASGI app around another."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str] | None, upload: int = UPLOAD):
        self.app, self.hosts, self.upload = app, hosts, upload
        self.packed = GZipMiddleware(app, compresslevel=5)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        most = self.upload if scope["path"].endswith(UPLOADS) else CALL
        refused = self.refusal(Headers(scope=scope), most)

        async def answering(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(ANSWER)
            await send(message)

        if refused:
            await refused(scope, receive, answering)
        else:
            packed = scope["method"] == "GET" and scope["path"].endswith(PACKED)
            app = self.packed if packed else self.app
            await app(scope, bounded(receive, most), answering)

    def refusal(self, headers: Headers, most: int) -> PlainTextResponse | None:
        if self.hosts is not None and name(headers.get("host", "")) not in self.hosts:
            said = "This address is not one of the app's. Add --allow-host NAME where it starts."
            return PlainTextResponse(said, 403)
        if (origin := headers.get("origin")) is not None and not self.own(origin, headers):
            return PlainTextResponse("A page of another site may not use this app.", 403)
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length[:20]) > most:
            return PlainTextResponse(f"At most {most:,} bytes can be sent here.", 413)
        return None

    def own(self, origin: str, headers: Headers) -> bool:
        """Whether a page of `origin` is the app's own, as it is called here or by a proxy."""
        if any(same(origin, headers.get(key, "")) for key in ("host", "x-forwarded-host")):
            return True
        return name(origin.partition("://")[2]) in (self.hosts or LOOPBACK) - LOOPBACK


async def named(request: Request, error: Exception) -> JSONResponse:
    """An answer for a program that calls an endpoint, or names a value, of which there is none;
    Gradio has none."""
    path = request.url.path
    if isinstance(error, FnIndexInferError):  # of a call by the order of its values
        said = f"There is no endpoint '/{path.rpartition('/')[2]}'."
    elif CALLS not in path:
        raise error
    elif isinstance(error, KeyError):
        said = f"There is no endpoint {error}."
    else:
        said = str(error).partition(" Please click")[0]
    return JSONResponse({"detail": said}, 422)


def name(host: str) -> str:
    """The name in a Host header, without its port; "" for what is none."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def same(origin: str, host: str) -> bool:
    """Whether a page of `origin` belongs to `host`. A proxy may speak https and give the port
    away; the names of loopback are one machine, but another port of it is another app."""
    try:
        theirs, ours = urlsplit(origin), urlsplit(f"//{host}")
        one = {theirs.hostname, ours.hostname}
        ports = theirs.port == ours.port or ours.hostname not in LOOPBACK
    except ValueError:
        return False
    return theirs.scheme in ("http", "https") and ports and (len(one) == 1 or one <= LOOPBACK)


def bounded(receive: Receive, most: int) -> Receive:
    """The body as it arrives; one that is longer than it said ends as a broken connection."""
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > most:
            raise ClientDisconnect
        return message

    return counted
