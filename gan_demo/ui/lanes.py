"""Who waits for whom.

    frames  of a dragged slider: no queue, threads of their own, see `live`
    quick   what is done at once: a few at a time
    long    searches, tiles, films: one at a time, on one core
    others  by a name of their own, see `events`

A lane that is full refuses for itself alone. Gradio's own queue counts all that wait together, so
that long work of one person turns everybody's clicks away.
"""

import contextlib
import threading
from collections.abc import Callable, Generator
from typing import Any, TypeVar

import gradio as gr
from fastapi import HTTPException, Request
from gradio.block_function import BlockFunction
from gradio.blocks import Blocks
from gradio.context import LocalContext
from gradio.data_classes import PredictBodyInternal
from gradio.queueing import Event, EventQueue, Queue
from gradio.route_utils import get_fn
from gradio.server_messages import EventMessage, ProcessCompletedMessage
from torch.nn.modules.module import register_module_forward_pre_hook

from gan_demo.ui.events import IN_LONG, LAB, TRIAL
from gan_demo.ui.held import Held
from gan_demo.ui.streams import UnderWay

S = TypeVar("S")
R = TypeVar("R")

QUICK, LONG = "quick", IN_LONG["concurrency_id"]
STREAM = "stream"  # in place of an event's id
AT_ONCE = 4  # quick ones: more than cores, as one that reads a file waits for the disk
AMPLE = 256, 64  # that may wait in a lane, and of them from one page or program
ROOM = {event["concurrency_id"]: (32, 8) for event in (IN_LONG, LAB, TRIAL)}  # each takes long


class Lanes(Queue):
    """Gradio's queue with a bound for each lane in place of one for all; it sees which files
    pages hold."""

    def __init__(self, blocks: Blocks):
        super().__init__(True, blocks.max_threads, 1, None, blocks)
        self.held = Held(blocks)
        self.sleep_when_free = 0.005  # seconds; Gradio would look a thousand times a second

    def create_event_queue_for_fn(self, block_fn: BlockFunction) -> None:
        if block_fn.concurrency_limit == "default":
            block_fn.concurrency_id, block_fn.concurrency_limit = QUICK, AT_ONCE
        super().create_event_queue_for_fn(block_fn)

    async def push(self, body: PredictBodyInternal, request: Request, username: str | None):
        if body.fn_index is None:
            return await super().push(body, request, username)
        fn = get_fn(self.blocks, None, body)
        self.create_event_queue_for_fn(fn)
        lane = self.lane(fn, body.data)
        self.refuse(lane, body.session_hash)
        self.held.note(body.session_hash, fn.inputs, body.data)
        under_way = self._under_way(body.session_hash, request)
        pushed, event, state = await super().push(body, request, username)
        if pushed and lane != fn.concurrency_id and isinstance(event, str):
            self._move(event, lane)
        if under_way is not None:
            await under_way.arrived()
        return pushed, event, state

    def lane(self, fn: BlockFunction, given: list[Any]) -> str:
        asks = getattr(fn.fn, "is_long", None)
        return LONG if asks and asks(given) else fn.concurrency_id

    def refuse(self, lane: str, session: str | None) -> None:
        """
        Raises:
            HTTPException: this lane is full, or full of this caller's own.
        """
        known = self.event_queue_per_concurrency_id.get(lane)
        waiting = known.queue if known else []
        own = sum(event.session_hash == session for event in waiting)
        most, most_own = ROOM.get(lane, AMPLE)
        if own >= most_own:
            said = f"{own} of your calls wait here already. Wait until one of them is done."
        elif len(waiting) >= most:
            said = f"Too busy: {len(waiting)} calls wait before yours. Try again in a minute."
        else:
            return
        raise HTTPException(429, said)

    def send_message(self, event: Event, event_message: EventMessage) -> None:
        output = getattr(event_message, "output", None) or {}
        if event.session_hash in self.held:
            self.held.note(event.session_hash, event.fn.outputs, output.get("data") or ())
        super().send_message(event, event_message)

    def _under_way(self, session: str | None, request: Request) -> UnderWay | None:
        """The events of a page; None for a program, whose stream may end at once."""
        if session is None or request.headers.get("x-gradio-user") != "app":
            return None

        def look() -> None:
            if self.pending_event_ids_session.get(session) is known:
                said = ProcessCompletedMessage(event_id=STREAM, output={}, success=True)
                self.pending_messages_per_session[session].put_nowait(said)

        known = self.pending_event_ids_session.get(session)
        if not isinstance(known, UnderWay):
            known = self.pending_event_ids_session[session] = UnderWay(look)
        return known

    def _move(self, event_id: str, lane: str) -> None:
        """To the end of another lane; between two awaits, so that it has not begun."""
        event, lanes = self.event_ids_to_events[event_id], self.event_queue_per_concurrency_id
        lanes[event.concurrency_id].queue.remove(event)
        event.concurrency_id = lane
        into = lanes.setdefault(lane, EventQueue(lane, 1)).queue
        into.append(event)
        self.broadcast_estimations(lane, len(into) - 1)


def long_if(asks: Callable[[list[Any]], bool]) -> Callable[[Callable], Callable]:
    """Calls of this function take the long lane when what they are given asks for it."""

    def marked(fn: Callable) -> Callable:
        vars(fn)["is_long"] = asks  # functools.wraps takes it along
        return fn

    return marked


def wanted(work: Generator[S, None, R]) -> Generator[S, None, R]:
    """The work for as long as its caller waits for it; for events that yield nothing themselves.
    Looked at before each step, and before each layer of a network, as on a busy machine a single
    picture may take many seconds.

    Raises:
        gr.Error: the caller has left, or has called it off.
    """
    blocks, key = LocalContext.blocks.get(), LocalContext.event_id.get()
    if blocks is None or key is None:  # called by a program in this process
        return (yield from work)
    waiting, me = blocks._queue.event_ids_to_events, threading.get_ident()

    def look(*_: Any) -> None:
        if threading.get_ident() == me and not getattr(waiting.get(key), "alive", False):
            raise gr.Error("Stopped: nobody waits for it.", print_exception=False, visible=False)

    with contextlib.closing(work):
        while True:
            look()
            layers = register_module_forward_pre_hook(look)
            try:
                step = next(work)
            except StopIteration as end:
                return end.value
            finally:
                layers.remove()
            yield step
