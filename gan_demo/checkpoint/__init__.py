"""Checkpoints: a folder, here or on the Hub, and what lies in it."""

from gan_demo.checkpoint.store import (
    BY,
    CARD,
    CENTRE,
    CONFIG,
    METRICS,
    WEIGHTS,
    Checkpoint,
    CheckpointError,
    find,
    load,
    name,
    occupant,
    record,
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
    "save",
]
