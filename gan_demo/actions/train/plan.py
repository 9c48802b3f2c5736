"""What shall be trained -> the words behind `python -m train`, the same on the page and in a
terminal.

A recipe is a configuration of `train/configs` without its pictures. How many steps an effort is
follows from what a step takes on this machine, see `trial`.
"""

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch

from gan_demo import checkpoint, systems
from gan_demo.files import checkpoints
from train import config
from train.config import Run

CODE = Path(config.__file__).parents[1]  # where `python -m train` is found
OUT, RUNS = Path("checkpoints"), Path("runs")  # as in `train.config.Run`: of the current folder
EFFORTS = {"Quick look": 5 * 60, "An hour": 60 * 60, "Over night": 8 * 60 * 60}  # seconds
SIDES = (32, 64, 128)
FEWEST = 200  # steps of a training that shows anything
SHEETS = 40  # a run
LAVISH = 0.1  # share of the time that sheets may take
Real = int | float
COMMAND = ["python", "-m", "train"]
MATTER = ("size", "channels", "z_dim", "network", "generator", "encoder")  # for weights to fit


@dataclass(frozen=True)
class Recipe:
    """
    Args:
        config: in `train/configs`.
        about: what it is for.
        most: steps after which more bring little.
        starts: shipped models whose weights it may start from, the best first.
        two: whether it translates between two sets.
        grown: options for a side of 128.
    """

    config: str
    about: str
    most: int
    starts: tuple[str, ...] = ()
    two: bool = False
    grown: tuple[str, ...] = ()


GROWN = ('model.network="grown"', "model.generator.detail=32", "model.encoder.detail=16")
RECIPES = {
    "O-GAN, faces": Recipe(
        "ogan_people",
        "Draws new faces and encodes photos of them.",
        30_000,
        ("ogan-people", "ogan-portraits"),
        grown=GROWN,
    ),
    "O-GAN, other": Recipe(
        "ogan_cats64",
        "Draws and encodes whatever the pictures show, best if each shows one thing of a kind.",
        30_000,
        ("ogan-cats", "ogan-portraits", "ogan-people"),
        grown=GROWN,
    ),
    "DCGAN": Recipe("dcgan_faces", "Only draws: the classic of 2015, small and quick.", 20_000),
    "CycleGAN": Recipe(
        "cyclegan", "Translates between two sets and keeps the shape.", 40_000, two=True
    ),
    "DiscoGAN": Recipe(
        "discogan_shoes",
        "Translates between two sets whose shapes differ.",
        30_000,
        two=True,
    ),
}


