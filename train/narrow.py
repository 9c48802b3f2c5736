"""python -m train.narrow CHECKPOINT --width W --steps N --out FOLDER: a narrower copy of a
translator, which learns from the wide one's pictures instead of from a critic.

Hinton, Vinyals and Dean, "Distilling the Knowledge in a Neural Network", 2015,
https://arxiv.org/abs/1503.02531
Li, Lin, Ding, Liu, Zhu and Han, "GAN Compression: Efficient Architectures for Interactive
Conditional GANs", 2020, https://arxiv.org/abs/2003.08936

    min_S  Σ_to E |S_to(x) - T_to(x)|

S is the same system with another generator width, T the teacher; x are the training pictures of
the other domain and, where the teacher knows the way there, its translations into it: the way back
starts from those. |.| is the mean absolute difference.
Differs from GAN Compression: no critic, no features of inner layers, no search for the widths; the
teacher's picture stands in for the missing pair, as there.
"""

import argparse
import dataclasses
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import l1_loss
from tqdm import tqdm

from gan_demo import checkpoint, images, systems
from gan_demo.checkpoint import Checkpoint
from gan_demo.losses.schedule import at
from gan_demo.systems import Translates
from gan_demo.types import Batch, Pixels, Terms
from train import hardware
from train.batches import feed
from train.config import Data, Run
from train.evaluate import sides

LR = (1e-3, 1e-5)  # along half a cosine
KEYS = ("a", "b")  # of a batch, in the order of the domains


def narrow(
    source: str,
    *,
    width: int,
    steps: int,
    out: str | Path,
    batch: int = 16,
    seed: int = 0,
    data: Sequence[str] = (),
) -> Path:
    """Train the copy and save it.

    Args:
        source: the teacher's folder.
        width: of the copy's generators.
        out: the copy's folder.
        batch: pictures of each domain a step.
        data: where the pictures of the two domains are; () where the teacher found them.

    Raises:
        ValueError: no translator, a width that does not fit, data that is not there.
    """
    if Path(out).resolve() == Path(source).resolve():
        raise ValueError(f"{out} holds the teacher: choose another folder with --out.")
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    loaded = checkpoint.load(source, device)
    there = checkpoint.occupant(out)
    if there is not None and there.get("teacher") != loaded.name:
        raise ValueError(f"{out} holds another model: choose another folder with --out.")
    teacher = translator(loaded)
    options = narrowed(loaded.config["model"], width)
    torch.manual_seed(seed)
    student = systems.make(loaded.config["system"], **options)
    assert isinstance(student, Translates)  # the same class
    student.to(device).to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    fed = feed(_run(loaded, options, steps, batch, seed, data, Path(out).name), student)
    started = time.perf_counter()
    learn(student, teacher, (fed.batch(step, 0, 1) for step in range(steps)), steps, batch)
    seconds = time.perf_counter() - started
    student.eval().requires_grad_(False)
    found = figures(student, teacher, fed.val)
    print(", ".join(f"{name} {value:.4f}" for name, value in found.items()))
    training = loaded.config["training"] | {
        "teacher": loaded.name,
        "teacher width": loaded.config["model"].get("generator", {}).get("width", "as published"),
        "narrowing steps": steps,
        "narrowing batch": batch,
        "narrowing seed": seed,
        "narrowing seconds": round(seconds),
        "narrowing machine": hardware.machine(device, 1),
        **{name: round(value, 5) for name, value in found.items()},
    }
    val = {key: images.from_pixels(p[:64]).to(device) for key, p in fed.val.items()}
    with torch.inference_mode():
        sheets = {title: images.grid(x) for title, x in student.preview(val).items()}
    return checkpoint.save(out, student, training=training, sheets=sheets)


def learn(
    student: Translates, teacher: Translates, batches: Iterator[Batch], steps: int, batch: int
) -> None:
    """Adam on all that a checkpoint of the student will hold."""
    named = student.named_parameters()
    weights = [p for name, p in named if name.partition(".")[0] not in student.scaffold]
    optimizer = torch.optim.Adam(weights, LR[0], fused=True)
    device = student.device
    half = hardware.precision("auto") == "bf16"
    student.train()
    bar = tqdm(batches, student.config["system"], steps, unit="step", smoothing=0.05)
    started = time.perf_counter()
    for step, pictures in enumerate(bar):
        for group in optimizer.param_groups:
            group["lr"] = at(LR, step / steps)
        pictures = {key: x.to(device, non_blocking=True) for key, x in pictures.items()}
        with torch.autocast(device.type, torch.bfloat16, enabled=half):
            terms = apart(student, teacher, pictures)
        torch.stack(list(terms.values())).sum().backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        if step % 25 == 24:
            speed = 2 * batch * (step + 1) / (time.perf_counter() - started)
            shown = " ".join(f"{to} {term.item():.4f}" for to, term in terms.items())
            bar.set_postfix_str(f"{speed:.0f} pictures/s, L1 {shown}")


