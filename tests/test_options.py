"""All options of a system are recorded, so that a default that changes changes no checkpoint."""

import json

import pytest

from gan_demo import systems
from gan_demo.networks import dcgan, grown
from gan_demo.options import complete, defaults

NET = {"width": 4, "cap": 16}


def test_a_class_that_passes_options_on_has_those_of_its_base_too():
    own = {"doublings": 1, "detail": 32, "norm": "batch"}
    assert defaults(grown.Generator) == defaults(dcgan.Generator) | own


def test_what_was_given_stays_and_is_completed_in_place():
    given = {"width": 4}
    assert complete(given, dcgan.Encoder, kernel=5) is given
    assert given == defaults(dcgan.Encoder) | {"width": 4, "kernel": 5}
    with pytest.raises(ValueError, match=r"no option 'widht'.* mean 'width'"):
        complete({"widht": 4}, dcgan.Encoder)


@pytest.mark.parametrize(
    ("option", "value", "wanted"),
    [
        ("kernel", 4.5, "Generator: kernel = 4.5: wanted is a whole number"),
        ("detail", "wide", "Generator: detail = 'wide': wanted is a whole number"),
        ("norm", 7, "Generator: norm = 7: wanted is text"),
    ],
)
def test_a_value_of_the_wrong_kind_is_named(option, value, wanted):
    """Of a class as of what it is derived from."""
    with pytest.raises(ValueError) as error:
        complete({option: value}, grown.Generator)
    assert str(error.value).startswith(wanted)


def test_a_changed_default_changes_no_recorded_system(monkeypatch):
    """Of the system, of its networks and of its loss."""
    given = {"size": 32, "z_dim": 6, "generator": NET}
    old = systems.make("gan", **given)
    config = json.loads(json.dumps(old.config))
    assert given == {"size": 32, "z_dim": 6, "generator": NET}  # the caller's tables are their own
    for init, changed in (
        (systems.find("gan").__init__, {"prior": "sphere", "loss": "hinge"}),
        (dcgan.Generator.__init__, {"kernel": 5}),
        (dcgan.Encoder.__init__, {"width": 8, "norm": "batch"}),
    ):
        init = getattr(init, "__wrapped__", init)  # under the checks of shapes
        usual = init.__kwdefaults__ or {}
        monkeypatch.setattr(init, "__kwdefaults__", usual | changed)
    assert systems.make("gan", **given).distribution == "sphere"  # so the change is one
    new = systems.make(config["system"], **config["model"])
    assert new.config == config == old.config
    new.load_state_dict(old.state_dict())
    assert (new.distribution, type(new.adversarial)) == (old.distribution, type(old.adversarial))
