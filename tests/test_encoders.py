"""The encoders that O-GAN is compared with: what their formulas promise."""

import math

import pytest
import torch
from safetensors.torch import load_file
from torch.distributions import Categorical, Normal, kl_divergence
from torch.nn.functional import softplus

from gan_demo import checkpoint, gaussian, losses, systems

NET = {"width": 4, "cap": 16}
SMALL = {"size": 32, "channels": 1, "z_dim": 8, "generator": NET, "encoder": NET}


def make(name, **options):
    torch.manual_seed(0)
    return systems.make(name, **SMALL | options)


def photos(n=6):
    return torch.rand(n, 1, 32, 32, generator=torch.Generator().manual_seed(1)) * 2 - 1


def fixed(system, monkeypatch, z):  # z for its draws from the prior, and ε = 0
    system.prior = lambda n, seed=None: z[:n]
    monkeypatch.setattr(torch, "randn_like", torch.zeros_like)
    return system


# Gaussian codes


def test_the_kl_and_the_density_are_those_of_torch():
    torch.manual_seed(0)
    z, mu, logvar = torch.randn(3, 5, 7).unbind(0)
    q, p = Normal(mu, (logvar / 2).exp()), Normal(0, 1)
    torch.testing.assert_close(gaussian.kl(mu, logvar), kl_divergence(q, p).sum(1))
    torch.testing.assert_close(gaussian.log_density(z, mu, logvar), q.log_prob(z).sum(1))


def test_draws_have_the_spread_they_were_asked_for():
    torch.manual_seed(0)
    z = gaussian.draw(torch.full((20_000, 2), 3.0), torch.full((20_000, 2), math.log(0.25)))
    torch.testing.assert_close(z.mean(0), torch.full((2,), 3.0), atol=0.02, rtol=0)
    torch.testing.assert_close(z.std(0), torch.full((2,), 0.5), atol=0.02, rtol=0)


# VAE and VAE-GAN


@pytest.mark.parametrize("sigma", [None, 0.3])
def test_the_vae_lowers_minus_elbo(sigma, monkeypatch):
    system = fixed(make("vae", sigma=sigma, beta=2.0), monkeypatch, torch.randn(6, 8))
    x = photos()
    mu, logvar = system.E(x).chunk(2, 1)
    again = system.G(mu)
    scale = (x - again).square().mean().sqrt() if sigma is None else torch.tensor(sigma)
    nll = -Normal(again, scale).log_prob(x).sum((1, 2, 3)).mean()
    kl = kl_divergence(Normal(mu, (logvar / 2).exp()), Normal(0, 1)).sum(1).mean()
    terms = system.elbo_loss({"x": x})
    torch.testing.assert_close(terms["nll"], nll)
    torch.testing.assert_close(terms["kl"], 2 * kl)


def test_the_error_itself_is_the_most_likely_variance():
    x, again = photos(), photos().flip(0)
    best = make("vae").nll(x, again)
    rms = (x - again).square().mean().sqrt().item()
    assert best == pytest.approx(make("vae", sigma=rms).nll(x, again).item(), rel=1e-5)
    assert best < make("vae", sigma=0.9 * rms).nll(x, again)
    assert best < make("vae", sigma=1.1 * rms).nll(x, again)


def test_a_vae_gan_compares_in_the_critics_last_layer_but_one(monkeypatch):
    system = make("vae", loss="nonsaturating", discriminator=NET, gamma=0.5)
    system = fixed(system, monkeypatch, torch.randn(6, 8))
    x = photos()
    again = system.G(system.encode(x))
    f, g = system.trunk.layers(x).flatten(1), system.trunk.layers(again).flatten(1)
    likeness = (f - g).square().sum() / 2 / 6
    torch.testing.assert_close(system.encoder_loss({"x": x})["likeness"], likeness)
    terms = system.generator_loss({"x": x})
    torch.testing.assert_close(terms["likeness"], 0.5 * likeness)
    seen = torch.cat([again[:3], system.G(system.prior(3))])
    torch.testing.assert_close(terms["generator"], softplus(-system.D(seen)).mean())
    torch.testing.assert_close(system.D(x), system.last(f).squeeze(1))


# BiGAN


def test_a_penalty_on_a_pair_is_that_on_both_parts_side_by_side():
    torch.manual_seed(0)
    system = make("bigan", discriminator=NET, joint=16)
    x, z = photos(), torch.randn(6, 8)

    def glued(flat):
        return system.D((flat[:, :-8].unflatten(1, x.shape[1:]), flat[:, -8:]))

    ours = losses.gradient_norm2(system.D, (x, z))
    torch.testing.assert_close(ours, losses.gradient_norm2(glued, torch.cat([x.flatten(1), z], 1)))
    of_x = losses.gradient_norm2(lambda x: system.D((x, z)), x)
    assert (ours > of_x).all()  # the code's part counts


