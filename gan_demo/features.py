"""A small classifier, trained here, in whose features sets of pictures are compared.

Fréchet distances need features that know the subject. Inception's are not always at hand, and know
little of faces at 64 pixels; these come from seven convolutions trained on the photos themselves
(`python -m train.classifier`), never on generated pictures. So every number measured in them
carries the network's name, for instance FD-conv7-packs-5k, and is not comparable with a published
FID. One trunk makes the features; each set of labels has a head of its own on them.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from gan_demo.files import checkpoints, weights
from gan_demo.images import from_pixels
from gan_demo.types import Features, Image, Logits, Pixels

CONFIG = "features.json"  # no config.json: it is no system


class Classifier(nn.Module):
    """Photo -> its own size -> convolutions -> average over the map -> features -> heads -> logits.

    Args:
        heads: the labels that each tells apart, by its name.
        data: the word for its photos in the names of distances.
        size: side it works at, pixels; other sizes are resized with antialiasing.
        channels: 1 grey, 3 colour; the other kind is converted.
        widths: channels of each convolution. The first, 5 x 5, halves the side; the others, 3 x 3,
            halve it where the width grows.
    """

    def __init__(
        self,
        *,
        heads: Mapping[str, Sequence[str]] | None = None,
        data: str = "faces",
        size: int = 64,
        channels: int = 1,
        widths: Sequence[int] = (32, 32, 64, 64, 128, 128, 128),
    ):
        super().__init__()
        self.labels = {head: list(labels) for head, labels in (heads or {}).items()}
        self.config = {
            "heads": self.labels,
            "data": data,
            "size": size,
            "channels": channels,
            "widths": list(widths),
        }
        self.name = f"conv{len(widths)}-{data}"
        self.size, self.channels, self.d = size, channels, widths[-1]
        layers, before = [], channels
        for i, width in enumerate(widths):
            k, stride = (5 if i == 0 else 3), (2 if width > before else 1)
            convolution = nn.Conv2d(before, width, k, stride, k // 2, bias=False)
            layers += [convolution, nn.BatchNorm2d(width), nn.ReLU()]
            before = width
        self.body = nn.Sequential(*layers)
        self.scale = nn.BatchNorm1d(self.d, affine=False)  # mean 0, variance 1 over all packs
        self.heads = nn.ModuleDict({h: nn.Linear(self.d, len(y)) for h, y in self.labels.items()})

    def forward(self, x: Image) -> Features:
        """The features of pictures that already have its size and channels."""
        return self.scale(self.body(x).float().mean((2, 3)))

    @torch.no_grad()
    def features(self, pixels: Pixels, batch: int = 256) -> Features:
        """The features of 8-bit pictures of any size, on the CPU, in float32: the same numbers
        on every machine."""
        self.eval()
        device = next(self.parameters()).device
        return torch.cat([self(self.fit(p.to(device))).cpu() for p in pixels.split(batch)])

    def knows(self, labels: Iterable[str]) -> str | None:
        """The first head that tells all these labels from each other, None if there is none."""
        wanted = set(labels)
        fitting = (head for head, known in self.labels.items() if wanted <= set(known))
        return next(fitting, None) if wanted else None

    @torch.no_grad()
    def logits(self, f: Features, labels: Sequence[str]) -> Logits:
        """Of features, for labels that a head `knows`, in their order, on the CPU.

        Raises:
            ValueError: no head knows all of them.
        """
        head = self.knows(labels)
        if head is None:
            raise ValueError(f"{self.name} has no head that knows {', '.join(labels) or 'nothing'}")
        layer = self.heads[head]
        said = layer(f.to(next(layer.parameters()).device)).cpu()
        return said[:, [self.labels[head].index(label) for label in labels]]

    def fit(self, pixels: Pixels) -> Tensor:
        """Pixels -> [-1, 1], in its channels and its size."""
        return self.fitted(from_pixels(pixels))

    def fitted(self, x: Image) -> Tensor:
        """The same of pictures in [-1, 1], differentiable."""
        if self.channels == 1 and x.shape[1] == 3:  # ITU-R 601, as PIL's "L"
            x = (x * x.new_tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)).sum(1, keepdim=True)
        elif x.shape[1] != self.channels:
            x = x.expand(-1, self.channels, -1, -1)
        if x.shape[-1] != self.size:
            x = interpolate(x, (self.size, self.size), mode="bilinear", antialias=True)
        return x.contiguous(memory_format=torch.channels_last)


def save(net: Classifier, folder: Path, **about: object) -> None:
    """Weights in half precision, and features.json with what `about` says and their SHA-256."""
    said = {"name": net.name, "model": net.config, **about}
    weights.save(folder, CONFIG, net.state_dict(), said)


def shipped(channels: int, source: str = "") -> Path | None:
    """Where the network for such pictures is: of those for so many channels the one that was
    trained on files of the same name, or else the first; where there is none for so many, the
    largest number, which others are converted to; None where none is at hand."""

    def unfit(folder: Path) -> tuple[bool, int, bool]:
        about = json.loads((folder / CONFIG).read_text("utf-8"))
        theirs, known = about["model"]["channels"], about["training"]["source"]
        return theirs != channels, -theirs, not source or _pack(source) not in map(_pack, known)

    found: dict[str, Path] = {}
    for folder in checkpoints.folders():
        for path in sorted(folder.glob(f"features-*/{CONFIG}")):
            found.setdefault(path.parent.name, path.parent)
    return min(found.values(), key=unfit, default=None)


def needed(channels: int, source: str = "") -> Path:
    """The same.

    Raises:
        ValueError: none is at hand.
    """
    return shipped(channels, source) or checkpoints.network("features-packs")


def load(folder: Path) -> Classifier:
    """
    Raises:
        OSError: no classifier there.
        ValueError: weights that are not the ones features.json names.
    """
    config, state = weights.load(folder, CONFIG)
    net = Classifier(**config["model"])
    net.load_state_dict(state)
    return net.eval().to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]


def _pack(source: str) -> str:
    """lfw, of pack:lfw as of zip:data/lfw.zip."""
    return PurePosixPath(source.partition(":")[2]).name.partition(".")[0]
