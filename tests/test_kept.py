"""What stays of a picture, on pictures and features whose figures are known."""

import pytest
import torch

from gan_demo.data import Pictures
from gan_demo.features import Classifier
from gan_demo.metrics import Domain, kept


def known_by_its_features(head: str = "colour") -> Classifier:
    """Its logits are the first features, times ten."""
    net = Classifier(
        heads={"kind": ["shoe", "bag"], head: ["red", "green", "blue"]}, size=16, widths=(4, 8)
    ).eval()
    with torch.no_grad():
        net.heads[head].weight.copy_(10 * torch.eye(3, 8))
        net.heads[head].bias.zero_()
    return net


def of(colours: str) -> torch.Tensor:
    """Features of r, g, b; of ? the head is not sure."""
    rows = {"r": 0, "g": 1, "b": 2}
    return torch.stack([torch.eye(8)[rows[c]] if c in rows else torch.zeros(8) for c in colours])


def test_a_relation_is_the_same_colour_in_both_among_those_that_are_sure():
    network = known_by_its_features()
    found = kept.related(of("rrgb?r"), of("rgggr?"), "colour", network)
    assert found["colour kept, sure of"] == pytest.approx(4 / 6)
    assert found["colour kept"] == pytest.approx(2 / 4)  # r-r, g-g; not r-g, b-g
    # rrgb and rggg: 1/2 · 1/4 + 1/4 · 3/4
    assert found["colour kept, by chance"] == pytest.approx(5 / 16)
    unsure = kept.related(of("r?"), of("?r"), "colour", network)
    assert unsure == {"colour kept, sure of": 0}


def test_heads_count_that_both_domains_have_and_were_not_chosen_by():
    none = Pictures(torch.zeros(0, 1, 16, 16, dtype=torch.uint8), None, (), [], [])
    columns = ["kind", "colour", "price"]
    shoe, bag = (Domain(name, none, none, [name], columns) for name in ("shoe", "bag"))
    network = known_by_its_features()
    assert kept.heads(shoe, bag, network) == ["colour"]
    assert kept.heads(shoe, Domain("bag", none, none), network) == []
    red = Domain("red", none, none, ["red"], columns)
    assert kept.heads(red, bag, network) == []


def test_own_counts_pictures_that_are_nearest_to_their_own_translation():
    f = torch.arange(5.0).unsqueeze(1) * torch.ones(1, 3)
    names = "own top-1 of 5, features", "own top-1 of 5, standardised features"
    of = lambda g: tuple(kept.own(f, g)[name] for name in names)  # noqa: E731
    assert of(f + 0.4) == (1, 1)
    assert of(f.flip(0)) == (1 / 5, 1 / 5)
    assert of(torch.zeros(5, 3)) == (0, 0)  # ties are lost
    assert of(3 * f + 20) == (1 / 5, 1)  # what all translations share


def test_a_change_has_a_place():
    x = torch.full((2, 3, 64, 64), 100, dtype=torch.uint8)
    t = x.clone()
    t[:, :, 16:48, 16:48] += 100
    t[:, :, :2] += 1  # hardly seen, and elsewhere
    found = kept.changed(x, t)
    assert found["changed share"] == pytest.approx(1 / 4, abs=0.06)
    assert found["changed, L1 there"] > 0.6
    assert found["changed, L1 elsewhere"] < 0.03
    assert kept.changed(x, x)["changed, L1 elsewhere"] == 0
    whole = kept.changed(x, x + 50)
    assert whole["changed, L1 elsewhere"] == pytest.approx(50 / 127.5, abs=0.01)
