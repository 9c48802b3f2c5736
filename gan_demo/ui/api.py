"""Functions as endpoints of the page's API, which are tools where it is served to agents.

A function says all there is to know: what it takes by its annotations and, one line each, under
`Args:`; what it gives, one `Name: what` a line, under `Returns:`. Pictures come and go as files,
everything else as JSON, judged by `validate` before the function sees it.
"""

import functools
import inspect
import typing
from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import unquote, urlsplit

import gradio as gr
from gradio.components.api_component import Api
from gradio.utils import get_function_description, get_upload_folder
from gradio_client.utils import python_type_to_json_schema
from PIL import Image as PILImage

from gan_demo import files, validate
from gan_demo.actions.reconstruct import given
from gan_demo.ui.errors import telling
from gan_demo.ui.photo import Photo

Picture = PILImage.Image
Sheet = list[tuple[Picture, str]]  # pictures, each with what it is
PICTURES = {Picture, Picture | None}
OWN = "/gradio_api/file="  # in the address of a picture that the app gave
UPLOADED = "A file of yours, which is uploaded, or the address of a picture that this app gave."
FOREIGN = "Addresses are not fetched: upload the picture, or send it as a data: address."


class Value(Api):
    """Anything in JSON.

    Args:
        schema: of the value, as JSON Schema.
        example: shown in the API page; None for the value itself.
    """

    is_template = True  # keep the front end of Api: none

    def __init__(self, value: Any, schema: dict[str, Any], label: str, example: Any = None):
        super().__init__(value, schema, label)
        self.example = value if example is None else example

    def example_payload(self) -> Any:
        return "..." if self.example is None else self.example

    example_value = example_payload


class Sent(Photo):
    """A photo of a program: what is wrong with it is said as it is."""

    written = staticmethod(str)
    said = ""  # what it is for

    def api_info(self) -> dict[str, Any]:
        return super().api_info() | {"additional_description": f"{self.said} {UPLOADED}"}

    def example_payload(self) -> Any:
        return {"path": "me.jpg", "meta": {"_type": "gradio.FileData"}, "orig_name": "me.jpg"}

    def get_block_name(self) -> str:
        return "image"  # whose front end it keeps

    async def async_move_resource_to_block_cache(self, url_or_file_path: Any) -> str | None:
        """A picture that this app gave may come back by its address."""
        address = str(url_or_file_path)
        if address.lower().startswith(("http:", "https:")):
            _, own, path = urlsplit(address).path.partition(OWN)
            if not own or not files.inside(path := unquote(path), get_upload_folder()):
                raise gr.Error(FOREIGN, print_exception=False)
            address = path
        return await super().async_move_resource_to_block_cache(address)


def offer(fn: Callable[..., Any], *bound: Any, **examples: Any) -> None:
    """fn as the endpoint of its name.

    Args:
        bound: its first arguments, which nobody sends.
        examples: what the API page shows for an argument without a default.
    """
    signature, kinds = inspect.signature(fn), typing.get_type_hints(fn, include_extras=True)
    taken = list(signature.parameters.values())[len(bound) :]
    _, said, gives = get_function_description(fn)

    @functools.wraps(fn)
    def answer(*values: Any) -> Any:
        with telling(written=str):
            for p, value in zip(taken, values, strict=True):
                kind = kinds[p.name]
                if kind is Picture:
                    given(value)
                elif kind not in PICTURES and not validate.fits(value, kind):
                    raise ValueError(f"{validate.told(p.name, value, kind)} {said[p.name]}")
            return fn(*bound, *values)

    vars(answer)["__signature__"] = signature.replace(parameters=taken)
    with gr.Row(visible=False):
        inputs = [_input(p, kinds[p.name], said[p.name], examples.get(p.name)) for p in taken]
        outputs = [
            _output(kind, *map(str.strip, line.split(":", 1)))
            for kind, line in zip(_parts(kinds["return"]), gives, strict=True)
        ]
        call = gr.Button()
    call.click(answer, inputs, outputs, api_name=fn.__name__)


def _input(p: inspect.Parameter, kind: Any, said: str, example: Any) -> gr.Component:
    if kind in PICTURES:
        sent = Sent(label=p.name)
        sent.said = said
        return sent
    value = None if p.default is p.empty else p.default
    schema = _schema(kind) | {"additional_description": said}
    return Value(value=value, schema=schema, label=p.name, example=example)


def _output(kind: Any, label: str, said: str) -> gr.Component:
    if kind in PICTURES:
        return gr.Image(format="png", type="pil", label=label)
    if kind == Sheet:
        return gr.Gallery(format="png", label=label)
    return Value(value=None, schema=_schema(kind) | {"description": said}, label=label)


def _parts(kind: Any) -> list[Any]:
    return list(typing.get_args(kind)) if typing.get_origin(kind) is tuple else [kind]


def _schema(kind: Any) -> dict[str, Any]:
    if typing.get_origin(kind) is not Annotated:
        return python_type_to_json_schema(float if kind == int | float else kind)
    base, (low, high) = typing.get_args(kind)
    return _schema(base) | {"minimum": low, "maximum": high}
