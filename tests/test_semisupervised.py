"""The semi-supervised game: its formula, its few labels, its metric and twenty real steps."""

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn.functional import cross_entropy, pad, softplus

from gan_demo import checkpoint, data, metrics, systems
from gan_demo.data import few_labels
from gan_demo.metrics import Reference, accuracy
from gan_demo.networks.allconv import AllConv
from train import config, loop

SMALL = {"generator": {"width": 4}, "classifier": {"widths": [4, 8]}}
CLASSES = ["dark", "light", "ramp"]


def make(**options) -> systems.System:
    torch.manual_seed(0)
    return systems.make("semisupervised", size=32, z_dim=8, classes=CLASSES, **(SMALL | options))


def batch_of(n: int = 6) -> dict[str, torch.Tensor]:
    g = torch.Generator().manual_seed(1)
    few, x = (torch.rand(n, 3, 32, 32, generator=g) * 2 - 1 for _ in range(2))
    return {"l": few, "x": x, "y": torch.arange(n) % 3}


@pytest.fixture
def pictures(tmp_path, monkeypatch):
    """Ten pictures of each class to train on and two to test, in folders."""
    monkeypatch.setenv("GAN_DEMO_CACHE", str(tmp_path / "cache"))
    rng = np.random.default_rng(0)
    for split, count in (("train", 10), ("val", 2)):
        for c, shade in zip(CLASSES, (40, 200, 120), strict=True):
            folder = tmp_path / "pictures" / split / c
            folder.mkdir(parents=True)
            for i in range(count):
                soft = rng.integers(shade - 20, shade + 20, (4, 4, 3), np.uint8)
                Image.fromarray(soft).resize((32, 32)).save(folder / f"{i}.png")
    return f"folder:{tmp_path / 'pictures'}"


def run(tmp_path, pictures, *more):
    options = [f"data.source={pictures}", f"out={tmp_path}/out", f"runs={tmp_path}/runs"]
    options += [f"model.classes={CLASSES}", "model.z_dim=8", "model.generator.width=4"]
    options += ["model.classifier.widths=[4, 8]", "batch=6", "threads=1", "data.labels=9"]
    return config.load("semisupervised_cifar10", [*options, *more])


def test_d_is_a_softmax_with_one_more_class_whose_logit_is_0():
    system, x = make().eval(), batch_of()["x"]
    with torch.no_grad():
        generated = pad(system.classify(x), (0, 1)).softmax(1)[:, -1]
        torch.testing.assert_close(system.D(x).sigmoid(), 1 - generated)


def test_the_loss_is_the_papers():
    """-log p(y | x, y < K+1) - ½ (E log D(x) + E log(1 - D(G(z))))."""
    system, batch = make().eval(), batch_of()
    z = torch.randn(6, 8)
    system.prior = lambda n, seed=None: z
    with torch.no_grad():
        ours = sum(system.classifier_loss(batch).values())
        l_l, l_x, l_g = map(system.classify, (batch["l"], batch["x"], system.G(z)))
        on_x, on_g = l_x.logsumexp(1), l_g.logsumexp(1)
        code = cross_entropy(l_l, batch["y"])
        code = code + 0.5 * (-on_x.mean() + softplus(on_x).mean() + softplus(on_g).mean())
        share = [e.exp().sum(1) / (e.exp().sum(1) + 1) for e in (l_x, l_g)]
        paper = (
            cross_entropy(l_l, batch["y"]) - 0.5 * (share[0].log() + (1 - share[1]).log()).mean()
        )
    torch.testing.assert_close(ours, code)
    torch.testing.assert_close(ours, paper)


def test_without_its_weight_the_pictures_without_labels_teach_nothing():
    system, batch = make(lam=0.0), batch_of()
    assert system.classifier_loss(batch).keys() == {"labelled"}
    assert make().classifier_loss(batch).keys() == {"labelled", "unlabelled"}


def test_the_generator_matches_features_and_moves_alone():
    system, batch = make().eval(), batch_of()
    z = torch.randn(6, 8)
    system.prior = lambda n, seed=None: z
    f, g = (system.C.features(p).mean(0) for p in (batch["x"], system.G(z)))
    terms = system.generator_loss(batch)
    assert terms.keys() == {"matching"}
    torch.testing.assert_close(terms["matching"], (f - g).abs().mean())


