"""Translation measured on translators and twins whose figures are known."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from gan_demo import metrics
from gan_demo.actions.train import course
from gan_demo.data import Pictures
from gan_demo.features import Classifier
from gan_demo.images import from_pixels
from gan_demo.metrics import Domain, Domains, baselines, expression, translation, twins
from gan_demo.systems import Translates

DAY_TO_NIGHT = "day to night"


def pictures(n: int, seed: int = 0, channels: int = 1, size: int = 16) -> torch.Tensor:
    g = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (n, channels, size, size), generator=g, dtype=torch.uint8)


def named(x: torch.Tensor, names: str = "") -> Pictures:
    return Pictures(x, None, (), names.split() or [f"{i}.png" for i in range(len(x))], [])


def worlds(network: Classifier | None = None, names: str = "") -> Domains:
    """Each picture of the night is the negative of one of the day; twins unless b has names."""
    train, val = pictures(20), pictures(12, 1)
    day = Domain("day", named(train), named(val))
    night = Domain("night", named(255 - train), named(255 - val, names))
    return Domains(day, night, network, pairs=True)


def network(classes: tuple[str, ...] = ()) -> Classifier:
    torch.manual_seed(0)
    heads = {"shade": ["light", "dark"]} | ({"mood": classes} if classes else {})
    return Classifier(heads=heads, data="toys", size=16, widths=(8, 16)).eval()


class Negative(Translates):
    """Draws either domain as the negative of the other."""

    def __init__(self, targets: tuple[str, ...] = ("day", "night")):
        super().__init__(16, 1, ("day", "night"))
        self.one, self.drawn = nn.Parameter(torch.ones(())), targets

    @property
    def targets(self):
        return self.drawn

    def generator(self, to):
        return lambda x: -self.one * x


class Hides(Negative):
    """Draws the night all grey, with the day in its last bits, and reads it from there."""

    def generator(self, to):
        return (lambda x: x * 6 / 255) if to == "night" else (lambda x: x / 6 * 255)


def test_a_perfect_translator():
    rows = translation.measure(Negative(), worlds(network()))[DAY_TO_NIGHT]
    own, same = rows["translated"], rows["identity map"]
    assert own["cycle L1"] == own["twin L1"] == 0
    assert own["twin SSIM"] == pytest.approx(1)
    assert own["twin FeatDist-conv2-toys"] == pytest.approx(0, abs=1e-6)
    for found in ("top-1 pixels", "top-5 pixels", "top-1 features", "top-5 features"):
        assert own[f"twin {found}"] == 1
    assert same["twin L1"] > 0.5
    assert same["twin SSIM"] < 0
    assert "cycle L1" not in same
    assert own["FD-conv2-toys-10"] == pytest.approx(rows["real val pictures"]["FD-conv2-toys-10"])
    assert set(rows["real train pictures"]) == set(rows["real val pictures"])


def test_figures_in_pixels_need_no_network_and_no_twins():
    rows = translation.measure(Negative(), worlds())[DAY_TO_NIGHT]
    assert not any("FD" in figure or "features" in figure for figure in rows["translated"])
    assert rows["translated"]["twin top-1 pixels"] == 1
    names = " ".join(f"other-{i}.png" for i in range(12))
    assert "twin L1" not in translation.measure(Negative(), worlds(None, names))[DAY_TO_NIGHT]


def test_equal_names_mean_nothing_unless_pairs_are_declared():
    rows = translation.measure(Negative(), replace(worlds(), pairs=False))[DAY_TO_NIGHT]
    assert "colour transform" not in rows
    assert not any("twin" in figure for row in rows.values() for figure in row)


def test_twins_are_found_by_name_in_any_order():
    mixed = worlds()
    order = torch.randperm(12, generator=torch.Generator().manual_seed(0))
    night = named(mixed.b.val.x[order], " ".join(f"n/{i}.webp" for i in order.tolist()))
    mixed = Domains(mixed.a, Domain("night", mixed.b.train, night), pairs=True)
    assert translation.measure(Negative(), mixed)[DAY_TO_NIGHT]["translated"]["twin L1"] == 0


def test_what_is_hidden_does_not_survive_noise():
    x = pictures(12)
    hidden = translation.cycle(Hides(), x, Hides().translated(x, "night"), "day")
    assert hidden["cycle L1"] < 0.1  # six grey levels tell it rather well
    assert hidden["noise ratio"] > 4
    assert hidden["noise ratio"] == hidden["cycle L1, noise σ 2/255"] / hidden["cycle L1"]
    honest = translation.cycle(Negative(), x, 255 - x, "day")
    assert honest["cycle L1, noise σ 2/255"] == pytest.approx(1.6 / 127.5, rel=0.1)


def test_a_one_sided_translator_has_one_direction_and_no_way_back():
    one_sided = Negative(targets=("night",))
    (rows,) = translation.measure(one_sided, worlds()).values()
    assert "cycle L1" not in rows["translated"]
    day = pictures(12)
    figures = metrics.quick(one_sided, {"a": day, "b": 255 - day}, twins=True)
    assert figures.keys() == {"twin L1 night", "twin top-1 night"}


def test_quick_figures_of_a_translator():
    day = pictures(12)
    figures = metrics.quick(Negative(), {"a": day, "b": 255 - day}, twins=True)
    assert figures == {
        f"{figure} {domain}": value
        for domain in ("day", "night")
        for figure, value in (("cycle L1", 0), ("twin L1", 0), ("twin top-1", 1))
    }
    assert all(map(course.meaning, figures))
    unknown = metrics.quick(Negative(), {"a": day, "b": pictures(5, 1)})
    assert unknown == {"cycle L1 day": 0, "cycle L1 night": 0}


def test_l1_is_of_pixels_between_minus_one_and_one():
    x, y = pictures(4, 0), pictures(4, 1)
    expected = (from_pixels(x) - from_pixels(y)).abs().mean().item()
    assert twins.pixels(x, y, torch.arange(4))["twin L1"] == pytest.approx(expected, rel=1e-5)
    assert translation.l1(x, y) == pytest.approx(expected, rel=1e-5)


def test_ranks_count_ties_against_the_translator():
    apart = torch.tensor([[1.0, 2, 3], [1, 1, 3], [5, 4, 3]])
    assert twins.ranks(apart, torch.tensor([0, 1, 1])).tolist() == [0, 1, 1]
    assert twins.top(1, torch.tensor([0, 1, 4, 5])) == 0.25
    assert twins.top(5, torch.tensor([0, 1, 4, 5])) == 0.75


@pytest.mark.parametrize("channels", [1, 3])
def test_the_best_colour_transform_is_found_among_pictures_that_do_not_fit(channels):
    x = pictures(40, 0, channels)
    true = torch.randn(channels + 1, channels, generator=torch.Generator().manual_seed(1)) * 0.3
    y = baselines.recoloured(x, true.double())
    y[:8] = pictures(8, 1, channels)  # least squares would be drawn towards these
    found = baselines.colour_transform(x, y)
    assert torch.allclose(found.float(), true, atol=0.01)
    grey = x[:, :1].expand(-1, channels, -1, -1)
    again = baselines.recoloured(grey, baselines.colour_transform(grey, grey))
    assert (again.int() - grey.int()).abs().max() <= 1  # also where colours have no full rank


def test_called_compares_the_two_logits_alone():
    net = network(("anger", "happiness", "neutral"))
    calm, glad = (Domain(c, named(pictures(1)), named(pictures(1)), [c]) for c in net_words())
    with torch.no_grad():
        net.heads["mood"].weight.zero_()
        net.heads["mood"].bias.copy_(torch.tensor([9.0, 0.0, 0.0]))
        net.heads["mood"].weight[1, 0] = 1  # happiness is the first feature
    f = torch.zeros(4, 16)
    f[:3, 0] = torch.tensor([1.0, 2.0, -1.0])
    assert expression.known(calm, glad, net)
    assert expression.called(f, calm, glad, net) == 0.5
    assert expression.called(-f, glad, calm, net) == 0.5
    assert not expression.known(calm, Domain("x", calm.train, calm.val, ["x"]), net)
    assert not expression.known(calm, Domain("all", calm.train, calm.val), net)
    light = Domain("light", calm.train, calm.val, ["light"])
    assert not expression.known(calm, light, net)  # two heads know them, none tells them apart


def net_words() -> tuple[str, str]:
    return "neutral", "happiness"


def test_people_are_told_apart_by_their_names():
    f, g = torch.tensor([[0.0, 0], [1, 1]]), torch.tensor([[0.0, 2], [1, 1], [3, 1]])
    a = Domain("a", named(pictures(2)), named(pictures(2), "x/id1_1.jpg x/id2_1.jpg"))
    b = Domain("b", named(pictures(3)), named(pictures(3), "id1_2.jpg id2_2.jpg id3_1.jpg"))
    apart = expression.people(f, g, a, b)
    assert apart["one person, two photos"] == (4 / 2 + 0) / 2
    assert apart["two people"] == (2 / 2 + 10 / 2 + 2 / 2 + 4 / 2) / 4
    strangers = Domain("b", b.train, named(b.val.x, "id7_2.jpg id8_2.jpg id9_1.jpg"))
    assert expression.people(f, g, a, strangers).keys() == {"two people"}


def test_smiles_stand_beside_their_scale():
    net = network(("happiness", "neutral"))
    names = " ".join(f"id{i}_2.jpg" for i in range(12))
    world = worlds(net, names)
    day = Domain("day", world.a.train, named(world.a.val.x, names), ["neutral"])
    night = Domain("night", world.b.train, world.b.val, ["happiness"])
    rows = translation.measure(Negative(), Domains(day, night, net))[DAY_TO_NIGHT]
    assert rows["translated"]["called night"] == rows["real val pictures"]["called night"]
    distance = "FeatDist-conv2-toys from input"
    assert rows["identity map"][distance] == 0
    one, two = rows["one person, two photos"][distance], rows["two people"][distance]
    assert rows["translated"][distance] == pytest.approx(one, rel=1e-3)
    assert two > 0
