"""Where trainings from the page come from and go to."""

import contextlib
import hashlib
import json
import shlex
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gan_demo import data
from gan_demo.actions.train import course, uploads, visitors
from gan_demo.actions.train.plan import EFFORTS, Plan
from gan_demo.actions.train.process import Ended, alongside
from gan_demo.actions.train.run import Run
from gan_demo.actions.train.runs import Runs
from gan_demo.actions.train.visitors import Limits
from gan_demo.data import DataError
from train.align import JOURNAL

FACES = 128  # pixels of an aligned face
WATCH = 10.0  # seconds between two looks at all trainings
PREFIXES = ("folder:", "zip:", "tar:")


@dataclass(frozen=True)
class Aligned:
    """
    Args:
        source: of the faces.
        command: that made it, for a terminal.
    """

    source: str
    command: str


@dataclass(frozen=True)
class Workshop:
    """
    Args:
        runs: the trainings.
        out: where their checkpoints go.
        sent: the folder of uploads.
        local: whether only this machine can reach the page: what is typed may name its files, and
            nothing is limited. Else each visitor has trainings of their own, which no other sees.
        limits: of a page that others reach.

    A `word` is what a visitor's page is known by, see `visitors`.
    """

    runs: Runs
    out: Path
    sent: Path
    local: bool
    limits: Limits = field(default_factory=Limits)

    @property
    def efforts(self) -> list[str]:
        """Those that there is time for."""
        return [e for e, s in EFFORTS.items() if self.local or s <= self.limits.seconds]

    @property
    def heaviest(self) -> int:
        """Bytes that can be sent at once."""
        return uploads.HEAVIEST if self.local else self.limits.sent

    def owner(self, word: str) -> str:
        """The visitor; "" on one's own machine."""
        return "" if self.local else visitors.visitor(word)

    def pictures(self, word: str) -> Path:
        """Where a visitor's pictures are, and what is made of them."""
        return self.runs.pictures / self.owner(word)

    def cache(self, word: str) -> Path | None:
        """Where the training of a visitor keeps decoded pictures; None for the usual place."""
        return None if self.local else self.pictures(word)

    def greet(self, word: str) -> None:
        """A page of theirs is open."""
        if not self.local and word:
            visitors.greet(self.pictures(word))

    def names(self, word: str) -> list[str]:
        """The trainings to show, the latest first."""
        if self.local:
            return self.runs.names()
        return [name for name, run in self._owned() if word and run.owner == self.owner(word)]

    def run(self, name: str, word: str) -> Run:
        """
        Raises:
            ValueError: no such training, or another visitor's.
        """
        if name not in self.names(word):
            raise ValueError(f"There is no training {name[:80]!r} here.")
        return self.runs[name]

    def source(self, sent: Sequence[str] | None, typed: str, word: str = "") -> str:
        """For the data layer: what was uploaded, or what was typed.

        Raises:
            DataError: neither, typed from elsewhere, or too much.
        """
        if sent:
            kept = uploads.keep(sent, self.sent, self.pictures(word))
            try:
                if not self.local:
                    visitors.check_sent(self.pictures(word), self.limits)
            except DataError:
                self.sweep(word)
                raise
            return kept
        if not typed.strip():
            raise DataError("Give pictures first: a zip, or several files at once.")
        if not self.local:
            raise DataError("This page takes uploaded pictures only: send a zip, or several files.")
        return _absolute(typed.strip())

    def sweep(self, word: str) -> None:
        """What a visitor sent for a plan that was not followed is deleted."""
        if not self.local:
            self.runs.sweep(self.pictures(word))

    def admit(self, word: str) -> None:
        """
        Raises:
            ValueError: a visitor may not start another training now.
        """
        if not self.owner(word):
            return
        if len(self.names(word)) >= self.limits.kept:
            raise ValueError(
                f"You have {self.limits.kept} trainings here, and no more are kept: delete one."
            )
        self._admit_waiting()

    def start(self, plan: Plan, word: str) -> Run:
        """At once, or after those that came before.

        Raises:
            ValueError: as `admit`, or the name is taken.
            OSError: what the disk has to say.
        """
        self.admit(word)
        return self.runs.start(plan.words, plan.name, self.owner(word))

    def pause(self, name: str, word: str) -> None:
        self.runs.pause(self.run(name, word).name)

    def go_on(self, name: str, word: str) -> None:
        """
        Raises:
            ValueError: it cannot, or a visitor may not let it.
        """
        run = self.run(name, word)
        if not self.local:
            if course.read(run.folder).seconds >= self.limits.seconds:
                raise ValueError(f"{name} has had its time: {visitors.hours(self.limits.seconds)}.")
            self._admit_waiting()
        self.runs.go_on(name)

    def delete(self, name: str, word: str) -> None:
        self.runs.delete(self.run(name, word).name)

    def tidy(self) -> None:
        """What visitors who left had here is deleted, who has had the time pauses, and the next
        one that waits is trained."""
        pictures, limits = self.runs.pictures, self.limits
        for name, run in self._owned():
            here = visitors.here(pictures / run.owner, limits)
            spent = course.read(run.folder).seconds >= limits.seconds
            if run.state == "waiting" or run.busy:
                if spent or not here:
                    self.runs.pause(name)
            elif not here:
                self.runs.delete(name)
        owners = {run.owner for _, run in self._owned()}
        for folder in visitors.folders(pictures):
            if folder.name not in owners and not visitors.here(folder, limits):
                visitors.forget(folder)
        self.runs.next()

    def watch(self) -> None:
        """Tidies for ever."""
        while True:
            with contextlib.suppress(OSError, ValueError):  # another time
                self.tidy()
            time.sleep(WATCH)

    def _owned(self) -> list[tuple[str, Run]]:
        """Those of visitors."""
        known = ((name, self.runs[name]) for name in self.runs.names())
        return [(name, run) for name, run in known if run.owner]

    def _admit_waiting(self) -> None:
        waiting = len(self.runs.waiting())
        if waiting >= self.limits.waiting:
            raise ValueError(f"{waiting} trainings wait here already: try again later.")

    def aligning(self, source: str, word: str = "") -> Iterator[str | Aligned]:
        """What is said while the faces of a source are cut out, and at last where they are.

        Raises:
            ValueError: the sentence of `python -m train.align`.
        """
        photos = data.opened(source)
        out = self.pictures(word) / f"{_digest(photos.key)}{uploads.FACES}"
        out.parent.mkdir(parents=True, exist_ok=True)
        words = ["-m", "train.align", source, "--out", str(out.absolute()), "--size", str(FACES)]
        aligning = alongside(words)
        try:
            while True:
                next(aligning)
                yield f"Looking for faces: {_done(out):,} of {len(photos.names):,} photos."
        except StopIteration as end:
            ended: Ended = end.value
        if ended.code:
            raise ValueError(ended.why)
        yield Aligned(f"folder:{out.absolute()}", shlex.join(["python", *words]))


def _absolute(typed: str) -> str:
    """A path that means the same to the training, which runs in the folder of the project."""
    for prefix in PREFIXES:
        if typed.startswith(prefix):
            return f"{prefix}{Path(typed.removeprefix(prefix)).expanduser().absolute()}"
    if Path(typed).expanduser().is_dir():
        raise DataError(f"Write folder:{typed}, if this folder is meant.")
    return typed


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _done(out: Path) -> int:
    """Photos that the journal knows; its first line is the wish."""
    try:
        lines = (out / JOURNAL).read_text("utf-8").splitlines()
    except OSError:
        return 0
    return sum(line.endswith("}") and "photo" in json.loads(line) for line in lines)
