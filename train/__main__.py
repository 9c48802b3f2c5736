"""python -m train CONFIG ... [key=value ...]: train, or go on training, and publish checkpoints.

Several configurations train one after the other, each in a process of its own. A finished one is
passed over; one that fails does not stop the next.
"""

import argparse
import os
import signal
import subprocess
import sys

from train import earlier
from train.stop import Unread

NO_MEMORY = ("out of memory", "can't allocate memory")  # of CUDA, of the CPU
STOPPED = 130  # as a shell has it


def main() -> int:
    signal.signal(signal.SIGINT, _leave)
    about, *more = (__doc__ or "").split("\n\n")
    parser = argparse.ArgumentParser(
        prog="python -m train", description=about, epilog=" ".join(more)
    )
    parser.add_argument(
        "words",
        nargs="*",
        metavar="CONFIG|key=value",
        help="names from --list, or TOML files; settings for all of them, e.g. batch=32",
    )
    parser.add_argument("--list", action="store_true", help="the configurations there are")
    parser.add_argument("--shipped", action="store_true", help="those whose checkpoint ships")
    earlier.offer(parser)
    args = parser.parse_intermixed_args()  # key=value may follow a flag
    chosen = {name: getattr(args, name) for name in earlier.WAYS}
    flags = [f"--{name}" for name, on in chosen.items() if on]
    overrides = [word for word in args.words if "=" in word]
    configs = [word for word in args.words if "=" not in word]
    if len(configs) > 1:
        return _each(configs, [*overrides, *flags])
    try:
        from train import config, sides  # torch takes seconds

        if args.list or args.shipped:
            print("\n".join(config.names() if args.list else config.shipped()))
            return 0
        if not configs:
            parser.error("name a configuration, or see --list")
        run = sides.parted(config.load(configs[0], overrides))
        from train.loop import train

        words = [configs[0], *overrides]
        train(run, **chosen, words=words)
    except (ValueError, OSError) as error:
        print(f"error: {_sentence(error)}", file=sys.stderr)
        return 2
    except (RuntimeError, MemoryError) as error:
        if isinstance(error, RuntimeError) and not any(words in str(error) for words in NO_MEMORY):
            raise
        print(
            "error: there is not enough memory: lower batch or the side (model.size), or raise "
            "accumulate.",
            file=sys.stderr,
        )
        return 2
    return 0


def _each(configs: list[str], rest: list[str]) -> int:
    """One after the other; 0 if all went well."""
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        print("error: several processes train one configuration: name one.", file=sys.stderr)
        return 2
    asked, failed = [], []
    for i, config in enumerate(configs, 1):
        print(f"[{i}/{len(configs)}] {config}", flush=True)
        process = subprocess.Popen([sys.executable, "-m", "train", config, *rest])

        def stop(number: int, _, process=process) -> None:
            asked.append(number)
            process.send_signal(number)

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, stop)
        if process.wait():
            failed.append(config)
        if asked:
            print(f"Stopped. Not finished: {', '.join(configs[i - 1 :])}.")
            return STOPPED
    if failed:
        print(
            f"error: {len(failed)} of {len(configs)} failed: {', '.join(failed)}.", file=sys.stderr
        )
    return 2 if failed else 0


def _sentence(error: BaseException) -> str:
    from gan_demo.files.room import is_full  # its package imports torch

    if isinstance(error, UnicodeEncodeError):
        from train import tables

        return tables.unwritten(error)
    if not isinstance(error, OSError):
        return str(error)
    if is_full(error):
        return (
            f"there is no room to write {error.filename or 'a file'} ({error.strerror}). Make "
            "some: the same command goes on from the last save."
        )
    if error.strerror and error.filename:
        return f"{error.filename}: {error.strerror}."
    return str(error)


def _leave(*_) -> None:
    """Before the first step there is nothing to save; imports would answer with a traceback."""
    sys.stdout.flush()
    os.write(2, b"\nStopped before the first step.\n")
    os._exit(STOPPED)


if __name__ == "__main__":
    sys.stdout, sys.stderr = Unread(sys.stdout), Unread(sys.stderr)
    sys.exit(main())
