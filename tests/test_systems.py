"""The contract of every system, run over all of them."""

import copy
import json
import math

import pytest
import torch
from safetensors.torch import load_file

from gan_demo import checkpoint, systems
from gan_demo.options import defaults
from gan_demo.systems import Encodes, Samples, Translates

DCGAN = {"width": 4, "cap": 16}
SMALL = {"size": 32, "channels": 1, "z_dim": 8}
CASES = {
    "gan": {"discriminator": DCGAN, "generator": DCGAN},
    "gan wgan-gp": {"discriminator": DCGAN, "generator": DCGAN, "loss": "wgan_gp", "critics": 2},
    "gan r3gan": {
        "network": "modern",
        "generator": {"width": 8, "group": 8, "cap": 16, "blocks": 1},
        "discriminator": {"width": 8, "group": 8, "cap": 16, "blocks": 1},
        "loss": "rpgan",
        "loss_options": {"r1": 1.0, "r2": 1.0},
    },
    "cogan": {"generator": DCGAN, "critic": DCGAN, "augment": "translation"},
    "cogan paper": {
        "generator": DCGAN | {"shared": 1},
        "critic": DCGAN | {"private": 1},
        "loss": "nonsaturating",
    },
    "lapgan": {
        "z_dim": 1032,
        "coarsest": 16,
        "coarse": {"width": 8},
        "detail": {"width": 8, "blocks": 1},
        "critic": {"width": 8},
    },
    "gan improved": {
        "generator": DCGAN | {"norm": "virtual"},
        "discriminator": DCGAN | {"norm": "batch-plain", "minibatch": [4, 3]},
        "loss_options": {"smooth": 0.9},
    },
    "gan matching": {
        "generator": DCGAN | {"norm": "batch-plain"},
        "discriminator": DCGAN,
        "matching": "l2",
    },
    "ogan": {"generator": DCGAN, "encoder": DCGAN, "augment": "translation", "photo": 1.0},
    "ogan paper": {
        "generator": DCGAN | {"kernel": 5},
        "encoder": DCGAN | {"kernel": 5, "norm": "batch"},
        "loss": "ogan_qp",
        "prior": "normal",
        "gain": 1.0,
        "guard": 0.0,
    },
    "ogan linear": {"generator": DCGAN, "encoder": DCGAN, "head": "linear"},
    "ogan matrix": {"generator": DCGAN, "encoder": DCGAN, "match": "matrix", "photo": 1.0},
    "semisupervised": {"generator": DCGAN, "classifier": {"widths": [4, 8]}},
    "semisupervised baseline": {
        **{"generator": DCGAN, "classifier": {"widths": [4, 8]}, "lam": 0.0, "matching": "l2"},
    },
    "ogan split mse": {"generator": DCGAN, "encoder": DCGAN, "head": "split", "match": "mse"},
    "bigan": {
        **{"generator": DCGAN, "encoder": DCGAN, "discriminator": DCGAN, "joint": 16},
        **{"augment": "translation", "cycle": 1.0, "loss_options": {"r1": 1.0, "r2": 1.0}},
    },
    "bigan paper": {
        **{"generator": DCGAN, "encoder": DCGAN, "discriminator": DCGAN, "joint": 16},
        **{"loss": "nonsaturating", "prior": "uniform"},
    },
    "vae": {"generator": DCGAN, "encoder": DCGAN},
    "vae gan": {
        **{"generator": DCGAN, "encoder": DCGAN, "discriminator": DCGAN, "augment": "translation"},
        **{"loss": "nonsaturating", "loss_options": {"r1": 1.0}},
    },
    "softintrovae": {"generator": DCGAN, "encoder": DCGAN},
    "infogan": {
        **{"generator": DCGAN, "discriminator": DCGAN, "augment": "translation"},
        **{"categories": [2, 3], "continuous": 2},
    },
    "brute": {"generator": DCGAN, "encoder": DCGAN, "photo": 1.0},
    "brute rho": {"generator": DCGAN, "encoder": DCGAN, "match": "rho"},
    "cgan": {"generator": DCGAN, "discriminator": DCGAN, "augment": "translation"},
    "cgan concat": {
        **{"generator": DCGAN | {"modulate": False}, "discriminator": DCGAN, "method": "concat"},
        **{"classes": ["a", "b", "c"], "loss_options": {"r1": 1.0, "r2": 1.0, "share": 0.5}},
    },
    "cgan acgan": {
        **{"generator": DCGAN, "discriminator": DCGAN, "method": "acgan", "loss": "hinge"},
        **{"prior": "sphere"},
    },
    "gan_int_cls": {
        **{"generator": DCGAN, "discriminator": DCGAN | {"planes": 4}, "reader": {"width": 8}},
        **{"h_dim": 16, "code": 8, "loss_options": {"r1": 1.0, "r2": 1.0, "share": 0.5}},
        **{"vocabulary": ["blue", "circle", "red"], "phrases": ["red circle", "blue"]},
    },
}
SMALL_PAIR = {"size": 32, "channels": 1, "domains": ["day", "night"]}
PAIRS = {
    "cyclegan": {
        "generator": {"width": 4, "blocks": 1},
        "discriminator": {"width": 4, "layers": 2},
        "pool": 3,
    },
    "cyclegan ours": {
        "generator": {"width": 4, "blocks": 1, "stem": "patch", "up": "shuffle", "norm": "none"}
        | {"padding": "zeros", "residual": True},
        "discriminator": {"width": 4, "layers": 2, "norm": "none"},
        "loss": "rpgan",
        "loss_options": {"r1": 1.0, "r2": 1.0, "share": 0.5},
        "augment": "color,translation",
        "identity": 0.0,
    },
    "cyclegan resize": {
        "generator": {"width": 4, "blocks": 1, "up": "resize"},
        "discriminator": {"width": 4, "layers": 1, "norm": "spectral"},
    },
    "discogan": {"generator": {"width": 4}, "discriminator": {"width": 4}},
    "discogan paper": {
        "generator": {"width": 4, "extra": True},
        "discriminator": {"width": 4},
        "matching": 0.0,
        "rate": [],
    },
    "discogan ours": {
        "network": "resnet",
        "generator": {"width": 4, "cap": 8, "halvings": 4, "blocks": 1, "stem": "patch"}
        | {"up": "resize", "norm": "channel"},
        "discriminator": {"width": 4},
        "augment": "translation",
    },
    "discogan recon": {
        "generator": {"width": 4, "norm": "instance"},
        "discriminator": {"width": 4, "norm": "none"},
        "variant": "recon",
    },
    "discogan gan": {
        "generator": {"width": 4},
        "discriminator": {"width": 4},
        "variant": "gan",
        "loss": "rpgan",
        "loss_options": {"r1": 0.1},
    },
    "cut": {
        "generator": {"width": 4, "blocks": 3},
        "discriminator": {"width": 4, "layers": 2},
        "patches": 16,
        "features": 8,
    },
    "cut fast": {
        "generator": {"width": 4, "blocks": 1, "stem": "patch", "norm": "none", "residual": True},
        "discriminator": {"width": 4, "layers": 2, "norm": "none"},
        "augment": "color,translation",
        "lam": 10.0,
        "identity": False,
        "mirror": True,
        "features": 8,
    },
    "dualgan": {"generator": {"width": 4}, "discriminator": {"width": 4}},
    "dualgan clipped": {
        "generator": {"width": 4, "depth": 5, "norm": "none", "residual": True},
        "discriminator": {"width": 4, "layers": 3},
        "loss_options": {"gp": 0.0},
        "critics": 2,
        "clip": 0.01,
    },
    "pix2pix": {"generator": {"width": 4}, "discriminator": {"width": 4, "layers": 2}},
    "pix2pix ours": {
        "network": "resnet",
        "generator": {"width": 4, "blocks": 1, "stem": "patch", "up": "resize", "residual": True},
        "discriminator": {"width": 4, "layers": 2, "norm": "none"},
        "loss": "rpgan",
        "loss_options": {"r1": 1.0, "r2": 1.0, "share": 0.5},
        "augment": "translation",
    },
    "distillation": {
        "options": {"generator": {"width": 8, "blocks": 1}, "discriminator": {"width": 4}},
        "generator": {"width": 4},
    },
    "unit": {"generator": {"width": 4, "blocks": 4}, "discriminator": {"width": 4, "layers": 2}},
    "unit released": {
        "generator": {"width": 4, "blocks": 2, "stem": "patch", "up": "shuffle", "norm": "none"},
        "discriminator": {"width": 4, "layers": 2, "scales": 2},
        "shared": 0,
    },
}


