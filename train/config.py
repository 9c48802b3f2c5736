"""One run, one config: TOML -> frozen dataclasses. An unknown key is an error that names the
nearest known one; `key=value` on the command line overrides, with dots for tables; what several
configurations share stands in a base, see `train.tables`."""

import dataclasses
import datetime
import os
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

from gan_demo import validate
from gan_demo.data.unpaired import Side
from gan_demo.files import checkpoints
from gan_demo.spelling import near
from gan_demo.types import Schedule
from gan_demo.validate import Between
from train import tables
from train.tables import ConfigError

CONFIGS = Path(__file__).parent / "configs"
LONGEST = 100  # letters of a name
MOST_THREADS = 1024  # more than a machine can start end a process
FREE = ("until", "report", "sheet", "licence", "out", "runs", "threads", "compile")


@dataclass(frozen=True)
class Data:
    """Where the pictures come from: a source, or the sides [data.a] and [data.b] of a translation.

    Args:
        source, classes, label, where, frame: of one set, see `gan_demo.data.load`.
        jitter: sides of a translation are loaded so many times larger and cropped at random;
            286/256 in CycleGAN, 1 for none.
        labels: how many pictures keep their label, for a system that learns from few; 0 for all.
        photo: other pictures that an encoder shall read as well, such as photos for a model that
            draws, see `gan_demo.systems.ogan`.
        pairs: equal file names in a and b are twins, one thing in either style; undeclared, equal
            names mean nothing.
        textures: what is translated is a texture or a style, wherever it lies: a picture of any
            size may be translated in tiles. Not where the frame matters, as with faces or shoes.
        licence, origin: quoted in the model card.
    """

    source: str | list[str] = ""
    flip: bool = True
    jitter: float = 1.0
    classes: list[str] | None = None
    label: str | None = None
    where: dict[str, str | list[str]] | None = None
    frame: float | None = None
    labels: int = 0
    pairs: bool = False
    textures: bool = False
    a: Side | None = None
    b: Side | None = None
    photo: Side | None = None
    licence: str = "unknown"
    origin: str = ""

    def __post_init__(self):
        if not 1 <= self.jitter <= 2:
            raise ConfigError(f"data.jitter = {self.jitter}: choose 1 for none, up to 2.")

    @property
    def sides(self) -> dict[str, Side]:
        """The sets by batch key."""
        one = {}
        if self.source:
            one["x"] = Side(self.source, self.classes, self.label, self.where, self.frame)
        others = {"a": self.a, "b": self.b, "photo": self.photo}
        return one | {k: side for k, side in others.items() if side}


@dataclass(frozen=True)
class Optim:
    """Adam for every player; a table [optim.<player>] overrides these for one of them.

    Args:
        history: weight of historical averaging, see `gan_demo.losses.techniques`.
    """

    lr: Annotated[Schedule, Between(0)] = 2e-4
    betas: Annotated[tuple[float, float], Between(0, 0.999999)] = (0.5, 0.99)
    eps: Annotated[float, Between(0)] = 1e-8
    weight_decay: Annotated[float, Between(0)] = 0.0
    history: Annotated[float, Between(0)] = 0.0
    players: dict[str, dict[str, Any]] = field(default_factory=dict)

    def of(self, player: str) -> "Optim":
        return dataclasses.replace(self, **self.players.get(player, {}), players={})


