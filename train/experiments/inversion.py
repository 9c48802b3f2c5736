"""python -m train.experiments.inversion --checkpoints A B ...: the code of a photo by each encoder
and by search, as one table over the same val photos.

The searches are in the first model, or with --everywhere in each, and lower the error of pixels;
of the features that are measured they are told nothing. For each number of --steps one goes from
the encoder's code and one, alone, from each of R draws of the prior: two curves of error against
time.
"""

import argparse
import platform
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import torch

from gan_demo import checkpoint, data
from gan_demo.checkpoint import Checkpoint
from gan_demo.checkpoint.markdown import markdown
from gan_demo.codes.inversion import finished, invert
from gan_demo.data.unpaired import Side, domain
from gan_demo.features import Classifier, load, shipped
from gan_demo.images import from_pixels, to_pixels
from gan_demo.metrics import codes
from gan_demo.systems import Encodes
from gan_demo.types import Image, Pixels
from train.evaluate import side

Row = dict[str, float | str]
Method = Callable[[Image], Image]  # photos -> what it makes of them


@dataclass(frozen=True)
class Effort:
    """How hard is searched.

    Args:
        steps: of the searches, one of each kind for each number.
        restarts: draws of the prior that a search alone starts from.
        batch: photos at a time.
    """

    steps: Sequence[int] = (50, 500)
    restarts: int = 4
    seed: int = 0
    batch: int = 50


def compare(
    folders: Sequence[str],
    *,
    source: str = "",
    n: int = 200,
    effort: Effort = Effort(),
    everywhere: bool = False,
) -> tuple[dict[str, Row], str]:
    """The rows by method, and a line that says how they were measured.

    Args:
        source: the photos; "" for those that the first model was trained on.
        everywhere: search in every model, not in the first alone.

    Raises:
        ValueError: a model that cannot encode, too few photos.
    """
    models = [_encoding(folder) for folder in folders]
    first, system = models[0]
    photographed = side(first, [source] if source else [])
    features = shipped(system.channels, data.title(photographed.source))
    judge = load(features) if features else None
    rows: dict[str, Row] = {}
    for loaded, system in models:
        photos = val(photographed, system, n)
        methods: dict[str, Method] = {"encoder": system.reconstruct}
        if everywhere or loaded is first:
            methods |= searches(system, effort)
        for name, method in methods.items():
            rows[f"{loaded.name}: {name}"] = row(photos, method, judge, effort.batch)
    machine = f"{torch.get_num_threads()} threads, {platform.machine()} CPU"
    return (
        rows,
        f"{n} val photos of {data.title(photographed.source)}; seed {effort.seed}; {machine}.",
    )


def searches(system: Encodes, effort: Effort) -> dict[str, Method]:
    """From the encoder's code, and from draws of the prior."""

    def refined(x: Image, steps: int) -> Image:
        return finished(invert(system, x, steps=steps, start=system.encode(x))).y

    def alone(x: Image, steps: int) -> Image:
        restarts, seed = effort.restarts, effort.seed
        return finished(invert(system, x, steps=steps, restarts=restarts, seed=seed)).y

    hybrid = {f"encoder, then {n} steps": partial(refined, steps=n) for n in effort.steps}
    tries = effort.restarts
    return hybrid | {
        f"search alone, {tries} x {n} steps": partial(alone, steps=n) for n in effort.steps
    }


def row(photos: Pixels, method: Method, judge: Classifier | None, batch: int) -> Row:
    """One method's figures, and the processor's milliseconds a photo, many at a time: they hold on
    a machine that does other work, too."""
    x = from_pixels(photos)
    method(x[:1])  # the first time a network runs it sets itself up
    start = time.process_time()
    with torch.no_grad():
        y = torch.cat([method(part) for part in x.split(batch)])
    taken = 1e3 * (time.process_time() - start) / len(x)
    figures: Row = {"MSE": codes.mse(x, y), "top-1": codes.top1(x.flatten(1), y.flatten(1))}
    if judge is not None:
        f, g = judge.features(photos), judge.features(to_pixels(y))
        figures[f"FeatDist-{judge.name}"] = (f - g).square().mean().item()
    return figures | {"CPU ms a photo": f"{taken:.1f}"}


def val(photographed: Side, system: Encodes, n: int) -> Pixels:
    """n photos that nobody trained on, always the same."""
    options = {"size": system.size, "channels": system.channels}
    held = domain(photographed, split="val", minimum=2, **options).x
    if len(held) < n:
        place = data.title(photographed.source)
        raise ValueError(f"{place} has {len(held)} val photos: ask for fewer, --n {len(held)}.")
    return held[torch.randperm(len(held), generator=torch.Generator().manual_seed(0))[:n]]


def _encoding(folder: str) -> tuple[Checkpoint, Encodes]:
    loaded = checkpoint.load(folder)
    if not isinstance(loaded.system, Encodes):
        raise ValueError(f"{folder} has no encoder: leave it out.")
    return loaded, loaded.system


def main() -> None:
    parser = argparse.ArgumentParser(description="Encoders and searches on the same photos.")
    parser.add_argument("--checkpoints", nargs="+", required=True, metavar="FOLDER")
    parser.add_argument("--data", default="", help="photos; default: those of the first model")
    parser.add_argument("--n", type=int, default=200, help="photos")
    parser.add_argument("--steps", type=int, nargs="+", default=Effort.steps, help="of searches")
    parser.add_argument("--restarts", type=int, default=4, help="starts of a search alone")
    parser.add_argument("--seed", type=int, default=0, help="of those starts")
    parser.add_argument("--batch", type=int, default=50, help="photos at a time")
    parser.add_argument("--everywhere", action="store_true", help="search in every model")
    asked = parser.parse_args()
    effort = Effort(asked.steps, asked.restarts, asked.seed, asked.batch)
    try:
        rows, said = compare(
            asked.checkpoints,
            source=asked.data,
            n=asked.n,
            effort=effort,
            everywhere=asked.everywhere,
        )
    except (OSError, ValueError) as error:
        sys.exit(str(error))
    print(f"{markdown('method', rows)}\n\n{said}")


if __name__ == "__main__":
    main()
