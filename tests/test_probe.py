"""What a critic's maps are worth, and what a classifier says of samples."""

from dataclasses import replace

import pytest
import torch

from gan_demo import systems
from gan_demo.features import Classifier
from gan_demo.metrics import Reference, Unavailable, probe, recognised
from gan_demo.systems import Samples

SMALL = {"size": 32, "channels": 1, "z_dim": 8}
NARROW = {"width": 4, "cap": 16}


def stripes(n: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Standing or lying stripes anywhere, under noise: pixel by pixel the same on average."""
    g = torch.Generator().manual_seed(seed)
    y = torch.arange(n) % 2
    phase = torch.randint(8, (n, 1, 1), generator=g)
    wave = (((torch.arange(32) + phase) // 4) % 2).float().expand(n, 32, 32)
    x = torch.where(y.view(-1, 1, 1) == 0, wave, wave.mT)
    noise = torch.rand(n, 32, 32, generator=g)
    return (255 * (0.6 * x + 0.4 * noise)).to(torch.uint8).unsqueeze(1), y


def test_the_svm_reads_in_maps_what_it_cannot_read_in_pixels():
    (x, y), (val, truth) = stripes(80, 0), stripes(60, 1)
    system = systems.make("gan", **SMALL, generator=NARROW, discriminator=NARROW).eval()
    with torch.no_grad():  # a first layer that looks along and across
        first = system.net.layers[0].weight.zero_()
        first[0, 0, :, :2], first[0, 0, :, 2:] = 1.0, -1.0
        first[1, 0, :2], first[1, 0, 2:] = 1.0, -1.0
    found = probe.measure(system, Reference(x, val, y, val_labels=truth))
    assert found["accuracy, 80 labels"] > 0.95
    assert found["accuracy, 80 labels, pixels"] < 0.85
    assert found["largest class"] == 0.5
    assert found["features"] == 16 * (4 + 8 + 16)


def test_the_svm_is_left_out_where_it_means_nothing():
    x, y = stripes(8, 0)
    system = systems.make("gan", **SMALL, generator=NARROW, discriminator=NARROW)
    with pytest.raises(Unavailable, match="no labels"):
        probe.measure(system, Reference(x, x))
    system = systems.make("gan", **SMALL, network="resnet")
    with pytest.raises(Unavailable, match="choose the network dcgan"):
        probe.measure(system.eval(), Reference(x, x, y, val_labels=y))


def test_score_is_1_for_one_answer_and_k_for_k_sure_ones():
    same = torch.tensor([[0.2, 0.8]]).expand(10, 2).double()
    torch.testing.assert_close(recognised.score(same).item(), 1.0)
    torch.testing.assert_close(recognised.score(torch.eye(7).double()).item(), 7.0)
    p = torch.rand(6, 4).double()
    p /= p.sum(1, keepdim=True)
    by_hand = sum(r[k] * (r[k] / p.mean(0)[k]).log() for r in p for k in range(4)) / 6
    torch.testing.assert_close(recognised.score(p), by_hand.exp())


class Same(Samples):
    """Draws one picture, always."""

    z_dim = 2

    def __init__(self):
        super().__init__(32, 1)
        self.grey = torch.nn.Parameter(torch.zeros(1, 1, 32, 32))

    def decode(self, z):
        return self.grey.expand(len(z), -1, -1, -1)


def test_a_model_that_always_draws_the_same_scores_1():
    x, y = stripes(40, 0)
    heads = {"shade": ["dark", "light"], "way": ["across", "along", "both"]}
    net = Classifier(heads=heads, data="stripes", size=32, widths=[4, 8]).eval()
    reference = Reference(x, x, y, net, classes=("across", "along"))
    found = recognised.measure(Same(), reference)
    assert found["CS-conv2-stripes"] == pytest.approx(1.0)
    assert found["most frequent class"] == 1.0
    assert found["rarest class"] == 0.0
    for other in (replace(reference, classes=()), replace(reference, classes=("along", "dark"))):
        with pytest.raises(Unavailable, match="no head"):
            recognised.measure(Same(), other)