@dataclass(frozen=True)
class Run:
    """Everything that decides a run.

    Args:
        steps: the length of the schedules; `until` stops earlier on them (0: at their end).
        batch: pictures a step and process; `accumulate` splits it to save memory.
        init: network -> checkpoint whose network of that name it starts from, see `train.init`.
        ema: half-life of the averaged copy, in pictures.
        precision: "bf16", "no" (float32), or "auto": the faster at the start, see `train.hardware`.
        report: steps between curve points; `sheet` between sheets, metrics and saves.
        licence: of the weights, as the Hub names it, e.g. "apache-2.0".
        out: the folder of the published checkpoint; runs: of the resumable state.
        threads: CPU threads; 0 for one or all cores, whichever is faster at each start.
    """

    name: str
    system: str
    steps: int
    until: int = 0
    batch: int = 64
    seed: int = 0
    model: dict[str, Any] = field(default_factory=dict)
    init: dict[str, Any] = field(default_factory=dict)
    data: Data = Data()
    optim: Optim = Optim()
    ema: float = 20_000
    accumulate: int = 1
    precision: str = "auto"
    compile: bool = False
    threads: int = 0
    report: int = 25
    sheet: int = 500
    licence: str = ""
    out: str = "checkpoints"
    runs: str = "runs"

    def __post_init__(self):
        _check_name(self.name)
        least = dict.fromkeys(("steps", "batch", "accumulate", "report", "sheet"), 1)
        for key, limit in (least | dict.fromkeys(("until", "threads", "ema"), 0)).items():
            if getattr(self, key) < limit:
                raise ConfigError(f"{key} must be at least {limit}.")
        if not -(2**63) <= self.seed < 2**63:
            raise ConfigError(f"seed = {str(self.seed)[:80]}: choose a number of up to 18 digits.")
        if self.threads > MOST_THREADS:
            raise ConfigError(f"threads = {self.threads}: {MOST_THREADS} at most, 0 for auto.")
        if not (self.out and self.runs):
            raise ConfigError("out and runs are folders: name one, or leave the key out.")
        for key, value in _dotted(self.model, "model."):
            numbers = value if isinstance(value, list) else [value]
            if any(isinstance(n, int | float) and n < 0 for n in numbers):
                raise ConfigError(f"{key} = {value}: wanted is a number of at least 0.")
        if self.batch % self.accumulate:
            raise ConfigError(f"batch {self.batch} does not divide by accumulate.")
        if self.precision not in ("auto", "bf16", "no"):
            raise ConfigError(f"precision {self.precision!r} is not one of auto, bf16, no.")
        if not self.data.sides:
            raise ConfigError(
                "data.source is missing, for instance folder:my/pictures; to translate, "
                "data.a.source and data.b.source."
            )
        alone = not {"a", "b"} <= self.data.sides.keys()
        of_two = {
            "pairs = true": self.data.pairs,
            "textures = true": self.data.textures,
            "jitter": self.data.jitter > 1,
        }
        for key, given in of_two.items():
            if given and alone:
                raise ConfigError(f"data.{key} needs two sets: data.a.source and data.b.source.")

    @property
    def end(self) -> int:
        return min(self.until or self.steps, self.steps)

    @property
    def folder(self) -> Path:
        return Path(self.runs) / self.name

    @property
    def checkpoint(self) -> Path:
        return Path(self.out) / self.name

    @property
    def settings(self) -> dict[str, Any]:
        """By dotted key, all that decides the numbers: a state goes on only with the same."""
        return self.settings_of(dataclasses.asdict(self))

    @staticmethod
    def settings_of(config: dict[str, Any]) -> dict[str, Any]:
        return {k: v for k, v in _dotted(config) if k not in FREE}


def names() -> list[str]:
    return sorted(path.stem for path in CONFIGS.glob("*.toml"))


def load(config: str, overrides: list[str]) -> Run:
    """Read a file, or a name from `train/configs`, and apply `key=value` overrides.

    Raises:
        ConfigError: no such file, bad TOML, an unknown key, a value of the wrong type.
    """
    table = _table(config)
    for override in overrides:
        _set(table, override)
    for key in {"out", "runs"} & table.keys():  # a shell leaves out=~/models as it is
        _check(table[key], str, key)
        table[key] = os.path.expanduser(table[key])  # noqa: PTH111  Path's ends in ~nobody
    return _run(table)


