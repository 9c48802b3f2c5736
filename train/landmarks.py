"""python -m train.landmarks: train the network that finds the five points of a face.

    squares of `train.landmark_crops` -> PointsNet -> |points - p| / |p1 - p0|, a face or none

The points are those of the packs, which a larger network (MTCNN) once read in the upright pictures.
An error counts in distances of the eyes, as it is measured; a distance below SOFT counts squared,
because the packs' own points are no better. Every batch is a function of the seed and the step, so
a run that was stopped goes on as if it never had been, by the same command.
"""

import argparse
import math
import sys
import time
from copy import deepcopy
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, huber_loss

from gan_demo.files.weights import check_place
from gan_demo.images import landmarks
from gan_demo.images.landmarks import PointsNet
from gan_demo.types import Points
from train import landmark_crops, state
from train.hardware import precision
from train.landmark_crops import Pack

DATA = Path("../shared/data")
FACES = ("portraits", "lfw")
FOREIGN = ("cats", "horse2zebra", "shoes-bags")
SOFT = 0.03  # distances of the eyes
EVERY = 250  # steps between two states, and two lines on the screen
HALF_LIFE = 20_000  # squares, of the averaged copy


def error(found: Points, true: Points) -> Tensor:
    """Mean distance of the points over that of the eyes, (b,)."""
    eyes = (true[:, 1] - true[:, 0]).norm(dim=1)
    return (found - true).norm(dim=2).mean(1) / eyes


def loss(net: PointsNet, x: Tensor, true: Points, faced: Tensor) -> tuple[Tensor, Tensor]:
    """Of the points, where there are any, and of the confidence."""
    found, logit = net(x)
    eyes = (true[faced, 1] - true[faced, 0]).norm(dim=1).view(-1, 1, 1)
    apart = (found[faced] - true[faced]) / eyes
    near = huber_loss(apart, torch.zeros_like(apart), delta=SOFT) / SOFT
    return near, binary_cross_entropy_with_logits(logit, faced.float())


def drawn(faces: Pack, foreign: Pack, n: int, size: int, seed: tuple[int, ...]):
    """A batch as tensors."""
    x, true, faced = landmark_crops.batch(faces, foreign, n, size, seed)
    pixels = torch.from_numpy(x).unsqueeze(1).float() / 127.5 - 1
    return pixels, torch.from_numpy(true).float(), torch.from_numpy(faced)


def train(
    net: PointsNet,
    faces: Pack,
    foreign: Pack,
    *,
    steps: int,
    batch: int,
    lr: float,
    seed: int,
    run: Path,
) -> PointsNet:
    """AdamW on one cosine; the averaged copy. The state is kept in `run`."""
    net.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    average = deepcopy(net).requires_grad_(False)
    smooth = state.Average(net, average, HALF_LIFE)
    optimizer = torch.optim.AdamW(net.parameters(), lr, weight_decay=0.02)
    settings = {"steps": steps, "batch": batch, "lr": lr, "seed": seed}
    begin = _resume(run, settings, net, average, optimizer)
    bf16 = precision("auto") == "bf16"
    began = time.time()
    net.train()
    for step in range(begin + 1, steps + 1):
        share = min(1, step / 100) * (1 + math.cos(math.pi * step / steps)) / 2
        optimizer.param_groups[0]["lr"] = lr * share
        x, true, faced = drawn(faces, foreign, batch, net.size, (seed, step))
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            near, sure = loss(net, x, true, faced)
        optimizer.zero_grad()
        (near + 0.5 * sure).backward()
        optimizer.step()
        smooth.update(batch, step * batch)
        if step % EVERY == 0 or step == steps:
            parts = {"net": net, "average": average, "optimizer": optimizer}
            told = {name: part.state_dict() for name, part in parts.items()}
            state.save(run, told | {"step": step, "settings": settings})
            rate = (step - begin) * batch / (time.time() - began)
            said = f"points {near.item():.4f}  face {sure.item():.4f}  {rate:.0f} squares/s"
            print(f"{step}/{steps}  {said}", flush=True)
    return average


def _resume(run: Path, settings: dict, net: nn.Module, average: nn.Module, optimizer) -> int:
    """The step that was reached, everything as it was then.

    Raises:
        ValueError: a state of other settings.
    """
    kept = state.read(run)
    if kept is None:
        return 0
    if kept.get("settings") != settings:
        raise ValueError(f"{run} is of other settings: undo the change, or add --fresh.")
    for name, part in {"net": net, "average": average, "optimizer": optimizer}.items():
        part.load_state_dict(kept[name])
    print(f"Going on after step {kept['step']}.")
    return kept["step"]


def figures(net: PointsNet, faces: Pack, foreign: Pack, n: int = 4000) -> dict[str, float]:
    """Of squares as in training, around val faces, in one look: the mean error and its 95th
    percentile, and how often a face and its absence are known."""
    x, true, faced = landmark_crops.batch(faces, foreign, n, net.size, (0, 0))
    at, sure = landmarks.read(net.eval(), x)
    found, true = (torch.from_numpy(p).float() for p in (at / net.size - 0.5, true))
    errors = error(found[faced], true[faced]).numpy()
    return {
        "mean error": float(errors.mean()),
        "95th percentile": float(np.quantile(errors, 0.95)),
        "faces known": float((sure[faced] > 0.5).mean()),
        "others known": float((sure[~faced] < 0.5).mean()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the network of the five points.")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the packs")
    parser.add_argument("--out", type=Path, default=Path("checkpoints", landmarks.NAME))
    parser.add_argument("--run", type=Path, default=Path("runs/points/state.pt"))
    parser.add_argument("--fresh", action="store_true", help="forget the run of before")
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--lr", type=float, default=3e-3)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()

    torch.manual_seed(args.seed)

    def packs(names: tuple[str, ...]) -> list[Path]:
        return [args.data / f"{name}.zip" for name in names]

    options = {"steps": args.steps, "batch": args.batch, "lr": args.lr, "seed": args.seed}
    try:
        check_place(args.out, landmarks.CONFIG)
        faces = landmark_crops.faces(*packs(FACES), split="train")
        foreign = landmark_crops.foreign(*packs(FOREIGN), split="train")
        if args.fresh:
            args.run.unlink(missing_ok=True)
        net = train(PointsNet(), faces, foreign, run=args.run, **options)
        val = landmark_crops.faces(*packs(FACES), split="val")
    except (OSError, ValueError) as error:
        sys.exit(str(error))
    found = figures(net, val, landmark_crops.foreign(*packs(FOREIGN), split="val"))
    told = {"faces": list(FACES), "foreign": list(FOREIGN), "pictures": len(faces.pictures)}
    landmarks.save(net, args.out, training=told | options, val=found)
    print(f"The network is in {args.out}; on val {found}")


if __name__ == "__main__":
    main()
