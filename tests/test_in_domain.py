"""Which models can take a result further."""

from pathlib import Path

import pytest
from PIL import Image as PILImage

from gan_demo.actions import classes, in_domain
from gan_demo.actions.classes import Mixture
from gan_demo.actions.in_domain import Part, Shown
from gan_demo.studio import Studio
from gan_demo.ui import onward


@pytest.fixture(scope="module")
def shipped():
    return Studio([str(Path(__file__).parents[1] / "checkpoints")])


def test_parts_of_a_source_meet_unless_they_exclude_each_other():
    def shoes(view="", **labels):
        return Part("pack:shoes-bags", view, labels)

    assert shoes(kind="shoe").meets(shoes()) and shoes().meets(shoes(kind="bag"))
    assert shoes(kind="shoe").meets(shoes(kind="shoe", type="heels"))
    assert not shoes(kind="shoe").meets(shoes(kind="bag"))
    assert not shoes().meets(shoes("edges"))
    assert not shoes().meets(Part("pack:lfw", "", {}))
    one, other = Shown((shoes(),), faces=True), Shown((), faces=True)
    assert one.alike(other) and not one.meets(other)


@pytest.mark.parametrize(
    ("model", "to", "reads"),
    [
        ("smile-cyclegan", "smiling", True),
        ("portrait-cyclegan", "portrait", True),
        ("shoes-discogan", "shoe", False),
        ("shoes-discogan", "bag", False),
        ("edges-shoes-cyclegan", "edges", False),
        ("fluent-cyclegan", "3d", False),
    ],
)
def test_a_translated_face_is_read_by_models_of_faces_and_a_shoe_by_none(shipped, model, to, reads):
    shown = in_domain.translated(shipped, model, to)
    readers = in_domain.readers(shipped, shown)
    assert readers == (["ogan-portraits", "ogan-people"] if reads else [])
    for target in ("reconstruct", "edit", "interpolate"):
        taken = onward.settings(shipped, target, model, shown)
        assert taken == ({"model": "ogan-portraits"} if reads else None)
        again = onward.settings(shipped, target, model, shown, now="ogan-people")
        assert again == ({"model": "ogan-people"} if reads else None)


def test_what_models_draw_is_translated_where_translators_learned_such_pictures(shipped):
    def taken(model, now=None):
        return onward.settings(shipped, "translate", model, onward.of_model(shipped, model), now)

    assert taken("ogan-portraits") == {"model": "portrait-cyclegan", "to": "photo"}
    assert taken("ogan-people") == {"model": "portrait-cyclegan", "to": "portrait"}
    assert taken("ogan-people", "smile-cyclegan") == {"model": "smile-cyclegan", "to": "smiling"}
    assert taken("ogan-cats", "smile-cyclegan") is None
    assert taken("text-fluent") == {"model": "fluent-cyclegan", "to": "flat"}


def test_what_no_encoder_drew_goes_to_one_of_its_kind(shipped):
    def taken(model):
        shown = onward.of_model(shipped, model)
        return onward.settings(shipped, "edit", model, shown, now="ogan-cats")

    assert taken("cogan-portraits") == {"model": "ogan-portraits"}
    assert taken("text-fluent") is None
    assert taken("lapgan-portraits") == {"model": "ogan-portraits"}
    assert taken("dcgan-cifar10") is None


def test_a_shoe_becomes_a_bag_and_a_bag_a_shoe(shipped):
    model = "shoes-projection"

    def into(kind):
        picture = PILImage.fromarray(classes.mixed(shipped, Mixture(model, 0, kind, kind, 0.0)))
        shown = onward.of_model(shipped, model)
        return onward.settings(shipped, "translate", model, shown, picture=picture)

    assert into("formal shoes") == {"model": "shoes-discogan", "to": "bag"}
    assert into("handbags") == {"model": "shoes-discogan", "to": "shoe"}
