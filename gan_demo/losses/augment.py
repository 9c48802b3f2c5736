"""DiffAugment: the critic sees only augmented pictures, real and generated alike.

Zhao et al., "Differentiable Augmentation for Data-Efficient GAN Training", 2020,
https://arxiv.org/abs/2006.10738

Gradients flow through it to G, so G still learns the un-augmented distribution, and a critic with
10,000 pictures finds it harder to learn them by heart. Each picture draws its own augmentation.
"""

import torch
from torch.nn.functional import pad

from gan_demo.types import Image


def flip(x: Image) -> Image:
    """Mirror half of the pictures."""
    mirrored = torch.rand(len(x), 1, 1, 1, device=x.device) < 0.5
    return torch.where(mirrored, x.flip(3), x)


def color(x: Image) -> Image:
    """Brightness ±0.5, contrast × [0.5, 1.5] and, for colour, saturation × [0, 2]."""
    shape = (len(x), 1, 1, 1)
    x = x + torch.rand(shape, device=x.device) - 0.5
    if x.shape[1] > 1:
        grey = x.mean(1, keepdim=True)
        x = grey + (x - grey) * (2 * torch.rand(shape, device=x.device))
    mean = x.mean((1, 2, 3), keepdim=True)
    return mean + (x - mean) * (0.5 + torch.rand(shape, device=x.device))


def translation(x: Image, ratio: float = 0.125) -> Image:
    """Shift by up to an eighth of the side in each direction; what comes in is 0, mid grey."""
    b, c, h, w = x.shape
    dy, dx = int(h * ratio), int(w * ratio)
    padded = pad(x, (dx, dx, dy, dy))
    top = torch.randint(0, 2 * dy + 1, (b, 1, 1, 1), device=x.device)
    left = torch.randint(0, 2 * dx + 1, (b, 1, 1, 1), device=x.device)
    rows = (top + torch.arange(h, device=x.device).view(1, 1, h, 1)).expand(b, c, h, w + 2 * dx)
    columns = (left + torch.arange(w, device=x.device).view(1, 1, 1, w)).expand(b, c, h, w)
    return padded.gather(2, rows).gather(3, columns)


def cutout(x: Image, ratio: float = 0.5) -> Image:
    """Blank a square of half the side, centred anywhere."""
    b, _, h, w = x.shape
    y = torch.randint(0, h, (b, 1, 1), device=x.device)
    left = torch.randint(0, w, (b, 1, 1), device=x.device)
    rows = (torch.arange(h, device=x.device).view(1, h, 1) - y).abs() * 2 < ratio * h
    columns = (torch.arange(w, device=x.device).view(1, 1, w) - left).abs() * 2 < ratio * w
    return x * ~(rows & columns).unsqueeze(1)


AUGMENTATIONS = {"color": color, "translation": translation, "cutout": cutout, "flip": flip}


class DiffAugment:
    """Image -> Image, the named augmentations in order.

    Args:
        policy: names joined by commas, for instance "color,translation,cutout"; "" for none.
    """

    def __init__(self, policy: str = ""):
        names = [name.strip() for name in policy.split(",") if name.strip()]
        for name in names:
            if name not in AUGMENTATIONS:
                known = ", ".join(AUGMENTATIONS)
                raise ValueError(f"Unknown augmentation {name!r}. Known: {known}.")
        self.steps = [AUGMENTATIONS[name] for name in names]

    def __call__(self, x: Image) -> Image:
        for step in self.steps:
            x = step(x)
        return x

    def __bool__(self) -> bool:
        return bool(self.steps)