def make(case: str) -> systems.System:
    torch.manual_seed(0)
    options = SMALL | CASES[case] if case in CASES else SMALL_PAIR | PAIRS[case]
    return systems.make(case.split()[0], **options)


def batch_of(system: systems.System, n: int = 6) -> dict[str, torch.Tensor]:
    g = torch.Generator().manual_seed(1)
    shape = (n, system.channels, system.size, system.size)
    batch = {k: torch.rand(shape, generator=g) * 2 - 1 for k in sorted(system.needs - {"y", "t"})}
    labels = {
        "y": torch.arange(n) % 2,
        "t": torch.stack([torch.arange(n) % k + 1 for k in (2, 3)], 1),
    }
    return batch | {k: v for k, v in labels.items() if k in system.needs}


@pytest.fixture(params=[*CASES, *PAIRS])
def system(request):
    return make(request.param)


@pytest.fixture(params=CASES)
def sampler(request):
    return make(request.param)


@pytest.fixture(params=PAIRS)
def translator(request):
    return make(request.param).eval()


def test_every_system_has_a_case():
    assert {case.split()[0] for case in [*CASES, *PAIRS]} == set(systems.names())


def test_a_translation_does_not_depend_on_its_batch(translator):
    assert isinstance(translator, Translates)
    x = batch_of(translator)["a"]
    for to in translator.targets:
        together, alone = translator.translate(x, to), translator.translate(x[3:4], to)
        assert together.shape == x.shape
        torch.testing.assert_close(together[3:4], alone, atol=1e-5, rtol=1e-4)


