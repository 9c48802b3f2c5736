"""Every kind of picture file becomes upright square pixels."""

import io

import numpy as np
import torch
from pictures import encoded
from PIL import Image

from gan_demo.data import decode


def pixel(raw: bytes, channels=3, at=(8, 8)) -> list[int]:
    return decode.pixels(raw, 16, channels)[0, :, *at].tolist()


def test_every_kind_of_picture_becomes_eight_bits():
    assert pixel(encoded((0, 0, 0, 0), mode="RGBA")) == [255, 255, 255]  # transparent: white
    assert pixel(encoded((0, 0, 0, 0), mode="CMYK", suffix="jpg")) == [255, 255, 255]
    assert pixel(encoded(32768, mode="I;16"), channels=1) == [128]
    assert pixel(encoded(0.5, mode="F", suffix="tiff"), channels=1) == [128]
    assert pixel(encoded(1, mode="1")) == [255, 255, 255]
    palette = Image.new("P", (20, 20), 0)
    palette.putpalette([255, 0, 0, 0, 255, 0])
    file = io.BytesIO()
    palette.save(file, "PNG", transparency=0)
    assert pixel(file.getvalue()) == [255, 255, 255]
    frames = [Image.new("RGB", (20, 20), c) for c in ("red", "blue")]
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    assert pixel(file.getvalue()) == [255, 0, 0]  # the first frame


def test_exif_turns_and_the_crop_is_central():
    halves = Image.new("RGB", (64, 32), "black")
    halves.paste("white", (0, 0, 32, 32))  # left half white
    exif = Image.Exif()
    exif[274] = 6  # shown after a quarter turn to the right: white on top
    file = io.BytesIO()
    halves.save(file, "PNG", exif=exif)
    picture = decode.pixels(file.getvalue(), 16, 1)[0, 0]
    assert picture[0].min() > 250 and picture[-1].max() < 5
    stripes = Image.new("L", (96, 32), 0)
    stripes.paste(255, (32, 0, 64, 32))
    file = io.BytesIO()
    stripes.save(file, "PNG")
    assert decode.pixels(file.getvalue(), 16, 1)[..., 1:-1].min() > 250  # the edges blend a little


def test_a_large_jpeg_keeps_its_pixels():
    ramp = np.linspace(0, 255, 1024).astype(np.uint8)[None].repeat(1024, 0)
    file = io.BytesIO()
    Image.fromarray(ramp).save(file, "JPEG", quality=95)
    row = decode.pixels(file.getvalue(), 16, 1)[0, 0, 8].float()
    assert (row - torch.linspace(8, 247, 16)).abs().max() < 3
