"""Text to image: the reader, the matching-aware critic, texts between two, and the real loop."""

import json
import math

import pytest
import torch
from pictures import encoded, write
from torch.nn.functional import softplus

from gan_demo import checkpoint, systems
from gan_demo.data.captions import strangers
from gan_demo.networks.text import Critic, Reader
from train import config, loop

WORDS = ["blue", "circle", "red", "square"]
SMALL = {"width": 4, "cap": 16}


def make(**options):
    torch.manual_seed(0)
    small = {"size": 32, "channels": 1, "z_dim": 8, "h_dim": 16, "code": 8, "vocabulary": WORDS}
    nets = {"generator": SMALL, "discriminator": SMALL | {"planes": 8}, "reader": {"width": 8}}
    phrases = {"phrases": ["red circle", "blue square", "red square"]}
    return systems.make("gan_int_cls", **small | nets | phrases | options)


@pytest.fixture
def batch():
    g = torch.Generator().manual_seed(1)
    t = torch.tensor([[3, 2], [1, 4], [3, 4], [1, 0], [3, 2], [2, 0]])
    return {"x": torch.rand(6, 1, 32, 32, generator=g) * 2 - 1, "t": t}


def test_a_reader_does_not_see_the_padding_but_sees_the_order():
    torch.manual_seed(0)
    reader = Reader(4, 16, width=8)
    h = reader(torch.tensor([[3, 2], [2, 3]]))
    torch.testing.assert_close(reader(torch.tensor([[3, 2, 0, 0], [2, 3, 0, 0]])), h)
    assert (h[0] - h[1]).abs().max() > 1e-3
    torch.testing.assert_close(h.mean(1), torch.zeros(2), atol=1e-5, rtol=0)
    torch.testing.assert_close(h.std(1, correction=0), torch.ones(2), atol=1e-3, rtol=0)


def test_a_critic_gives_a_picture_another_score_with_another_text():
    torch.manual_seed(0)
    critic = Critic(16, 32, 1, planes=8, **SMALL)
    seen, h = critic.look(torch.randn(1, 1, 32, 32)), torch.randn(3, 16)
    assert seen.shape == (1, 16, 4, 4)
    scores = critic.judge(seen.expand(3, -1, -1, -1), h)
    assert len(set(scores.tolist())) == 3


def test_wrong_texts_are_never_the_right_ones():
    t = torch.randint(0, 3, (64, 2), generator=torch.Generator().manual_seed(0))
    for seed in range(20):
        torch.manual_seed(seed)
        rows, apart = strangers(t)
        assert apart.all()
        assert (t[rows] != t).any(1).all()
    drawn = torch.stack([strangers(t)[0] for _ in range(400)])
    assert all(len(set(column.tolist())) > 20 for column in drawn.T), "drawn among all others"


def test_where_all_say_the_same_there_is_no_wrong_text(batch):
    _, apart = strangers(torch.ones(4, 2, dtype=torch.long))
    assert not apart.any()
    batch["t"] = torch.ones_like(batch["t"])
    terms = make().critic_loss(batch)
    assert "wrong" not in terms and terms["critic"].isfinite()


def test_the_cls_loss_is_the_papers(batch):
    """-log s_r - ½ [log(1-s_w) + log(1-s_f)] for D, -log s_f for G, s the sigmoid of our D."""
    system = make(loss="nonsaturating", between=0.0)
    z = torch.randn(6, 8)
    system.prior = lambda n, seed=None: z
    torch.manual_seed(3)
    terms = system.critic_loss(batch)
    torch.manual_seed(3)
    rows, _ = strangers(batch["t"])
    h = system.T(batch["t"])
    fake = system.illustrate(z, h)
    s_r, s_w, s_f = (
        system.D(pair).sigmoid() for pair in ((batch["x"], h), (batch["x"], h[rows]), (fake, h))
    )
    by_hand = -s_r.log() - ((1 - s_w).log() + (1 - s_f).log()) / 2
    torch.testing.assert_close(terms["critic"] + terms["wrong"], by_hand.mean())
    generated = system.generator_loss(batch)["generator"]
    torch.testing.assert_close(generated, -s_f.log().mean())


def test_a_relativistic_critic_ranks_the_right_text_above_both(batch):
    system = make(loss="rpgan", between=0.0)
    torch.manual_seed(3)
    wrong = system.critic_loss(batch)["wrong"]
    torch.manual_seed(3)
    rows, _ = strangers(batch["t"])
    h, x = system.T(batch["t"]), batch["x"]
    apart = system.D((x, h[rows])) - system.D((x, h))
    torch.testing.assert_close(wrong, softplus(apart).mean() / 2)


def test_int_reads_between_two_texts_for_its_share_of_the_batch(batch):
    system = make(beta=0.3, between=0.5)
    h, other = torch.randn(6, 16), torch.randn(6, 16)
    hat = system.mixed(h, other)
    torch.testing.assert_close(hat[:3], 0.3 * h[:3] + 0.7 * other[:3])
    assert torch.equal(hat[3:], h[3:])
    seen = []
    system.illustrate = lambda z, h: seen.append(h) or system.G(z, system.code(h))
    torch.manual_seed(3)
    system.generator_loss(batch)
    torch.manual_seed(3)
    rows, _ = strangers(batch["t"])
    h = system.T(batch["t"])
    torch.testing.assert_close(seen[0], system.mixed(h, h[rows]))


