"""What a command may do with an earlier run of the name it is given."""

import argparse

WAYS = {
    "fresh": "forget earlier runs of these names",
    "change": "go on, with other settings",
    "replace": "publish over another run's checkpoint",
}


def offer(parser: argparse.ArgumentParser) -> None:
    """Switches, off by default, of the names that `train.loop.train` takes."""
    for name, about in WAYS.items():
        parser.add_argument(f"--{name}", action="store_true", help=about)
