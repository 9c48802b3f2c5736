"""Is a picture carried to the other domain, and is it still the same picture?

For each direction one row of figures for the translator, one for each baseline (the identity map,
and the best colour transform where `train` holds twins, see `baselines`), and one for real pictures
of the target, which nothing can be told from:

FD, KD     of N pictures from N train pictures of the target, see `distances`
cycle L1   mean |x - x̂|, pixels in [-1, 1], of x̂ = there and back again, with 8 bits in between
noise      the same with noise of σ = 2/255 added before the way back; a ratio far above 1 says
           that x is not in what is seen but hidden in the last bits (Chu et al. 2017, 1712.02950)
called     what a classifier takes it for, and FeatDist from the input: see `expression`
grid       see `grid`; own, kept, changed: see `kept`
cycle top-1  share of pictures whose x̂ is nearer to x than to all others among N, in features
twin       see `twins`
"""

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

from gan_demo.features import Classifier
from gan_demo.images import l1
from gan_demo.metrics import baselines, distances, expression, kept, twins
from gan_demo.metrics.calibration import noise
from gan_demo.metrics.domains import Domain, Domains
from gan_demo.metrics.grid import grid
from gan_demo.systems import Translates
from gan_demo.types import Features, Pixels

TITLE = "Translation"
NEEDS = Translates
AGAINST = Domains
TRANSLATED, IDENTITY, COLOUR = "translated", "identity map", "colour transform"
VAL, TRAIN = "real val pictures", "real train pictures"
HIDDEN = 2.0  # σ of the noise, grey levels
GRIDS = 500  # pictures a set, whose spectra are averaged
BACK = 500  # pictures, among which x̂ is to find x
MOMENT = 256  # pictures, for the figures in the course of a run

Rows = dict[str, dict[str, float]]


def measure(system: Translates, reference: Domains) -> dict[str, Rows]:
    """Direction -> row -> figure -> value."""
    return {
        f"{origin} to {to}": direction(system, reference, reference[origin], reference[to])
        for origin, to in directions(system)
    }


def direction(system: Translates, reference: Domains, origin: Domain, to: Domain) -> Rows:
    x = origin.val.x
    drawn = {TRANSLATED: system.translated(x, to.name), IDENTITY: x}
    i, j = reference.twins(origin.train, to.train)
    if len(i):
        best = baselines.colour_transform(origin.train.x[i], to.train.x[j])
        drawn[COLOUR] = baselines.recoloured(x, best)
    rows: Rows = {row: {} for row in drawn}
    if reference.network is not None:
        rows = seen(drawn, reference, origin, to)
    real, others = some(len(to.train), 2 * GRIDS).tensor_split(2)
    for row, pictures in {**drawn, VAL: to.val.x, TRAIN: to.train.x[others]}.items():
        figure = {"grid": grid(pictures[some(len(pictures), GRIDS)], to.train.x[real])}
        rows[row] = rows.get(row, {}) | figure
    rows[TRANSLATED] |= kept.changed(x, drawn[TRANSLATED])
    if origin.name in system.targets:
        rows[TRANSLATED] |= cycle(system, x, drawn[TRANSLATED], origin.name, reference.network)
    i, j = reference.twins(origin.val, to.val)
    if len(i):
        for row, pictures in drawn.items():
            rows[row] |= twins.figures(pictures[i], to.val.x, j, reference.network)
    return rows


def seen(drawn: Mapping[str, Pixels], reference: Domains, origin: Domain, to: Domain) -> Rows:
    """The figures in features that need no twins, also of real pictures."""
    network, n = reference.net, reference.n
    first, second = some(len(to.train), 2 * n).split(n)
    real = network.features(to.train.x[first])
    features = {row: network.features(x) for row, x in drawn.items()}
    features |= {VAL: network.features(to.val.x), TRAIN: network.features(to.train.x[second])}
    rows = {row: apart(f[some(len(f), n)], real, reference) for row, f in features.items()}
    before, after = (features[row] for row in (IDENTITY, TRANSLATED))
    these = some(len(before), len(before))
    rows[TRANSLATED] |= kept.own(before[these], after[these])
    for head in kept.heads(origin, to, network):
        rows[TRANSLATED] |= kept.related(before, after, head, network)
    if expression.known(origin, to, network):
        share, away = f"called {to.name}", f"FeatDist-{network.name} from input"
        f = features[IDENTITY]
        for row in (*drawn, VAL):
            rows[row][share] = expression.called(features[row], origin, to, network)
        for row in drawn:
            rows[row][away] = (features[row] - f).square().mean().item()
        for row, value in expression.people(f, features[VAL], origin, to).items():
            rows[row] = {away: value}
    return rows


def apart(f: Features, real: Features, reference: Domains) -> dict[str, float]:
    kd, spread = distances.kd(f, real)
    name = reference.name
    return {name("FD"): distances.fd(f, real), name("KD"): kd, name("KD") + " ±": spread}


def cycle(
    system: Translates, x: Pixels, drawn: Pixels, back: str, network: Classifier | None = None
) -> dict[str, float]:
    again = system.translated(drawn, back)
    clean = l1(x, again)
    noisy = l1(x, system.translated(noise(HIDDEN)(drawn), back))
    figures = {"cycle L1": clean, f"cycle L1, noise σ {HIDDEN:.0f}/255": noisy}
    if network is not None:
        these = some(len(x), BACK)
        f, g = network.features(x[these]), network.features(again[these])
        place = twins.ranks(distances.between(g, f), torch.arange(len(f)))
        figures[f"cycle top-1 of {len(f)}, features"] = twins.top(1, place)
    return figures | ({"noise ratio": noisy / clean} if clean else {})


def trend(system: Translates, val: Mapping[str, Pixels], paired: bool) -> dict[str, float]:
    """Cycle error and, if a[i] and b[i] are twins, the distance to the true twin."""
    known = {name: val[key][:MOMENT] for name, key in zip(system.domains, "ab", strict=True)}
    figures = {}
    for origin, to in directions(system):
        drawn = system.translated(known[origin], to)
        if origin in system.targets:
            figures[f"cycle L1 {origin}"] = l1(known[origin], system.translated(drawn, origin))
        if paired:
            found = twins.pixels(drawn, known[to], torch.arange(len(drawn)))
            figures[f"twin L1 {to}"] = found["twin L1"]
            figures[f"twin top-1 {to}"] = found["twin top-1 pixels"]
    return figures


def directions(system: Translates) -> Iterator[tuple[str, str]]:
    """Each domain it can draw, behind the one that it draws it from; a to b first."""
    for to in reversed(system.domains):
        if to in system.targets:
            yield system.other(to), to


def some(total: int, n: int) -> Tensor:
    """The first n of a fixed mixed order, as indices."""
    return torch.randperm(total, generator=torch.Generator().manual_seed(0))[:n]
