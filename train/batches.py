"""What the loop eats: batches that are a function of the step, and val pictures to look at.

Which sets there are follows from what the system needs: "x" one set, "a" and "b" two domains, "l"
the few pictures beside "x" that have labels; "photo" others that an encoder reads as well.
"""

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import torch
from torch import Tensor

from gan_demo import data, systems
from gan_demo.checkpoint import untrusted
from gan_demo.data import DataError, Pictures, captions, few_labels, unpaired
from gan_demo.data.account import account
from gan_demo.data.order import rows
from gan_demo.systems import Classifies, Conditions, Reads, System, Translates
from gan_demo.types import Pixels, Tokens
from train import hardware
from train.config import ConfigError, Run


@dataclass(frozen=True)
class Feed:
    """Training pictures by batch key, and val pictures in an order mixed once.

    Args:
        sets: {"x": ...}, {"x": ..., "l": ...} or {"a": ..., "b": ...}.
        val: 8-bit pictures under the same keys.
        twins: val["a"][i] and val["b"][i] are declared to show the same in either style.
        paired: sets["a"][i] and sets["b"][i] are trained on together.
        told: of each source a line on what became of it.
        t: the words that each picture of x is called by, for a system that reads.
    """

    sets: dict[str, Pictures]
    val: dict[str, Pixels]
    twins: bool
    run: Run
    told: list[str]
    t: Tokens | None = None
    paired: bool = False

    def batch(self, step: int, process: int, processes: int) -> dict[str, Tensor]:
        run, place = self.run, {"step": step, "process": process, "processes": processes}
        options = {"seed": run.seed, "flip": run.data.flip, **place}
        if "l" in self.sets:
            few = data.batch(self.sets["l"], run.batch, **options)
            return data.batch(self.sets["x"], run.batch, **options) | {"l": few["x"], "y": few["y"]}
        if "x" in self.sets:
            batch = data.batch(self.sets["x"], run.batch, **options)
            if self.t is not None:
                batch["t"] = self.t[rows(len(self.t), run.batch, seed=run.seed, **place)[0]]
            if "photo" in self.sets:
                batch["photo"] = data.batch(self.sets["photo"], run.batch, **options)["x"]
            return batch
        a, b, crop = self.sets["a"], self.sets["b"], self.val["a"].shape[-1]
        return unpaired.pair(a, b, run.batch, twins=self.paired, crop=crop, **options)

    def near(self, device: torch.device) -> "Feed":
        """The same with its pictures on a GPU, where they fill no more than a quarter of the room:
        a CPU would be the slower one at cutting, mirroring and scaling what is uploaded."""
        if 4 * sum(s.x.nbytes for s in self.sets.values()) > hardware.room(device):
            return self
        return replace(self, sets={k: replace(s, x=s.x.to(device)) for k, s in self.sets.items()})

    @property
    def source(self) -> str:
        """Of the first set."""
        return data.title(next(iter(self.run.data.sides.values())).source)

    @cached_property
    def counts(self) -> dict[str, str]:
        """How many pictures and labels there are, with a digest of what they are called, and one
        of the pixels at this side."""
        told = {}
        for key, s in self.sets.items():
            of = "" if key == "x" else f" {key}"
            told[f"pictures{of}"] = f"{len(s)} ({digest(s.names)})"
            pixels = hashlib.sha256(s.x.cpu().numpy().data).hexdigest()[:6]
            told[f"pixels{of} at {s.x.shape[-1]} px"] = pixels
            if s.y is not None:
                labels = [s.classes[i] for i in s.y.tolist()]
                told[f"labels{of}"] = f"{len(s.classes)} ({digest(labels)})"
        return told

    @property
    def facts(self) -> dict[str, int | str]:
        """For the checkpoint: how many pictures of what."""
        sides = self.run.data.sides
        titles = dict.fromkeys(data.title(side.source) for side in sides.values())
        facts = {"data": " and ".join(titles)}
        counts = {f"pictures{'' if k == 'x' else f' {k}'}": len(s) for k, s in self.sets.items()}
        return facts | counts


def digest(names: list[str]) -> str:
    return hashlib.sha256("\0".join(names).encode("utf-8", "surrogateescape")).hexdigest()[:6]


def learned(run: Run) -> dict[str, Any]:
    """[model], and what only the pictures can tell of it.

    What reads learns the words, and phrases to quote, from what the pictures are called. [model]
    may state the words instead; of the phrases it names those that shall stand first.
    """
    if not issubclass(systems.find(run.system), Reads) or "x" not in run.data.sides:
        return run.model
    side = run.data.sides["x"]
    called = [captions.caption(name) for name in data.names(side.source, **side.selection)]
    first = [phrase for phrase in run.model.get("phrases", []) if phrase in called]
    phrases = list(dict.fromkeys([*first, *captions.examples(called)]))
    return {"vocabulary": captions.vocabulary(called)} | run.model | {"phrases": phrases}


