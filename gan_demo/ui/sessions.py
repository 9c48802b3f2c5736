"""What the server keeps of each page that is open."""

from typing import Any

from gradio.blocks import BlocksConfig


class Components(BlocksConfig):
    """All that a page consists of; each session has a copy.

    Gradio's sessions also keep a description of every component as it is at the moment, for links
    of Gradio's own that this page does not have: a megabyte, and 40 ms in which the server answers
    nobody else. Here a session's descriptions are empty.
    """

    def __copy__(self) -> BlocksConfig:
        own = super().__copy__()
        vars(own)["config_for_block"] = undescribed
        return own


def undescribed(*_: Any) -> dict[str, Any]:
    """In the place of `BlocksConfig.config_for_block`."""
    return {}
