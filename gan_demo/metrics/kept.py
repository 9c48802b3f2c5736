"""What of a picture is still there in its translation?

own top-1     share of pictures x nearer to their own translation t than to all others among N, in
              features: the person is still this person. Photos and drawings differ all over, and
              the translation that differs least is near to all; so also with both sets
              standardised, each for itself, in every feature
<head> kept   share of pairs (x, t) in which a head of the network sees the same, among those where
              it is sure of both, p > 1/2: the relation that was discovered, such as the colour of
              shoe and bag. Heads that count are called as a column that both domains have, and say
              nothing of what the domains were chosen by
by chance     the same of pairs (x, t of another): Σ_k share of k among x · share of k among t
changed       share of the picture that is another, L1 there and L1 elsewhere, pixels in [-1, 1]:
              |x - t| averaged over channels and 9 x 9 places, parted in two by 2-means, for each
              picture. It asks whether the change has a place, not whether that is the right one
"""

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from gan_demo.features import Classifier
from gan_demo.images import from_pixels
from gan_demo.metrics import distances, twins
from gan_demo.metrics.domains import Domain
from gan_demo.types import Features, Pixels

MOST = 1000  # pictures, of which a translation is to be the own
SURE = 0.5
PLACES = 9  # pixels a side
ROUNDS = 10  # of 2-means


def own(f: Features, g: Features) -> dict[str, float]:
    """Of features of pictures and of their translations."""
    f, g = f[:MOST], g[:MOST]
    seen = {"features": (f, g), "standardised features": map(distances.standard, (f, g))}
    places = {k: twins.ranks(distances.between(*v), torch.arange(len(f))) for k, v in seen.items()}
    return {f"own top-1 of {len(f)}, {k}": twins.top(1, place) for k, place in places.items()}


def heads(origin: Domain, to: Domain, network: Classifier) -> list[str]:
    """Those that know something of either domain which they were not chosen by."""
    both, chosen = {*origin.columns} & {*to.columns}, {*origin.classes, *to.classes}
    return [h for h, labels in network.labels.items() if h in both and not chosen & {*labels}]


def related(f: Features, g: Features, head: str, network: Classifier) -> dict[str, float]:
    """The same of what a head sees in both."""
    labels = network.labels[head]
    p, q = (network.logits(part, labels).softmax(1).max(1) for part in (f, g))
    sure = (p.values > SURE) & (q.values > SURE)
    figures = {f"{head} kept, sure of": sure.double().mean().item()}
    if sure.any():
        a, b = p.indices[sure], q.indices[sure]
        shares = [y.bincount(minlength=len(labels)) / len(y) for y in (a, b)]
        figures[f"{head} kept"] = (a == b).double().mean().item()
        figures[f"{head} kept, by chance"] = (shares[0] * shares[1]).sum().item()
    return figures


def changed(x: Pixels, t: Pixels) -> dict[str, float]:
    d = (from_pixels(x) - from_pixels(t)).abs().mean(1, keepdim=True)
    near = avg_pool2d(d, PLACES, 1, PLACES // 2, count_include_pad=False).flatten(1)
    d, level = d.flatten(1), near.mean(1, keepdim=True)
    for _ in range(ROUNDS):
        above = (near > level).float()
        level = (_mean(near, above) + _mean(near, 1 - above)) / 2
    above = (near > level).float()
    return {
        "changed share": above.mean().item(),
        "changed, L1 there": _mean(d, above).mean().item(),
        "changed, L1 elsewhere": _mean(d, 1 - above).mean().item(),
    }


def _mean(d: Features, where: Features) -> Tensor:
    """Of each row where `where` is 1, (b, 1); of all of it where that is nowhere."""
    where = torch.where(where.any(1, keepdim=True), where, 1.0)
    return (d * where).sum(1, keepdim=True) / where.sum(1, keepdim=True)