@dataclass(frozen=True)
class Plan:
    """
    Args:
        recipe: a key of `RECIPES`.
        sources: one, or two for a translator.
        names: of the two sides, or none.
        origin: whose the pictures are, for the card; "" tells the source.
        side: of the pictures, pixels.
        start: whether to start from a shipped model where one fits.
        pictures: about how many there are, of the smaller set: no batch may need more.
        name: of the model.
        out, runs: folders.
        steps, sheet: 0 for those of the configuration.
    """

    recipe: str
    sources: tuple[str, ...]
    name: str
    side: int = 64
    start: bool = True
    pictures: int = 10**9
    names: tuple[str, ...] = ()
    origin: str = ""
    out: Path = OUT
    runs: Path = RUNS
    steps: int = 0
    sheet: int = 0

    def __post_init__(self):
        if self.recipe not in RECIPES:
            raise ValueError(f"There is no recipe {self.recipe!r}. Choose {', '.join(RECIPES)}.")
        wanted = 2 if RECIPES[self.recipe].two else 1
        if len(self.sources) != wanted:
            sets = "two sets of pictures" if wanted == 2 else "one set of pictures"
            raise ValueError(f"{self.recipe} learns from {sets}.")
        if self.side not in SIDES:
            raise ValueError(f"A side of {self.side} pixels is not offered: choose one of {SIDES}.")

    @property
    def words(self) -> list[str]:
        """What stands behind `python -m train`."""
        recipe = RECIPES[self.recipe]
        words = [recipe.config, f"name={_word(self.name)}", f"model.size={self.side}"]
        words += recipe.grown if self.side == 128 else ()
        words += self._data(recipe)
        words += ["licence=other"]  # the pictures decide, and are not known here
        if self.steps:
            words += [f"steps={self.steps}", f"report={max(1, min(25, self.sheet // 4))}"]
            words += [f"sheet={self.sheet}"]
        run = config.load(words[0], [*words[1:], *self._places])
        if (batch := min(run.batch, self._learnt)) != run.batch:
            words.append(f"batch={batch}")
        words += self._init(recipe, run)
        return [*words, *self._places, "threads=1"]

    @property
    def begins(self) -> str:
        """The model that it starts from; "" for none."""
        begun = [word.partition("=")[2] for word in self.words if word.startswith("init.")]
        return begun[0] if begun else ""

    @property
    def startable(self) -> list[int]:
        """Sides at which there is a model to start from."""
        return [side for side in SIDES if replace(self, side=side, start=True).begins]

    @property
    def command(self) -> str:
        """For a terminal in the current folder."""
        return shlex.join([*COMMAND, *self.words])

    def within(self, seconds: Real, step: Real, start: Real, save: Real) -> "Plan":
        """As many steps as there is time for.

        Args:
            seconds: for the whole.
            step, start, save: seconds of a step, of what comes before the first, of a sheet.
        """
        most = RECIPES[self.recipe].most
        steps = int((seconds - start) * (1 - LAVISH) / max(step, 1e-6))
        steps = max(FEWEST, min(most, steps))
        rare = save / (LAVISH * max(step, 1e-6))  # steps between sheets, or they take too long
        sheet = round(max(steps / SHEETS, min(rare, steps / 4), 5))
        return replace(self, steps=steps, sheet=sheet)

    @property
    def _learnt(self) -> int:
        """How many surely are not held out, as a power of two: 5 % are, and luck decides."""
        return 1 << max(int(self.pictures * 0.85), 1).bit_length() - 1

    @property
    def _places(self) -> list[str]:
        """Where they are not the usual ones."""
        given = {"out": (self.out, OUT), "runs": (self.runs, RUNS)}
        return [
            f"{key}={_word(str(place.absolute()))}"
            for key, (place, usual) in given.items()
            if place.absolute() != usual.absolute()
        ]

    def _data(self, recipe: Recipe) -> list[str]:
        origin = {"origin": self.origin} if self.origin else {}
        if not recipe.two:
            return [f"data={_table({'source': self.sources[0]} | origin)}"]
        sides = [{"source": source} for source in self.sources]
        jitter = {"jitter": 1.1} if self.side < 128 else {}
        domains = [f"model.domains={_value(list(self.names))}"] if self.names else []
        return [f"data={_table({'a': sides[0], 'b': sides[1]} | jitter | origin)}", *domains]

    def _init(self, recipe: Recipe, run: Run) -> list[str]:
        """From a model with the same networks, or else from nothing."""
        folders = (self.out, *checkpoints.folders())
        fitting = (n for n in recipe.starts if self.start and _fits(n, run, folders))
        if not (name := next(fitting, "")):
            return ["init={}"] if run.init else []
        return [f"init.{network}={_word(name)}" for network in "GE"]


def named(text: str, taken: Sequence[str]) -> str:
    """A name for a model that can be a folder, and is not there yet."""
    plain = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:40] or "mine"
    free = (f"{plain}-{i}" if i > 1 else plain for i in range(1, 10_000))
    return next(name for name in free if name not in taken)


def told(seconds: Real) -> str:
    """A time in words, as exact as it is known."""
    if seconds < 90:
        return f"about {max(10, round(seconds, -1)):.0f} seconds"
    if seconds < 90 * 60:
        return f"about {round(seconds / 60)} minutes"
    return f"about {seconds / 3600:.1f} hours"


def _fits(name: str, run: Run, folders: Sequence[Path]) -> bool:
    for folder in folders:
        try:
            said = (folder / name / checkpoint.CONFIG).read_text("utf-8")
            known: Mapping[str, Any] = json.loads(said)
            if known["system"] != run.system:
                return False
            model, own = (_complete(run.system, json.dumps(m)) for m in (known["model"], run.model))
            return all(model.get(key) == own.get(key) for key in MATTER)
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return False


@lru_cache(maxsize=32)
def _complete(system: str, model: str) -> dict[str, Any]:
    """The options of a system, JSON, with those that were not stated."""
    with torch.device("meta"):  # no weights are drawn
        return systems.make(system, **json.loads(model)).config["model"]


def _table(values: Mapping[str, Any]) -> str:
    return "{" + ", ".join(f"{k} = {_value(v)}" for k, v in values.items()) + "}"


def _word(text: str) -> str:
    """On a command line a bare word is a string, unless TOML reads it otherwise."""
    bare = re.fullmatch(r"[A-Za-z/][\w./:-]*", text) and text not in ("true", "false", "inf", "nan")
    return text if bare else _value(text)


def _value(value: Any) -> str:
    """TOML; of its strings JSON's are a part."""
    if isinstance(value, Mapping):
        return _table(value)
    return json.dumps(value, ensure_ascii=False)
