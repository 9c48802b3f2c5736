"""The checkpoints at hand: which there are, what they can do, and their systems when asked for.

studio = Studio(["checkpoints"])
studio.names(Encodes)  ->  ["ogan-faces"]
studio["ogan-faces"]   ->  a System, ready to draw
"""

import re
import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import torch

from gan_demo import allocator, checkpoint, faults
from gan_demo.checkpoint import Checkpoint, CheckpointError
from gan_demo.devices import CPU, Device
from gan_demo.files import checkpoints
from gan_demo.images import faces
from gan_demo.systems import Encodes, System, Translates

S = TypeVar("S", bound=System)
LINE = 100  # letters of what a checkpoint says of its data
KEPT = 8  # systems in memory at a time


@dataclass(frozen=True)
class Entry:
    """What is known of a source after reading it once: what it can do, between which domains if it
    translates, its rank in lists, a line about it, whether it draws portraits of photos, or what is
    wrong with it."""

    name: str
    stamp: tuple
    system: type[System] | None = None
    domains: frozenset[str] = frozenset()
    rank: tuple[int, ...] = ()  # side, channels, whether it reads, pictures seen in training
    about: str = ""
    portrays: bool = False
    problem: str = ""


class NothingChosen(ValueError):
    """No model was named, for instance because there is none yet: nothing to draw or to say."""


