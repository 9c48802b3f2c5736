"""Model time of one translation at 64 and 128 px, and a large photo in tiles: time and memory.

python -m benchmarks.translate [--checkpoints DIR ...] [--times 50] [--side 2048]
"""

import argparse
import contextlib
import resource
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from PIL import Image as PILImage

from benchmarks import served
from benchmarks.reconstruct import milliseconds
from gan_demo import checkpoint, images, systems
from gan_demo.actions import domains, translate
from gan_demo.studio import Studio
from gan_demo.systems import Translates

SIDES = 64, 128
BUDGET = 60.0  # milliseconds, up to 128 px
GREATEST = 1 if sys.platform == "darwin" else 1024  # bytes in a unit of ru_maxrss


@contextlib.contextmanager
def checkpoints(given: Sequence[str]) -> Iterator[list[str]]:
    """The given ones; without any, an untrained CycleGAN of the size we ship."""
    if given:
        yield list(given)
        return
    with tempfile.TemporaryDirectory() as folder:
        untrained = systems.make("cyclegan", generator={"width": 32, "blocks": 6})
        learned = {"config": {"data": {"textures": True}}}
        checkpoint.save(Path(folder) / "untrained", untrained, training=learned)
        yield [folder]


def rows(studio: Studio, times: int) -> list[list[str]]:
    """There alone, and there and back with 8 bits between, as the tab does."""
    table = []
    for name in studio.names(Translates):
        world = domains.world(studio, name)
        to = world.system.targets[-1]
        for side in SIDES:
            x = images.fitted(photo(side), side, world.system.channels)
            acts = {
                "there": lambda w=world, x=x, to=to: w.system.translated(x, to),
                "and back": lambda w=world, x=x, to=to: translate.translation(w, x, to),
            }
            for act, run in acts.items():
                taken = milliseconds(run, times)
                median, slow = statistics.median(taken), taken[int(0.95 * len(taken))]
                kept = "yes" if slow <= BUDGET else "no"
                row = [name, f"{side} px", act, f"{median:.1f} ms", f"{slow:.1f} ms", kept]
                table.append(row)
    return table


def large(studio: Studio, side: int) -> list[list[str]]:
    """There and back in tiles, where they mean something, with the peak of the process's memory
    before and after."""
    table = []
    for name in studio.names(Translates):
        world = domains.world(studio, name)
        if not world.textures:
            continue
        to = world.system.targets[-1]
        x, _ = translate.whole(world, photo(side), to)
        before = megabytes()
        work = translate.tiled(world, x, to)
        taken = milliseconds(lambda work=work: translate.finished(work), 1)[0] / 1e3
        more = f"{megabytes() - before:.0f} MB"
        table.append([name, f"{side} px", f"{taken:.0f} s", f"{before:.0f} MB", more])
    return table


def photo(side: int) -> PILImage.Image:
    return PILImage.effect_noise((side, side), 60).convert("RGB")


def megabytes() -> float:
    """The most resident memory so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * GREATEST / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoints", nargs="+", default=[], metavar="SOURCE")
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--side", type=int, default=2048, help="of the large photo; 0 for none")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    print(served.machine())
    with checkpoints(asked.checkpoints) as sources:
        studio = Studio(sources)
        print("\n".join(studio.problems.values()))
        head = ["model", "side", "way", "median", "95 %", f"within {BUDGET:.0f} ms"]
        print(served.table(head, rows(studio, asked.times)))
        if asked.side:
            head = ["model", "in tiles", "there and back", "memory before", "more"]
            print(served.table(head, large(studio, asked.side)))


if __name__ == "__main__":
    main()
