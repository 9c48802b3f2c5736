"""How the page's own events run: no entry in the API, no spinner over what is shown."""

from typing import Any

PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
LATEST: dict[str, Any] = PRIVATE | {"trigger_mode": "always_last"}  # waits, is not dropped
