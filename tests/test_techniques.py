"""The improved techniques, each against its formula, and twenty real steps with all of them."""

import math

import numpy as np
import pytest
import torch
from PIL import Image

from gan_demo import checkpoint, latent, losses, networks, systems
from gan_demo.losses import techniques
from gan_demo.networks.norm import REFERENCE, VirtualBatchNorm, norm
from train import config, loop, state

DCGAN = {"width": 4, "cap": 16}


def test_feature_matching_compares_means_over_the_batch():
    real, fake = torch.tensor([[1.0, 2.0], [3.0, 2.0]]), torch.tensor([[0.0, 5.0]])
    assert techniques.feature_matching(real, fake, "l2").item() == 2**2 + 3**2
    assert techniques.feature_matching(real, fake, "l1").item() == (2 + 3) / 2
    assert techniques.feature_matching(real, real.flip(0)).item() == 0


def test_feature_matching_moves_the_generator_towards_real_features():
    real = torch.ones(4, 3, requires_grad=True)
    fake = torch.zeros(4, 3, requires_grad=True)
    techniques.feature_matching(real, fake).backward()
    assert real.grad is None
    assert fake.grad is not None and (fake.grad < 0).all()


def test_the_objective_of_a_generator_can_be_feature_matching():
    torch.manual_seed(0)
    options = {"size": 32, "channels": 1, "generator": DCGAN, "discriminator": DCGAN}
    system = systems.make("gan", matching="l1", z_dim=8, **options).eval()
    x, z = torch.rand(5, 1, 32, 32), torch.randn(5, 8)
    system.prior = lambda n, seed=None: z
    f, g = (system.net.layers(p).flatten(1).mean(0) for p in (x, system.G(z)))
    terms = system.generator_loss({"x": x})
    assert terms.keys() == {"matching"}
    torch.testing.assert_close(terms["matching"], (f - g).abs().mean())
    with pytest.raises(ValueError, match="l1, l2"):
        systems.make("gan", matching="l3", **options)
    with pytest.raises(ValueError, match='network = "dcgan"'):
        systems.make("gan", matching="l1", network="mlp")


def test_minibatch_discrimination_by_hand():
    """Three pictures of two features, one kernel of two numbers: T is the identity."""
    layer = techniques.MinibatchDiscrimination(2, 1, 2)
    with torch.no_grad():
        layer.T.copy_(torch.eye(2).unsqueeze(1))
        out = layer(torch.tensor([[0.0, 0.0], [1.0, 0.0], [1.0, 2.0]]))
    near, far, farthest = (math.exp(-d) for d in (1, 2, 3))
    expected = [1 + near + farthest, 1 + near + far, 1 + far + farthest]
    assert out[:, 2].tolist() == pytest.approx(expected)
    assert out[:, :2].tolist() == [[0, 0], [1, 0], [1, 2]]


def test_alike_pictures_are_seen_from_their_batch_alone():
    """A critic judges real and generated pictures apart: no batch sees the other."""
    torch.manual_seed(0)
    options = {"discriminator": DCGAN | {"minibatch": [4, 3]}, "generator": DCGAN}
    system = systems.make("gan", size=32, channels=1, z_dim=8, **options)
    real, fake, other = (torch.randn(6, 1, 32, 32) for _ in range(3))
    with torch.no_grad():
        terms = [system.adversarial.critic(system.D, real, f)["critic"] for f in (fake, other)]
        alone = system.adversarial.against(system.D(real), system.D(fake), real, fake)
        varied, alike = system.D(fake), system.D(fake[:1].expand(6, -1, -1, -1))
    assert terms[0] != terms[1]
    torch.testing.assert_close(terms[0], alone)
    assert (varied[0] - alike[0]).abs() > 1e-3  # the same picture, among others and among itself


def test_the_kernels_are_told_in_a_pair():
    with pytest.raises(ValueError, match="B and C"):
        networks.family("dcgan").Encoder(1, 32, 1, minibatch=[4])


def test_the_gradient_of_historical_averaging():
    """After moves to θ₁, θ₂ and θ₃ Adam sees ∇L + 2 w (θ₃ - (θ₁ + θ₂ + θ₃) / 3)."""
    theta, w = torch.nn.Parameter(torch.zeros(2)), 0.7
    optimizer = techniques.HistoricalAdam([theta], history=w, lr=0.1)
    past = []
    for slope in ([1.0, -2.0], [3.0, 1.0], [-5.0, 1.0]):
        theta.grad = torch.tensor(slope)
        optimizer.step()
        past.append(theta.detach().clone())
    mean = torch.stack(past).mean(0)
    torch.testing.assert_close(optimizer.state[theta]["mean"], mean)
    theta.grad = torch.tensor([0.5, 0.5])
    optimizer.step()
    seen = torch.tensor([0.5, 0.5]) + 2 * w * (past[-1] - mean)
    torch.testing.assert_close(theta.grad, seen)
    term = (past[-1].requires_grad_() - mean).square().sum() * w
    torch.testing.assert_close(torch.autograd.grad(term, past[-1])[0] + 0.5, seen)


