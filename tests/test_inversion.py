"""Searching for the code of a picture, on networks small enough to be searched in seconds."""

import itertools

import pytest
import torch
from conftest import tiny
from pictures import flat, write

from gan_demo import checkpoint, data, images, latent, systems
from gan_demo.codes.inversion import Weights, finished, invert, objective
from gan_demo.data.unpaired import Side
from gan_demo.features import Classifier
from train.experiments import inversion as table


@pytest.fixture(scope="module")
def system():
    return tiny().eval().requires_grad_(False)


@pytest.fixture(scope="module")
def x(system):
    return system.sample(3, seed=50)


def mse(x, y):
    return (x - y).square().mean((1, 2, 3))


def uniform():
    torch.manual_seed(0)
    net = {"width": 4, "cap": 16}
    options = {"size": 32, "channels": 1, "z_dim": 8, "generator": net, "prior": "uniform"}
    return systems.make("gan", discriminator=net, **options).eval()


def test_a_picture_of_the_model_is_found_again(system, x):
    z = system.prior(3, 50)
    found = finished(invert(system, x, steps=80, restarts=3, weights=Weights(pooled=0.0)))
    assert (found.error < 0.1 * mse(x, x.roll(1, 0))).all()
    assert (latent.pearson(found.z, z) > 0.9).all()
    torch.testing.assert_close(found.y, system.decode(found.z))
    torch.testing.assert_close(found.error, mse(x, found.y))


def test_a_search_from_an_encoder_is_never_worse_than_the_encoder(system, x):
    start = system.encode(x)
    before = mse(x, system.decode(start))
    first, *_, last = invert(system, x, steps=30, start=start, weights=Weights(pooled=0.0))
    torch.testing.assert_close(first.error, before)
    assert torch.equal(first.z, start)
    assert (last.error < before).all()
    wild = finished(invert(system, x, steps=3, start=start, rate=50.0, weights=Weights(pooled=0.0)))
    assert (wild.error <= before).all()


def test_each_photo_is_searched_for_itself(system, x):
    together = finished(invert(system, x, steps=5, restarts=2))
    alone = finished(invert(system, x[1:2], steps=5, restarts=2))
    torch.testing.assert_close(together.z[1:2], alone.z, atol=1e-3, rtol=1e-3)


def test_a_seed_gives_the_same_search_whatever_was_drawn_before(system, x):
    a = finished(invert(system, x, steps=4, restarts=2, seed=7))
    torch.manual_seed(99)
    assert torch.equal(a.z, finished(invert(system, x, steps=4, restarts=2, seed=7)).z)
    assert not torch.equal(a.z, finished(invert(system, x, steps=4, restarts=2, seed=9)).z)


def test_of_all_starts_the_best_is_kept(system, x):
    plain, draws = Weights(pooled=0.0), system.prior(5, 3)
    first = next(invert(system, x, steps=1, restarts=5, seed=3, weights=plain))
    errors = torch.stack([mse(x, system.decode(z[None]).expand_as(x)) for z in draws])
    torch.testing.assert_close(first.error, errors.min(0).values)
    assert torch.equal(first.z, draws[errors.argmin(0)])


def test_progress_never_gets_worse_and_ends_with_the_last_step(system, x):
    plain = Weights(pooled=0.0)
    seen = list(invert(system, x, steps=25, restarts=2, weights=plain, every=10))
    assert [now.step for now in seen] == [0, 10, 20, 25]
    assert all((b.error <= a.error).all() for a, b in itertools.pairwise(seen))


def test_who_asks_no_further_stops_the_work(system, x, monkeypatch):
    calls = []
    decode = type(system).decode
    monkeypatch.setattr(type(system), "decode", lambda s, z: calls.append(1) or decode(s, z))
    work = invert(system, x, steps=1000, every=5)
    next(work), next(work)
    work.close()
    assert len(calls) == 6
    assert next(work, None) is None


