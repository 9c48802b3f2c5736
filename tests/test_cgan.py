"""Conditional GANs: the formulas by hand, mixed classes, and a D that learns what a class is."""

from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file
from torch.nn.functional import cross_entropy, one_hot
from toy import pictures

from gan_demo import checkpoint, data, features, images, latent, systems
from gan_demo.losses import gradient_norm2
from gan_demo.metrics import Reference, Unavailable, classes
from train import config
from train.batches import feed
from train.config import ConfigError

NARROW = {"width": 4, "cap": 16}
METHODS = ("concat", "acgan", "projection")


def make(method="projection", **options):
    torch.manual_seed(0)
    small = {"classes": ["dark", "light", "grey"], "size": 32, "channels": 1, "z_dim": 8}
    widths = {"generator": NARROW, "discriminator": NARROW}
    return systems.make("cgan", **(small | widths | {"method": method} | options))


def batch(n=6, k=3):
    return {"x": torch.rand(n, 1, 32, 32) * 2 - 1, "y": torch.arange(n) % k}


def learn(system, steps=40):
    """Dark and light squares, as the loop trains."""
    players = system.players()
    optimizers = {
        p.name: torch.optim.Adam([w for n in p.nets for w in n.parameters()], 2e-3, (0.5, 0.99))
        for p in players
    }
    for _ in range(steps):
        for player in players:
            for other in players:
                for net in other.nets:
                    net.requires_grad_(other is player)
            torch.stack(list(player.loss(squares()).values())).sum().backward()
            optimizers[player.name].step()
            optimizers[player.name].zero_grad()
    system.eval()


def squares(n=8):
    x = torch.cat([pictures(n, -0.8, 32), pictures(n, 0.2, 32)])
    return {"x": x, "y": torch.arange(2).repeat_interleave(n)}


def test_the_projection_is_the_papers_sum():
    system = make(discriminator=NARROW | {"features": 5})
    b = batch()
    net, s = system.net, system.shares(b["y"])
    f = net.phi(b["x"])
    v, w, c = net.v.weight, net.psi.weight[0], net.psi.bias[0]
    by_hand = [v[:, y] @ f[i] + w @ f[i] + c for i, y in enumerate(b["y"])]
    torch.testing.assert_close(system.D((b["x"], s)), torch.stack(by_hand))


def test_concat_puts_a_plane_of_ones_for_the_class_beside_the_picture():
    system, b = make("concat"), batch()
    planes = torch.zeros(6, 3, 32, 32)
    planes[torch.arange(6), b["y"]] = 1
    by_hand = system.net.net(torch.cat([b["x"], planes], 1)).squeeze(1)
    torch.testing.assert_close(system.D((b["x"], system.shares(b["y"]))), by_hand)


def test_acgan_adds_the_cross_entropies_of_its_second_head():
    system, b = make("acgan", lam_x=0.7, lam_g=0.3, lam_G=0.2), batch()
    z = torch.randn(6, 8)
    system.prior = lambda n, seed=None: z
    fake = system.blend(z, one_hot(b["y"], 3).float())
    real_logits, fake_logits = (system.net.net(x)[:, 1:] for x in (b["x"], fake))
    on_x, on_fake = (cross_entropy(logits, b["y"]) for logits in (real_logits, fake_logits))
    critic, generator = system.critic_loss(b), system.generator_loss(b)
    torch.testing.assert_close(critic["class of x"], 0.7 * on_x)
    torch.testing.assert_close(critic["class of fake"], 0.3 * on_fake)
    torch.testing.assert_close(generator["class of fake"], 0.2 * on_fake)
    for method in ("concat", "projection"):
        assert make(method).critic_loss(b).keys() == {"critic"}


@pytest.mark.parametrize("method", METHODS)
def test_penalties_see_the_picture_alone(method):
    """|∇D|² over the pair equals that over x with the class held."""
    system, b = make(method), batch()
    s = system.shares(b["y"])
    pair = gradient_norm2(system.D, (b["x"], s))
    alone = gradient_norm2(lambda x: system.net(x, s)[:, 0], b["x"])
    assert alone.min() > 0
    torch.testing.assert_close(pair, alone)
    for share in (0.25, 0.5, 1.0):
        options = {"loss_options": {"r1": 1.0, "r2": 1.0, "share": share}}
        assert make(method, **options).critic_loss(b).keys() >= {"r1", "r2"}


