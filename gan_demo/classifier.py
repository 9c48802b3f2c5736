"""A small classifier, trained here, in whose features sets of pictures are compared.

Fréchet distances need features that know the subject. Inception's are not always at hand, and know
little of grey faces at 64 pixels; these come from seven convolutions trained on the photos
themselves (`python -m train.classifier`), never on generated pictures. So every number measured
in them carries the network's name, for instance FD-conv7-faces-5k, and is not comparable with a
published FID.
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import torch
from safetensors.torch import load as from_bytes
from safetensors.torch import save as to_bytes
from torch import Tensor, nn
from torch.nn.functional import interpolate

from gan_demo.images import from_pixels
from gan_demo.types import Features, Image, Pixels

WEIGHTS, CONFIG = "model.safetensors", "features.json"  # no config.json: it is no system
SHIPPED = Path(__file__).parents[1] / "checkpoints"


class Classifier(nn.Module):
    """Photo -> its own size -> convolutions -> average over the map -> features -> logits.

    Args:
        classes: the labels it tells apart; none for a set without labels.
        data: the word for its photos in the names of distances.
        size: side it works at, pixels; other sizes are resized with antialiasing.
        channels: 1 grey, 3 colour; the other kind is converted.
        widths: channels of each convolution. The first, 5 x 5, halves the side; the others, 3 x 3,
            halve it where the width grows.
    """

    def __init__(
        self,
        *,
        classes: Sequence[str] = (),
        data: str = "faces",
        size: int = 64,
        channels: int = 1,
        widths: Sequence[int] = (32, 32, 64, 64, 128, 128, 128),
    ):
        super().__init__()
        self.config = {
            "classes": list(classes),
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
        self.scale = nn.BatchNorm1d(self.d, affine=False)  # each feature: mean 0, variance 1
        self.head = nn.Linear(self.d, max(1, len(classes)))

    def forward(self, x: Image) -> Features:
        """The features of pictures that already have its size and channels."""
        return self.scale(self.body(x).float().mean((2, 3)))

    @torch.no_grad()
    def features(self, pixels: Pixels, batch: int = 256) -> Features:
        """The features of 8-bit pictures of any size, on the CPU, in float32: the same numbers
        on every machine."""
        self.eval()
        device = self.head.weight.device
        return torch.cat([self(self.fit(p.to(device))).cpu() for p in pixels.split(batch)])

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
    folder.mkdir(parents=True, exist_ok=True)
    weights: dict[str, Tensor] = {
        name: w.half().contiguous() if w.is_floating_point() else w
        for name, w in net.state_dict().items()
    }
    partial = folder / f"{WEIGHTS}.part"
    partial.write_bytes(to_bytes(weights))  # not save_file: it keeps the file from other users
    digest = hashlib.sha256(partial.read_bytes()).hexdigest()
    partial.replace(folder / WEIGHTS)
    config = {"name": net.name, "model": net.config, **about, "sha256": digest}
    (folder / CONFIG).write_text(json.dumps(config, indent=2) + "\n")


def shipped(channels: int, source: str = "") -> Path:
    """Where the network for such pictures is: the one that was trained on files of the same name,
    or else the first for so many channels; a folder that is not there when there is none."""
    fitting = {}
    for path in sorted(SHIPPED.glob(f"features-*/{CONFIG}")):
        about = json.loads(path.read_text())
        if about["model"]["channels"] == channels:
            known = about.get("training", {}).get("source", [])
            fitting[path.parent] = [
                _file(s) for s in ([known] if isinstance(known, str) else known)
            ]
    of_source = (folder for folder, files in fitting.items() if source and _file(source) in files)
    return next(of_source, next(iter(fitting), SHIPPED / "features"))


def load(folder: Path) -> Classifier:
    """
    Raises:
        OSError: no classifier there.
        ValueError: weights that are not the ones features.json names.
    """
    config = json.loads((folder / CONFIG).read_text())
    weights = folder / WEIGHTS
    raw = weights.read_bytes()
    if hashlib.sha256(raw).hexdigest() != config["sha256"]:
        raise ValueError(f"{weights} is damaged: its SHA-256 is not the one in {CONFIG}.")
    net = Classifier(**config["model"])
    net.load_state_dict(from_bytes(raw))
    return net.eval().to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]


def _file(source: str) -> str:
    return PurePosixPath(source.partition(":")[2]).name
