"""python -m benchmarks.training [CASE ...]: one training step, ours beside a plain one.

The plain step is the published procedure in float32 and eager mode: a pass for each set, and the
fakes of the generators' turn handed to the critics. Networks, weights, batch and losses are the
same; the two alternate, so that a busy machine slows both. Memory is the peak of a process of its
own, above what it had before its first step.

Operations are those of convolutions and matrix products in one of our steps, both passes, as
PyTorch's counter has them; the share is theirs of the rate at which this machine multiplies two
2048 x 2048 matrices in bf16, measured in the same run.
"""

import argparse
import itertools
import math
import multiprocessing
import re
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch.nn.functional import binary_cross_entropy_with_logits, l1_loss, mse_loss, softplus
from torch.utils.flop_counter import FlopCounterMode

from gan_demo import systems
from gan_demo.latent import normalize, pearson, std
from gan_demo.losses.schedule import at
from gan_demo.systems import System
from gan_demo.systems.cyclegan import CycleGAN
from gan_demo.systems.discogan import DiscoGAN
from gan_demo.systems.ogan import OGAN
from train import config, hardware

# DiscoGAN's is the published one
BATCH = {"cyclegan": 8, "cyclegan fast": 8, "discogan": 64, "ogan 64": 64, "ogan 128": 64}
CASES = {
    "ogan 64": config.load("ogan_portraits64", []).model,
    "ogan 128": config.load("ogan_portraits", []).model,
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
Turns = list[tuple[tuple[torch.nn.Module, ...], Callable[[], torch.Tensor]]]


def make(case: str) -> System:
    torch.manual_seed(0)
    options = {"size": 64, "channels": 3} | CASES[case]
    return systems.make(case.split()[0], **options).train()


def batch_of(system: System, n: int) -> Batch:
    g, side = torch.Generator().manual_seed(0), system.size
    return {k: torch.rand(n, 3, side, side, generator=g) * 2 - 1 for k in sorted(system.needs)}


def adam(*nets: torch.nn.Module, **options) -> torch.optim.Optimizer:
    weights = itertools.chain.from_iterable(net.parameters() for net in nets)
    return torch.optim.Adam(weights, 2e-4, (0.5, 0.999), **options)


def ours(case: str, n: int) -> Step:
    """As the loop does it."""
    system = make(case).to(memory_format=torch.channels_last)  # pyright: ignore
    players, batch = system.players(), batch_of(system, n)
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
    system = make(case)
    batch = batch_of(system, n)
    turns = {CycleGAN: cyclegan, DiscoGAN: discogan, OGAN: ogan}[type(system)](system, batch)
    optimizers = [adam(*nets) for nets, _ in turns]

    def step() -> None:
        for (nets, loss), optimizer in zip(turns, optimizers, strict=True):
            system.requires_grad_(False)
            for net in nets:
                net.requires_grad_(True)
            optimizer.zero_grad()
            loss().backward()
            optimizer.step()

    return step


def cyclegan(s: CycleGAN, batch: Batch) -> Turns:
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

    return [((s.G_AB, s.G_BA), generators), ((s.D_A, s.D_B), critics)]


def discogan(s: DiscoGAN, batch: Batch) -> Turns:
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

    return [((s.G_AB, s.G_BA), generators), ((s.D_A, s.D_B), critics)]


def ogan(s: OGAN, batch: Batch) -> Turns:
    """The two turns of `gan_demo.systems.ogan` with RpGAN, R1 and R2, a pass for each set."""
    x, share = batch["x"], math.ceil(s.adversarial.share * len(batch["x"]))
    photos = x[: math.ceil(s.photo_share * len(x))]
    lam_E, lam_G, photo = at(s.lam_E, 0.0), at(s.lam_G, 0.0), at(s.photo, 0.0)
    r1, r2 = at(s.adversarial.r1, 0.0) / 2, at(s.adversarial.r2, 0.0) / 2

    def penalty(pictures):
        given = pictures[:share].detach().requires_grad_()
        (slope,) = torch.autograd.grad(s.D(given).sum(), given, create_graph=True)
        return slope.square().sum((1, 2, 3)).mean()

    def critic():
        z = s.prior(len(x))
        with torch.no_grad():
            fake = s.G(z)
        e, again = s.E(fake), s.G(normalize(s.E(photos)))
        loss = softplus(s.D(fake) - s.D(x)).mean() + r1 * penalty(x) + r2 * penalty(fake)
        loss = loss - lam_E * pearson(z, e).mean() + photo * mse_loss(again, photos)
        return loss + s.guard * std(e).log().square().mean()

    def generator():
        z = s.prior(len(x))
        fake = s.G(z)
        with torch.no_grad():
            real = s.D(x)
        return softplus(real - s.D(fake)).mean() - lam_G * pearson(z, s.E(fake)).mean()

    return [((s.E,), critic), ((s.G,), generator)]


def operations(case: str, n: int) -> int:
    """Of convolutions and matrix products in one of our steps."""
    step = ours(case, n)
    with FlopCounterMode(display=False) as counter:
        step()
    return counter.get_total_flops()


def matrix_rate() -> float:
    """Operations a second of a product of two 2048 x 2048 matrices in bf16."""
    a = torch.randn(2048, 2048, dtype=torch.bfloat16)
    best = min(milliseconds(lambda: torch.mm(a, a)) for _ in range(10))
    return 2 * 2048**3 / (best / 1e3)


def milliseconds(step: Callable[[], object]) -> float:
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
    parser.add_argument("case", nargs="*", choices=[*BATCH, []], help="default: all")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    ways, rate = (plain, ours), matrix_rate()
    amx = " with AMX" if torch.cpu._is_amx_tile_supported() else ""
    print(f"{asked.threads} threads, {hardware.precision('auto')}{amx}, {rate / 1e9:.0f} GF/s")
    print("| system | batch | plain | ours | speed | memory, plain | ours | GF | of the rate |")
    print("|---|---|---|---|---|---|---|---|---|")
    for case in asked.case or BATCH:
        n = BATCH[case]
        steps = [way(case, n) for way in ways]
        for step in steps:
            step()
        rows = [[milliseconds(step) for step in steps] for _ in range(asked.rounds)]
        slow, fast = (statistics.median(column) for column in zip(*rows, strict=True))
        ratio = statistics.median(a / b for a, b in rows)
        most = [megabytes(way, case, n, asked.threads) for way in ways]
        work = operations(case, n)
        print(
            f"| {case} | {n} | {slow:.0f} ms | {fast:.0f} ms | {ratio:.2f}x "
            f"| {most[0]:.0f} MB | {most[1]:.0f} MB "
            f"| {work / 1e9:.0f} | {work / (fast / 1e3) / rate:.0%} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
