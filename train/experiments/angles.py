"""Sets of rendered objects, networks that read how far an object is turned, and how the angles
before a translation hang together with those after it."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import torch
from PIL import Image
from torch import nn
from torch.nn.functional import mse_loss
from tqdm import trange

from gan_demo import data
from gan_demo.images import from_pixels
from gan_demo.lab import rendering
from gan_demo.lab.rendering import LIMIT
from gan_demo.networks import dcgan
from gan_demo.types import Pixels, Score

VIEWS = 10  # azimuths are counted in as many equal intervals


@dataclass(frozen=True)
class World:
    """One domain: its pictures, their azimuths in degrees, and a network that reads them."""

    name: str
    folder: Path
    train: Pixels
    val: Pixels
    truth: Score
    reader: nn.Module

    @torch.no_grad()
    def read(self, pixels: Pixels) -> Score:
        """The azimuth of each picture, degrees."""
        parts = [self.reader(from_pixels(p)).squeeze(1) for p in pixels.split(500)]
        return LIMIT * torch.cat(parts)


@dataclass(frozen=True)
class Relation:
    """How the azimuths after a translation follow those before it.

    Args:
        sign: +1 as they were, -1 mirrored: the better of the two.
        rmse: with that sign, degrees.
        correlation: Pearson's; near ±1 with a large RMSE is a relation of another scale.
        views: of VIEWS intervals, those in which at least 1 % of those after lie.
    """

    sign: int
    rmse: float
    correlation: float
    views: int


def relation(before: Score, after: Score) -> Relation:
    """RMSE = min over s = ±1 of sqrt(mean((after - s before)²))"""
    rmse = {s: (after - s * before).square().mean().sqrt().item() for s in (1, -1)}
    sign = min(rmse, key=lambda s: rmse[s])
    rho = torch.corrcoef(torch.stack([before, after]))[0, 1].nan_to_num().item()
    counts = torch.histc(after, VIEWS, -LIMIT, LIMIT)
    views = int((counts >= 0.01 * len(after)).sum())
    return Relation(sign, rmse[sign], rho, views)


def rendered(kind: str, seed: int, size: int, train: int, val: int) -> Path:
    """The folder of a set, drawn once: train/00017_+42.10.png is turned by 42.1 degrees."""
    folder = data.cache() / "azimuth" / f"{kind}-{size}px-{train}-{val}-{seed}"
    if folder.exists():
        return folder
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    for split in ("train", "val"):
        (part / split).mkdir(parents=True)
    for i in trange(train + val, desc=f"drawing {kind}"):
        grey, azimuth = rendering.picture(kind, seed=seed, index=i, size=size)
        split = "train" if i < train else "val"
        Image.fromarray(grey).save(part / split / f"{i:05}_{azimuth:+.2f}.png")
    return part.rename(folder)


def azimuths(names: Sequence[str]) -> Score:
    """Degrees, as the file names say."""
    return torch.tensor([float(PurePosixPath(name).stem.partition("_")[2]) for name in names])


def reader(x: Pixels, truth: Score, steps: int, batch: int = 64) -> nn.Module:
    """A network that reads azimuth / LIMIT from pictures of one set, learned from their labels."""
    net = dcgan.Encoder(1, x.shape[-1], x.shape[1], width=16)
    optimizer = torch.optim.Adam(net.parameters())
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, total_steps=steps)
    for _ in trange(steps, desc="learning to read"):
        i = torch.randint(len(x), (batch,))
        loss = mse_loss(net(from_pixels(x[i])).squeeze(1), truth[i] / LIMIT)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return net.eval().requires_grad_(False)


def world(name: str, folder: Path, size: int, steps: int) -> World:
    """The set in a folder of `rendered`, and its reader after so many steps."""
    train, val = (
        data.load(f"folder:{folder}", size=size, channels=1, split=split)
        for split in ("train", "val")
    )
    torch.manual_seed(0)
    net = reader(train.x, azimuths(train.names), steps)
    return World(name, folder, train.x, val.x, azimuths(val.names), net)
