"""The files that open pages show or may send again, which are not deleted however old they are.

Of each page the last value of each component counts. Gradio asks every component which files to
keep, see `gradio.route_utils.delete_files_created_by_app`: a `Held` is the answer of one of them.
"""

import datetime
from collections.abc import Iterable, Iterator
from typing import Any

from gradio.blocks import Block, Blocks

CLOSED = datetime.timedelta(hours=1)  # a page that was closed may be opened again
OPEN = datetime.timedelta(days=1)  # without a word from a page


class Held:
    """
    Args:
        blocks: whose sessions they are.
    """

    def __init__(self, blocks: Blocks):
        self.blocks = blocks
        self._files: dict[str, dict[int, list[str]]] = {}  # by session, by component

    def note(self, session: str | None, parts: Iterable[Block], values: Iterable[Any]) -> None:
        """What came from a page or goes to one."""
        if not session:
            return
        known = self._files.setdefault(session, {})
        for part, value in zip(parts, values, strict=False):
            if found := list(paths(value)):
                known[part._id] = found
            elif not (isinstance(value, dict) and value.get("__type__") == "update"):
                known.pop(part._id, None)

    def __contains__(self, session: str) -> bool:
        return session in self._files

    def __iter__(self) -> Iterator[str]:
        if self.blocks._queue.stopped:
            return
        now, holder = datetime.datetime.now(), self.blocks.state_holder
        for session, files in list(self._files.items()):
            used = holder.time_last_used.get(session)
            state = holder.session_data.get(session)
            if state is None or used is None or now - used > (CLOSED if state.is_closed else OPEN):
                self._files.pop(session, None)
            else:
                yield from (path for found in list(files.values()) for path in found)


def paths(value: Any) -> Iterator[str]:
    """Of the files in a component's value, or in an update of it."""
    if isinstance(value, dict):
        if isinstance(path := value.get("path"), str):
            yield path
        value = list(value.values())
    if isinstance(value, list | tuple):
        for part in value:
            yield from paths(part)
