"""Training, app, card and library see the same picture in a file."""

import io
import tracemalloc

import numpy as np
import pytest
from PIL import Image as PILImage
from PIL import ImageCms, PngImagePlugin

from gan_demo import files, images
from gan_demo.data import decode, greys
from gan_demo.data.sources import Folder
from gan_demo.ui import photo as page

SIDE = 64
RAMP = np.linspace(0, 1, SIDE)[None].repeat(SIDE, 0)
GREY = (RAMP * 255).round()


def pgm(white, share=1.0):
    """Of greys that a PGM says to be up to `white`; the lightest there is `share` of it."""
    a = (RAMP * white * share).round().astype(">u2")
    return b"P5 64 64 %d\n" % white + a.tobytes()


def said(bits, kind):
    """16 bits that hold fewer, which the file says."""
    a = PILImage.fromarray((RAMP * (2**bits - 1)).round().astype(np.uint16))
    if kind == "TIFF":
        return file(a, kind, tiffinfo={281: 2**bits - 1})
    chunks = PngImagePlugin.PngInfo()
    chunks.add(b"sBIT", bytes([bits]))
    return file(a, kind, pnginfo=chunks)


LOSSLESS = {"WEBP": {"lossless": True}}


def file(picture, kind, **options):
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def deep(a, kind="TIFF"):
    return file(PILImage.fromarray(a), kind)


def colour(kind, **options):
    ramp = PILImage.fromarray(GREY.astype(np.uint8))
    return file(PILImage.merge("RGB", [ramp, ramp.rotate(90), ramp.rotate(180)]), kind, **options)


# format, contents, greys that its top row must show (None: whatever the others see)
TABLE = {
    "a.jpg": (colour("JPEG", quality=95), None),
    "a.jfif": (colour("JPEG", quality=95), None),
    "a.png": (colour("PNG"), None),
    "a.webp": (colour("WEBP", lossless=True), None),
    "a.gif": (file(PILImage.fromarray(GREY.astype(np.uint8)), "GIF"), GREY[0]),
    "a.bmp": (colour("BMP"), None),
    "a.tiff": (colour("TIFF"), None),
    "a.avif": (colour("AVIF"), None),
    "a.heic": (colour("HEIF"), None),
    "a.ppm": (colour("PPM"), None),
    "a.pgm": (file(PILImage.fromarray(GREY.astype(np.uint8)), "PPM"), GREY[0]),
    "16 bits.png": (deep((RAMP * 65535).astype(np.uint16), "PNG"), GREY[0]),
    "12 bits.tif": (deep((RAMP * 4095).astype(np.uint16)), GREY[0]),
    "10 bits.tif": (deep((RAMP * 1023).astype(np.uint16)), GREY[0]),
    "9 bits.pgm": (pgm(511), GREY[0]),
    "dark 13 bits.pgm": (pgm(8191, 0.1), GREY[0] * 0.1),
    "11 bits.tif": (said(11, "TIFF"), GREY[0]),
    "13 bits.png": (said(13, "PNG"), GREY[0]),
    "8 of 32 bits.tif": (deep((RAMP * 255).astype(np.int32)), GREY[0]),
    "fractions.tif": (deep(RAMP.astype(np.float32)), GREY[0]),
    "half fractions.tif": (deep((RAMP / 2).astype(np.float32)), GREY[0] / 2),
    "heights.tif": (deep((RAMP * 9000 - 400).astype(np.float32)), GREY[0]),
    "white.tif": (deep(np.ones((SIDE, SIDE), np.float32)), np.full(SIDE, 255)),
}


@pytest.mark.parametrize("name", TABLE)
def test_all_see_the_same_picture(name, tmp_path):
    raw, greys = TABLE[name]
    (tmp_path / name).write_bytes(raw)
    assert Folder(tmp_path).names == [name]  # training takes the file
    trained = decode.pixels(raw, SIDE, 3)
    shown = images.square(page.read(files.read(tmp_path / name, 10**6)), SIDE, 3)
    by_card = images.square(decode.photo(tmp_path / name), SIDE, 3)
    assert trained.equal(shown) and trained.equal(by_card)
    if greys is not None:
        assert np.abs(trained[0, 0, SIDE // 2].numpy() - greys).max() <= 1


def test_the_formats_are_one_list():
    opened = {PILImage.registered_extensions()[suffix] for suffix in decode.SUFFIXES}
    assert opened == set(decode.FORMATS)


def test_postscript_called_png_reaches_no_other_program():
    with pytest.raises(decode.Refused, match="not a picture"):
        decode.photo(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 64\n%%EndComments\nshowpage")


def test_a_profile_is_converted_to_srgb():
    """A profile whose red is sRGB's blue, and its blue sRGB's red."""
    plain = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = plain.replace("sRGB".encode("utf-16-be"), "xRGB".encode("utf-16-be"))
    swapped = swapped.replace(b"rXYZ", b"----").replace(b"bXYZ", b"rXYZ")
    swapped = swapped.replace(b"----", b"bXYZ")
    for kind in ("PNG", "TIFF", "WEBP"):
        profiles = [None, plain, swapped[:200], swapped]
        files = [colour(kind, icc_profile=icc, **LOSSLESS.get(kind, {})) for icc in profiles]
        seen = [decode.pixels(raw, SIDE, 3).int() for raw in files]
        assert seen[0].equal(seen[1]) and seen[0].equal(seen[2])  # sRGB itself; no sense
        assert (seen[3] - seen[0].flip(1)).abs().max() <= 2


def test_a_jpeg_of_a_thousand_scans_is_refused_at_once():
    raw = colour("JPEG", progressive=True)
    scan = raw[raw.rindex(b"\xff\xda") : -2]
    with pytest.raises(decode.Refused, match="scans"):
        decode.photo(raw[:-2] + scan * 1000 + raw[-2:])


def test_deep_greys_are_never_all_in_floats():
    deep_greys = np.zeros((4000, 2000), np.uint16)
    deep_greys[1] = 65535
    tracemalloc.start()
    assert greys.eight_bits(deep_greys)[1].min() == 255
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2.5 * deep_greys.size


def test_a_picture_that_is_given_stays_as_it_is():
    given = PILImage.linear_gradient("L").resize((300, 100))
    given.getexif()[0x0112] = 6  # lies on its side
    assert decode.photo(given, most=50).size == (17, 50)
    assert given.size == (300, 100) and given.getexif()[0x0112] == 6
