"""Large pictures are made small without a second one of their size."""

import io
import platform
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image as PILImage
from small import ROOT

from gan_demo.data import decode
from gan_demo.images.thumbnail import strips, thumbnail

MODES = "L", "LA", "RGB", "RGBA", "CMYK"
SIZES = (767, 579), (78, 541), (900, 300), (513, 512), (301, 880)
PROGRAM = """
import io, os, resource, sys
from PIL import Image
from gan_demo import allocator
from gan_demo.data import decode
SIDE = 5000
allocator.bound()  # what is free is given back

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGESIZE")

def file(mode, kind, side=SIDE, **options):
    buffer = io.BytesIO()
    picture = Image.new(mode, (side, side))
    if mode == "P":
        picture.putpalette([10, 20, 30, 40, 50, 60])
    picture.save(buffer, kind, **options)
    return buffer.getvalue()

fast = {"compress_level": 1}
for name, *given, options in [
    ("RGB", "RGB", "PNG", fast),
    ("RGBA", "RGBA", "PNG", fast),
    ("palette", "P", "PNG", fast | {"transparency": 1}),
    ("16 bits", "I;16", "PNG", fast),
    ("floats", "F", "TIFF", {"compression": "tiff_lzw"}),
    ("JPEG", "RGB", "JPEG", {}),
    ("WebP", "RGB", "WEBP", {"method": 0}),
]:
    raw, small = file(*given, **options), file(*given, side=64, **options)
    sys.stdout.flush()
    if not os.fork():  # a process each, for each its peak
        decode.photo(small)
        before = resident()
        decode.photo(raw)
        peak = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(name, (peak - before) / SIDE**2, sep="=", flush=True)
        os._exit(0)
    os.wait()
"""
MOST = {  # bytes a pixel; at 5000 x 5000 thumbnails and strips take 2 to 3 of them
    "RGB": 8,  # Pillow takes 4
    "RGBA": 9,
    "palette": 6,
    "16 bits": 5,
    "floats": 8,
    "JPEG": 4,
    "WebP": 9,  # OpenCV takes 3
}


def pattern(size, mode):
    noise = np.random.default_rng(0).integers(0, 255, (size[1] // 5, size[0] // 5, 4), np.uint8)
    picture = PILImage.fromarray(noise).resize(size, PILImage.Resampling.BICUBIC)
    return picture if mode == "RGBA" else picture.convert(mode)


def same(a, b):
    return np.array_equal(np.asarray(a), np.asarray(b))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("size", SIZES)
def test_every_pixel_is_that_of_pillow(size, mode):
    picture = pattern(size, mode)
    for most in (33, 100, 200, 512):
        theirs = picture.copy()
        theirs.thumbnail((most, most), PILImage.Resampling.LANCZOS)
        ours = thumbnail(picture, most, lambda strip: strip)
        assert (ours.mode, ours.size) == (mode, theirs.size)
        assert same(ours, theirs)


def test_it_is_made_plain_in_strips():
    seen = []

    def plain(strip):
        seen.append(strip.height)
        return strip.convert("RGB")

    palette = pattern((600, 1000), "RGB").quantize(32)
    theirs = palette.convert("RGB")
    theirs.thumbnail((300, 300), PILImage.Resampling.LANCZOS)
    assert same(thumbnail(palette, 300, plain), theirs)
    assert max(seen) < palette.height
    assert sum(strip.height for strip in strips(palette)) == palette.height


def webp(*pictures, **options):
    file = io.BytesIO()
    pictures[0].save(file, "WEBP", save_all=True, append_images=pictures[1:], **options)
    return file.getvalue()


@pytest.mark.parametrize("lossless", [False, True])
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
def test_a_webp_has_the_pixels_that_pillow_reads(mode, lossless):
    still = pattern((301, 203), mode)
    for raw in (webp(still, lossless=lossless), webp(still, still.rotate(90), lossless=lossless)):
        read = PILImage.open(io.BytesIO(raw)).convert("RGBA")
        white = PILImage.new("RGBA", read.size, "white")
        theirs = PILImage.alpha_composite(white, read).convert("RGB")
        assert same(decode.photo(raw), theirs)
    with pytest.raises(decode.Refused, match="damaged"):
        decode.photo(webp(still, lossless=lossless)[:-500])


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="asks Linux for the peak")
def test_decoding_takes_few_bytes_a_pixel():
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    peaks = {k: float(v) for k, v in (line.split("=") for line in done.stdout.splitlines())}
    assert peaks.keys() == MOST.keys()
    assert {name: n for name, n in peaks.items() if n > MOST[name]} == {}