def apart(student: Translates, teacher: Translates, batch: Batch) -> Terms:
    """{to: |S_to(x) - T_to(x)|} for x of the batch and x that the teacher drew."""
    given = dict(zip(teacher.domains, (batch[key] for key in KEYS), strict=True))
    with torch.no_grad():
        drawn = {to: teacher.translate(given[teacher.other(to)], to) for to in teacher.targets}
    terms: dict[str, Tensor] = {}
    for to in teacher.targets:
        origin = teacher.other(to)
        x, wanted = given[origin], drawn[to]
        if origin in drawn:  # the way back
            x = torch.cat([x, drawn[origin]])
            with torch.no_grad():
                wanted = torch.cat([wanted, teacher.translate(drawn[origin], to)])
        terms[to] = l1_loss(student.translate(x, to), wanted)
    return terms


def figures(student: Translates, teacher: Translates, val: dict[str, Pixels]) -> dict[str, float]:
    """On val: mean |S_to(x) - T_to(x)| and, where there is a way back, the cycle L1 of both."""
    found = {}
    for key, origin in zip(KEYS, student.domains, strict=True):
        to, x = student.other(origin), val[key]
        if to not in student.targets:
            continue
        y, wanted = student.translated(x, to), teacher.translated(x, to)
        found[f"L1 to the teacher, {to}"] = images.l1(y, wanted)
        if origin in student.targets:
            found[f"cycle L1 {origin}"] = images.l1(student.translated(y, origin), x)
            found[f"cycle L1 {origin}, teacher"] = images.l1(teacher.translated(wanted, origin), x)
    return found


def translator(loaded: Checkpoint) -> Translates:
    if not isinstance(loaded.system, Translates):
        raise ValueError(f"{loaded.path} is no translator: choose one that carries pictures over.")
    return loaded.system


def narrowed(options: dict[str, Any], width: int) -> dict[str, Any]:
    """The teacher's options, its generators of another width."""
    if width < 1:
        raise ValueError(f"--width {width}: choose 1 or more.")
    return options | {"generator": {**(options.get("generator") or {}), "width": width}}


def _run(
    loaded: Checkpoint,
    options: dict[str, Any],
    steps: int,
    batch: int,
    seed: int,
    data: Sequence[str],
    name: str,
) -> Run:
    """What `feed` needs: the pictures that the teacher was trained on, its halves and crops."""
    known = loaded.config["training"].get("config", {}).get("data", {})
    halves = [(known.get(key) or {}).get("half") for key in KEYS]
    a, b = (
        dataclasses.replace(side, half=half)
        for side, half in zip(sides(loaded, data), halves, strict=True)
    )
    pictures = Data(a=a, b=b, flip=known.get("flip", True), jitter=known.get("jitter", 1.0))
    return Run(
        name=name,
        system=loaded.config["system"],
        steps=steps,
        batch=batch,
        seed=seed,
        model=options,
        data=pictures,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Train a narrower copy of a translator.")
    parser.add_argument("checkpoint", help="the teacher: a folder with model.safetensors")
    parser.add_argument("--width", type=int, required=True, help="of the copy's generators")
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--out", required=True, help="the folder of the copy")
    parser.add_argument("--batch", type=int, default=16, help="pictures of each domain a step")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--data", nargs=2, default=(), metavar=("A", "B"), help="both domains")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads, 0 for all cores")
    args = parser.parse_args()
    torch.set_num_threads(args.threads or torch.get_num_threads())
    options = {key: getattr(args, key) for key in ("width", "steps", "out", "batch", "seed")}
    try:
        folder = narrow(args.checkpoint, **options, data=args.data)
    except (OSError, ValueError) as error:
        sys.exit(str(error))
    size = (folder / checkpoint.WEIGHTS).stat().st_size
    print(f"{folder}: {size / 1e6:.1f} MB. Measure it: python -m train.evaluate {folder}")


if __name__ == "__main__":
    main()
