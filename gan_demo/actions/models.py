"""What there is to know about a checkpoint: its method, its size, how it was trained, its figures.

catalogue = Catalogue(studio)
catalogue["ogan-faces"]   ->  a Model, read again only when its files have changed
catalogue.rows()          ->  every Model, and a Damaged for each that cannot be read
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard

from gan_demo import checkpoint
from gan_demo.checkpoint import card
from gan_demo.checkpoint.sheets import sheets_in
from gan_demo.studio import Studio
from gan_demo.systems import Couples, System, Translates

LETTERS = 300  # of a fact; config.json may come from anyone
LARGEST = 1e15  # number
MOMENTS = 2000  # of a curve that are shown

Point = tuple[int | float, str, int | float]  # step, figure, value


@dataclass(frozen=True)
class Model:
    """A checkpoint in words and numbers; nothing here holds weights.

    Args:
        title, paper: of its method.
        abilities: what it can do, in words that go on from "It".
        networks: weights in the file, by network.
        scaffold: the same of networks that only training needed.
        bytes: of the weights' file.
        sheets: the pictures beside it.
        card: without heading, its pictures and HTML as plain text.
        training: as config.json tells it.
        metrics: as in metrics.json.
    """

    name: str
    system: str
    title: str
    paper: str
    abilities: tuple[str, ...]
    size: int
    channels: int
    domains: tuple[str, ...]
    networks: dict[str, int]
    scaffold: dict[str, int]
    bytes: int
    sheets: tuple[Path, ...]
    card: str
    training: dict[str, Any]
    metrics: dict[str, Any]

    @property
    def weights(self) -> int:
        return sum(self.networks.values())

    @property
    def method(self) -> str:
        """The name alone."""
        return self.title.partition(":")[0]

    @property
    def link(self) -> str:
        """The paper's address, or ""."""
        found = re.search(r"https?://\S+", self.paper)
        return found.group().rstrip(".,;)") if found else ""

    @property
    def curve(self) -> list[Point]:
        return list(points(self.training.get("curve")))


@dataclass(frozen=True)
class Damaged:
    """A checkpoint that cannot be read, and why."""

    name: str
    problem: str


class Catalogue:
    """The models of a studio.

    Args:
        studio: is asked which there are and when one has changed.
    """

    def __init__(self, studio: Studio):
        self.studio = studio
        self._known: dict[str, tuple[tuple, Model]] = {}

    def __getitem__(self, name: str) -> Model:
        """
        Raises:
            ValueError: no such checkpoint, or it broke since it was found.
        """
        stamp = self.studio.stamp(name)
        known = self._known.get(name)
        if known is None or known[0] != stamp:
            known = self._known[name] = stamp, _model(self.studio, name)
        return known[1]

    def rows(self) -> list[Model | Damaged]:
        """By name, the damaged ones last."""
        rows: list[Model | Damaged] = []
        problems = dict(self.studio.problems)
        for name in self.studio.names(System):
            try:
                rows.append(self[name])
            except Exception as error:  # files of strangers: each costs only its own row
                known = isinstance(error, ValueError)
                problems[name] = str(error) if known else f"cannot be read ({type(error).__name__})"
        return rows + [Damaged(name, why) for name, why in problems.items()]


def harmless(card: str) -> str:
    """Markdown whose pictures are links and whose HTML is text: nothing is fetched before a click.
    Code stays as it is. Goes through the text once, whatever it holds."""
    parts = card.split("```")
    for i in range(0, len(parts), 2):
        spans = parts[i].split("`")
        for j, span in enumerate(spans):
            if j % 2 == 0 or j == len(spans) - 1 or "\n" in span:
                span = re.sub(r"!(?=\[)", "", span)
                spans[j] = re.sub(r"<(?!https?:)(?=[a-zA-Z/!?])", "&lt;", span)
        parts[i] = "`".join(spans)
    return "```".join(parts)


def points(curve: object) -> Iterator[Point]:
    """Every figure of every moment that is a number; anything else is passed over. Of a long curve
    every n-th moment, the last among them."""
    known = curve if isinstance(curve, list) else []
    for moment in card.thinned(known, MOMENTS):
        step = moment.get("step") if isinstance(moment, Mapping) else None
        if number(step):
            for figure, value in moment.items():
                if figure != "step" and number(value):
                    yield step, str(figure), value