@pytest.mark.parametrize("name", ["nonsaturating", "lsgan"])
def test_smoothing_keeps_the_fake_target_0(name):
    """D's best answer to real pictures moves to the target, that to generated ones does not."""
    plain, smooth = losses.make(name), losses.make(name, {"smooth": 0.9})
    scores = torch.linspace(-1, 2, 7)
    zero, x = torch.zeros(7), torch.zeros(7, 1, 2, 2)
    best = torch.full((1,), math.log(9) if name == "nonsaturating" else 0.9, requires_grad=True)
    value = smooth.against(best, torch.zeros(1), x, x)
    (slope,) = torch.autograd.grad(value, best)
    torch.testing.assert_close(slope, torch.zeros(1), atol=1e-6, rtol=0)
    gap = [a.against(zero, scores, x, x) for a in (plain, smooth)]
    none = [a.against(zero, zero, x, x) for a in (plain, smooth)]
    torch.testing.assert_close(gap[0] - none[0], gap[1] - none[1])
    torch.testing.assert_close(plain.towards(None, scores), smooth.towards(None, scores))


def test_virtual_batch_norm_is_its_formula():
    """A picture by the R reference pictures and itself, the reference by itself alone."""
    torch.manual_seed(0)
    layer, x = VirtualBatchNorm(3), 2 * torch.randn(REFERENCE + 2, 3, 4, 4) + 1
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([1.0, 2.0, 0.5]))
        layer.bias.copy_(torch.tensor([0.0, 1.0, -1.0]))
        out = layer(x)
        plain = torch.nn.functional.batch_norm

        def normalised(pictures):
            return plain(pictures, None, None, layer.weight, layer.bias, training=True)

        torch.testing.assert_close(out[:REFERENCE], normalised(x[:REFERENCE]), atol=1e-5, rtol=1e-4)
        for i in (REFERENCE, REFERENCE + 1):
            among = normalised(torch.cat([x[:REFERENCE], x[i : i + 1]]))
            torch.testing.assert_close(out[i], among[-1], atol=1e-5, rtol=1e-4)


def generator(**options) -> torch.nn.Module:
    torch.manual_seed(0)
    return networks.family("dcgan").Generator(8, 32, 1, norm="virtual", **DCGAN, **options)


def test_a_virtual_norm_remembers_the_reference_batch():
    """What was drawn in training is drawn again without it, alone and in a batch."""
    G, z = generator(), torch.randn(6, 8)
    with torch.no_grad():
        for weight in G.parameters():
            weight.mul_(8)
        trained, again = G(z), G(z.flip(0))
        torch.testing.assert_close(again.flip(0), trained, atol=1e-5, rtol=1e-4)
        G.eval()
        torch.testing.assert_close(G(z), trained, atol=1e-5, rtol=1e-4)
        torch.testing.assert_close(G(z[2:3]), trained[2:3], atol=1e-5, rtol=1e-4)
    assert trained.std(0).mean() > 1e-3


def test_the_reference_batch_is_fixed_and_of_the_prior():
    first, uniform = generator().reference, generator(reference="uniform").reference
    torch.manual_seed(99)
    again = networks.family("dcgan").Generator(8, 32, 1, norm="virtual", **DCGAN).reference
    assert torch.equal(first, again)
    assert first.shape == (REFERENCE, 8)
    assert torch.equal(uniform, latent.PRIORS["uniform"](first))
    assert "reference" not in networks.family("dcgan").Generator(8, 32, 1, **DCGAN).state_dict()


def test_a_plain_batch_norm_has_no_weights():
    layer = norm("batch-plain", 4)
    assert list(layer.parameters()) == []
    y = layer(3 * torch.randn(16, 4, 2, 2) + 5)
    torch.testing.assert_close(y.mean((0, 2, 3)), torch.zeros(4), atol=1e-5, rtol=0)
    torch.testing.assert_close(y.var((0, 2, 3), correction=0), torch.ones(4), atol=1e-3, rtol=0)


@pytest.fixture
def pictures(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_DEMO_CACHE", str(tmp_path / "cache"))
    rng = np.random.default_rng(0)
    folder = tmp_path / "pictures"
    folder.mkdir()
    for i in range(14):
        soft = rng.integers(0, 255, (4, 4, 3), np.uint8)
        Image.fromarray(soft).resize((32, 32)).save(folder / f"{i}.png")
    return folder


def run(tmp_path, pictures, *more):
    places = [f"out={tmp_path}/out", f"runs={tmp_path}/runs", f"data.source=folder:{pictures}"]
    small = ["batch=4", "threads=1", "model.z_dim=8", "model.discriminator.width=4"]
    small += ["model.generator.width=4", "steps=20"]
    settings = config.load("improved_cifar10", [*places, *small, *more])
    loop.train(settings)
    return settings


def test_twenty_steps_with_all_of_them_and_resumed(tmp_path, pictures):
    whole = run(tmp_path, pictures, "name=whole")
    run(tmp_path, pictures, "name=parts", "until=7")
    parts = run(tmp_path, pictures, "name=parts")
    a, b = (state.load(r.folder / "state.pt") for r in (whole, parts))
    means = [s["optimizers"]["G"]["state"][0]["mean"] for s in (a, b)]
    assert torch.equal(*means)
    assert all(torch.equal(a["system"][k], b["system"][k]) for k in a["system"])
    assert "G.reference" in a["system"] and "net.beside.T" in a["system"]
    drawn = checkpoint.load(whole.checkpoint).system.sample(3, seed=0)
    assert drawn.shape == (3, 3, 32, 32)
    assert torch.isfinite(drawn).all()
    without = run(tmp_path, pictures, "name=without", "optim.history=0.0")
    assert "mean" not in state.load(without.folder / "state.pt")["optimizers"]["G"]["state"][0]
