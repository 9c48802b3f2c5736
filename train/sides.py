"""One source whose pictures have two labels is the two sides of a translation."""

import dataclasses

from gan_demo import data, systems
from gan_demo.data import unpaired
from train.config import Run
from train.tables import ConfigError


def parted(run: Run) -> Run:
    """The run with [data.a] and [data.b] in place of data.source, named after the two labels: the
    folders summer and winter, or trainA and trainB, or what data.classes or data.label say.

    Every other run as it is.

    Raises:
        ConfigError: the pictures have fewer labels than two, or more.
        DataError: a source that is not there.
    """
    two = systems.find(run.system).needs >= {"a", "b"}
    whole = run.data.sides.get("x")
    if not two or not whole or run.data.a or run.data.b:
        return run
    found = data.classes(whole.source, **whole.selection)
    if len(found) != 2:
        known = ", ".join(found) or "none"
        raise ConfigError(
            f"{run.system} needs two sets, and {data.title(whole.source)} has the labels "
            f"{known}: put the pictures of each set in a folder of its own, name two labels in "
            "data.classes, or give data.a.source and data.b.source."
        )
    one, other = (dataclasses.replace(whole, classes=[name]) for name in found)
    none = dict.fromkeys(unpaired.SELECTION)
    sides = dataclasses.replace(run.data, **none, source="", a=one, b=other)
    return dataclasses.replace(run, model={"domains": found} | run.model, data=sides)
