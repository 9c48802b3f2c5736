"""What is known about a translator's domains, and what it makes of a photo."""

from pathlib import Path

import pytest
import torch
from drawn import scene
from PIL import Image as PILImage
from translators import ALONE, COLOUR, CYCLE, SIZE, SKETCH, dots, photo, portraits, save_all

from gan_demo import checkpoint, images
from gan_demo.actions import domains, translate
from gan_demo.images import edges
from gan_demo.studio import Studio


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    return Studio([str(save_all(tmp_path_factory.mktemp("translators")))])


def test_examples_are_the_inputs_on_the_sheets(studio):
    both = domains.world(studio, CYCLE)
    assert torch.equal(both.examples["neutral"], portraits(16))
    assert torch.equal(both.examples["smiling"], portraits(16, 60))
    alone = domains.world(studio, ALONE)
    assert list(alone.examples) == ["neutral"]
    assert torch.equal(alone.examples["neutral"], portraits(16))
    assert torch.equal(domains.world(studio, COLOUR).examples["plain"], dots(16))


def test_a_world_of_faces_and_one_of_drawings_are_known(studio):
    assert domains.world(studio, CYCLE).faces
    assert domains.world(studio, SKETCH).faces
    assert not domains.world(studio, COLOUR).faces
    assert domains.world(studio, SKETCH).drawings == "edges"
    assert domains.world(studio, CYCLE).drawings is None


@pytest.mark.parametrize("sheet", [None, "foreign", "damaged"])
def test_a_checkpoint_without_its_sheets_has_no_examples(tmp_path, sheet):
    save_all(tmp_path)
    for path in (tmp_path / CYCLE).glob("*.png"):
        path.unlink()
        if sheet == "foreign":
            PILImage.new("RGB", (300, 200)).save(path)
        elif sheet == "damaged":
            path.write_bytes(b"\x89PNG")
    world = domains.world(Studio([str(tmp_path)]), CYCLE)
    assert (world.examples, world.faces) == ({}, False)


@pytest.mark.parametrize(
    ("name", "faces"),
    [
        ("portrait-cyclegan", True),
        ("smile-cyclegan", True),
        ("shoes-discogan", False),
        ("fluent-cyclegan", False),  # with a face here and there
    ],
)
def test_what_ships_has_its_examples_and_knows_faces(name, faces):
    loaded = checkpoint.load(Path(__file__).parents[1] / "checkpoints" / name)
    world = domains.of(loaded)
    assert {domain: len(x) for domain, x in world.examples.items()} == dict.fromkeys(
        world.system.domains, 24
    )
    assert world.faces == faces


def test_rivals_have_the_same_two_domains(studio):
    assert studio.rivals(CYCLE) == studio.rivals(ALONE) == [ALONE, CYCLE]
    assert studio.rivals(COLOUR) == [COLOUR]
    assert studio.rivals("nobody") == []


def test_in_a_world_of_faces_the_face_is_cut_out_and_elsewhere_nothing(studio):
    people, emoji = domains.world(studio, CYCLE), domains.world(studio, COLOUR)
    crowd = scene((300, 100, 260))
    x, said = translate.look(people, crowd, "smiling")
    assert "largest face" in said
    assert (x.float() - portraits(1, 70).float()).abs().mean() < 25  # of the same background
    whole, _ = translate.look(people, crowd, "smiling", find=False)
    assert whole.shape == (1, 1, SIZE, 43)
    assert translate.look(emoji, crowd, "bright")[0].shape == (1, 3, SIZE, 43)


def test_an_example_goes_in_as_it_is(studio):
    for name, to in ((CYCLE, "smiling"), (SKETCH, "faces"), (SKETCH, "edges"), (COLOUR, "bright")):
        world = domains.world(studio, name)
        for one in world.examples[world.system.other(to)][:3].split(1):
            picture = PILImage.fromarray(images.arrays(one)[0])
            assert torch.equal(translate.look(world, picture, to)[0], one)


def test_where_drawings_are_expected_a_photo_is_traced_and_a_drawing_is_not(studio):
    world = domains.world(studio, SKETCH)
    x, said = translate.look(world, photo(), "faces", find=False)
    plain, _ = translate.look(world, photo(), "faces", find=False, trace=False)
    assert torch.equal(x, edges.traced(plain)) and "traced" in said
    assert torch.equal(translate.look(world, photo(), "edges", find=False)[0], plain)
    drawing = PILImage.new("L", (90, 90), 255)
    drawing.paste(0, (20, 40, 70, 46))
    x, said = translate.look(world, drawing.convert("RGB"), "faces", find=False)
    assert torch.equal(x, images.fitted(drawing, SIZE, 1)) and "as it is" in said


def test_the_picture_is_rounded_between_the_networks(studio):
    world = domains.world(studio, CYCLE)
    x, _ = translate.look(world, photo(101, 67), "smiling", find=False)
    done = translate.translation(world, x, "smiling")
    with torch.inference_mode():
        y = images.to_pixels(world.system.translate(images.from_pixels(x), "smiling"))
        back = images.to_pixels(world.system.translate(images.from_pixels(y), "neutral"))
    assert torch.equal(done.y, y) and torch.equal(done.back, back)
    apart = (images.from_pixels(x) - images.from_pixels(back)).abs().mean()
    assert done.cycle == pytest.approx(apart.item(), rel=1e-5)
    assert done.changed > 0 and done.milliseconds > 0
    assert set(done.numbers) == {"changed", "cycle L1", "ms"}


def test_one_way_has_no_way_back(studio):
    world = domains.world(studio, ALONE)
    x, _ = translate.look(world, photo(), "smiling")
    done = translate.translation(world, x, "smiling")
    assert done.back is None and done.cycle is None
    assert "cycle L1" not in done.numbers
    last = translate.finished(translate.tiled(world, x, "smiling"))
    assert last.back is None


def test_a_picture_that_fits_one_tile_is_the_same_in_tiles(studio):
    world = domains.world(studio, COLOUR)
    x, _ = translate.whole(world, photo(50, 40), "bright")
    assert x.shape == (1, 3, 40, 50)
    done = translate.finished(translate.tiled(world, x, "bright"))
    plain = translate.translation(world, x, "bright")
    assert (done.y.short() - plain.y.short()).abs().max() <= 1
    assert (done.back.short() - plain.back.short()).abs().max() <= 2


def test_tiles_tell_how_far_they_are(studio):
    world = domains.world(studio, COLOUR)
    told = list(translate.tiled(world, translate.whole(world, photo(), "bright")[0], "bright"))
    assert told == sorted(told) and told[-1] == 1 and len(told) == 2 * 2 * 3


@pytest.mark.parametrize(
    ("picture", "to", "why"),
    [
        (None, "smiling", "photo first"),
        (photo(400, 20), "smiling", "8 times"),
        (photo(), "neutral", "cannot draw"),
        (photo(), "", "Choose smiling"),
    ],
)
@pytest.mark.parametrize("make", [translate.look, translate.whole])
def test_what_cannot_be_translated_is_told(studio, make, picture, to, why):
    with pytest.raises(ValueError, match=why):
        make(domains.world(studio, ALONE), picture, to)


def test_only_a_translator_has_a_world(studio, checkpoints):
    with pytest.raises(ValueError, match="cannot do this"):
        domains.world(Studio([str(checkpoints)]), "tiny-faces")
