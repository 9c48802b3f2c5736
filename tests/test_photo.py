"""Files that people really send, pushed through the intake of the page."""

import base64
import io
import re
import struct
import threading
import zlib

import gradio as gr
import numpy as np
import pytest
from gradio.data_classes import ImageData
from PIL import Image as PILImage
from PIL.PngImagePlugin import PngInfo

from gan_demo.checkpoint import recipe
from gan_demo.checkpoint.recipe import Recipe
from gan_demo.data.decode import LONG
from gan_demo.ui import photo
from gan_demo.ui.photo import Photo

RED, BLUE, WHITE = (250, 0, 0), (0, 0, 250), (255, 255, 255)


def halves(size=(60, 40), mode="RGB"):
    """Left red, right blue."""
    picture = PILImage.new("RGB", size, RED)
    picture.paste(BLUE, (size[0] // 2, 0, *size))
    return picture.convert(mode)


def near(a, b, tolerance=40):
    return np.abs(np.subtract(a, b)).max() <= tolerance


@pytest.fixture
def intake(tmp_path, monkeypatch):
    """Writes bytes, or a picture, and takes the file in as the page would."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))

    def take(content, name, **options):
        path = tmp_path / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            content.save(path, **options)
        return Photo().preprocess(ImageData(path=str(path), orig_name=name))

    return take


def huge_png(width, height):
    """A valid PNG of a few KB, black."""
    rows = zlib.compress(bytes(height * (width // 8 + 1)), 9)

    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    chunks = chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def jpeg(**options):
    file = io.BytesIO()
    halves((600, 400)).save(file, "JPEG", **options)
    return file.getvalue()


BAD = {
    "text.jpg": (b"This is not a picture.", "not a picture"),
    "page.html": (b"<script>alert(1)</script>", "not a picture"),
    "drawing.svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a picture"),
    "empty.png": (b"", "not a picture"),
    "cut.jpg": (jpeg()[:2000], "damaged"),
    "cut.png": (huge_png(3000, 3000)[:400], "damaged"),
    "none.png": (huge_png(0, 0), "damaged|not a picture"),
    "dot.png": (huge_png(1, 1), "too small"),
    "strip.png": (huge_png(20_000, 20), "too long and thin"),
    "large.png": (huge_png(8_000, 8_000), "too large"),
    "huge.png": (huge_png(20_000, 20_000), "too many pixels"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_with_its_name_and_a_reason(intake, name):
    content, reason = BAD[name]
    with pytest.raises(gr.Error) as refused:
        intake(content, name)
    assert re.match(f"{name}: .*({reason})", refused.value.message)
    assert not refused.value.print_exception


def test_a_file_name_is_not_markup(intake):
    with pytest.raises(gr.Error) as refused:
        intake(b"text", "<img onerror=alert(1)>.png")
    assert "<" not in refused.value.message


@pytest.mark.parametrize(
    ("name", "mode", "options"),
    [
        ("plain.jpg", "RGB", {}),
        ("print.jpg", "CMYK", {}),
        ("progressive.jpg", "RGB", {"progressive": True}),
        ("print.tiff", "CMYK", {}),
        ("plain.webp", "RGB", {}),
        ("plain.bmp", "RGB", {}),
        ("plain.avif", "RGB", {}),
        ("phone.heic", "RGB", {}),
        ("palette.png", "P", {}),
        ("still.gif", "P", {}),
        ("alpha.png", "RGBA", {}),
        ("stereo.mpo", "RGB", {"save_all": True, "append_images": [halves()]}),
        ("moving.gif", "P", {"save_all": True, "append_images": [PILImage.new("RGB", (60, 40))]}),
        (
            "moving.webp",
            "RGB",
            {"save_all": True, "append_images": [PILImage.new("RGB", (60, 40))]},
        ),
    ],
)
def test_every_kind_comes_out_as_the_first_picture_in_rgb(intake, name, mode, options):
    picture = intake(halves(mode=mode), name, **options)
    assert (picture.mode, picture.size) == ("RGB", (60, 40))
    assert near(picture.getpixel((10, 20)), RED)
    assert near(picture.getpixel((50, 20)), BLUE)


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tiff"])
def test_a_turned_photo_is_upright(intake, suffix):
    exif = PILImage.Exif()
    exif[0x0112] = 6  # to be shown turned clockwise by a quarter
    picture = intake(halves(), f"phone.{suffix}", exif=exif)
    assert picture.size == (40, 60)
    assert near(picture.getpixel((20, 10)), RED)


@pytest.mark.parametrize("suffix", ["png", "tiff"])
def test_sixteen_bits_keep_their_shades(intake, suffix):
    grey = np.repeat(np.array([[0, 32768, 65535]], np.uint16), 20, 0).repeat(20, 1)
    picture = intake(PILImage.fromarray(grey), f"deep.{suffix}")
    shades = [picture.getpixel((x, 10))[0] for x in (10, 30, 50)]
    assert near(shades, [0, 127, 255], 2)


def test_floats_from_nowhere_to_nowhere_are_stretched(intake):
    grey = np.linspace(-3, 9, 900, dtype=np.float32).reshape(30, 30)
    grey[0, 5] = np.nan
    shades = np.asarray(intake(PILImage.fromarray(grey), "float.tiff"))[..., 0]
    assert (shades[-1, -1], shades[1, 0] < shades[15, 0] < shades[29, 0]) == (255, True)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_is_white(intake, mode):
    picture = PILImage.new("RGBA", (40, 40), (0, 0, 0, 0))
    picture.paste((0, 0, 0, 255), (20, 0, 40, 40))
    result = intake(picture.convert(mode), "clear.png")
    assert near(result.getpixel((5, 20)), WHITE)
    assert near(result.getpixel((35, 20)), (0, 0, 0))


def test_a_large_photo_is_reduced_and_keeps_its_shape(intake):
    picture = intake(halves((6000, 3000)), "large.jpg")
    assert picture.size == (LONG, LONG // 2)


def test_the_recipe_stays_and_the_place_goes(intake):
    made = Recipe("faces", z=(0.5, -1.25), variety=0.7)
    exif = PILImage.Exif()
    exif[0x010E] = "at home"
    chunk = PngInfo()
    chunk.add_text(recipe.KEY, made.to_json())
    picture = intake(halves(), "kept.png", pnginfo=chunk, exif=exif)
    assert recipe.of(picture) == made
    assert set(picture.info) == {recipe.KEY}
    shown = Photo().postprocess(picture)
    assert recipe.read(shown.path) == made


def test_a_file_is_not_even_read_while_another_picture_is_decoded(monkeypatch):
    monkeypatch.setattr(photo, "PATIENCE", 0.01)
    monkeypatch.setattr(photo, "received", lambda _: pytest.fail("it was read"))
    held, done = threading.Event(), threading.Event()

    def decode():
        with photo.turn():
            held.set()
            done.wait()

    other = threading.Thread(target=decode)
    other.start()
    held.wait()
    try:
        with pytest.raises(gr.Error, match="many pictures are being read"):
            Photo().preprocess(ImageData(path="waiting.png"))
    finally:
        done.set()
        other.join()


def test_a_picture_sent_inline_is_taken_too():
    data = "data:image/jpeg;base64," + base64.b64encode(jpeg()).decode()
    assert Photo().preprocess(ImageData(url=data)).size == (600, 400)
    for url in ("data:image/png;base64,!!", "data:,", "data:image/png;base64,aGk="):
        with pytest.raises(gr.Error):
            Photo().preprocess(ImageData(url=url))
