"""The measures: every module of this package that has NEEDS, found by being here.

A measure is a file with

    TITLE      heads its figures
    NEEDS      the ability a system must have: `Samples`, `Encodes`, `Translates`
    AGAINST    what it is measured against: a `Reference`, or for translators `Domains`
    measure    system, reference -> {figure: value}; raises `Unavailable` with the reason

A key "... ±" is the standard deviation of the key before it; a list is of quantiles. Translators
have tables of figures, {direction: {row: {figure: value}}}.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import torch

from gan_demo import features
from gan_demo.images import from_pixels
from gan_demo.metrics import codes, distances, samples, translation
from gan_demo.metrics.domains import Domain, Domains
from gan_demo.metrics.reference import Reference, Ruler, Unavailable
from gan_demo.spelling import near
from gan_demo.systems import Encodes, Samples, System, Translates
from gan_demo.types import Pixels

__all__ = ["Domain", "Domains", "Reference", "Unavailable", "evaluate", "measures", "quick"]

NOTE = "own feature network; not comparable with published FID"


def measures(system: System, reference: Ruler) -> list[ModuleType]:
    """The measures this system has the ability for, against this kind of reference."""
    names = sorted(m.name for m in pkgutil.iter_modules(__path__))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    return [
        m
        for m in modules
        if hasattr(m, "NEEDS") and isinstance(system, m.NEEDS) and isinstance(reference, m.AGAINST)
    ]


def evaluate(
    system: System,
    reference: Ruler,
    say: Callable[[str], object] = print,
    *,
    only: str = "",
) -> dict[str, dict[str, Any]]:
    """Every measure the system has the ability for: {title: {figure: value}}.

    Args:
        reference: a `Reference`, or `Domains` for a translator.
        say: is told what is left out, and why.
        only: the title of the one measure to take.

    Raises:
        ValueError: no such measure of this system.
    """
    wanted = {measure.TITLE: measure for measure in measures(system, reference)}
    if only and only not in wanted:
        raise ValueError(f"There is no measure {only!r} of this model.{near(only, list(wanted))}")
    figures = {}
    with measuring(system):
        for measure in [wanted[only]] if only else wanted.values():
            try:
                figures[measure.TITLE] = measure.measure(system, reference)
            except Unavailable as reason:
                say(f"{measure.TITLE}: {reason}.")
    return figures


def quick(
    system: System,
    val: Mapping[str, Pixels],
    *,
    twins: bool = False,
    source: str = "",
    n: int = 1000,
) -> dict[str, float]:
    """A few figures, cheap enough for every few minutes of a training run.

    For a translator: see `translation.trend`. For others, of n fresh codes and the first n photos:
    ρ, MSE and its ratio to that of a random photo, and FD at this small n where the shipped
    features are, good for one run's trend.

    Args:
        val: pictures of the split in a fixed mixed order, by the keys that the system needs.
        twins: whether a[i] and b[i] show the same.
        source: where they are from, for the choice of features.
    """
    with measuring(system):
        if isinstance(system, Translates):
            return translation.trend(system, val, twins)
        first = "x" if "x" in val else "a"
        return _trend(system, val[first][:n], n, source)


def _trend(system: System, photos: Pixels, n: int, source: str) -> dict[str, float]:
    figures = {}
    if isinstance(system, Encodes):
        x, (_, again) = from_pixels(photos), codes.rebuild(system, photos)
        figures["rho"] = codes.rho(system, n)
        figures["MSE"] = codes.mse(x, again)
        if len(x) > 1:
            figures["ratio"] = figures["MSE"] / codes.mse(x, x.roll(1, 0))
    enough = len(photos) >= 100  # a covariance of fewer says nothing
    shipped = features.shipped(system.channels, source)
    if isinstance(system, Samples) and enough and shipped:
        reference = Reference(photos, photos, network=features.load(shipped))
        fake = reference.net.features(samples.draw(system, len(photos), samples.SEED))
        real = reference.net.features(photos)
        figures[reference.name("FD", len(photos))] = distances.fd(fake, real)
    return figures


@contextmanager
def measuring(system: System) -> Iterator[None]:
    """Without gradients, in eval mode, on its own random numbers; all as it was afterwards."""
    modes = {module: module.training for module in system.modules()}
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        system.eval()
        try:
            yield
        finally:
            for module, mode in modes.items():
                module.training = mode
