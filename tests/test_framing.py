"""Which face of a photo is meant, or which square."""

import pytest
import torch
from drawn import scene

from gan_demo import images
from gan_demo.actions.reconstruct import look
from gan_demo.images import faces
from gan_demo.images.frame import Square
from gan_demo.studio import Studio
from gan_demo.ui import framing

MODEL = "tiny-faces"
TWO = [(330, 100, 260), (20, 60, 180)]


@pytest.fixture(scope="module")
def studio(checkpoints):
    return Studio([str(checkpoints)])


def test_another_face_can_be_chosen(studio):
    photo = scene(*TWO)
    first = look(studio, MODEL, photo, True, True)
    assert "largest of 2" in first.note
    second = look(studio, MODEL, photo, True, True, 1)
    assert "Face 2 of 2" in second.note
    alone = look(studio, MODEL, scene(TWO[1]), True, True)
    assert torch.allclose(second.x, alone.x, atol=0.1)
    assert torch.equal(look(studio, MODEL, photo, True, True, 7).x, first.x)


def test_a_square_marked_by_hand_is_what_the_encoder_sees(studio):
    photo = scene(TWO[0])
    seen = look(studio, MODEL, photo, True, True, Square(460.0, 230.0, 130.0))
    assert "by hand" in seen.note
    box = images.from_pil(photo.crop((330, 100, 590, 360)), 32, 1)
    assert (seen.x - box).abs().mean() < 0.02


def test_the_sliders_say_the_square_and_back():
    photo = scene(size=(800, 600))
    at = framing.marked(photo, [25, 50, 40, -10])
    assert at == Square(200.0, 300.0, 120.0, -10.0)
    assert framing.places(photo, at) == [25, 50, 40, -10]


def test_a_choice_belongs_to_its_photo():
    photo, other = scene(*TWO), scene(TWO[0])
    sliders = 50, 50, 100, 0
    assert framing.chosen(photo, (faces.key(photo), 1), *sliders) == 1
    assert framing.chosen(other, (faces.key(photo), 1), *sliders) == 0
    assert framing.chosen(None, ("", 0), *sliders) == 0
    by_hand = framing.chosen(photo, (faces.key(photo), framing.HAND), *sliders)
    assert by_hand == faces.centre(photo)
