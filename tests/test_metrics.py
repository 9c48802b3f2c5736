"""Distances against closed forms, measures against systems whose figures are known."""

import math

import pytest
import torch
from conftest import RULER
from torch import nn

from gan_demo import features, latent, metrics
from gan_demo.actions.train import course
from gan_demo.metrics import Reference, calibration, codes, distances, readings, redrawn, samples
from gan_demo.systems import Encodes, Samples


def white(n: int, d: int, seed: int = 0) -> torch.Tensor:
    """n points whose mean is exactly 0 and whose covariance is exactly 1."""
    f = torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    f -= f.mean(0)
    return f @ torch.linalg.inv(torch.linalg.cholesky(torch.cov(f.T)).T)


def gauss(n: int, d: int, seed: int) -> torch.Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed))


def blobs(n: int, size: int = 32) -> torch.Tensor:
    """Smooth grey pictures with detail, two kinds of them."""
    g = torch.Generator().manual_seed(0)
    coarse = torch.rand(n, 1, 4, 4, generator=g)
    fine = torch.rand(n, 1, 16, 16, generator=g)
    x = sum(
        w * nn.functional.interpolate(p, (size, size), mode="bicubic")
        for w, p in ((0.7, coarse), (0.3, fine))
    )
    x[n // 2 :, :, :, : size // 2] *= 0.5
    return (255 * x).clamp(0, 255).to(torch.uint8)


class Perfect(Encodes):
    """The code of a picture is the picture: only its average and contrast are lost."""

    def __init__(self, size: int = 16):
        super().__init__(size, 1)
        self.z_dim = size * size
        self.one = nn.Parameter(torch.ones(()))
        self.norm = nn.BatchNorm1d(self.z_dim)

    def decode(self, z):
        return (0.3 * self.one * z).view(-1, 1, self.size, self.size)

    def encode(self, x):
        return latent.normalize(x.flatten(1))


class Blind(Perfect):
    """Gives every picture the same code."""

    def encode(self, x):
        return self.prior(1, seed=1).expand(len(x), -1)


class Draws(Samples):
    def __init__(self):
        super().__init__(16, 1)
        self.z_dim, self.one = 4, nn.Parameter(torch.ones(()))

    def decode(self, z):
        return z.mean(1).view(-1, 1, 1, 1).expand(-1, 1, 16, 16) * self.one


def test_fd_of_a_set_with_itself_is_zero_even_without_full_rank():
    for n in (500, 5):
        f = gauss(n, 16, 0)
        assert distances.fd(f, f) == pytest.approx(0, abs=1e-5)


def test_fd_of_normal_distributions_is_the_closed_form():
    f, m, s = white(400, 6), torch.arange(6.0).double() / 3, torch.linspace(0.5, 2, 6).double()
    expected = m.square().sum() + (s - 1).square().sum()
    assert distances.fd(f * s + m, f) == pytest.approx(expected.item(), rel=1e-9)


def test_fd_of_covariances_that_do_not_commute():
    a, b = torch.tensor([[2.0, 0.6], [0.0, 0.5]]).double(), torch.tensor([[1.0, 0], [-0.9, 1]])
    b = b.double()
    x, f = white(300, 2), white(300, 2)
    A, B = a.T @ a, b.T @ b
    # for 2 x 2: (Tr M^½)² = Tr M + 2 (det M)^½
    root = (torch.trace(A @ B) + 2 * torch.det(A @ B).sqrt()).sqrt()
    expected = A.trace() + B.trace() - 2 * root
    assert distances.fd(x @ a, f @ b) == pytest.approx(expected.item(), rel=1e-9)


def test_mmd2_is_the_mean_over_pairs():
    a, b, d = gauss(5, 3, 0).double(), gauss(4, 3, 1).double(), 3

    def k(x, y):
        return (x @ y / d + 1) ** 3

    within_a = sum(k(x, y) for i, x in enumerate(a) for j, y in enumerate(a) if i != j) / 20
    within_b = sum(k(x, y) for i, x in enumerate(b) for j, y in enumerate(b) if i != j) / 12
    across = sum(k(x, y) for x in a for y in b) / 20
    assert distances.mmd2(a, b).item() == pytest.approx((within_a + within_b - 2 * across).item())


def test_kd_is_unbiased():
    draws = torch.stack(
        [distances.mmd2(gauss(20, 4, 2 * i), gauss(20, 4, 2 * i + 1)) for i in range(100)]
    )
    error = draws.std() / math.sqrt(len(draws))
    assert abs(draws.mean()) < 4 * error  # with the diagonal kept it would be 50 errors away
    assert draws.min() < 0
    mean, std = distances.kd(gauss(200, 4, 0) + 1, gauss(300, 4, 1), subsets=5)
    assert mean > std > 0


def test_equal_sets_have_full_precision_recall_and_coverage():
    f = gauss(200, 5, 0)
    assert distances.precision_recall(f, f) == (1, 1)
    density, coverage = distances.density_coverage(f, f)
    assert coverage == 1
    assert density == pytest.approx(
        6 / 5, abs=0.01
    )  # each ball holds its 5 neighbours and its centre


def test_density_of_equal_distributions_is_one():
    density, _ = distances.density_coverage(gauss(1000, 3, 0), gauss(1000, 3, 1))
    assert density == pytest.approx(1, abs=0.1)


def test_a_dropped_mode_costs_recall_and_a_stray_one_precision():
    near, far = gauss(200, 4, 0), gauss(200, 4, 1) + 50
    both = torch.cat([gauss(200, 4, 2), gauss(200, 4, 3) + 50])
    precision, recall = distances.precision_recall(near, both)
    assert precision > 0.8
    assert recall < 0.55
    assert distances.precision_recall(both, near)[0] < 0.55
    assert distances.precision_recall(near, far) == (0, 0)
    assert distances.density_coverage(near, far) == (0, 0)
    assert 0.3 < distances.density_coverage(near, both)[1] < 0.55


def test_two_halves_are_nearer_than_any_corruption():
    photos = blobs(240)
    labels = torch.arange(240) // 120
    reference = Reference(photos, blobs(20), labels, features.load(features.shipped(1)))
    figures = calibration.measure(Draws(), reference)
    fd = reference.name("FD")
    floor = figures[f"{fd} of photos"]
    others = {k: v for k, v in figures.items() if k.startswith(f"{fd} of photos, ")}
    assert len(others) == len(calibration.CORRUPTIONS) + 1
    assert floor < min(others.values())
    for kind in ("blur", "noise", "JPEG"):
        mild, strong = (v for k, v in others.items() if kind in k)
        assert mild < strong


def test_without_class_keeps_the_number_and_drops_the_largest_minority():
    labels = torch.tensor([0] * 6 + [1] * 3 + [2])
    kept = calibration.without_class(labels)
    assert len(kept) == len(labels)
    assert set(labels[kept].tolist()) == {0, 2}


def test_a_system_meets_the_measures_it_has_the_ability_for():
    reference = Reference(blobs(4), blobs(4))
    titles = {m.TITLE for m in metrics.measures(Draws(), reference)}
    assert titles == {"Calibration", "Samples", "Recognised by the classifier", "Real FID and KID"}
    everything = {m.TITLE for m in metrics.measures(Perfect(), reference)}
    more = {codes.TITLE, readings.TITLE, redrawn.TITLE, "LPIPS", "Identity (dlib)", "Neighbours"}
    assert everything == titles | more


def test_a_perfect_encoder():
    figures = codes.measure(Perfect(), Reference(blobs(40, 16), blobs(40, 16)))
    assert figures["rho fresh"] == pytest.approx(1, abs=1e-5)
    assert figures["rho photos"] == pytest.approx(1, abs=1e-5)
    assert figures["top-1 pixels"] > 0.9


def test_a_blind_encoder():
    figures = codes.measure(Blind(), Reference(blobs(40, 16), blobs(40, 16)))
    assert abs(figures["rho fresh"]) < 0.1
    assert figures["EGr / EGr_b"] == pytest.approx(1, abs=1e-5)
    assert figures["top-1 pixels"] == 1 / 40


def test_the_figures_of_a_known_error():
    x = torch.rand(12, 1, 16, 16) - 0.5
    figures = codes.pixels(x, x + 0.1)
    assert figures["MSE"] == pytest.approx(0.01, rel=1e-4)
    assert figures["PSNR"] == pytest.approx(10 * math.log10(2**2 / 0.01), rel=1e-4)
    assert figures["EGr"] == pytest.approx(0.1 * 16, rel=1e-4)
    stranger = (x - x.roll(1, 0)).square().mean().item()
    assert figures["MSE / random photo"] == pytest.approx(0.01 / stranger, rel=1e-4)
    assert codes.pixels(x, x)["SSIM"] == pytest.approx(1)
    assert codes.pixels(x, -x)["SSIM"] < 0  # a negative is no likeness, whatever its luminance


def test_samples_are_measured_and_named_by_network_and_number():
    photos = blobs(120, 16)
    reference = Reference(photos, photos[:30], network=features.load(features.shipped(1)), seeds=2)
    figures = samples.measure(Draws(), reference)
    assert figures[f"FD-{RULER}-60"] > 0
    assert {"precision", "recall", "density", "coverage", "novelty"} < figures.keys()
    assert reference.name("KD", 5000) == f"KD-{RULER}-5k"


def test_learning_by_heart_shows_in_novelty():
    photos = blobs(120, 32)
    reference = Reference(photos[:80], photos[80:], network=features.load(features.shipped(1)))
    assert samples.novelty(reference.known[:20], reference) == pytest.approx(0, abs=1e-6)
    assert samples.novelty(reference.net.features(photos[80:]), reference) == pytest.approx(1)


def test_the_same_seed_draws_the_same_set_in_any_batch():
    a, b = (samples.draw(Draws(), 10, seed=3, batch=n) for n in (4, 10))
    assert torch.equal(a, b)


def test_without_a_network_the_rest_is_measured_and_the_reason_said():
    said: list[str] = []
    figures = metrics.evaluate(Perfect(), Reference(blobs(20, 16), blobs(20, 16)), said.append)
    assert list(figures) == [codes.TITLE]
    assert any("no feature network" in line for line in said)
    assert any("LPIPS" in line for line in said)


def test_measuring_leaves_modes_and_random_numbers_alone():
    system = Perfect()
    system.train()
    system.norm.eval()
    torch.manual_seed(0)
    expected = torch.rand(1)
    torch.manual_seed(0)
    with metrics.measuring(system):
        assert not system.training
        torch.rand(5)
    assert system.training
    assert not system.norm.training
    assert torch.equal(torch.rand(1), expected)


def test_quick_figures():
    photos = blobs(120, 16)
    figures = metrics.quick(Perfect(), {"x": photos}, n=100)
    assert all(map(course.meaning, figures))
    assert figures["rho"] == pytest.approx(1, abs=1e-5)
    assert 0 < figures["ratio"] < 1
    assert figures[f"FD-{RULER}-100"] > 0
    assert metrics.quick(Draws(), {"x": photos}, n=100).keys() == {f"FD-{RULER}-100"}


def test_a_portrait_is_known_by_what_sets_it_apart_in_its_own_set():
    photos = gauss(40, 6, 0)
    drawn = 3 * photos + 5  # a look of its own that all portraits share
    assert redrawn.top(photos, drawn, 1) == 1
    assert redrawn.top(photos, drawn.roll(1, 0), 1) == 0
    near = drawn.clone()
    near[[0, 1]] = near[[1, 0]]
    assert redrawn.top(photos, near, 1) == 38 / 40
    assert redrawn.top(photos, near, 40) == 1


def test_photos_are_redrawn_only_where_there_are_some():
    with pytest.raises(metrics.Unavailable, match="no other photos"):
        redrawn.measure(Perfect(), Reference(blobs(40, 16), blobs(40, 16)))


def test_where_there_is_one_class_none_is_missed():
    torch.manual_seed(0)
    network = features.Classifier(size=16, widths=(4, 8)).eval()
    photos, one = blobs(40, 16), torch.zeros(40, dtype=torch.long)
    for labels, told in ((one, False), (torch.arange(40) % 4, True)):
        known = Reference(photos, photos, labels=labels, network=network)
        assert any("one class missing" in key for key in calibration.photos(known)) is told
