"""The same photo by every method that can find a code for it.

encoders         z = E(x), of every model that encodes
encoder, refined the chosen model's, and a search of `HYBRID` steps from there
search alone     in the chosen model, `SEARCH` steps from each of `RESTARTS` draws of its prior

The photo is fitted to each model's own frame, size and channels; errors are in those pixels.
Feature distances are all in one network, the one for pictures such as the chosen model's.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from PIL import Image as PILImage

from gan_demo import images
from gan_demo.actions import reconstruct
from gan_demo.actions.reconstruct import Chosen
from gan_demo.codes.inversion import invert
from gan_demo.features import Classifier
from gan_demo.studio import Studio
from gan_demo.systems import Encodes
from gan_demo.types import Image

HYBRID, SEARCH, RESTARTS = 40, 400, 4


@dataclass(frozen=True)
class Attempt:
    """One method's picture of the photo.

    Args:
        method: what the page calls it.
        y: the picture.
        error: MSE against what the model was shown.
        features: mean (f(x) - f(y))², None without a network; its card has the scale.
        milliseconds: from the photo to the picture.
    """

    method: str
    y: Image
    error: float
    features: float | None
    milliseconds: float


def contest(
    studio: Studio, model: str | None, photo: PILImage.Image | None, find: bool, chosen: Chosen = 0
) -> Iterator[tuple[list[Attempt], float]]:
    """Yields the attempts so far, and how much of the work is done.

    Raises:
        ValueError: no photo, an unknown model, one that cannot encode.
    """
    photo, own = reconstruct.given(photo), studio.able(model, Encodes)

    def square(name: str) -> PILImage.Image:
        return reconstruct.squared(photo, find, studio.frame(name), chosen)[0]

    judge, done = reconstruct.network(own.channels, own.device), []
    for name in studio.names(Encodes):
        done.append(_encoded(studio.able(name, Encodes), name, square(name), judge))
        yield list(done), 0.0
    x = reconstruct.shown(own, square(str(model)))
    with torch.inference_mode():
        code = own.encode(x)
    searches = {
        f"{model}, refined in {HYBRID} steps": (HYBRID, code),
        f"{model}, search alone, {RESTARTS} x {SEARCH} steps": (SEARCH, None),
    }
    work, before = HYBRID + SEARCH * RESTARTS, 0
    for method, (steps, start) in searches.items():
        weights = reconstruct.weights(own)
        cost, began = 1 if start is not None else RESTARTS, time.perf_counter()
        options = {"steps": steps, "start": start, "restarts": RESTARTS, "weights": weights}
        for now in invert(own, x, **options, every=5):
            if now.step == steps:
                taken = 1e3 * (time.perf_counter() - began)
                done.append(attempt(method, x, now.y, judge, taken))
            yield list(done), (before + cost * now.step) / work
        before += cost * steps


@torch.inference_mode()
def attempt(method: str, x: Image, y: Image, judge: Classifier | None, ms: float) -> Attempt:
    features = None
    if judge is not None:
        f, g = (judge.features(images.to_pixels(p)) for p in (x, y))
        features = (f - g).square().mean().item()
    return Attempt(method, y, (x - y).square().mean().item(), features, ms)


@torch.inference_mode()
def _encoded(
    system: Encodes, name: str, square: PILImage.Image, judge: Classifier | None
) -> Attempt:
    x = reconstruct.shown(system, square)
    system.reconstruct(x)  # the first time a network runs it sets itself up
    began = time.perf_counter()
    y = system.reconstruct(x)
    return attempt(name, x, y, judge, 1e3 * (time.perf_counter() - began))
