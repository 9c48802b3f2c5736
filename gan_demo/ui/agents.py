"""The endpoints of the API as tools for agents: Gradio's own MCP server, with pictures to see.

Gradio 6.31 sends an answer of several parts, and a gallery, as text with paths of this machine;
here each of their pictures is sent as a picture.
"""

import json
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import gradio.mcp
from gradio.mcp import GradioMCPServer
from gradio_client.utils import is_file_obj_with_meta

MISSING = 'Agents need one more package: pip install "mcp>=1.21,<2"'
PHOTO = (
    "the address of a picture that a tool gave, or the picture itself: data:image/png;base64,..."
)


def ready() -> bool:
    """From now on Gradio makes its servers so.

    Raises:
        ValueError: the package is missing that speaks the protocol.
    """
    if find_spec("mcp") is None:
        raise ValueError(MISSING)
    gradio.mcp.GradioMCPServer = Tools
    return True


class Tools(GradioMCPServer):
    """One tool an endpoint, see `api.offer`."""

    @property
    def _file_data_tool_description(self) -> str:
        return ""  # Gradio's names a tool that is not here

    def simplify_filedata_schema(self, schema: dict[str, Any]) -> tuple[dict[str, Any], list]:
        simple, places = super().simplify_filedata_schema(schema)
        for values in simple["properties"].values():
            values.pop("additional_description", None)  # the description, once more
        for name, *_ in places:
            simple["properties"][name] |= {"title": "Picture", "format": PHOTO}
        return simple, places

    def convert_strings_to_filedata(self, value: Any, filedata_positions: list) -> Any:
        try:
            return super().convert_strings_to_filedata(value, filedata_positions)
        except ValueError as error:  # Gradio's asks for an address, of any site
            raise ValueError(f"What is sent as a picture is none. Wanted is {PHOTO}") from error

    def postprocess_output_data(self, data: Any, root_url: str) -> list:
        return super().postprocess_output_data(list(parts(data)), root_url)


def parts(answer: Any) -> Iterator[Any]:
    """What an answer consists of: each picture of a gallery before what is said of it; all that is
    no picture and no text as JSON."""
    for part in answer:
        if isinstance(part, tuple):
            yield from parts(part)
        elif isinstance(part, list) and all(isinstance(p, dict) and "image" in p for p in part):
            for shown in part:
                yield from (shown["image"], shown["caption"])
        elif isinstance(part, dict | list) and not is_file_obj_with_meta(part):
            yield json.dumps(part, ensure_ascii=False)
        else:
            yield part
