"""Checkpoints: a folder, here or on the Hub, and what lies in it."""

from gan_demo.checkpoint.finding import (
    CARD,
    CONFIG,
    METRICS,
    WEIGHTS,
    CheckpointError,
    find,
    name,
)
from gan_demo.checkpoint.store import (
    BY,
    CENTRE,
    Checkpoint,
    load,
    occupant,
    record,
    remove,
    save,
)

__all__ = [
    "BY",
    "CARD",
    "CENTRE",
    "CONFIG",
    "METRICS",
    "WEIGHTS",
    "Checkpoint",
    "CheckpointError",
    "find",
    "load",
    "name",
    "occupant",
    "record",
    "remove",
    "save",
]
