"""python -m benchmarks.training: one training step of a translator, ours beside a plain one.

The plain step is the published procedure in float32 and eager mode: a pass for each set, and the
fakes of the generators' turn handed to the critics. Networks, weights, batch and losses are the
same; the two alternate, so that a busy machine slows both. Memory is the peak of a process of its
own, above what it had before its first step.
"""

import argparse
import itertools
import multiprocessing
import re
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch.nn.functional import binary_cross_entropy_with_logits, l1_loss, mse_loss

from gan_demo import systems
from gan_demo.systems.cyclegan import CycleGAN
from gan_demo.systems.discogan import DiscoGAN
from train import hardware

BATCH = {"cyclegan": 8, "cyclegan fast": 8, "discogan": 64}  # DiscoGAN's is the published one
CASES = {
    "cyclegan": {
        "generator": {"width": 32, "blocks": 6},
        "discriminator": {"width": 32},
        "pool": 0,
    },
    "cyclegan fast": {
        "generator": {"width": 32, "blocks": 6, "stem": "patch", "up": "shuffle"}
        | {"padding": "zeros", "norm": "none", "residual": True},
        "discriminator": {"width": 32, "norm": "none"},
        "identity": 0.0,
        "pool": 0,
    },
    "discogan": {"generators": 1},
}
Step = Callable[[], None]
Batch = dict[str, torch.Tensor]


def make(case: str) -> CycleGAN | DiscoGAN:
    torch.manual_seed(0)
    system = systems.make(case.split()[0], size=64, channels=3, **CASES[case]).train()
    assert isinstance(system, CycleGAN | DiscoGAN)
    return system


def batch_of(n: int) -> Batch:
    g = torch.Generator().manual_seed(0)
    return {k: torch.rand(n, 3, 64, 64, generator=g) * 2 - 1 for k in "ab"}


def adam(*nets: torch.nn.Module, **options) -> torch.optim.Optimizer:
    weights = itertools.chain.from_iterable(net.parameters() for net in nets)
    return torch.optim.Adam(weights, 2e-4, (0.5, 0.999), **options)


def ours(case: str, n: int) -> Step:
    """As the loop does it."""
    system = make(case).to(memory_format=torch.channels_last)  # pyright: ignore
    players, batch = system.players(), batch_of(n)
    optimizers = [adam(*p.nets, fused=True) for p in players]
    half = hardware.precision("auto") == "bf16"

    def step() -> None:
        fresh = {k: v.contiguous(memory_format=torch.channels_last) for k, v in batch.items()}
        for player, optimizer in zip(players, optimizers, strict=True):
            for other in players:
                for net in other.nets:
                    net.requires_grad_(other is player)
            with torch.autocast("cpu", torch.bfloat16, enabled=half):
                terms = player.loss(fresh)
            torch.stack(list(terms.values())).sum().backward()
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)

    return step


def plain(case: str, n: int) -> Step:
    system, batch = make(case), batch_of(n)
    turns = cyclegan(system, batch) if isinstance(system, CycleGAN) else discogan(system, batch)
    critics = (system.D_A, system.D_B)
    optimizers = [adam(system.G_AB, system.G_BA), adam(*critics)]

    def step() -> None:
        for D in critics:
            D.requires_grad_(False)
        for turn, optimizer in zip(turns, optimizers, strict=True):
            optimizer.zero_grad()
            turn().backward()
            optimizer.step()
            for D in critics:
                D.requires_grad_(True)

    return step


def cyclegan(s: CycleGAN, batch: Batch) -> tuple[Callable, Callable]:
    """The two turns of Zhu et al. 2017, LSGAN."""
    (a, b), made = batch.values(), {}
    same = s.lam * s.identity

    def generators():
        made["b"], made["a"] = s.G_AB(a), s.G_BA(b)
        game = (s.D_B(made["b"]) - 1).square().mean() + (s.D_A(made["a"]) - 1).square().mean()
        cycle = l1_loss(s.G_BA(made["b"]), a) + l1_loss(s.G_AB(made["a"]), b)
        loss = game / 2 + s.lam * cycle
        return loss + same * (l1_loss(s.G_AB(b), b) + l1_loss(s.G_BA(a), a)) if same else loss

    def critics():
        each = ((s.D_A, a, made["a"].detach()), (s.D_B, b, made["b"].detach()))
        terms = [(D(x) - 1).square().mean() + D(fake).square().mean() for D, x, fake in each]
        return torch.stack(terms).sum() / 2

    return generators, critics


def discogan(s: DiscoGAN, batch: Batch) -> tuple[Callable, Callable]:
    """The two turns of the released code of Kim et al. 2017, at r = 0.5."""
    (a, b), made, r = batch.values(), {}, 0.01
    one, zero = torch.ones(len(a), 1), torch.zeros(len(a), 1)
    bce = binary_cross_entropy_with_logits

    def generators():
        made["b"], made["a"] = s.G_AB(a), s.G_BA(b)
        loss = r / 4 * (mse_loss(s.G_BA(made["b"]), a) + mse_loss(s.G_AB(made["a"]), b))
        for D, x, fake in ((s.D_A, a, made["a"]), (s.D_B, b, made["b"])):
            (logit, f_fake), (_, f_real) = D(fake), D(x)
            apart = [mse_loss(f.mean(0), g.mean(0)) for f, g in zip(f_fake, f_real, strict=True)]
            loss = loss + (1 - r) * (0.1 * bce(logit, one) + 0.9 * torch.stack(apart).sum())
        return loss

    def critics():
        each = ((s.D_A, a, made["a"].detach()), (s.D_B, b, made["b"].detach()))
        terms = [bce(D(x)[0], one) + bce(D(fake)[0], zero) for D, x, fake in each]
        return torch.stack(terms).sum()

    return generators, critics


def milliseconds(step: Step) -> float:
    start = time.perf_counter()
    step()
    return (time.perf_counter() - start) * 1e3


def megabytes(make_step: Callable[[str, int], Step], case: str, n: int, threads: int) -> float:
    """What three steps add to the peak memory of a fresh process."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_peak, (make_step, case, n, threads))


def _peak(make_step: Callable[[str, int], Step], case: str, n: int, threads: int) -> float:
    torch.set_num_threads(threads)
    before = _high_water()
    step = make_step(case, n)
    for _ in range(3):
        step()
    return _high_water() - before


def _high_water() -> float:
    """Peak of the resident memory, MB. Not ru_maxrss, which a process inherits from its parent."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024  # pyright: ignore


def main() -> None:
    parser = argparse.ArgumentParser(description="A training step, ours beside a plain one.")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    ways = (plain, ours)
    print(f"64 px, {asked.threads} threads, {hardware.precision('auto')}")
    print("| system | batch | plain | ours | speed | memory, plain | ours |")
    print("|---|---|---|---|---|---|---|")
    for case, n in BATCH.items():
        steps = [way(case, n) for way in ways]
        for step in steps:
            step()
        rows = [[milliseconds(step) for step in steps] for _ in range(asked.rounds)]
        slow, fast = (statistics.median(column) for column in zip(*rows, strict=True))
        ratio = statistics.median(a / b for a, b in rows)
        most = [megabytes(way, case, n, asked.threads) for way in ways]
        print(
            f"| {case} | {n} | {slow:.0f} ms | {fast:.0f} ms | {ratio:.2f}x "
            f"| {most[0]:.0f} MB | {most[1]:.0f} MB |",
            flush=True,
        )


if __name__ == "__main__":
    main()
