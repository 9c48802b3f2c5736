"""Model time of one reconstruction, E and G apart, one picture at a time.

python -m benchmarks.reconstruct [--checkpoints DIR ...] [--times 200]
"""

import argparse
import statistics
import time
from collections.abc import Callable

import torch

from benchmarks import served
from gan_demo.studio import Studio
from gan_demo.systems import Encodes


def milliseconds(act: Callable[[], object], times: int) -> list[float]:
    """How long `act` takes, after a tenth as many unmeasured calls, sorted."""
    taken = []
    for _ in range(times + times // 10):
        start = time.perf_counter()
        act()
        taken.append(1e3 * (time.perf_counter() - start))
    return sorted(taken[times // 10 :])


@torch.inference_mode()
def rows(studio: Studio, times: int) -> list[list[str]]:
    table = []
    for name in studio.names(Encodes):
        system = studio[name]
        assert isinstance(system, Encodes)
        x = system.sample(1, seed=0)
        z = system.encode(x)
        acts = {
            "E": lambda s=system, x=x: s.encode(x),
            "G": lambda s=system, z=z: s.decode(z),
            "both": lambda s=system, x=x: s.reconstruct(x),
        }
        for act, run in acts.items():
            taken = milliseconds(run, times)
            median, slow = statistics.median(taken), taken[int(0.95 * len(taken))]
            table.append([name, f"{system.size} px", act, f"{median:.1f} ms", f"{slow:.1f} ms"])
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoints", nargs="+", default=[], metavar="SOURCE")
    parser.add_argument("--times", type=int, default=200)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    print(served.machine())
    with served.checkpoints(asked.checkpoints) as sources:
        found = rows(Studio(sources), asked.times)
    print(served.table(["model", "size", "network", "median", "95 %"], found))


if __name__ == "__main__":
    main()