def test_a_translation_keeps_any_height_and_width(translator):
    x = torch.rand(1, 1, 37, 50) * 2 - 1
    for to in translator.targets:
        assert translator.translate(x, to).shape == x.shape
    with pytest.raises(ValueError, match=r"Choose .*night"):
        translator.translate(x, "dusk")


def test_what_trains_stays_out_of_a_checkpoint_and_the_pictures_the_same(translator, tmp_path):
    checkpoint.save(tmp_path / "saved", translator, training={})
    weights = load_file(tmp_path / "saved" / checkpoint.WEIGHTS)
    state = translator.published.state_dict()
    critics = {k for k in state if k.partition(".")[0] in translator.scaffold}
    assert weights.keys() == state.keys() - critics
    assert len(weights) < len(translator.state_dict())
    x, to = batch_of(translator)["a"], translator.targets[-1]
    loaded = checkpoint.load(tmp_path / "saved").system
    assert (loaded.translate(x, to) - translator.translate(x, to)).abs().max() < 0.02  # halves


def test_every_weight_has_exactly_one_player(system):
    owned = [p for player in system.players() for net in player.nets for p in net.parameters()]
    assert len(owned) == len(set(owned))
    still = {p for name in system.frozen for p in getattr(system, name).parameters()}
    assert set(owned) == set(system.parameters()) - still
    assert not any(p.requires_grad for p in still)


def test_a_player_moves_its_own_weights_and_no_others(system):
    batch, players = batch_of(system), system.players()
    for player in players:
        mine = [p for net in player.nets for p in net.parameters()]
        for other in players:
            for net in other.nets:
                net.requires_grad_(other is player)
        before = {name: p.detach().clone() for name, p in system.named_parameters()}
        optimizer = torch.optim.Adam(mine, lr=1e-2)
        for _ in range(2):  # R3GAN's blocks start at zero and pass gradients from the second
            optimizer.zero_grad()
            sum(player.loss(batch).values()).backward()
            optimizer.step()
        moved = {n for n, p in system.named_parameters() if not torch.equal(before[n], p)}
        names = {n for n, p in system.named_parameters() if any(p is q for q in mine)}
        assert moved <= names
        assert len(moved) > 0.7 * len(names)  # a bias before a batch norm may stay
        system.zero_grad()