def shipped() -> list[str]:
    """The configurations whose checkpoint ships, each after those that it starts from."""
    known = {_table(name)["name"]: name for name in names()}
    wanted: dict[str, None] = {}

    def want(name: str) -> None:
        for source in _table(known[name]).get("init", {}).values():
            if (start := PurePosixPath(source).name) in known:
                want(start)
        wanted[known[name]] = None

    for name in known:
        if (checkpoints.locate(name) / "config.json").exists():
            want(name)
    return list(wanted)


def _table(config: str) -> dict[str, Any]:
    path = CONFIGS / f"{config}.toml" if config in names() else Path(config)
    table = tables.read(path, "configuration", config, names())
    return {"name": path.stem.replace("_", "-")} | table


def _check_name(name: str) -> None:
    """It becomes a folder: of its own, that can be seen, directly below out and runs."""
    try:
        name.encode(sys.getfilesystemencoding())
    except UnicodeEncodeError as error:
        raise ConfigError(tables.unwritten(error)) from None
    if not name or name != name.strip() or name.startswith((".", "-", "~")):
        problem = "is empty, begins with . or - or ~, or begins or ends with a space"
    elif not name.isprintable() or set(name) & set('/\\:*?"<>|'):
        problem = "holds a sign that the name of a folder cannot have everywhere"
    elif len(name) > LONGEST or len(os.fsencode(name)) > 2 * LONGEST:
        problem = f"is too long, {LONGEST} letters at most"
    else:
        return
    raise ConfigError(f"The name {name[:80]!r} {problem}: choose another, for instance name=cats.")


def _set(table: dict, override: str) -> None:
    key, equals, text = override.partition("=")
    if not equals:
        raise ConfigError(f"{override!r} is not key=value, for instance batch=32.")
    try:
        value = tomllib.loads(f"v = {text}")["v"]
    except (ValueError, RecursionError):
        value = text  # a bare word is a string
    if isinstance(value, datetime.date | datetime.time):
        value = text  # so is 2026-11-25, for instance as a name
    *path, last = key.split(".")
    for part in path:
        table = table.setdefault(part, {})
        if not isinstance(table, dict):
            raise ConfigError(f"{key}: {part} is a value, not a table.")
    table[last] = value


def _dotted(table: dict, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _dotted(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _run(table: dict) -> Run:
    table = {"data": {}, "optim": {}} | table
    for key in ("data", "optim"):
        _check(table[key], dict, key)
    data, optim = dict(table["data"]), dict(table["optim"])
    for key in {"a", "b", "photo"} & data.keys():
        _check(data[key], dict, f"data.{key}")
        data[key] = _checked(Side, data[key], f"data.{key}.")
    players = {k: optim.pop(k) for k in list(optim) if isinstance(optim[k], dict)}
    for player, options in players.items():
        _checked(Optim, options, f"optim.{player}.")
    optim = dataclasses.replace(_checked(Optim, optim, "optim."), players=players)
    return _checked(Run, table | {"data": _checked(Data, data, "data."), "optim": optim}, "")


def _check(value: Any, kind: Any, key: str) -> None:
    if not validate.fits(value, kind):
        raise ConfigError(validate.told(key, value, kind))


def _checked(cls: type, table: dict, prefix: str) -> Any:
    fields = {f.name: f for f in dataclasses.fields(cls) if f.name != "players"}
    for key, value in table.items():
        if key not in fields:
            raise ConfigError(f"Unknown key {prefix}{key}.{near(key, list(fields))}")
        _check(value, fields[key].type, f"{prefix}{key}")
    missing = [
        f.name
        for f in fields.values()
        if f.default is dataclasses.MISSING
        and f.default_factory is dataclasses.MISSING
        and f.name not in table
    ]
    if missing:
        raise ConfigError(f"Missing key {prefix}{missing[0]}.")
    return cls(**table)


DEFAULTS = Run(name="any", system="any", steps=1, data=Data("any")).settings
