"""Pictures from people: any file in, an upright RGB picture or a sentence out."""

import base64
import binascii
import contextlib
import functools
import html
import threading
from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr
from gradio.data_classes import FileData, ImageData
from gradio.utils import get_upload_folder
from PIL import Image as PILImage

from gan_demo import files
from gan_demo.checkpoint import recipe
from gan_demo.data import decode
from gan_demo.data.decode import Refused
from gan_demo.ui.events import PRIVATE

IN_BROWSERS = ("JPEG", "MPO", "PNG", "WEBP", "GIF", "BMP", "AVIF")  # what they can show
HEAVIEST = 20_000_000  # bytes of an upload
PATIENCE = 20  # seconds that a picture waits for those before it
READING = "() => 'Reading the photo …'"
LETTERS = 80  # of a file's name in a sentence
GONE = "the picture is not on the server, or no longer: choose it again."
BUSY = "many pictures are being read just now: try again in a moment."

Turned = tuple[gr.Dropdown, Callable[[], list[str]]]  # a list of models, and those in it now

_turn = threading.RLock()


class Photo(gr.Image):
    """gr.Image that takes what people really have; its value is a PIL picture.

    A picture that carries a recipe keeps it, both ways: see `gan_demo.checkpoint.recipe.of`.
    """

    is_template = True  # keep the front end of gr.Image
    written = staticmethod(html.escape)  # how a sentence is sent: the page reads it as HTML

    def __init__(self, *args: Any, **options: Any):
        super().__init__(*args, **options | {"type": "pil", "format": "png"})

    async def async_move_resource_to_block_cache(self, url_or_file_path: Any) -> str | None:
        """As Gradio does with files; addresses are not fetched."""
        refuse_address(url_or_file_path)
        return await super().async_move_resource_to_block_cache(url_or_file_path)

    def preprocess(self, payload: ImageData | None) -> PILImage.Image | None:
        if payload is None:
            return None
        try:
            with turn():
                return read(received(payload))
        except ValueError as error:
            name = (payload.orig_name or "This picture")[:LETTERS]
            said = self.written(f"{name}: {error}")
            raise gr.Error(said, print_exception=False) from None

    def given(self, note: gr.HTML | None = None, turned: Turned | None = None):
        """The event of a new picture or none, checked: a bad file is named and taken away, one
        that browsers cannot show is replaced by one that they can. Follow it with `.success`.

        Args:
            note: where it is said that something is being done, before the server answers.
            turned: turns to the model that drew a picture of this app, so that the picture is the
                same point among its codes again.
        """
        outputs = [self, turned[0]] if turned else [self]

        def shown(picture: PILImage.Image | None) -> Any:
            fine = picture is None or picture.format in IN_BROWSERS
            kept = gr.skip() if fine else picture
            if turned is None:
                return kept
            made = recipe.of(picture) if picture else None
            known = made and made.model in turned[1]()
            return [kept, gr.update(value=made.model) if made and known else gr.skip()]

        if note:
            self.input(None, None, note, js=READING, api_visibility="private")
        given = gr.on([self.input], shown, self, outputs, **PRIVATE)
        failed = given.failure(lambda: None, None, self, **PRIVATE)
        if note:
            failed.then(lambda: "", None, note, **PRIVATE)
        return given


# Gradio tells the page the options that it reads in this signature.
functools.update_wrapper(Photo.__init__, gr.Image.__init__)


def read(raw: bytes) -> PILImage.Image:
    """The picture, see `decode.photo`, in RGB; of what is written in it only its recipe.

    Raises:
        ValueError: what is wrong with it, for the person who sent it.
    """
    with turn():
        decoded = decode.photo(raw)
    picture = decoded.convert("RGB")
    picture.format = decoded.format
    said = decoded.info.get(recipe.KEY)
    picture.info = {recipe.KEY: said} if said else {}  # no place or date
    return picture


@contextlib.contextmanager
def turn() -> Iterator[None]:
    """One picture is taken in and decoded at a time, which bounds the memory.

    Raises:
        Refused: too many wait.
    """
    if not _turn.acquire(timeout=PATIENCE):
        raise Refused(BUSY)
    try:
        yield
    finally:
        _turn.release()


def refuse_address(place: Any) -> None:
    """What other machines hold is not asked for."""
    if str(place).lower().startswith(("http:", "https:")):
        raise gr.Error(GONE.capitalize(), print_exception=False)


def received(payload: ImageData | FileData) -> bytes:
    """The bytes of an upload, or of a picture sent inline. Any other path gets one answer, whether
    there is such a file or not."""
    if payload.path:
        try:
            if files.inside(payload.path, get_upload_folder()):
                return files.read(payload.path, HEAVIEST)
        except (OSError, ValueError):
            pass
        raise Refused(GONE)
    head, _, body = (payload.url or "").partition(",")
    if not head.startswith("data:") or len(body) > HEAVIEST * 3 // 2:
        raise Refused(GONE)
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error:
        raise Refused("the picture is damaged or incomplete.") from None
