"""python -m train.experiments.azimuth [key=value ...]: does the azimuth survive the translation?

Kim et al., "Learning to Discover Cross-Domain Relations with Generative Adversarial Networks",
2017, https://arxiv.org/abs/1703.05192: the experiment with cars and heads.

Two sets of rendered objects share nothing but how far they are turned. A network that has learned
to read the azimuth of each set looks at a val picture and at its translation:

    RMSE = min over s = ±1 of sqrt(mean((azimuth(G_AB(a)) - s azimuth(a))²))

The sign is free: nothing says that a car that looks right is a head that looks right. Plain GAN,
GAN with one-way reconstruction and DiscoGAN train with the same settings, the loop's own.
Differs from the paper: our renderer instead of its 3-D models; angles are continuous.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from gan_demo import checkpoint, data, systems
from gan_demo.images import from_pixels, grid
from gan_demo.lab import rendering
from gan_demo.lab.rendering import LIMIT
from gan_demo.systems import Translates
from gan_demo.types import Pixels, Score
from train import config, loop
from train.config import ConfigError, Run
from train.experiments.angles import VIEWS, Relation, World, relation, rendered, world
from train.scatter import beside, scatter

VARIANTS = {"gan": "GAN", "recon": "GAN + reconstruction", "disco": "DiscoGAN"}
CONFIG = "discogan_azimuth"
COLUMNS = 16  # pictures in a row of a sheet


@dataclass(frozen=True)
class Found:
    """What a trained variant makes of the val pictures of one world."""

    variant: str
    seed: int
    here: World
    there: World
    drawn: Pixels

    @cached_property
    def azimuths(self) -> tuple[Score, Score]:
        """As read before and after."""
        return self.here.read(self.here.val), self.there.read(self.drawn)

    @cached_property
    def relation(self) -> Relation:
        return relation(*self.azimuths)

    def panel(self) -> Image.Image:
        r = self.relation
        return scatter(
            *self.azimuths,
            title=f"{VARIANTS[self.variant]}: {r.rmse:.1f}° (sign {r.sign:+d})",
            labels=(f"azimuth in, {self.here.name}", f"azimuth out, {self.there.name}"),
        )


def trained(run: Run, fresh: bool) -> Translates:
    """The translator of a run, taken to its end; a finished one is only loaded.

    Raises:
        ConfigError: it was stopped on the way.
    """
    loop.train(run, fresh)
    found = checkpoint.load(run.checkpoint)
    if found.config["training"]["steps"] < run.end:
        raise ConfigError("Stopped. The same command goes on from here.")
    assert isinstance(found.system, Translates)
    return found.system


def experiment(
    kinds: tuple[str, str],
    overrides: Sequence[str],
    *,
    pictures: tuple[int, int] = (4000, 500),
    reading: int = 600,
    variants: Sequence[str] = tuple(VARIANTS),
    seeds: int = 2,
    fresh: bool = False,
) -> tuple[list[World], list[Found]]:
    """Train every variant with every seed and measure what it found.

    Args:
        kinds: of `rendering.KINDS`, may be equal: then two sets of different objects.
        overrides: key=value, for all runs alike.
        pictures: of each set, to train on and held out.
        reading: steps of each reader.
    """
    a, b = kinds
    names = [a, b if b != a else f"other-{b}"]
    base = config.load(CONFIG, list(overrides))
    size = systems.make(base.system, **base.model).size  # a mistake is said before the work
    folders = [
        rendered(kind, kinds[:i].count(kind), size, *pictures) for i, kind in enumerate(kinds)
    ]
    sources = [f"data.{side}.source=folder:{f}" for side, f in zip("ab", folders, strict=True)]
    home = data.cache() / "azimuth"
    places = [f"out={home / 'checkpoints'}", f"runs={home / 'runs'}", f"model.domains={names}"]
    worlds = [world(name, f, size, reading) for name, f in zip(names, folders, strict=True)]
    found = []
    for seed, variant in product(range(seeds), variants):
        own = [f"name={a}-{b}-{variant}-{seed}", f"seed={seed}", f"model.variant={variant}"]
        run = config.load(CONFIG, [*sources, *places, *overrides, *own])
        system = trained(run, fresh)
        for here, there in (worlds, worlds[::-1]):
            if there.name in system.targets:
                drawn = system.translated(here.val, there.name)
                found.append(Found(variant, seed, here, there, drawn))
    return worlds, found


def table(worlds: Sequence[World], found: Sequence[Found]) -> str:
    """Markdown: how well the azimuths are read, then a row for every translator and direction."""
    read = [f"{w.name} {(w.read(w.val) - w.truth).square().mean().sqrt():.1f}°" for w in worlds]
    lines = [
        f"RMSE of the readers on val: {', '.join(read)}. Of a translation that ignores its input: "
        f"{LIMIT / 3**0.5:.0f}° where it always draws the front, {LIMIT * (2 / 3) ** 0.5:.0f}° "
        "where it draws all azimuths equally often.",
        "",
        "| | direction | seed | RMSE | sign | correlation | views drawn |",
        "|---|---|---:|---:|:---:|---:|---:|",
    ]
    for f in sorted(found, key=lambda f: (f.here.name, list(VARIANTS).index(f.variant))):
        r, way = f.relation, f"{f.here.name} to {f.there.name}"
        lines.append(
            f"| {VARIANTS[f.variant]} | {way} | {f.seed} | {r.rmse:.1f}° | {r.sign:+d} | "
            f"{r.correlation:+.2f} | {r.views} of {VIEWS} |"
        )
    return "\n".join(lines)


def plots(worlds: Sequence[World], found: Sequence[Found], folder: Path) -> None:
    """worlds.png, and for each direction scatter-*.png and translations-*.png, a row a variant
    (under the input) for pictures in the order of their azimuth."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [w.val[turned(w)] for w in worlds]
    grid(from_pixels(torch.cat(rows)), COLUMNS).save(folder / "worlds.png")
    ways: dict[str, list[Found]] = {}
    for f in found:
        ways.setdefault(f"{f.here.name}-{f.there.name}", []).append(f)
    for way, all_of_it in ways.items():
        here = all_of_it[0].here
        rows = [f.drawn[turned(here)] for f in all_of_it]
        grid(from_pixels(torch.cat([here.val[turned(here)], *rows])), COLUMNS).save(
            folder / f"translations-{way}.png"
        )
        panels = [f.panel() for f in all_of_it]
        variants = {f.variant for f in all_of_it}
        beside(panels, len(variants)).save(folder / f"scatter-{way}.png")


def turned(world: World) -> Tensor:
    """Indices of COLUMNS val pictures, from the leftmost azimuth to the rightmost."""
    places = torch.linspace(0, len(world.val) - 1, COLUMNS).long()
    return world.truth.argsort()[places]


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m train.experiments.azimuth",
        description="GAN, GAN + reconstruction, DiscoGAN: RMSE.",
    )
    parser.add_argument("overrides", nargs="*", metavar="key=value", help="as in python -m train")
    parser.add_argument("--kinds", nargs=2, default=["cars", "heads"], choices=rendering.KINDS)
    parser.add_argument("--seeds", type=int, default=2, help="runs of each variant")
    parser.add_argument("--plots", type=Path, help="folder for the pictures")
    parser.add_argument("--fresh", action="store_true", help="forget earlier runs")
    args = parser.parse_args()
    try:
        a, b = args.kinds
        worlds, found = experiment((a, b), args.overrides, seeds=args.seeds, fresh=args.fresh)
    except (OSError, ValueError) as error:
        sys.exit(str(error))
    print(table(worlds, found))
    if args.plots:
        plots(worlds, found, args.plots)


if __name__ == "__main__":
    main()
