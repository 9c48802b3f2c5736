"""The contract of every system, run over all of them."""

import copy
import json

import pytest
import torch
from cases import CASES, PAIRS, SMALL, batch_of, make
from safetensors.torch import load_file

from gan_demo import checkpoint, systems
from gan_demo.checkpoint import card, untrusted
from gan_demo.options import defaults
from gan_demo.systems import Encodes, Samples, Translates

ENCODERS = [case for case in CASES if issubclass(systems.find(case.split()[0]), Encodes)]


@pytest.fixture(params=[*CASES, *PAIRS])
def system(request):
    return make(request.param)


@pytest.fixture(params=CASES)
def sampler(request):
    return make(request.param)


@pytest.fixture(params=ENCODERS)
def encoder(request):
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


def test_a_saved_sampler_draws_the_same_pictures(sampler, tmp_path):
    assert isinstance(sampler, Samples)
    checkpoint.save(tmp_path / "saved", sampler, training={})
    loaded = checkpoint.load(tmp_path / "saved").system
    assert isinstance(loaded, Samples)
    difference = loaded.sample(2, seed=0) - sampler.eval().sample(2, seed=0)
    assert difference.abs().max() < 0.02  # halves


def test_without_its_scaffold_a_system_draws_and_reads(system):
    device, weights = system.device, card.weights(system)
    system.eval().drop_scaffold()
    untrusted.trial(system)
    assert system.device == device and card.weights(system) == weights
    networks = dict(system.named_children())
    dropped = [networks[name] for name in system.scaffold if name in networks]
    assert all(weight.is_meta for network in dropped for weight in network.parameters())


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


def test_a_code_is_a_function_of_the_picture(encoder):
    system = encoder.eval()
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


def test_encoding_gives_codes_on_the_shell_of_their_prior(encoder):
    system = encoder.eval()
    if system.distribution != "sphere":
        pytest.skip(f"a {system.distribution} prior has no shell")
    code = system.encode(batch_of(system)["x"])
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


def test_copies_are_independent():
    system = make("ogan")
    twin = copy.deepcopy(system)
    with torch.no_grad():
        for p in system.parameters():
            p.add_(1.0)
    assert not any(
        torch.equal(a, b) for a, b in zip(system.parameters(), twin.parameters(), strict=True)
    )
