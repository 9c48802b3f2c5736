"""A run small enough for a test, here or as the command."""

import os
import subprocess
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file

from train import config, loop, state

ROOT = Path(__file__).parent.parent
TINY = [
    "batch=4",
    "sheet=1000",
    "report=2",
    "threads=1",
    "model.size=32",
    "model.z_dim=8",
    "model.generator.width=4",
    "model.generator.cap=16",
    "model.encoder.width=4",
    "model.encoder.cap=16",
]


def options(tmp_path, pictures, *more):
    places = [f"out={tmp_path}/checkpoints", f"runs={tmp_path}/runs"]
    return [f"data.source=folder:{pictures}", *places, *TINY, *more]


def settings_of(tmp_path, pictures, *more):
    return config.load("ogan_faces", options(tmp_path, pictures, *more))


def run(tmp_path, pictures, *more, **how):
    settings = settings_of(tmp_path, pictures, *more)
    loop.train(settings, **how)
    return settings


def edited(settings, **changes):
    """Its state, with other values; None leaves one out."""
    path = settings.folder / "state.pt"
    kept = {k: v for k, v in state.load(path).items() if k != "settings"} | changes
    torch.save({k: v for k, v in kept.items() if v is not None}, path)


def saved(settings):
    return load_file(settings.checkpoint / "model.safetensors")


def same(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)


def command(tmp_path, pictures, *more):
    return ["-m", "train", "ogan_faces", *options(tmp_path, pictures, *more)]


def start(tmp_path, arguments, launcher=(sys.executable,)):
    environment = os.environ | {"GAN_DEMO_CACHE": str(tmp_path / "cache"), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [*launcher, *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
