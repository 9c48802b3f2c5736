"""python -m train.narrow CHECKPOINT --width W --steps N --out FOLDER: a narrower copy of a
translator, see `gan_demo.systems.distillation`.

The teacher's options, data and licences become a run of the one loop, which goes on after Ctrl-C
with the same command. For more settings write a configuration, as `distillation_shoes.toml`.
"""

import argparse
import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path

from gan_demo import checkpoint
from gan_demo.systems import Translates
from train import earlier
from train.config import Data, Optim, Run
from train.evaluate import sides
from train.loop import train

COMMON = ("size", "channels", "domains")  # of teacher and copy
OPTIM = Optim(lr=(1e-3, 1e-5), betas=(0.9, 0.999))


def narrowing(
    source: str,
    *,
    width: int,
    steps: int,
    out: str | Path,
    batch: int = 16,
    seed: int = 0,
    data: Sequence[str] = (),
    threads: int = 0,
) -> Run:
    """The run that makes the copy.

    Args:
        source: the teacher's folder.
        width: of the copy's generators.
        out: the copy's folder.
        batch: pictures of each domain a step.
        data: where the pictures of the two domains are; () where the teacher found them.

    Raises:
        ValueError: no translator, a width that is none, data that is not there.
    """
    if width < 1:
        raise ValueError(f"--width {width}: choose 1 or more.")
    if Path(out).resolve() == Path(source).resolve():
        raise ValueError(f"{out} holds the teacher: choose another folder with --out.")
    loaded = checkpoint.load(source)
    if not isinstance(loaded.system, Translates):
        raise ValueError(f"{source} is no translator: choose one that carries pictures over.")
    options, facts = loaded.config["model"], loaded.config["training"]
    known = facts.get("config", {}).get("data", {})
    a, b = (
        dataclasses.replace(side, half=(known.get(key) or {}).get("half"))
        for key, side in zip("ab", sides(loaded, data), strict=True)
    )
    return Run(
        name=Path(out).name,
        system="distillation",
        steps=steps,
        batch=batch,
        seed=seed,
        model={
            "system": loaded.config["system"],
            **{key: getattr(loaded.system, key) for key in COMMON},
            "options": {key: value for key, value in options.items() if key not in COMMON},
            "generator": {"width": width},
        },
        init={"teacher": source},
        data=Data(
            a=a,
            b=b,
            flip=known.get("flip", True),
            jitter=known.get("jitter", 1.0),
            pairs=known.get("pairs", False),
            licence=facts.get("data_licence", "unknown"),
            origin=facts.get("data_source", ""),
        ),
        optim=OPTIM,
        ema=0,  # the rate falls to almost nothing instead
        threads=threads,
        licence=facts.get("licence", ""),
        out=str(Path(out).parent),
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
    earlier.offer(parser)
    args = vars(parser.parse_args())
    chosen = {name: args.pop(name) for name in earlier.WAYS}
    try:
        train(narrowing(args.pop("checkpoint"), **args), **chosen)
    except (OSError, ValueError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