@pytest.mark.parametrize("modulate", [True, False])
def test_one_hot_shares_are_the_class_and_the_class_is_seen(modulate):
    system = make(generator=NARROW | {"modulate": modulate}).eval()
    with torch.no_grad():  # a generator fresh from the start draws plain grey
        for weight in system.G.parameters():
            weight.mul_(8 if weight.dim() > 1 else 1)
    z = system.prior(1, 4)
    first, second = (system.decode(z, torch.tensor([y])) for y in (0, 1))
    torch.testing.assert_close(system.blend(z, torch.tensor([[0.0, 1.0, 0.0]])), second)
    assert (first - second).abs().max() > 1e-4
    half = system.blend(z, torch.tensor([[0.5, 0.5, 0.0]]))
    assert (half - first).abs().max() > 1e-4 and (half - second).abs().max() > 1e-4


def test_the_embedding_of_a_mixture_is_the_mixture_of_embeddings():
    told, start = make().G.told[1], make().G.start
    shares = torch.tensor([[0.3, 0.7, 0.0]])
    a, b = (told(one_hot(torch.tensor([y]), 3).float()) for y in (0, 1))
    torch.testing.assert_close(told(shares), 0.3 * a + 0.7 * b)
    assert start.in_features == 8 + 3


def test_without_a_class_a_row_decides_by_itself():
    system = make().eval()
    z = system.prior(5, 0)
    together, alone = system.decode(z), system.decode(z[3:4])
    torch.testing.assert_close(together[3:4], alone, atol=1e-5, rtol=1e-4)
    y = latent.chosen(z, 3)
    torch.testing.assert_close(together, system.decode(z, y))
    assert len(set(latent.chosen(system.prior(60, 0), 3).tolist())) == 3


@pytest.mark.parametrize("method", METHODS)
def test_after_some_steps_a_wrong_label_is_noticed(method):
    system = make(method, classes=["dark", "light"], loss_options={"r1": 0.1, "share": 0.5})
    learn(system)
    b = squares(16)
    with torch.no_grad():
        right, wrong = (system.net(b["x"], system.shares(y)) for y in (b["y"], 1 - b["y"]))
        z = system.prior(16, 0)
        drawn = [system.decode(z, torch.full((16,), y)).mean() for y in (0, 1)]
    if method == "acgan":  # its score does not look at the class, its second head does
        assert (right[:, 1:].argmax(1) == b["y"]).float().mean() > 0.95
    else:
        assert right.mean() > wrong.mean() + 0.5
        assert drawn[1] > drawn[0] + 0.2


def test_the_critic_stays_out_of_a_checkpoint(tmp_path):
    system = make().eval()
    checkpoint.save(tmp_path / "saved", system, training={})
    weights = load_file(tmp_path / "saved" / checkpoint.WEIGHTS)
    assert weights and all(name.startswith("G.") for name in weights)
    loaded = checkpoint.load(tmp_path / "saved").system
    assert loaded.classes == ("dark", "light", "grey")
    z, y = system.prior(3, 0), torch.arange(3)
    assert (loaded.decode(z, y) - system.decode(z, y)).abs().max() < 0.02  # halves


def test_the_preview_has_a_row_for_each_class():
    system = make().eval()
    rows = system.preview(batch())["classes"].unflatten(0, (3, 8))
    z = system.prior(8, 0)
    torch.testing.assert_close(rows[1], system.decode(z, torch.ones(8, dtype=torch.long)))


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"classes": ["one"]}, "two or more"),
        ({"classes": ["a", "a"]}, "each once"),
        ({"method": "film"}, "concat, acgan, projection"),
        ({"loss": "x"}, "Unknown loss"),
    ],
)
def test_wrong_options_are_refused_in_a_sentence(options, why):
    with pytest.raises(ValueError, match=why):
        make(**options)