def test_the_published_classifier():
    """Nine convolutions of 96 and 192, the last map 6 x 6; features are what the head sees."""
    with torch.device("meta"):
        net = AllConv(10, 3)
    convolutions = [m for m in net.modules() if isinstance(m, torch.nn.Conv2d)]
    assert [m.out_channels for m in convolutions] == [96] * 3 + [192] * 6
    small = AllConv(10, 3, widths=(4, 8)).eval()
    x = torch.randn(2, 3, 32, 32)
    assert small.layers(x).shape == (2, 8, 6, 6)
    torch.testing.assert_close(small(x), small.end(small.features(x)))
    with pytest.raises(ValueError, match="two widths"):
        AllConv(10, 3, widths=(4, 8, 8))


def test_labels_are_balanced_fixed_and_never_of_val(pictures):
    train, val = (data.load(pictures, size=32, channels=3, split=s) for s in ("train", "val"))
    few, others = few_labels.parted(train, 9)
    assert torch.bincount(few.y).tolist() == [3, 3, 3]
    assert others.y is None
    assert len(few) == 9 and len(others) == 21
    assert set(few.names) | set(others.names) == set(train.names)
    assert not set(few.names) & (set(others.names) | set(val.names))
    assert all(CLASSES[y] in name for name, y in zip(few.names, few.y.tolist(), strict=True))
    torch.manual_seed(99)
    again, _ = few_labels.parted(train, 9)
    assert again.names == few.names and torch.equal(again.x, few.x)
    more, _ = few_labels.parted(train, 12)
    assert set(few.names) < set(more.names)


@pytest.mark.parametrize("labels", [8, 33, -3])
def test_labels_that_do_not_divide_are_refused(pictures, labels):
    train = data.load(pictures, size=32, channels=3)
    with pytest.raises(data.DataError, match="multiple of the 3 classes, at most 30"):
        few_labels.parted(train, labels)


def test_twenty_steps_learn_the_labels_and_the_checkpoint_classifies(tmp_path, pictures):
    settings = run(tmp_path, pictures, "steps=20", "optim.lr=1e-2", "ema=1")
    loop.train(settings)
    loaded = checkpoint.load(settings.checkpoint)
    about = loaded.config["training"]
    assert (about["pictures"], about["pictures l"]) == (21, 9)
    val = data.load(pictures, size=32, channels=3, split="val")
    reference = Reference(val.x, val.x, val_labels=val.y)
    with metrics.measuring(loaded.system):
        figures = accuracy.measure(loaded.system, reference)
    assert figures["error"] <= 1 / 3  # 2/3 by chance
    assert loaded.system.sample(2, seed=0).shape == (2, 3, 32, 32)


def test_the_error_is_the_share_that_is_wrong():
    system, x = make().eval(), torch.randint(0, 256, (8, 3, 32, 32), dtype=torch.uint8)
    with torch.no_grad():
        named = system.classify(x / 127.5 - 1).argmax(1)
    labels = named.clone()
    labels[:2] = (labels[:2] + 1) % 3
    figures = accuracy.measure(system, Reference(x, x, val_labels=labels))
    assert figures == pytest.approx({"error": 0.25, "error ±": (0.25 * 0.75 / 8) ** 0.5})
    with pytest.raises(metrics.Unavailable, match="no labels"):
        accuracy.measure(system, Reference(x, x))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("data.labels=0", "needs data.labels"),
        ('model.classes=["a", "b", "c"]', "model.classes"),
        ("system=gan", "does not read data l"),
    ],
)
def test_what_does_not_fit_is_said(tmp_path, pictures, change, said):
    settings = run(tmp_path, pictures, change)
    model = settings.model if settings.system != "gan" else {"size": 32}
    with pytest.raises(ValueError, match=said):
        loop.feed(settings, systems.make(settings.system, **model))


def test_its_options_are_checked():
    with pytest.raises(ValueError, match="l1, l2"):
        make(matching="l3")
    with pytest.raises(ValueError, match="two or more"):
        systems.make("semisupervised", classes=["a", "a"])