def facts(model: Model) -> dict[str, str]:
    """What a person asks first, as far as the checkpoint says it."""
    t = model.training
    colour = "grey" if model.channels == 1 else "colour"
    pictures = [f"{_text(v)} {k[8:]}".strip() for k, v in t.items() if re.match("pictures( |$)", k)]
    source = t.get("data_source") or t.get("data")
    seen, steps, before = (
        _text(t.get(key)) for key in ("images_seen", "steps", "images_seen_before")
    )
    told = {
        "Pictures": f"{model.size} × {model.size} pixels, {colour}",
        "Domains": " and ".join(model.domains),
        "Weights": _networks(model.networks),
        "Only to train": _networks(model.scaffold),
        "File": f"{megabytes(model.bytes)}, {model.bytes:,} bytes",
        "Trained on": _text(source) or "not recorded",
        "Training pictures": " and ".join(pictures),
        "Licence of the data": _text(t.get("data_licence")) or "not recorded",
        "Licence of the weights": _text(t.get("licence")),
        "Pictures seen": seen
        + (f" in {steps} steps" if seen and steps else "")
        + (f", after {before} in earlier runs" if before else ""),
        "Training time": duration(t.get("seconds")),
        "Machine": _text(t.get("machine")),
        "Seed": _text(t.get("seed")),
    }
    return {fact: text for fact, text in told.items() if text}


def told(model: Model) -> dict[str, Any]:
    """The same for programs."""
    facts = {key: value for key, value in model.training.items() if key not in ("config", "curve")}
    return {
        "system": model.system,
        "method": model.title,
        "paper": model.paper,
        "abilities": list(model.abilities),
        "size": model.size,
        "channels": model.channels,
        "domains": list(model.domains),
        "parameters": model.weights,
        "networks": model.networks,
        "bytes": model.bytes,
        "sheets": [sheet.name for sheet in model.sheets],
        "training": facts,
        "curve": [dict(zip(("step", "figure", "value"), p, strict=True)) for p in model.curve],
        "metrics": model.metrics,
    }


def number(value: object) -> TypeGuard[int | float]:
    """Neither NaN nor infinite nor absurd."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return -LARGEST < value < LARGEST


def megabytes(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e5 else f"{count / 1e3:.1f} KB"


def millions(count: int) -> str:
    return f"{count / 1e6:.1f} M" if count >= 1e5 else f"{count:,}"


def duration(seconds: object) -> str:
    """Hours and minutes, or minutes and seconds; "" for what is no time."""
    if not number(seconds):
        return ""
    minutes, rest = divmod(round(seconds), 60)
    if minutes >= 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _model(studio: Studio, name: str) -> Model:
    loaded = studio.checkpoint(name)
    system = loaded.system
    title, paper = card.method(loaded.config["system"])
    weights = card.weights(system)
    body = harmless(loaded.card)
    return Model(
        name=name,
        system=loaded.config["system"],
        title=title,
        paper=paper,
        abilities=tuple(card.abilities(system)),
        size=system.size,
        channels=system.channels,
        domains=tuple(system.domains) if isinstance(system, Translates | Couples) else (),
        networks={k: n for k, n in weights.items() if k not in system.scaffold},
        scaffold={k: n for k, n in weights.items() if k in system.scaffold},
        bytes=(loaded.path / checkpoint.WEIGHTS).stat().st_size,
        sheets=tuple(p for p in sheets_in(loaded.path) if p.name.isprintable()),
        card=re.sub(r"\A# .*\n", "", body).strip(),
        training=loaded.config["training"],
        metrics=loaded.metrics,
    )


def _networks(counts: Mapping[str, int]) -> str:
    parts = ", ".join(f"{name} {millions(count)}" for name, count in counts.items())
    total = millions(sum(counts.values()))
    return parts if len(counts) < 2 else f"{total}: {parts}"


def _text(value: object) -> str:
    """A fact as written in config.json, of whatever type; "" for none."""
    if value is None or isinstance(value, Mapping | list):
        return ""
    shown = f"{value:,}" if number(value) else str(value)
    return shown[:LETTERS]