@pytest.mark.parametrize("name", ["cgan", "acgan", "projection"])
def test_the_configurations_differ_in_the_method_alone(name):
    run = config.load(f"{name}_cifar10", [])
    model = run.model | {"method": "projection"}
    base = config.load("projection_cifar10", []).model
    own = {"generator", "discriminator", "lam_x", "lam_g", "lam_G"}
    assert {k: v for k, v in model.items() if k not in own} == {
        k: v for k, v in base.items() if k not in own
    }
    system = systems.make("cgan", **run.model)
    size = 2 * sum(p.numel() for p in system.G.parameters())
    assert size < 1.2e6


def test_the_set_must_have_the_classes_of_the_model(tmp_path):
    from PIL import Image

    for split in ("train", "val"):
        for i, label in enumerate(("cats", "dogs")):
            folder = tmp_path / split / label
            folder.mkdir(parents=True)
            for j in range(4):
                Image.new("RGB", (32, 32), (100 * i, 20 * j, 90)).save(folder / f"{j}.png")
    run = config.load("projection_cifar10", [f"data.source=folder:{tmp_path}", "batch=4"])
    wanted = {"classes": ["cats", "dogs"], "channels": 3}
    good = feed(run, make(**wanted)).batch(0, 0, 1)
    assert good["y"].shape == (4,) and good["x"].shape == (4, 3, 32, 32)
    with pytest.raises(ConfigError, match=r"cats.*model"):
        feed(run, make(channels=3))
    turned = replace(run, data=replace(run.data, classes=["dogs", "cats"]))
    with pytest.raises(ConfigError, match=r"data\.classes"):
        feed(turned, make(**wanted))
    plain = replace(run, data=data_of(tmp_path / "train" / "cats", run), batch=2)
    with pytest.raises(ConfigError, match="folder of its own"):
        feed(plain, make(**wanted))


def data_of(folder, run):
    assert data.load(f"folder:{folder}", size=32, channels=3).y is None
    return replace(run.data, source=f"folder:{folder}")


# The measure of wanted classes.


class Shades(systems.Conditions):
    """Grey of the class, a little lighter for larger z; a deaf one always draws the first."""

    def __init__(self, deaf: bool):
        super().__init__(32, 1)
        self.classes, self.z_dim, self.deaf = ("dark", "light"), 2, deaf
        self.weight = torch.nn.Parameter(torch.zeros(()))

    def blend(self, z, shares):
        light = 0.0 if self.deaf else shares[:, 1]
        shade = -0.5 + light + 0.1 * z[:, 0]
        return shade[:, None, None, None].expand(-1, 1, 32, 32)


def brightness() -> features.Classifier:
    """Its feature is the mean; it knows the classes in another order, and one more."""
    heads = {"size": ["small", "large"], "shade": ["light", "spare", "dark"]}
    net = features.Classifier(heads=heads, size=32, widths=[4, 2])
    net.features = lambda p: p.float().mean((1, 2, 3))[:, None].expand(-1, 2) / 127.5 - 1
    with torch.no_grad():
        net.heads["shade"].weight.copy_(torch.tensor([[1.0, 0.0], [0.0, 0.0], [-1.0, 0.0]]))
        net.heads["shade"].bias.copy_(torch.tensor([0.0, 9.0, 0.0]))
    return net


def test_the_measure_tells_who_draws_what_was_wanted():
    y = torch.arange(80) % 2
    drawn = Shades(deaf=False).decode(torch.randn(80, 2), y)
    photos = images.to_pixels(drawn)
    reference = Reference(photos, photos, y, brightness(), most=20, val_labels=y)
    good, deaf = (classes.measure(Shades(deaf=d), reference) for d in (False, True))
    assert good["called as wanted"] == good["called as labelled, val photos"] == 1
    assert (deaf["called dark"], deaf["called light"], deaf["called as wanted"]) == (1, 0, 0.5)
    name = f"FD-{brightness().name}-10 within a class"
    assert good[name] < 0.1 < 0.5 < deaf[name]
    assert good[f"{name}, train photos"] < 0.1
    strangers = Shades(deaf=False)
    strangers.classes = ("dark", "blue")
    with pytest.raises(Unavailable, match="blue"):
        classes.measure(strangers, reference)
