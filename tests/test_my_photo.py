"""One photo for all tabs: what goes along, and the way through them in the browser."""

import pytest
from drawn import scene
from PIL import Image as PILImage

from gan_demo.images import faces
from gan_demo.ui import framing, my_photo
from gan_demo.ui.framing import HAND


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
    home.click("#my-photo button")
    home.wait_for_selector("#photo-edit img", state="detached")
    home.wait_for_selector("#my-photo", state="hidden")


def test_an_edit_goes_on_to_reconstruct_with_its_exact_code(home):
    home.get_by_role("tab", name="Edit").click()
    home.wait_for_function("document.querySelector('#edit-after img').src.length > 1000")
    home.click("#edit-to-reconstruct")
    home.wait_for_selector("#photo img")
    home.wait_for_selector("#note:has-text('code stored in the picture')")
