"""python -m train.experiments.equal TABLE [key=value ...]: one change at a time, at equal budget.

Every row of a table is a training, `python -m train`, that differs from the first in what the row
says; it is made with several seeds and measured on `val` by `train.evaluate`. A cell is the mean
over the seeds, with the least and the most where there are several.

    claim       O-GAN beside a GAN of the same networks, λ = 0: does a code cost quality?
    variants    what may be left out of O-GAN or put in its place, as its author discusses
    encoders    ways to find the code of a picture
    techniques  the Improved Techniques, each alone

On a GPU, --jobs 8 trains that many at once. What is finished is not trained or measured again.
"""

import argparse
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from gan_demo import checkpoint, data
from gan_demo.checkpoint.markdown import markdown
from gan_demo.systems import Encodes
from train import config
from train.batches import made
from train.config import ConfigError
from train.evaluate import evaluate

SMALL, SHORT = "ogan_faces_small", "ogan_faces_small steps=1564"  # 204,800 and 100,096 pictures
DCGAN = "dcgan_cifar10 steps=3000"
CODES, SAMPLES = "Codes and reconstructions", "Samples"
FIGURES = {  # by column: the measure, and how its figure's name begins
    "ρ on fresh z": (CODES, "rho fresh"),
    "MSE / random photo": (CODES, "MSE / random photo"),
    "top-1, pixels": (CODES, "top-1 pixels"),
    "top-1, features": (CODES, "top-1 features"),
    "FeatDist": (CODES, "FeatDist"),
    "FD": (SAMPLES, "FD"),
    "precision": (SAMPLES, "precision"),
    "recall": (SAMPLES, "recall"),
    "CS": ("Recognised by the classifier", "CS"),
}
ENCODERS = tuple(column for column in FIGURES if column != "CS")
PICTURES = "FD", "precision", "recall", "CS"


@dataclass(frozen=True)
class Table:
    """Rows are configurations with their settings, `{seed}` in them is the seed; one that starts
    from another row's network comes after it. Columns are of FIGURES."""

    rows: Mapping[str, str]
    seeds: int
    columns: Sequence[str] = ENCODERS


TABLES = {
    "claim": Table(
        {"O-GAN": SMALL, "plain GAN, λ = 0": f"{SMALL} model.lam_E=0.0 model.lam_G=0.0"},
        seeds=3,
    ),
    "variants": Table(
        {
            "avg E(x) judges, ρ": SHORT,
            "a learned T(E(x)) judges": f"{SHORT} model.head=linear",
            "an output of its own judges": f"{SHORT} model.head=split",
            "MSE in place of ρ": f"{SHORT} model.match=mse",
            "MSE with a learned W": f"{SHORT} model.match=matrix",
            "batch norm in E": f"{SHORT} model.encoder.norm=batch",
            "the QP loss, normal z": f"{SHORT} model.loss=ogan_qp model.loss_options={{}}"
            " model.gain=1.0 model.guard=0.0 model.prior=normal optim.lr=2e-4",
        },
        seeds=3,
    ),
    "encoders": Table(
        {
            "O-GAN": SMALL,
            "O-GAN, photo": f"{SMALL} model.photo=2.0",
            "BiGAN": "bigan_faces",
            "InfoGAN": "infogan_faces",
            "VAE": "vae_faces",
            "VAE-GAN": "vaegan_faces",
            "Soft-IntroVAE": "softintrovae_faces",
            "DCGAN": "dcgan_faces",
            "brute force": "brute_faces init.G=encoders-dcgan-{seed}",
            "brute force, photo": "brute_photo_faces init.G=encoders-dcgan-{seed}",
        },
        seeds=2,
    ),
    "techniques": Table(
        {
            "DCGAN": DCGAN,
            "minibatch discrimination": f"{DCGAN} model.discriminator.minibatch=[8,4]",
            "one-sided smoothing": f"{DCGAN} model.loss_options.smooth=0.9",
            "historical averaging": f"{DCGAN} optim.history=1e-3",
            "virtual batch norm": f"{DCGAN} model.generator.norm=virtual"
            " model.generator.reference=uniform",
            "feature matching": f"{DCGAN} model.matching=l2",
            "all but matching": "improved_cifar10",
        },
        seeds=2,
        columns=PICTURES,
    ),
}


def name(table: str, row: str, seed: int) -> str:
    """Of a training: claim-o-gan-0."""
    plain = "".join(c if c.isascii() and c.isalnum() else "-" for c in row.lower())
    return f"{table}-{'-'.join(filter(None, plain.split('-')))}-{seed}"


