"""python -m train.classifier [TABLE]: train the network distances are measured in.

Four questions about each photo, asked together, make features that see more than a label does:

    what is it                 cross entropy of each head over the photos that are labelled for it,
                               rare labels weighted by 1/sqrt(count); with several packs also which
    who is it                  cosine softmax over the people of its pack, or whatever `same` finds
                               in a name twice; without it over the photos
                               (Dosovitskiy et al. 2014, 1406.6909)
    how was it transformed     squared error of the turn, zoom, shift, brightness and contrast
    are the features apart     squared distance of their covariance within the packs from 1, so that
                               all of them count in a distance (Zbontar et al. 2021, 2103.03230)

Each is a mean over the whole batch. Blur, noise and JPEG are never shown: they are what the
calibration tests. Nothing generated and nothing of `val` is trained on. Stopped by Ctrl-C, the same
command goes on; random numbers depend on seed and step alone.
"""

import argparse
import dataclasses
import math
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import affine_grid, cross_entropy, grid_sample, normalize

from gan_demo import features
from gan_demo.features import Classifier
from gan_demo.files.weights import check_place
from gan_demo.types import Image
from train import hardware, mixture, state
from train.mixture import UNKNOWN, Part, Table

TURN, ZOOM, SHIFT, LIGHT, CONTRAST = 0.2, 0.12, 0.1, 0.2, 0.3  # largest of each; radians, shares
WARM, EVERY = 50, 50  # steps until the learning rate is full, and between two saved states


class Lesson(nn.Module):
    """The network with all that asks the questions: none of the rest is published.

    Args:
        parts: the packs of `train`.
        bf16: multiply in half precision.
    """

    def __init__(self, net: Classifier, parts: Sequence[Part], batch: int, bf16: bool):
        super().__init__()
        self.net, self.parts, self.bf16 = net, parts, bf16
        self.sizes = mixture.shares(parts, batch)
        self.people = nn.ParameterList(torch.randn(int(p.who.max()) + 1, net.d) for p in parts)
        self.transforms = nn.Linear(net.d, 6)
        self.weights = {head: weights(parts, head, len(y)) for head, y in net.labels.items()}

    def forward(self) -> dict[str, Tensor]:
        """The terms of a new draw of pictures."""
        chosen = [torch.randint(len(p), (n,)) for p, n in zip(self.parts, self.sizes, strict=True)]
        both = list(zip(self.parts, chosen, strict=True))
        drawn = [transform(self.net.fit(p.pictures.x[i]), p.pack.mirror) for p, i in both]
        x, draws = (torch.cat(side) for side in zip(*drawn, strict=True))
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.bf16):
            f = self.net(x.contiguous(memory_format=torch.channels_last))
        own = f.split(self.sizes)
        within = torch.cat([g - g.mean(0) for g in own])
        covariance = within.T @ within / len(f)
        who = [
            cross_entropy(16 * normalize(g) @ normalize(people).T, p.who[i], reduction="sum")
            for g, people, (p, i) in zip(own, self.people, both, strict=True)
        ]
        terms = {
            "who": torch.stack(who).sum() / len(f),
            "transform": 3 * (self.transforms(f) - draws).square().mean(),
            "apart": 0.1 * (covariance - torch.eye(self.net.d)).square().sum() / self.net.d,
        }
        for head, layer in self.net.heads.items():
            y = torch.cat([p.labels[head][i] for p, i in both])
            how = {"ignore_index": UNKNOWN, "reduction": "sum"}
            terms[head] = cross_entropy(layer(f), y, self.weights[head], **how) / len(f)
        return terms


def transform(x: Image, mirror: bool = True) -> tuple[Image, Tensor]:
    """Mirror half; turn, zoom, shift and relight each. With the six draws (b, 6) in [-1, 1]."""
    draws = torch.rand(len(x), 6) * 2 - 1
    turn, zoom, right, down, light, contrast = draws.unbind(1)
    side = torch.randint(0, 2, (len(x),)) * 2.0 - 1 if mirror else torch.ones(len(x))
    angle, scale = TURN * turn, 1 + ZOOM * zoom
    cos, sin = scale * angle.cos(), scale * angle.sin()
    rows = [side * cos, -sin, SHIFT * right, side * sin, cos, SHIFT * down]
    grid = affine_grid(torch.stack(rows, 1).view(-1, 2, 3), list(x.shape), align_corners=False)
    x = grid_sample(x, grid, padding_mode="reflection", align_corners=False)
    contrast, light = (v.view(-1, 1, 1, 1) for v in (1 + CONTRAST * contrast, LIGHT * light))
    return x * contrast + light, draws


def weights(parts: Sequence[Part], head: str, classes: int) -> Tensor:
    """1/sqrt(count) of each label, of mean 1 over the photos that have one."""
    y = torch.cat([part.labels[head] for part in parts])
    y = y[y != UNKNOWN]
    weight = torch.bincount(y, minlength=classes).clamp(min=50).rsqrt()
    return weight / weight[y].mean()


