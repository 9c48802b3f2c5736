"""Live frames on a road of their own.

Gradio's way to a function of a component leads past a hundred routes and through four threads,
which takes half as long again as to draw the picture.
"""

import inspect
import json
from collections.abc import Callable
from typing import Any

from gradio.routes import App
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PATH = "/component_server/"
NAME = "frame"  # of the function, see `live.picture`


class Frames:
    """An ASGI app around Gradio's: answers what asks for a frame and leaves the rest to it.

    Args:
        server: whose live pictures are asked for.
    """

    def __init__(self, app: ASGIApp, server: App):
        self.app, self.server = app, server

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].endswith(PATH):
            await self.app(scope, receive, send)
            return
        body = await Request(scope, receive).body()
        try:
            asked = json.loads(body)
            draw, wish = self.frame(asked), asked["data"]
        except (ValueError, RecursionError, TypeError, KeyError):
            await self.app(scope, again(body, receive), send)
            return
        await JSONResponse(await draw(wish))(scope, receive, send)

    def frame(self, asked: Any) -> Callable[[Any], Any]:
        """
        Raises:
            KeyError, TypeError: this is no live picture's.
        """
        if asked["fn_name"] != NAME or self.server.auth is not None:
            raise KeyError(NAME)
        draw = getattr(self.server.get_blocks().blocks[asked["component_id"]], NAME, None)
        if not getattr(draw, "_is_server_fn", False) or not inspect.iscoroutinefunction(draw):
            raise KeyError(NAME)
        return draw


def again(body: bytes, receive: Receive) -> Receive:
    """The body that was read already, then what follows it."""
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def told() -> Message:
        return messages.pop() if messages else await receive()

    return told