def settings(table: str, row: str, seed: int, more: Sequence[str]) -> list[str]:
    """What `python -m train` is told."""
    words = TABLES[table].rows[row].replace("{seed}", str(seed)).split()
    return [*words, *more, f"seed={seed}", f"name={name(table, row, seed)}"]


def train(runs: Sequence[Sequence[str]], jobs: int) -> None:
    """Each by a process of its own, `jobs` at once; those that need another's network at last.

    Raises:
        ConfigError: some failed, or were stopped.
    """
    later = [any(word.startswith("init.") for word in words) for words in runs]
    running: dict[str, subprocess.Popen] = {}
    failed: list[str] = []

    def one(words: Sequence[str]) -> None:
        if failed:
            return
        run = words[-1].removeprefix("name=")
        running[run] = subprocess.Popen([sys.executable, "-m", "train", *words])
        if running[run].wait():
            failed.append(run)

    def stop(number: int, _) -> None:
        failed.append("what is left")
        for process in running.values():
            process.send_signal(number)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        for wave in (False, True):
            todo = [words for words, late in zip(runs, later, strict=True) if late is wave]
            with ThreadPoolExecutor(jobs) as pool:
                list(pool.map(one, todo))
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if failed:
        raise ConfigError(f"Not trained: {', '.join(failed)}. The same command goes on from here.")


def measured(folder: Path, columns: Sequence[str], device: str = "cpu") -> Mapping[str, Any]:
    """The figures of a checkpoint, taken where they are missing.

    Raises:
        ConfigError: its training is not finished.
    """
    loaded = checkpoint.load(folder)
    if loaded.config["training"]["steps"] < loaded.config["training"]["config"]["steps"]:
        raise ConfigError(f"{folder.name} is not finished. The same command goes on from here.")
    figures: Mapping[str, Any] = loaded.metrics
    for title in dict.fromkeys(FIGURES[column][0] for column in columns):
        if title not in figures and (title != CODES or isinstance(loaded.system, Encodes)):
            figures = evaluate(str(folder), only=title, device=device)
    return figures


def figure(figures: Mapping[str, Any], column: str) -> float | None:
    title, start = FIGURES[column]
    found = (v for k, v in figures.get(title, {}).items() if k.startswith(start))
    return next(found, None)


def cell(values: Sequence[float]) -> str:
    mean = f"{fmean(values):.3g}"
    return mean if len(values) < 2 else f"{mean} ({min(values):.3g} to {max(values):.3g})"


def written(table: str, out: Path, seeds: int, device: str = "cpu") -> str:
    """Markdown, from the checkpoints that are in `out`.

    Raises:
        ConfigError: there is none.
    """
    rows, columns = {}, TABLES[table].columns
    for row in TABLES[table].rows:
        folders = [out / name(table, row, seed) for seed in range(seeds)]
        each = [measured(folder, columns, device) for folder in folders if folder.is_dir()]
        found = {column: [figure(figures, column) for figures in each] for column in columns}
        known = {k: v for k in columns if (v := [x for x in found[k] if x is not None])}
        if each:
            rows[row] = {"seeds": len(each)} | {k: cell(v) for k, v in known.items()}
    if not rows:
        raise ConfigError(f"Nothing of {table} lies in {out}: leave --measure out to train it.")
    return markdown(table, rows)


def main() -> None:
    about, *more = (__doc__ or "").split("\n\n")
    parser = argparse.ArgumentParser(
        prog="python -m train.experiments.equal",
        description=about,
        epilog="\n\n".join(more),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("table", choices=TABLES)
    parser.add_argument("overrides", nargs="*", metavar="key=value", help="as in python -m train")
    parser.add_argument("--seeds", type=int, default=0, help="of each row; default: the table's")
    parser.add_argument("--jobs", type=int, default=1, help="trainings at once")
    parser.add_argument("--out", type=Path, default=data.cache() / "equal", help="for all of it")
    parser.add_argument("--measure", action="store_true", help="train nothing: what lies in --out")
    parser.add_argument(
        "--device", default="cpu", help="for measuring; training takes a GPU itself"
    )
    args = parser.parse_args()
    seeds = args.seeds or TABLES[args.table].seeds
    places = [f"out={args.out / 'checkpoints'}", f"runs={args.out / 'runs'}"]
    runs = [
        settings(args.table, row, seed, [*args.overrides, *places])
        for row in TABLES[args.table].rows
        for seed in range(seeds)
    ]
    try:
        if min(args.jobs, seeds) < 1:
            raise ConfigError("--jobs and --seeds are 1 or more.")
        for words in runs:  # a mistake is said before the work
            made(config.load(words[0], words[1:]))
        if not args.measure:
            train(runs, args.jobs)
        print(written(args.table, args.out / "checkpoints", seeds, args.device))
    except (OSError, ValueError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