class Studio:
    """Finds checkpoints and keeps the latest few loaded; a broken one costs only itself.

    Args:
        sources: folders of checkpoints, single checkpoints, `hub:owner/name`; none: the usual
            folders, see `gan_demo.files.checkpoints`.
        kept: how many systems stay in memory.
        device: where they draw.
    """

    def __init__(self, sources: Iterable[str] = (), kept: int = KEPT, device: Device = CPU):
        self.sources, self.kept, self.device = list(sources), kept, device
        self._entries: dict[str, Entry] = {}  # by source
        self._sources: dict[str, str] = {}  # name -> source
        self._loaded: OrderedDict[str, Checkpoint] = OrderedDict()  # by source, latest last
        self._lock = threading.RLock()
        self.problems: dict[str, str] = {}
        self.refresh()

    def refresh(self) -> None:
        """Looks for new, changed and vanished checkpoints and reads only those."""
        with self._lock:
            entries: dict[str, Entry] = {}
            fresh = False
            for source in self.sources or map(str, checkpoints.folders()):
                try:
                    found = checkpoint.find(source)
                except (ValueError, OSError) as error:
                    known = checkpoint.name(Path(source))
                    said = str(error).replace(source, known)
                    entries[source] = Entry(known, (), problem=said)
                    continue
                for place in found:
                    known, stamp = self._entries.get(place), _stamp(place)
                    if known is None or known.stamp != stamp:
                        known, fresh = self._read(place, stamp), True
                    entries[place] = known
            self._entries = entries
            self._sources = _named({p: e.name for p, e in entries.items() if e.system})
            if fresh:
                allocator.trim()  # they were read, and not kept
            self.problems = {e.name: e.problem for e in entries.values() if e.problem}

    def include(self, source: str) -> None:
        """Looks there as well, unless it does already."""
        with self._lock:
            known = self.sources or [str(folder) for folder in checkpoints.folders()]
            places = {Path(one).resolve() for one in known if not one.startswith("hub:")}
            if Path(source).resolve() not in places:
                self.sources = [*known, source]
            self.refresh()

    def names(self, can: type[System]) -> list[str]:
        """The checkpoints whose system has the ability `can`, the largest pictures first,
        colour before grey, those with an encoder before the others, then the longest trained."""
        with self._lock:
            known = [(name, self._entries[place]) for name, place in self._sources.items()]
        known.sort(key=lambda pair: pair[1].rank, reverse=True)
        return [name for name, entry in known if entry.system and issubclass(entry.system, can)]

    def about(self, name: str | None) -> str:
        """A line about a checkpoint: how large its pictures are, and what it learned from."""
        with self._lock:
            place = self._sources.get(name or "")
            return self._entries[place].about if place else ""

    def portrayers(self) -> list[str]:
        """The models that draw, and whose encoder learned to read photos as well: the photo of a
        person comes back as a drawn portrait."""
        with self._lock:
            portray = {n for n, place in self._sources.items() if self._entries[place].portrays}
        return [name for name in self.names(Encodes) if name in portray]

    def rivals(self, name: str) -> list[str]:
        """The translators between the same two domains, in order, itself among them."""
        with self._lock:
            domains = {n: self._entries[place].domains for n, place in self._sources.items()}
        return [n for n, two in domains.items() if two and two == domains.get(name)]

    def stamp(self, name: str) -> tuple:
        """Where a checkpoint is and what changes with its files; () for an unknown one."""
        with self._lock:
            place = self._sources.get(name)
            return (place, *self._entries[place].stamp) if place else ()

    def checkpoint(self, name: str) -> Checkpoint:
        """
        Raises:
            ValueError: no such checkpoint, or it broke since it was found.
        """
        with self._lock:
            if not name:
                raise NothingChosen("Choose a model.")
            if name not in self._sources:
                known = ", ".join(self._sources) or "none yet"
                raise ValueError(f"There is no model {name[:80]!r} here. Models: {known}.")
            return self._load(self._sources[name])

    def able(self, name: str | None, can: type[S]) -> S:
        """The system, known to have the ability `can`.

        Raises:
            ValueError: no such checkpoint, or it lacks the ability.
        """
        system = self[name or ""]
        if not isinstance(system, can):
            known = ", ".join(self.names(can)) or "none yet"
            raise ValueError(f"The model {name} cannot do this. Models that can: {known}.")
        return system

    def frame(self, name: str) -> float:
        """Of the faces that a model learned from, see `gan_demo.images.frame`.

        Raises:
            ValueError: no such checkpoint.
        """
        return faces.learned(self.checkpoint(name).data)

    def __getitem__(self, name: str) -> System:
        return self.checkpoint(name).system

    def _read(self, place: str, stamp: tuple) -> Entry:
        self._loaded.pop(place, None)
        try:
            loaded = checkpoint.load(place)  # and not kept: nobody has asked for it
        except CheckpointError as error:
            known = checkpoint.name(Path(place))
            return Entry(known, stamp, problem=str(error).removeprefix(f"{known}: "))
        except Exception as error:  # files of strangers: whatever it is, it costs only this one
            faults.log("A checkpoint could not be read.", error)
            problem = f"It cannot be read ({type(error).__name__})."
            return Entry(checkpoint.name(Path(place)), stamp, problem=problem)
        system = loaded.system
        domains = frozenset(system.domains if isinstance(system, Translates) else ())
        seen = loaded.config["training"].get("images_seen")
        reads = isinstance(system, Encodes)
        rank = system.size, system.channels, reads, seen if isinstance(seen, int) else 0
        return Entry(
            loaded.name,
            stamp,
            type(system),
            domains,
            rank,
            _about(loaded),
            bool(loaded.data.get("photo")),
        )

    def _load(self, place: str) -> Checkpoint:
        if place not in self._loaded:
            with torch.inference_mode(False):  # a search takes gradients, whoever loads it first
                loaded = self._loaded[place] = checkpoint.load(place, self.device.torch)
            loaded.system.drop_scaffold()
        self._loaded.move_to_end(place)
        while len(self._loaded) > self.kept:
            self._loaded.popitem(last=False)
        return self._loaded[place]


def _named(places: dict[str, str]) -> dict[str, str]:
    """name -> place, numbered where two places share a name."""
    named: dict[str, str] = {}
    for place, name in places.items():
        unique, i = name, 2
        while unique in named:
            unique, i = f"{name} ({i})", i + 1
        named[unique] = place
    return named


def _about(loaded: Checkpoint) -> str:
    # of a stranger's text letters only: the page reads what it shows there as Markdown
    told = str(loaded.config["training"].get("data_source") or "")[:LINE]
    origin = re.sub(r"[^\w -].*", "", told.replace("_", " "), flags=re.DOTALL).strip()
    colours = "grey" if loaded.system.channels == 1 else "colour"
    size = f"{loaded.system.size} pixels, {colours}"
    return f"{size}; learned from {origin}" if origin else size


def _stamp(place: str) -> tuple:
    """Changes when a file of the folder does; a Hub name is read once."""
    try:
        stats = [(f.name, f.stat()) for f in sorted(Path(place).iterdir()) if f.is_file()]
    except OSError:  # a Hub name, or a folder that is locked or gone
        return ()
    return tuple((name, s.st_mtime_ns, s.st_size) for name, s in stats)