def test_bigan_is_the_papers_game(monkeypatch):
    """L_D = sp(-D(x, E(x))) + sp(D(G(z), z)),  L_EG = sp(D(x, E(x))) + sp(-D(G(z), z))."""
    z = torch.randn(6, 8)
    system = make("bigan", discriminator=NET, joint=16, loss="nonsaturating", prior="normal")
    system = fixed(system, monkeypatch, z)
    x = photos()
    real, fake = system.D((x, system.E(x))), system.D((system.G(z), z))
    critic = softplus(-real) + softplus(fake)
    torch.testing.assert_close(system.critic_loss({"x": x})["critic"], critic.mean())
    torch.testing.assert_close(
        sum(system.pair_loss({"x": x}).values()), (softplus(real) + softplus(-fake)).mean()
    )


def test_each_side_of_the_relativistic_pair_follows_its_own_half():
    """The gradient of "G" and "E" together is that of 1 x sp(D(x, E(x)) - D(G(z), z))."""
    system = make("bigan", discriminator=NET, joint=16)
    z = torch.randn(6, 8)
    system.prior = lambda n, seed=None: z
    for module in system.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eval()
    x = photos()
    real, fake = system.D((x, system.encode(x))), system.D((system.G(z), z))
    weights = [*system.E.parameters(), *system.G.parameters()]
    whole = torch.autograd.grad(softplus(real - fake).mean(), weights)
    ours = torch.autograd.grad(sum(system.pair_loss({"x": x}).values()), weights)
    for a, b in zip(ours, whole, strict=True):
        torch.testing.assert_close(a, b, atol=1e-6, rtol=1e-3)


# Soft-IntroVAE


def test_soft_introvae_by_hand(monkeypatch):
    p = torch.randn(2, 8)
    system = make("softintrovae", beta_rec=2.0, beta_kl=0.5, beta_neg=8.0)
    system = fixed(system, monkeypatch, p).eval()
    x, s = photos(2), 1 / 32**2

    def elbo(y, beta):
        mu, logvar = system.E(y.unsqueeze(0)).chunk(2, 1)
        kl = ((mu**2 + logvar.exp() - logvar - 1) / 2).sum()
        return -2.0 * ((y - system.G(mu)[0]) ** 2).sum(), -beta * kl

    mu = system.E(x).chunk(2, 1)[0]
    generated = [*system.G(mu), *system.G(p)]
    rec, kl = (-sum(e) / 2 * s for e in zip(*(elbo(y, 0.5) for y in x), strict=True))
    soft = sum((2 * s * sum(elbo(y, 8.0))).exp() for y in generated) / 4 / 2
    terms = system.encoder_loss({"x": x})
    torch.testing.assert_close(terms["rec"], rec)
    torch.testing.assert_close(terms["kl"], kl)
    torch.testing.assert_close(terms["exp elbo"], soft)
    terms = system.generator_loss({"x": x})
    torch.testing.assert_close(terms["rec"], rec)
    torch.testing.assert_close(terms["kl"], -sum(elbo(y, 0.5)[1] for y in generated) / 4 * s)


def test_the_exponential_lets_go_where_the_docstring_says():
    s, beta_kl, beta_neg = 1 / 64**2, 0.5, 64.0
    k = torch.tensor(math.log(beta_neg / beta_kl) / (2 * s * beta_neg), requires_grad=True)
    (pull,) = torch.autograd.grad((-2 * s * beta_neg * k).exp() / 2, k)
    assert -pull.item() == pytest.approx(s * beta_kl, rel=1e-4)


def test_the_encoder_raises_the_kl_of_generated_pictures_and_the_generator_lowers_it():
    system = make("softintrovae", beta_neg=64.0)
    x, players = photos(16), {p.name: p for p in system.players()}

    def moved(name, term):
        torch.manual_seed(0)
        before = players[name].loss({"x": x})[term].item()
        optimizer = torch.optim.Adam(players[name].nets[0].parameters(), lr=1e-3)
        for _ in range(5):
            torch.manual_seed(0)
            system.zero_grad()
            players[name].loss({"x": x})[term].backward()
            optimizer.step()
        torch.manual_seed(0)
        return before, players[name].loss({"x": x})[term].item()

    torch.manual_seed(0)
    before = players["G"].loss({"x": x})["kl"].item()
    assert moved("E", "exp elbo")[0] > moved("E", "exp elbo")[1]
    between, after = moved("G", "kl")
    assert before < between
    assert after < between


def test_soft_introvae_starts_as_a_vae():
    system = make("softintrovae", warm_up=0.1)
    assert system.encoder_loss({"x": photos()}).keys() == {"rec", "kl"}
    assert system.generator_loss({"x": photos()}).keys() == {"rec"}
    system.progress = 0.1
    assert "exp elbo" in system.encoder_loss({"x": photos()})