def made(run: Run) -> System:
    """The system that a run trains: one that the app will take, or hours are lost.

    Raises:
        ValueError: what of [model] cannot be built, or not be shown.
    """
    make = partial(systems.make, run.system, **learned(run))
    try:
        untrusted.planned(make)
    except (RuntimeError, TypeError, IndexError, ArithmeticError) as error:
        reason = str(error).strip().partition("\n")[0][:160]
        raise ConfigError(
            f"[model] asks for networks that cannot be built ({reason}): check its numbers."
        ) from None
    return make()


def feed(run: Run, system: System) -> Feed:
    """
    Raises:
        ConfigError: tables that do not fit the system.
        DataError: a set that cannot be used.
    """
    sides = run.data.sides
    given = sides.keys() | ({"l"} if run.data.labels else set())
    if missing := sorted(system.needs - {"y", "t"} - given):
        plain = {"x": "data.source", "l": "data.labels, for instance 4000"}
        wanted = plain.get(missing[-1], f"[data.{missing[0]}] with a source")
        raise ConfigError(f"{run.system} needs {wanted}.")
    if surplus := sorted(given - system.needs - system.welcomes):
        raise ConfigError(f"{run.system} does not read data {', '.join(surplus)}.")
    larger = round(system.size * run.data.jitter)
    load = partial(unpaired.domain, channels=system.channels)
    sets = {k: load(side, size=larger) for k, side in sides.items()}
    _check_batch(run, sets)
    if isinstance(system, Classifies | Conditions):
        _check_classes(sets["x"], system.classes)
    held_out = {k: load(side, size=system.size, split="val") for k, side in sides.items()}
    told = [account(side.source, sets[k], held_out[k]) for k, side in sides.items()]
    if "l" in given:
        sets["l"], sets["x"] = few_labels.parted(sets["x"], run.data.labels)
    paired = isinstance(system, Translates) and system.paired
    if paired:
        sets["a"], sets["b"] = _together(run, sets["a"], sets["b"])
    order = {k: _mixed(len(pictures)) for k, pictures in held_out.items()}
    if run.data.pairs:
        i, j = unpaired.twins(held_out["a"], held_out["b"])
        if not len(i):
            raise DataError(
                "data.pairs = true, but no val picture of data.a has the file name of one of "
                "data.b: name twins alike, or leave data.pairs out."
            )
        mixed = _mixed(len(i))
        order = {"a": i[mixed], "b": j[mixed]}
    t = None
    if isinstance(system, Reads):
        t = captions.tokens(map(captions.caption, sets["x"].names), system.vocabulary)
    val = {k: held_out[k].x[order[k]] for k in sides}
    return Feed(sets, val, run.data.pairs, run, told, t, paired)


def _check_batch(run: Run, sets: dict[str, Pictures]) -> None:
    """A batch shows no picture twice."""
    key = min(sets, key=lambda key: len(sets[key]))
    n = len(sets[key])
    if n < run.batch:
        side, works = run.data.sides[key], n - n % run.accumulate
        half = "" if side.half is None else f"half {side.half} of "
        lower = f"batch to {works}" if works else f"accumulate to 1 and batch to {n}"
        raise DataError(
            f"{half}{data.title(side.source)} holds {n} readable train pictures, at least "
            f"{run.batch} make a batch: lower {lower}, the largest that works, or add pictures."
        )


def _together(run: Run, a: Pictures, b: Pictures) -> tuple[Pictures, Pictures]:
    if not run.data.pairs:
        raise ConfigError(
            f"{run.system} learns from pairs: give twins equal file names and set "
            "data.pairs = true, or choose cyclegan, which needs none."
        )
    a, b = unpaired.together(a, b)
    if len(a) < run.batch:
        raise DataError(
            f"data.a and data.b hold {len(a)} pairs of equal names to train on, at least "
            f"{run.batch} are needed: leave half out, add pairs or lower batch."
        )
    return a, b


def _check_classes(pictures: Pictures, wanted: tuple[str, ...]) -> None:
    """A label is the index of a class: the set has those of the system, in its order."""
    if pictures.y is None:
        raise ConfigError(
            "This system needs labels: put the pictures of each class in a folder of its own, or "
            "name two or more of them in data.classes, or a column of labels.csv in data.label."
        )
    if pictures.classes != wanted:
        raise ConfigError(
            f"The pictures have the classes {list(pictures.classes)}, the model {list(wanted)}: "
            "set model.classes to the former, or data.classes to the latter."
        )


def _mixed(n: int) -> Tensor:
    return torch.randperm(n, generator=torch.Generator().manual_seed(0))