@pytest.mark.parametrize("kind", ["sphere", "normal", "uniform"])
def test_codes_stay_where_the_prior_lies(kind):
    system = uniform()
    system.distribution = kind
    far = 3 * torch.randn(5, 8)
    home = system.home(far)
    if kind == "sphere":
        torch.testing.assert_close(home, latent.normalize(far))
    elif kind == "uniform":
        assert torch.equal(home, far.clamp(-1, 1))
    else:
        assert (home.norm(dim=1) <= 8**0.5 + 1e-4).all()
        torch.testing.assert_close(system.home(0.1 * far), 0.1 * far)
    draws = system.prior(4, 1)
    if kind != "normal":
        torch.testing.assert_close(system.home(draws), draws, atol=1e-3, rtol=1e-3)
    found = finished(invert(system, system.sample(2, 9), steps=6, restarts=2, rate=0.5))
    torch.testing.assert_close(system.home(found.z), found.z, atol=1e-5, rtol=1e-5)


def test_the_objective_is_the_formula():
    torch.manual_seed(0)
    net = Classifier(size=32, widths=(4, 8)).eval().requires_grad_(False)
    x, y, z, start = torch.rand(2, 1, 32, 32), torch.rand(2, 1, 32, 32), torch.rand(2, 8), None
    pool = torch.nn.functional.avg_pool2d
    weights = Weights(pooled=2.0, features=0.5, network=net, near=3.0)
    data, total = objective(x, start, weights)(z, y)
    features = (net(x) - net(y)).square().mean(1)
    wanted = mse(x, y) + 2 * mse(pool(x, 8), pool(y, 8)) + 0.5 * features
    torch.testing.assert_close(data, wanted)
    assert torch.equal(data, total)
    start = torch.rand(2, 8)
    data, total = objective(x, start, weights)(z, y)
    torch.testing.assert_close(data, wanted)
    torch.testing.assert_close(total, wanted + 3 * (z - start).square().mean(1))


def test_features_are_lowered_when_they_are_asked_for(system, x):
    torch.manual_seed(0)
    net = Classifier(size=32, widths=(4, 8)).eval().requires_grad_(False)
    start = system.prior(3, 0)
    apart = []
    for weight in (0.0, 100.0):
        weights = Weights(pooled=0.0, features=weight, network=net)
        found = finished(invert(system, x, steps=15, start=start, weights=weights))
        apart.append((net(x) - net(found.y)).square().mean())
    assert apart[1] < apart[0]


def test_what_inference_mode_has_made_can_be_searched_for(system):
    with torch.inference_mode():
        x = system.sample(1, 5)
        start = system.encode(x)
    first, *_, last = invert(system, x, steps=10, start=start)
    assert last.error < first.error


def test_searches_that_cannot_be_are_refused(system, x):
    for options in ({"steps": 0}, {"steps": 3, "restarts": 0}):
        with pytest.raises(ValueError, match="one step and one start"):
            next(invert(system, x, **options))


def test_the_table_of_encoders_and_searches(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_DEMO_CACHE", str(tmp_path / "cache"))
    photos = write(tmp_path / "photos", flat(100))
    for name, options in {"first": {}, "second": {"z_dim": 6}}.items():
        training = {"data": f"folder:{photos}"}
        checkpoint.save(tmp_path / name, tiny(**options), training=training)
    folders = [str(tmp_path / name) for name in ("first", "second")]
    n = len(data.load(f"folder:{photos}", split="val", size=32, channels=1, minimum=2))
    rows, said = table.compare(
        folders, n=n, effort=table.Effort(steps=(2, 20), restarts=2, batch=3)
    )
    assert [*rows] == [
        "first: encoder",
        "first: encoder, then 2 steps",
        "first: encoder, then 20 steps",
        "first: search alone, 2 x 2 steps",
        "first: search alone, 2 x 20 steps",
        "second: encoder",
    ]
    error = {name: row["MSE"] for name, row in rows.items()}
    assert error["first: encoder, then 2 steps"] < error["first: encoder"]
    assert error["first: search alone, 2 x 20 steps"] < error["first: search alone, 2 x 2 steps"]
    assert f"{n} val photos" in said
    system = checkpoint.load(folders[0]).system
    x = images.from_pixels(table.val(Side(f"folder:{photos}"), system, n))
    assert error["first: encoder"] == pytest.approx(mse(x, system.reconstruct(x)).mean().item())
    with pytest.raises(ValueError, match="ask for fewer"):
        table.compare(folders, n=n + 1)
    gan = uniform()
    checkpoint.save(tmp_path / "gan", gan, training={})
    with pytest.raises(ValueError, match="has no encoder"):
        table.compare([str(tmp_path / "gan")])