# InfoGAN


def infogan(**options):
    torch.manual_seed(0)
    net = {"generator": NET, "discriminator": NET, "categories": [2, 3], "continuous": 2}
    return systems.make("infogan", size=32, channels=1, z_dim=8, **net | options)


def test_the_parts_of_z_are_what_they_are_called():
    z = infogan().prior(3000, seed=0)
    for c, k in ((z[:, :2], 2), (z[:, 2:5], 3)):
        assert set(c.unique().tolist()) == {0.0, 1.0}
        assert (c.sum(1) == 1).all()
        torch.testing.assert_close(c.mean(0), torch.full((k,), 1 / k), atol=0.04, rtol=0)
    uniform, noise = z[:, 5:7], z[:, 7:]
    assert uniform.abs().max() <= 1
    torch.testing.assert_close(uniform.std(0), torch.full((2,), 3**-0.5), atol=0.03, rtol=0)
    torch.testing.assert_close(noise.std(0), torch.ones(1), atol=0.05, rtol=0)


def test_the_bound_is_a_log_likelihood_plus_the_entropy_of_the_codes():
    system = infogan(lam=2.0, lam_continuous=0.5)
    z = system.prior(6, seed=0)
    q = system.net(photos())[:, 1:]
    of_c = Categorical(logits=q[:, :2]).log_prob(z[:, :2].argmax(1)) + math.log(2)
    of_c = of_c + Categorical(logits=q[:, 2:5]).log_prob(z[:, 2:5].argmax(1)) + math.log(3)
    normal = Normal(q[:, 5:7], (q[:, 7:] / 2).exp())
    of_rest = normal.log_prob(z[:, 5:7]).sum(1) + 2 * math.log(2)
    ours = system.bounds(z, photos())
    torch.testing.assert_close(ours[0], of_c)
    torch.testing.assert_close(ours[1], of_rest)
    terms = system.information(z, photos())
    torch.testing.assert_close(terms["c"], -2.0 * of_c.mean())
    torch.testing.assert_close(terms["c'"], -0.5 * of_rest.mean())


def test_a_code_is_a_latent_that_g_was_trained_on_with_no_noise():
    code = infogan().eval().encode(photos())
    assert (code[:, :5].sum(1) == 2).all()
    assert code[:, 5:7].abs().max() <= 1
    assert not code[:, 7:].any()


LEARN = {
    "vae": {},
    "bigan": {"discriminator": NET, "joint": 16, "cycle": 20.0},
    "softintrovae": {"beta_kl": 0.1, "beta_neg": 64.0},
}


@pytest.mark.parametrize(("name", "options"), LEARN.items())
def test_twenty_steps_bring_reconstructions_nearer(name, options):
    system = make(name, **options)
    slopes = torch.linspace(-1, 1, 16).view(16, 1, 1, 1)
    x = slopes * torch.linspace(-1, 1, 32).expand(16, 1, 32, 32)
    players = system.players()
    optimizers = [
        torch.optim.Adam([w for net in p.nets for w in net.parameters()], lr=3e-3) for p in players
    ]

    def error():  # in training mode: twenty steps are few for the running means of batch norm
        return (system.reconstruct(x) - x).square().mean().item()

    before = error()
    for _ in range(20):
        for player, optimizer in zip(players, optimizers, strict=True):
            sum(player.loss({"x": x}).values()).backward()
            optimizer.step()
            system.zero_grad()
    assert error() < 0.8 * before


@pytest.mark.parametrize(("name", "options"), [("vae", {"loss": "hinge"}), ("bigan", {})])
def test_the_critics_stay_out_of_a_checkpoint(name, options, tmp_path):
    system = make(name, discriminator=NET, **options).eval()
    checkpoint.save(tmp_path / "saved", system, training={})
    weights = load_file(tmp_path / "saved" / checkpoint.WEIGHTS)
    assert {key.partition(".")[0] for key in weights} == {"E", "G"}
    again = checkpoint.load(tmp_path / "saved").system
    assert (again.reconstruct(photos()) - system.reconstruct(photos())).abs().max() < 0.02


REFUSED = [
    ("vae", {"sigma": 0.0}, "above 0"),
    ("vae", {"network": "mlp", "loss": "hinge"}, "choose network dcgan"),
    ("softintrovae", {"beta_neg": 1.0}, "Raise beta_neg"),
    ("infogan", {"z_dim": 11}, "raise z_dim"),
]


@pytest.mark.parametrize(("name", "options", "why"), REFUSED)
def test_what_cannot_be_is_refused(name, options, why):
    with pytest.raises(ValueError, match=why):
        systems.make(name, size=32, **options)
