"""How the page's own events run: no entry in the API, no spinner over what is shown. What takes
more than a second has a lane of its own, see `lanes`, and tells those who wait their place."""

from typing import Any

UNLISTED: dict[str, Any] = {"api_visibility": "private"}
# Progress on none of the outputs: with each step of an event the page goes through all that ever
# showed some, hidden or not, which with hundreds of them takes seconds.
PRIVATE: dict[str, Any] = UNLISTED | {"show_progress": "hidden", "show_progress_on": []}
LATEST: dict[str, Any] = PRIVATE | {"trigger_mode": "always_last"}  # waits, is not dropped
# One after the other. Of those that listen to the same event only one may be LATEST: when one has
# waited, Gradio tells the event to all of them again, and two would keep each other going for ever.
EACH: dict[str, Any] = PRIVATE | {"trigger_mode": "multiple", "concurrency_limit": 1}

IN_LONG: dict[str, Any] = {"concurrency_id": "long", "concurrency_limit": 1}
LONG: dict[str, Any] = UNLISTED | IN_LONG | {"show_progress": "minimal"}
LAB: dict[str, Any] = LONG | {"concurrency_id": "lab", "concurrency_limit": 4}  # take turns
TRIAL: dict[str, Any] = LONG | {"concurrency_id": "trial"}  # waits for a process of its own
