"""python -m train CONFIG [key=value ...]: train, or go on training, and publish the checkpoint."""

import argparse
import sys

from train import config


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m train", description=__doc__)
    parser.add_argument("config", nargs="?", help="a name from --list, or a TOML file")
    parser.add_argument("overrides", nargs="*", metavar="key=value", help="e.g. batch=32")
    parser.add_argument("--list", action="store_true", help="the configurations that ship")
    parser.add_argument("--fresh", action="store_true", help="forget an earlier run of this name")
    parser.add_argument("--change", action="store_true", help="go on, with other settings")
    args = parser.parse_intermixed_args()  # key=value may follow a flag
    if args.list:
        print("\n".join(config.names()))
        return 0
    if args.config is None:
        parser.error("name a configuration, or see --list")
    try:
        run = config.load(args.config, args.overrides)
        from train.loop import train  # torch takes seconds: after the mistakes of typing

        train(run, fresh=args.fresh, change=args.change)
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