def test_terms_are_finite_scalars(system):
    for progress in (0.0, 1.0):
        system.progress = progress
        for player in system.players():
            for value in player.loss(batch_of(system)).values():
                assert value.shape == ()
                assert torch.isfinite(value)


def test_sampling_is_a_function_of_the_seed(sampler):
    system = sampler.eval()
    assert isinstance(system, Samples)
    a = system.sample(4, seed=5)
    torch.manual_seed(99)
    assert a.shape == (4, 1, 32, 32)
    torch.testing.assert_close(a, system.sample(4, seed=5), atol=0, rtol=0)
    torch.testing.assert_close(a[2:3], system.sample(1, seed=7), atol=1e-5, rtol=1e-4)


def test_a_code_is_a_function_of_the_picture(system):
    if not isinstance(system, Encodes):
        return
    system.eval()
    x = batch_of(system)["x"]
    code = system.encode(x)
    torch.manual_seed(99)
    assert code.shape == (6, 8)
    torch.testing.assert_close(system.encode(x), code, atol=0, rtol=0)
    torch.testing.assert_close(system.encode(x[2:3]), code[2:3], atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(system.reconstruct(x), system.decode(code), atol=0, rtol=0)
    again, numbers = system.reading(x)
    torch.testing.assert_close(again, code, atol=0, rtol=0)
    assert all(v.shape == (6,) for v in numbers.values())


def test_encoding_gives_codes_on_the_shell_of_their_prior(system):
    if not isinstance(system, Encodes) or system.kind != "sphere":
        return
    code = system.eval().encode(batch_of(system)["x"])
    torch.testing.assert_close(code.mean(1), torch.zeros(6), atol=1e-5, rtol=0)
    torch.testing.assert_close(code.std(1, correction=0), torch.ones(6), atol=1e-3, rtol=0)


def test_previews_are_pictures(system):
    system.eval()
    for pictures in system.preview(batch_of(system)).values():
        assert pictures.shape[1:] == (1, 32, 32)


def test_the_record_makes_the_same_system_again(system):
    """All options are in it, and JSON can hold them."""
    config = json.loads(json.dumps(system.config))
    again = systems.make(config["system"], **config["model"])
    assert again.config == config == system.config
    assert set(defaults(type(system))) == set(config["model"])
    again.load_state_dict(system.state_dict())


def test_an_unknown_system_or_option_names_the_nearest():
    with pytest.raises(ValueError, match="Did you mean 'ogan'"):
        systems.make("ogann")
    with pytest.raises(ValueError, match="Did you mean 'z_dim'"):
        systems.make("ogan", zdim=8)
    for wrong in ({"head": "x"}, {"match": "l1"}):
        with pytest.raises(ValueError, match="is not one of"):
            systems.make("ogan", **SMALL, **wrong)


# What O-GAN itself promises.


def test_the_critic_ignores_the_code_and_the_code_ignores_the_critic():
    system = make("ogan")
    e = torch.randn(5, 8, requires_grad=True)
    (grad,) = torch.autograd.grad(system.judge(e).sum(), e)
    torch.testing.assert_close(grad, torch.full((5, 8), system.gain / 8))
    (grad,) = torch.autograd.grad(system.correspondence(torch.randn(5, 8), e, 1.0)["rho"], e)
    torch.testing.assert_close(grad.sum(1), torch.zeros(5), atol=1e-6, rtol=0)


def test_penalties_do_not_see_the_code():
    """R1 of k avg E(x) is unchanged when the part of e orthogonal to 1 is rescaled."""
    system = make("ogan")
    system.augment = lambda x: x
    x = batch_of(system)["x"]

    def r1(stretch):
        plain = system.E.forward

        def stretched(pictures):
            e = plain(pictures)
            mean = e.mean(1, keepdim=True)
            return mean + stretch * (e - mean)

        system.E.forward = stretched
        value = systems.ogan.losses.gradient_norm2(system.D, x)
        system.E.forward = plain
        return value

    torch.testing.assert_close(r1(1.0), r1(3.0), rtol=1e-4, atol=1e-6)


def test_two_steps_equal_the_scripts_single_scalar():
    """One optimizer on mean[(mr - mf_) + (mf - mf_) - λρ] + QP, as in github.com/bojone/o-gan,
    gives E and G the gradients of our two players (low means real there: E turns its sign)."""
    system = make("ogan paper")
    for module in system.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eval()  # the scripts' three passes and our two see different batches
    x, z = batch_of(system)["x"], torch.randn(6, 8)
    system.prior = lambda n, seed=None: z
    lam, E, G = 0.5, system.E, system.G
    system.lam_E = system.lam_G = lam
    system.judge = lambda e: -e.mean(1)  # their sign
    fake = G(z)
    mr, mf, mf_ = E(x).mean(1), E(fake).mean(1), E(fake.detach()).mean(1)
    rho = systems.ogan.pearson(z, E(fake)).mean()
    d = (x - fake.detach()).square().flatten(1).mean(1)
    script = ((mr - mf_) + (mf - mf_)).mean() - lam * rho + (0.25 * (mr - mf_) ** 2 / d).mean()
    theirs = torch.autograd.grad(script, list(system.parameters()))
    ours = []
    for player in system.players():
        mine = [p for net in player.nets for p in net.parameters()]
        ours += torch.autograd.grad(sum(player.loss({"x": x}).values()), mine)
    order = [p for player in system.players() for net in player.nets for p in net.parameters()]
    by_weight = dict(zip(system.parameters(), theirs, strict=True))
    generators = set(G.parameters())
    for p, grad in zip(order, ours, strict=True):
        torch.testing.assert_close(
            grad, by_weight[p], atol=2e-5, rtol=2e-3, msg=f"{'G' if p in generators else 'E'}"
        )


def test_the_photo_term_moves_e_alone_and_shows_it_photos():
    system = make("ogan")
    system.augment = type(system.augment)("")
    x = batch_of(system)["x"]
    system.G.requires_grad_(False)
    terms = system.encoder_loss({"x": x})
    grads = torch.autograd.grad(terms["photo"], list(system.E.parameters()), allow_unused=True)
    assert any(g is not None and g.abs().sum() > 0 for g in grads)
    assert "photo" not in system.generator_loss({"x": x})


def test_other_photos_reach_the_photo_term_and_nothing_else():
    system = make("ogan")
    system.augment = type(system.augment)("")
    x = batch_of(system)["x"]
    with torch.random.fork_rng():
        torch.manual_seed(0)
        plain = system.encoder_loss({"x": x})
        torch.manual_seed(0)
        both = system.encoder_loss({"x": x, "photo": -x})
    n = math.ceil(system.photo_share * len(x))
    shown = torch.cat([x[:n], -x[:n]])
    by_hand = system.photo * (system.reconstruct(shown) - shown).square().mean()
    torch.testing.assert_close(both.pop("photo"), by_hand)
    plain.pop("photo")
    for name, term in plain.items():
        torch.testing.assert_close(both[name], term)


def test_the_matrix_form_is_the_error_of_w_times_e():
    system = make("ogan matrix")
    z, e = torch.randn(5, 8), torch.randn(5, 8)
    by_hand = 0.7 * (z - e @ system.W.weight.T).square().mean()
    torch.testing.assert_close(system.correspondence(z, e, 0.7)["mse"], by_hand)


def test_copies_are_independent():
    system = make("ogan")
    twin = copy.deepcopy(system)
    with torch.no_grad():
        for p in system.parameters():
            p.add_(1.0)
    assert not any(
        torch.equal(a, b) for a, b in zip(system.parameters(), twin.parameters(), strict=True)
    )
