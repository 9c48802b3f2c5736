"""Networks that grow: the larger one is the smaller one, until its first step."""

import pytest
import torch
from torch.nn.functional import avg_pool2d, interpolate

from gan_demo import checkpoint, systems
from gan_demo.networks import grown
from train import init
from train.config import ConfigError

OPTIONS = {"generator": {"width": 8, "cap": 16}, "encoder": {"width": 8, "cap": 16}}


def make(size: int, doublings: int, system: str = "ogan", **options) -> systems.System:
    torch.manual_seed(size)
    sides = {k: v | {"doublings": doublings} for k, v in OPTIONS.items()}
    model = {"size": size, "z_dim": 8, "network": "grown"} | sides | options
    return systems.make(system, **model).eval()


def shipped(system: systems.System, tmp_path) -> str:
    folder = tmp_path / f"small-{system.size}"
    checkpoint.save(folder, system, training={})
    return str(folder)


@pytest.mark.parametrize(("small", "large", "on_top"), [(32, 64, 1), (32, 128, 2), (64, 128, 2)])
def test_a_grown_network_draws_the_same_picture_larger(tmp_path, small, large, on_top):
    before, after = make(small, on_top - (large // small) // 2), make(large, on_top)
    folder = shipped(before, tmp_path)
    init.fill(after, {"G": folder, "E": folder})
    before = checkpoint.load(folder).system
    z = after.prior(3, 0)
    with torch.no_grad():
        x, larger = before.decode(z).atanh(), after.decode(z)
        while x.shape[-1] < large:
            x = interpolate(x, scale_factor=2, mode="bilinear")
        torch.testing.assert_close(larger, x.tanh(), atol=1e-5, rtol=1e-4)
        pooled = avg_pool2d(larger, large // small)
        torch.testing.assert_close(after.encode(larger), before.encode(pooled))


def test_it_grows_out_of_a_dcgan(tmp_path):
    plain = systems.make("ogan", size=32, z_dim=8, **OPTIONS).eval()
    folder = shipped(plain, tmp_path)
    after = make(64, 1)
    init.fill(after, {"G": folder, "E": folder})
    z, plain = after.prior(2, 0), checkpoint.load(folder).system
    with torch.no_grad():
        same = interpolate(plain.decode(z).atanh(), scale_factor=2, mode="bilinear").tanh()
        torch.testing.assert_close(after.decode(z), same, atol=1e-5, rtol=1e-4)


def test_the_first_step_moves_what_is_on_top():
    system = make(64, 1)
    batch = {"x": torch.rand(4, 3, 64, 64) * 2 - 1}
    for player in system.players():
        torch.stack(list(player.loss(batch).values())).sum().backward()
    for layers in (system.G.draws, system.E.downs):
        assert layers[0].weight.grad.abs().sum() > 0


def test_other_missing_weights_are_still_refused(tmp_path):
    folder = shipped(make(32, 0), tmp_path)
    wider = make(64, 1, generator={"width": 12, "cap": 16, "doublings": 1})
    with pytest.raises(ConfigError, match="other options"):
        init.fill(wider, {"G": folder})


def test_no_side_is_left_for_the_small_network():
    with pytest.raises(ValueError, match="at least 32 must be left"):
        grown.Generator(8, 64, 3, doublings=2)


def test_the_maps_of_a_grown_encoder_are_those_its_code_is_made_from():
    E = grown.Encoder(8, 64, 3, width=4, doublings=1)
    for down in E.downs:
        torch.nn.init.normal_(down.weight)
    x = torch.randn(2, 3, 64, 64)
    maps = E.maps(x)
    torch.testing.assert_close(E.end(maps[-1].flatten(1)), E(x))
    assert [m.shape[-1] for m in maps] == [16, 8, 4]