def test_the_picture_of_a_told_text_is_compared_with_its_own(batch):
    """λ |G(z, h) - x|, the mean over the fakes that are not drawn between two texts."""
    system = make(lam=10.0, between=0.5)
    z = torch.randn(6, 8)
    system.prior = lambda n, seed=None: z
    torch.manual_seed(3)
    term = system.generator_loss(batch)["picture"]
    torch.manual_seed(3)
    rows, _ = strangers(batch["t"])
    h = system.T(batch["t"])
    drawn = system.illustrate(z, system.mixed(h, h[rows]))  # all: batch norm couples them
    torch.testing.assert_close(term, 10 * (drawn - batch["x"])[3:].abs().mean())
    assert "picture" not in make().generator_loss(batch), "the paper has no such term"


def test_the_reader_learns_with_the_critic_from_wrong_texts(batch):
    system = make()
    terms = system.critic_loss(batch)
    grads = torch.autograd.grad(terms["wrong"], list(system.T.parameters()), allow_unused=True)
    assert sum(g.abs().sum() for g in grads if g is not None) > 0


def test_the_same_seed_and_phrase_draw_the_same_picture_and_another_phrase_another():
    system = make().eval()
    z, h = system.prior(2, seed=4), system.words(["Red circle!", "blue square"])
    a = system.illustrate(z, h)
    torch.manual_seed(99)
    again = system.illustrate(system.prior(1, seed=4), system.words(["RED  (circle)"]))
    torch.testing.assert_close(again, a[:1], atol=1e-5, rtol=1e-4)
    assert (system.illustrate(z[:1], h[1:]) - a[:1]).abs().max() > 1e-4


def test_unknown_words_are_left_out_and_a_phrase_of_them_alone_is_refused():
    system = make().eval()
    h = system.words(["red xylophone circle", "red circle"])
    torch.testing.assert_close(h[0], h[1])
    for phrase in ("xylophone", "", "?!"):
        with pytest.raises(ValueError, match=r"knows no word of .*'red circle'"):
            system.words(["red circle", phrase])


def test_the_vocabulary_survives_a_checkpoint_and_the_critic_stays_out(tmp_path):
    system = make().eval()
    checkpoint.save(tmp_path / "saved", system, training={})
    loaded = checkpoint.load(tmp_path / "saved").system
    assert loaded.vocabulary == tuple(WORDS) and loaded.phrases == system.phrases
    z, phrases = system.prior(2, seed=0), ["red circle", "blue square"]
    drawn = loaded.illustrate(z, loaded.words(phrases))
    assert (drawn - system.illustrate(z, system.words(phrases))).abs().max() < 0.02  # halves
    config = json.loads((tmp_path / "saved" / "config.json").read_text())
    assert config["model"]["vocabulary"] == WORDS


def test_a_card_shows_the_beginning_of_a_long_vocabulary(tmp_path):
    known = [f"word{i}" for i in range(100)]
    checkpoint.save(tmp_path / "saved", make(vocabulary=known, phrases=[]), training={})
    card = (tmp_path / "saved" / "README.md").read_text()
    assert '"word11", ... 100 in all |' in card and "word12" not in card


@pytest.fixture
def shades(tmp_path, monkeypatch):
    """Light and dark pictures, called so."""
    monkeypatch.setenv("GAN_DEMO_CACHE", str(tmp_path / "cache"))
    levels = {"light": 230, "dark": 20}
    files = {f"{name} {i}.png": encoded((v,) * 3) for name, v in levels.items() for i in range(12)}
    return write(tmp_path / "shades", files)


def test_thirty_real_steps_learn_what_light_and_dark_are(tmp_path, shades):
    settings = config.load(
        "text_fluent",
        [
            *("name=shades", f"data.source=folder:{shades}", "steps=30", "batch=8", "threads=1"),
            "data.where={}",
            *(f"out={tmp_path}/checkpoints", f"runs={tmp_path}/runs", "sheet=100", "ema=10"),
            *("model.channels=1", "model.z_dim=4", "model.h_dim=16", "model.code=8"),
            *("model.generator.width=8", "model.discriminator.width=8", "optim.lr=4e-3"),
        ],
    )
    loop.train(settings)
    system = checkpoint.load(settings.checkpoint).system
    assert {"light", "dark"} < set(system.vocabulary) and len(system.phrases) > 20
    with torch.inference_mode():
        drawn = system.illustrate(system.prior(2, 0), system.words(["light", "dark"]))
    light, dark = drawn.mean((1, 2, 3)).tolist()
    assert math.isfinite(light) and light > dark + 0.1
    with pytest.raises(ValueError, match="knows no word"):
        system.words(["medium"])
