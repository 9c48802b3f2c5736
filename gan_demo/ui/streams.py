"""The stream on which a page hears its answers stays open for a while after the last one.

Gradio ends it as soon as no event of the page is under way; the page opens another with its next
event. An event that is sent while the end is on its way finds the stream still open, and nobody
hears its answer: the page hangs until something else is done. So the end comes after a pause, in
which most next events follow, and an event that meets the end is confirmed when that has arrived.
"""

import asyncio
import time
from collections.abc import Callable

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PAUSE, ARRIVAL = 5.0, 0.5  # seconds
UNKNOWN = b"404: Not Found"  # Gradio's words for a page or call that is not known
TOLD = b"There is no such call, or its answer was fetched already."


class UnderWay(set):  # of str; with that said, items are looked for in an empty one
    """The ids of a page's events. Its length, by which Gradio judges, is not 0 in the pause.

    Args:
        look: makes the stream look at the length again.
    """

    def __init__(self, look: Callable[[], None]):
        super().__init__()
        self._look = look
        self._over, self._ended = True, -ARRIVAL
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return super().__len__() or int(not self._over)

    def __bool__(self) -> bool:
        return super().__len__() > 0

    def add(self, event_id: str) -> None:
        if self._timer:
            self._timer.cancel()
        self._over = False
        super().add(event_id)

    def remove(self, event_id: str) -> None:
        super().remove(event_id)
        if not self:
            self._timer = asyncio.get_running_loop().call_later(PAUSE, self._end)

    async def arrived(self) -> None:
        """Waits until an end that was sent just now must have arrived."""
        await asyncio.sleep(self._ended + ARRIVAL - time.monotonic())

    def _end(self) -> None:
        self._over, self._ended = True, time.monotonic()
        self._look()


class Ending:
    """An ASGI app around Gradio's: the stream of a page that is not known, or no longer, ends.

    Gradio tells the page so, and then raises the error in the middle of an answer, where it cannot
    become one: it would break the connection and fill the log.
    """

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        streams = False

        async def sending(message: Message) -> None:
            nonlocal streams
            if message["type"] == "http.response.start":
                kinds = [value for name, value in message["headers"] if name == b"content-type"]
                streams = any(kind.startswith(b"text/event-stream") for kind in kinds)
            elif streams:
                message["body"] = message.get("body", b"").replace(UNKNOWN, TOLD)
            await send(message)

        try:
            await self.app(scope, receive, sending)
        except RuntimeError as error:
            if not (streams and isinstance(error.__cause__, HTTPException | KeyError)):
                raise
            await send({"type": "http.response.body", "body": b"", "more_body": False})
