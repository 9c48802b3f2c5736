"""One photo for all tabs: what goes along, and the way through them in the browser."""

import base64
import io
import shutil

import numpy as np
import pytest
from conftest import serving, tiny, until
from drawn import face, scene
from PIL import Image as PILImage

from gan_demo import checkpoint, images
from gan_demo.checkpoint import recipe
from gan_demo.checkpoint.recipe import Recipe
from gan_demo.images import faces
from gan_demo.studio import Studio
from gan_demo.systems import Samples
from gan_demo.ui import framing, my_photo
from gan_demo.ui.framing import HAND

SHOWN = "([at, before]) => !['', before].includes(document.querySelector(at)?.src ?? '')"


def pixels(uri: str) -> np.ndarray:
    shown = PILImage.open(io.BytesIO(base64.b64decode(uri.partition(",")[2])))
    return np.asarray(shown.convert("RGB")).astype(float)


def crowd() -> PILImage.Image:
    """A large face and a small one."""
    return scene((60, 40, 260), (420, 160, 150))


def test_a_large_photo_goes_along_smaller_and_its_choice_with_it():
    photo = crowd().resize((3000, round(3000 * crowd().height / crowd().width)))
    found = my_photo.mine(photo, (faces.key(photo), 1), 10, 20, 30, 0)
    assert max(found.photo.size) == my_photo.MOST
    assert found.choice == 1
    assert my_photo.mine(photo, ("another photo", 1)).choice == 0


def test_the_chosen_face_is_what_a_tab_without_a_choice_is_given():
    photo = crowd()
    assert len(faces.find(photo)) == 2
    given = my_photo.mine(photo, (faces.key(photo), 1)).face
    [alone] = faces.find(given)
    assert alone.square().half / (given.width / 2) == pytest.approx(1 / my_photo.MARGIN, rel=0.15)
    by_hand = my_photo.mine(photo, (faces.key(photo), HAND), 50, 50, 40, 0).face
    assert by_hand.size == faces.crop(photo, framing.marked(photo, (50, 50, 40, 0))).size
    plain = PILImage.linear_gradient("L").convert("RGB")
    assert my_photo.mine(plain).face.size == plain.size


def test_a_picture_of_this_app_keeps_its_code_on_the_way():
    signed = recipe.sign(face(), Recipe("tiny-faces", seed=3))
    assert recipe.of(my_photo.mine(signed).face) == Recipe("tiny-faces", seed=3)


def test_a_tab_that_had_it_is_left_alone_and_another_gets_it():
    mine = my_photo.mine(crowd())
    again = my_photo.mine(crowd(), (faces.key(crowd()), 1))
    assert mine.key == my_photo.mine(crowd()).key != again.key


def test_in_the_browser(home, tmp_path):
    home.get_by_role("tab", name="Reconstruct").click()
    file = tmp_path / "crowd.png"
    crowd().save(file)
    home.set_input_files("#photo input[type=file]", file)
    home.wait_for_selector("#my-photo img")
    home.wait_for_selector("#photo-faces button:nth-of-type(2)")
    home.click("#photo-faces button:nth-of-type(2)")
    small = home.wait_for_selector("#my-photo img").get_attribute("src")
    home.get_by_role("tab", name="Edit").click()
    home.wait_for_selector("#photo-edit img")
    home.wait_for_selector("#edit-photo img")
    assert small
    home.get_by_role("tab", name="Arithmetic").click()  # in the place of c's seeds
    home.wait_for_selector("#photo-sum-c img")
    home.wait_for_function("location.search.includes('photo_c=')")
    assert home.input_value("#sum-c textarea") == ""
    home.click("#arithmetic-to-edit")
    home.wait_for_selector("#edit-note:has-text('code stored in the picture')")
    home.click("#my-photo button")
    home.wait_for_selector("#photo-edit img", state="detached")
    home.wait_for_selector("#my-photo", state="hidden")
    home.get_by_role("tab", name="Arithmetic").click()
    home.wait_for_selector("#photo-sum-c img", state="detached")
    assert home.input_value("#sum-c textarea") == "21"


def test_an_edit_goes_on_to_reconstruct_with_its_exact_code(home):
    home.get_by_role("tab", name="Edit").click()
    home.wait_for_function("document.querySelector('#edit-after img').src.length > 1000")
    home.click("#edit-to-reconstruct")
    home.wait_for_selector("#photo img")
    home.wait_for_selector("#note:has-text('code stored in the picture')")


def test_a_downloaded_picture_is_the_same_point_again_in_every_tab(page, tmp_path, checkpoints):
    folder = tmp_path / "two"
    shutil.copytree(checkpoints / "tiny-faces", folder / "tiny-faces")
    checkpoint.save(folder / "larger", tiny(z_dim=16), training={"images": 0})
    system = Studio([str(folder)]).able("tiny-faces", Samples)
    file, made = tmp_path / "saved.png", Recipe("tiny-faces", seed=12)
    file.write_bytes(recipe.png(images.to_pil(system.sample(1, 12))[0], made))
    truth = images.to_arrays(system.sample(1, 12))[0].astype(float)
    places = {"reconstruct": ("photo", "drawn"), "edit": ("photo-edit", "edit-before")}
    places["interpolate"] = ("photo-a", "live")
    with serving(folder) as url:
        for slug, (photo, drawn) in places.items():
            page.goto(f"{url}?tab={slug}&model=larger" + "&t=0" * (slug == "interpolate"))
            page.wait_for_function(SHOWN, arg=[f"#{drawn} img", ""])
            before = page.get_attribute(f"#{drawn} img", "src")
            page.set_input_files(f"#{photo} input[type=file]", file)
            page.wait_for_function(SHOWN, arg=[f"#{drawn} img", before])

            def same(shown: str = f"#{drawn} img") -> bool:
                return abs(pixels(page.get_attribute(shown, "src")) - truth).mean() < 3

            until(same, slug)