def train(table: Table, lesson: Lesson, until: int, fresh: bool = False) -> bool:
    """AdamW on one cosine, from the saved state on; progress goes to the screen.

    Args:
        until: stop after this step and keep the state.
        fresh: forget a saved state.

    Returns:
        Whether all steps are done.

    Raises:
        ValueError: a state of other settings.
    """
    path = Path("runs") / f"features-{table.data}" / "state.pt"
    optimizer = torch.optim.AdamW(lesson.parameters(), table.lr, weight_decay=0.02, fused=True)
    settings, first = repr(table), 0
    if not fresh and (saved := state.read(path)):
        if saved["settings"] != settings:
            raise ValueError(f"{path} is of other settings: undo the change, or add --fresh.")
        lesson.load_state_dict(saved["lesson"])
        optimizer.load_state_dict(saved["optimizer"])
        first = saved["step"]
    stopped: list[int] = []
    handlers = {s: signal.signal(s, lambda s, _: stopped.append(s)) for s in (2, 15)}
    began = time.time()
    lesson.train()
    for step in range(first + 1, until + 1):
        torch.manual_seed(1_000_003 * table.seed + step)
        for group in optimizer.param_groups:
            done = (step - 1) / table.steps
            group["lr"] = table.lr * min(1, step / WARM) * (1 + math.cos(math.pi * done)) / 2
        terms = lesson()
        optimizer.zero_grad()
        torch.stack(list(terms.values())).sum().backward()
        optimizer.step()
        if step % EVERY == 0 or step == until or stopped:
            now = {"lesson": lesson.state_dict(), "optimizer": optimizer.state_dict()}
            state.save(path, now | {"step": step, "settings": settings})
            rate = (step - first) * sum(lesson.sizes) / (time.time() - began)
            said = "  ".join(f"{name} {term.item():.3f}" for name, term in terms.items())
            print(f"{step}/{table.steps}  {said}  {rate:.0f} photos/s", flush=True)
        if stopped:
            break
    for s, handler in handlers.items():
        signal.signal(s, handler)
    return not stopped and until == table.steps


def accuracy(net: Classifier, parts: Sequence[Part]) -> dict[str, dict[str, float]]:
    """Of each head on the photos that are labelled for it: the share called rightly, that of the
    most frequent label, and how many photos."""
    seen = [net.features(part.pictures.x) for part in parts]
    figures = {}
    for head, known in net.labels.items():
        y = torch.cat([part.labels[head] for part in parts])
        f = torch.cat(seen)[y != UNKNOWN]
        y = y[y != UNKNOWN]
        if len(y):
            right = (net.logits(f, known).argmax(1) == y).double().mean().item()
            most = y.bincount().max().item() / len(y)
            figures[head] = {"accuracy": right, "most frequent": most, "photos": len(y)}
    return figures


def publish(table: Table, lesson: Lesson, out: Path) -> None:
    """The network, with how it was trained and what its heads know on val."""
    held_out, _ = mixture.load(table, "val", lesson.net.labels)
    training = dataclasses.asdict(table)
    packs = training.pop("packs")
    training["source"] = [pack["source"] for pack in packs.values()]
    training["photos"] = sum(map(len, lesson.parts))
    figures = accuracy(lesson.net.eval(), held_out)
    features.save(lesson.net, out, packs=packs, training=training, val=figures)
    for head, row in figures.items():
        print(f"{head}: " + ", ".join(f"{name} {value:.3g}" for name, value in row.items()))


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m train.classifier",
        description="Train the network distances are measured in.",
    )
    parser.add_argument("table", nargs="?", default="packs", help="a shipped one or a TOML file")
    parser.add_argument("--out", type=Path, help="default: checkpoints/features-<table>")
    parser.add_argument("--until", type=int, help="stop after this step; the same goes on later")
    parser.add_argument("--fresh", action="store_true", help="forget an earlier run of this name")
    args = parser.parse_args()
    try:
        table = mixture.table(args.table)
        out = args.out or Path("checkpoints") / f"features-{table.data}"
        check_place(out, features.CONFIG)
        parts, heads = mixture.load(table, "train")
        torch.manual_seed(table.seed)
        options = {"size": table.size, "channels": table.channels, "widths": table.widths}
        net = Classifier(heads=heads, data=table.data, **options)
        net.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
        lesson = Lesson(net, parts, table.batch, hardware.precision("auto") == "bf16")
        until = min(args.until or table.steps, table.steps)
        if not train(table, lesson, until, args.fresh):
            sys.exit("Stopped; the same command goes on.")
        publish(table, lesson, out)
    except (OSError, ValueError) as error:
        sys.exit(str(error))
    print(f"{net.name} is in {out}")


if __name__ == "__main__":
    main()
