"""An encoder for a finished generator, and where a run finds that generator."""

import pytest
import torch
from pictures import flat, write

from gan_demo import checkpoint, systems
from gan_demo.latent import pearson
from train import config, init, loop
from train.config import ConfigError

NET = {"width": 4, "cap": 16}
SMALL = {"size": 32, "channels": 1, "z_dim": 6}
OPTIONS = SMALL | {"generator": NET, "encoder": NET | {"width": 8}}


def make(**options):
    torch.manual_seed(0)
    return painting(systems.make("brute", **OPTIONS | options))


@torch.no_grad()
def painting(system):
    """With a generator that draws more than the plain grey of a fresh one."""
    for weight in system.G.parameters():
        weight.mul_(20 if weight.dim() > 1 else 1)
    return system


@pytest.fixture
def source(tmp_path):
    """The checkpoint of a GAN."""
    torch.manual_seed(1)
    gan = systems.make("gan", **SMALL, generator=NET, discriminator=NET, prior="uniform")
    return checkpoint.save(tmp_path / "source", painting(gan), training={"images_seen": 700})


def learn(system, steps, x=None):
    (player,) = system.players()
    optimizer = torch.optim.Adam(system.E.parameters(), 4e-3)
    system.train()
    for _ in range(steps):
        terms = player.loss({"x": torch.zeros(32, 1, 32, 32) if x is None else x})
        optimizer.zero_grad()
        torch.stack(list(terms.values())).sum().backward()
        optimizer.step()
    system.eval()


@torch.no_grad()
def rho(system):
    system.eval()
    z = system.prior(64, 0)
    return pearson(z, system.encode(system.decode(z))).mean().item()


@pytest.mark.parametrize("options", [{"prior": "uniform"}, {"match": "rho"}])
def test_sixty_steps_find_the_codes(options):
    system = make(**options)
    before, weights = rho(system), [w.clone() for w in system.G.state_dict().values()]
    learn(system, 60)
    assert rho(system) > before + 0.5
    after = system.G.state_dict().values()  # statistics of the batch norms, too
    assert all(torch.equal(a, b) for a, b in zip(weights, after, strict=True))


def test_the_loss_is_the_formula():
    system, x = make(photo=3.0, photo_share=0.5).train(), torch.rand(8, 1, 32, 32) * 2 - 1
    z = system.prior(8, 4)
    system.prior = lambda n, seed=None: z
    terms, e = system.encoder_loss({"x": x}), system.E(system.G(z))
    assert terms["mse"].item() == pytest.approx((e - z).square().mean().item())
    code = system.E(x[:4])
    code = (code - code.mean(1, keepdim=True)) / code.std(1, keepdim=True, correction=0)
    again = system.G(code)
    assert terms["photo"].item() == pytest.approx(3 * (again - x[:4]).square().mean().item(), 1e-4)
    uniform = make(prior="uniform")
    e = uniform.E(x)
    assert uniform.distance(z, e)["mse"].item() == pytest.approx(
        (e.tanh() - z).square().mean().item()
    )
    assert torch.equal(uniform.encode(x), e.tanh())
    assert make(match="rho").distance(z, e)["rho"].item() == pytest.approx(
        -pearson(z, e).mean().item()
    )


def test_the_photo_term_lowers_the_error_of_photos():
    photos = make(prior="uniform").eval().decode(torch.rand(16, 6) * 0.4 + 0.5)
    errors = []
    for weight in (0.0, 10.0):
        system = make(prior="uniform", photo=weight, photo_share=1.0)
        learn(system, 40, photos)
        with torch.no_grad():
            errors.append((system.reconstruct(photos) - photos).square().mean().item())
    assert errors[1] < 0.9 * errors[0]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"prior": "cube"}, "is not one of sphere, uniform, normal"),
        ({"match": "l1"}, "is not one of mse, rho"),
        ({"match": "rho", "prior": "uniform"}, 'use "mse"'),
    ],
)
def test_wrong_options_are_named(options, sentence):
    with pytest.raises(ValueError, match=sentence):
        make(**options)


def run(tmp_path, *more):
    photos = write(tmp_path / "photos", flat(40))
    places = [f"out={tmp_path}/out", f"runs={tmp_path}/runs", f"data.source=folder:{photos}"]
    options = ["model.size=32", "model.z_dim=6", "model.encoder.width=4", "model.encoder.cap=16"]
    options += ["model.generator.width=4", "model.generator.cap=16", "threads=1", "batch=4"]
    settings = config.load(
        "brute_photo_faces", [*places, *options, "steps=3", "model.channels=1", *more]
    )
    loop.train(settings)
    return settings.checkpoint


def test_a_run_takes_the_generator_and_its_checkpoint_stands_alone(tmp_path, monkeypatch, source):
    monkeypatch.setenv("GAN_DEMO_CACHE", str(tmp_path / "cache"))
    out = run(tmp_path, f"init.G={source}")
    drawn = checkpoint.load(source).system.sample(3, seed=5)
    (source / "config.json").unlink()  # nothing looks at it again
    system = checkpoint.load(out).system
    assert torch.equal(system.sample(3, seed=5), drawn)
    assert torch.isfinite(system.reconstruct(drawn)).all()


def test_a_run_whose_generator_is_not_to_be_had_says_so(tmp_path, source):
    system, folder = make(prior="uniform"), str(source)
    with pytest.raises(ConfigError, match=r"does not train G.*init\.G"):
        init.fill(system, {})
    with pytest.raises(ValueError, match="no checkpoint"):
        init.fill(system, {"G": str(tmp_path)})
    with pytest.raises(ConfigError, match=r"has no network 'E'\. It has G, net"):
        init.fill(system, {"G": folder, "E": folder})
    with pytest.raises(ConfigError, match="This system has no network 'H'"):
        init.fill(system, {"H": folder})
    with pytest.raises(ConfigError, match="folder of a checkpoint"):
        init.fill(system, {"G": 3})
    with pytest.raises(ConfigError, match="other options"):
        init.fill(make(prior="uniform", generator=NET | {"cap": 8}), {"G": folder})
    with pytest.raises(ConfigError, match="another prior"):
        init.fill(make(), {"G": folder})


def test_what_is_not_frozen_may_start_anywhere(source):
    gan = systems.make("gan", **SMALL, generator=NET, discriminator=NET)
    assert init.fill(gan, {"net": str(source)}) == 700
    theirs = checkpoint.load(source).system.state_dict()
    assert all(torch.equal(v, theirs[f"net.{k}"]) for k, v in gan.net.state_dict().items())
