"""CycleGAN: its losses."""

import pytest
import torch
import toy
from torch.nn.functional import pad, softplus

from gan_demo import systems
from gan_demo.systems.cyclegan import CycleGAN

SMALL = {"size": 16, "channels": 1, "domains": ["dark", "light"], "loss": "nonsaturating"}
NETS = {"generator": {"width": 4, "blocks": 1}, "discriminator": {"width": 4, "layers": 1}}


def make(**options) -> CycleGAN:
    torch.manual_seed(0)
    system = systems.make("cyclegan", **SMALL | NETS | options)
    assert isinstance(system, CycleGAN)
    return system


@pytest.fixture
def batch() -> dict[str, torch.Tensor]:
    return {"a": toy.pictures(3, -0.8), "b": toy.pictures(3, 0.2)}


def test_the_generators_terms_are_the_formula(batch):
    system, a, b = make(lam=7.0, identity=0.3), batch["a"], batch["b"]
    terms, there, back = system.generator_loss(batch), system.G_AB, system.G_BA
    cycle = (back(there(a)) - a).abs().mean() + (there(back(b)) - b).abs().mean()
    torch.testing.assert_close(terms["cycle"], 7 * cycle)
    same = (there(b) - b).abs().mean() + (back(a) - a).abs().mean()
    torch.testing.assert_close(terms["identity"], 7 * 0.3 * same)
    torch.testing.assert_close(terms["b"], softplus(-system.D_B(there(a))).mean())
    torch.testing.assert_close(terms["a"], softplus(-system.D_A(back(b))).mean())


def test_few_pictures_are_shown_above_their_translations(batch):
    system = make()
    x, there, back = system.preview(batch)["dark-to-light"].unflatten(0, (3, 8))
    torch.testing.assert_close(x[:3], batch["a"])
    torch.testing.assert_close(there[:3], system.translate(batch["a"], "light"))
    torch.testing.assert_close(back[:3], system.translate(there[:3], "dark"))
    assert (torch.stack([x, there, back])[:, 3:] == 1).all()


def test_terms_without_a_weight_are_left_out(batch):
    assert make(identity=0.0).generator_loss(batch).keys() == {"b", "a", "cycle"}


def test_a_mask_leaves_the_rest_of_a_picture_as_it_is(batch):
    masked = NETS["generator"] | {"mask": True}
    system, a, b = make(generator=masked, sparse=0.4, identity=0.3), batch["a"], batch["b"]
    net, where = system.G_AB, {}
    last = net.layers(a)
    logit = pad(last[:, -1:], (4, 4, 4, 4), mode="replicate").sigmoid()
    for i, j in ((0, 0), (7, 11)):
        where[i, j] = logit[:, 0, i : i + 9, j : j + 9].mean((1, 2))
        whole = last[:, :-1, i, j].tanh()
        drawn = a[:, :, i, j] + where[i, j][:, None] * (whole - a[:, :, i, j])
        torch.testing.assert_close(net(a)[:, :, i, j], drawn)
    picture, m = net.masked(a)
    torch.testing.assert_close(picture, net(a))
    torch.testing.assert_close(m[:, 0, 7, 11], where[7, 11])
    terms = system.generator_loss(batch)
    price = 0.4 * (m.mean() + system.G_BA.masked(b)[1].mean())
    torch.testing.assert_close(terms["mask"], price)
    system.sparse, system.progress = [0.0, 0.8], 0.5
    torch.testing.assert_close(system.generator_loss(batch)["mask"], price)
    same = (net(b) - b).abs().mean() + (system.G_BA(a) - a).abs().mean()
    torch.testing.assert_close(terms["identity"], 10 * 0.3 * same)
    head = next(m for m in reversed(net.layers) if isinstance(m, torch.nn.Conv2d))
    with torch.no_grad():
        head.weight[-1], head.bias[-1] = 0, -100
    assert torch.equal(net(a), a)


def test_the_price_of_a_mask_needs_a_mask():
    with pytest.raises(ValueError, match=r"needs generator\.mask"):
        make(sparse=0.4)


def test_the_critics_terms_are_the_formula(batch):
    system = make(pool=0)
    terms = system.critic_loss(batch)
    real, fake = system.D_B(batch["b"]), system.D_B(system.G_AB(batch["a"]))
    torch.testing.assert_close(terms["critic b"], (softplus(-real) + softplus(fake)).mean())
