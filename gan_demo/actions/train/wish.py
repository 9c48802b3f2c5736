"""What a person asked for -> the sources, what their pictures are like, and the plan."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gan_demo.actions.train import doctor, plan
from gan_demo.actions.train.doctor import Health
from gan_demo.actions.train.plan import RECIPES, Plan
from gan_demo.actions.train.uploads import FOLDER
from gan_demo.actions.train.workshop import Workshop

SENT = "pictures that a visitor sent"


@dataclass(frozen=True)
class Wish:
    """The settings of the page, in its order."""

    recipe: str
    effort: str
    side: int
    start: bool
    align: bool
    name: str
    sets: tuple[tuple[list[str] | None, str], ...]
    names: tuple[str, ...]
    word: str


def wish(
    word: str, recipe: str, effort: str, side: str, start: bool, align: bool, name: str, *sets: Any
):
    """
    Args:
        word: that the page is known by.

    Raises:
        ValueError: a recipe or a side that is not there.
    """
    if recipe not in RECIPES or not str(side).isdecimal():
        raise ValueError("Choose a recipe and a side.")
    two = RECIPES[recipe].two
    sent = tuple((sets[i], str(sets[i + 1] or "")) for i in (0, 2)[: 1 + two])
    names = tuple(str(n).strip() for n in sets[4:6]) if two else ()
    return Wish(recipe, effort, int(side), start, align, name, sent, names, word)


@dataclass(frozen=True)
class Looked:
    """
    Args:
        sources: to train on.
        commands: that made them, for a terminal.
    """

    sources: list[str]
    found: list[Health]
    commands: list[str]


def look(workshop: Workshop, wish: Wish) -> Iterator[str | Looked]:
    """What is done, and at last what there is to train on."""
    looked = Looked([], [], [])
    workshop.sweep(wish.word)
    for sent, typed in wish.sets:
        source = workshop.source(sent, typed, wish.word)
        yield "Fetching the pictures." if source.startswith("hub:") else "Looking at the pictures."
        for step in workshop.aligning(source, wish.word) if wish.align else ():
            if isinstance(step, str):
                yield step
            else:
                source = step.source
                looked.commands.append(step.command)
        looked.sources.append(source)
        for step in doctor.examining(source):
            if isinstance(step, Health):
                looked.found.append(step)
            else:
                yield f"Looking at the pictures: {step:,} so far."
    yield looked


def drawn_up(workshop: Workshop, wish: Wish, looked: Looked) -> Plan:
    """
    Raises:
        ValueError: settings that do not fit together.
    """
    if wish.effort not in workshop.efforts:
        raise ValueError(f"Choose how long it may take: {' or '.join(workshop.efforts)}.")
    out = workshop.out
    taken = [FOLDER, *workshop.runs.names(), *(p.name for p in out.glob("*"))]
    return Plan(
        wish.recipe,
        tuple(looked.sources),
        plan.named(wish.name, taken),
        wish.side,
        start=wish.start,
        pictures=min(one.usable for one in looked.found),
        names=wish.names,
        origin="" if workshop.local else SENT,  # the card is for everybody
        out=out,
        runs=workshop.runs.folder,
    )
