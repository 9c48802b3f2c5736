"""python -m train.classifier SOURCE... --out FOLDER: train the network distances are measured in.

Four questions about each photo, asked together, make features that see more than a label does:

    which class is it          cross entropy, rare classes weighted by 1/sqrt(count); of several
                               sources, which source
    who is it                  cosine softmax over the people, or whatever --same finds in a name
                               twice; without it over the photos
                               (Dosovitskiy et al. 2014, 1406.6909)
    how was it transformed     squared error of the turn, zoom, shift, brightness and contrast
    are the features apart     squared off-diagonal of their correlation, so that all of them
                               count in a distance (Zbontar et al. 2021, 2103.03230)

Blur, noise and JPEG are never shown: they are what the calibration tests. Nothing generated and
nothing of `val` is trained on.
"""

import argparse
import math
import re
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path, PurePosixPath

import torch
from torch import Tensor, nn
from torch.nn.functional import affine_grid, cross_entropy, grid_sample, normalize

from gan_demo import classifier, data
from gan_demo.classifier import Classifier
from gan_demo.types import Image

TURN, ZOOM, SHIFT, LIGHT, CONTRAST = 0.2, 0.12, 0.1, 0.2, 0.3  # largest of each; radians, shares


def together(sources: Sequence[str], **options) -> data.Pictures:
    """One source as it is; of several, a picture's class is the source that it is from."""
    sets = [data.load(source, **options) for source in sources]
    if len(sets) == 1:
        return sets[0]
    return data.Pictures(
        torch.cat([s.x for s in sets]),
        torch.arange(len(sets)).repeat_interleave(torch.tensor([len(s) for s in sets])),
        tuple(PurePosixPath(source.partition(":")[2]).stem for source in sources),
        [name for s in sets for name in s.names],
        [file for s in sets for file in s.skipped],
    )


def transform(x: Image, mirror: bool = True) -> tuple[Image, Tensor]:
    """Mirror half; turn, zoom, shift and relight each. With the six draws (b, 6) in [-1, 1]."""
    draws = torch.rand(len(x), 6) * 2 - 1
    turn, zoom, right, down, light, contrast = draws.unbind(1)
    side = torch.randint(0, 2, (len(x),)) * 2.0 - 1 if mirror else torch.ones(len(x))
    angle, scale = TURN * turn, 1 + ZOOM * zoom
    cos, sin = scale * angle.cos(), scale * angle.sin()
    rows = [side * cos, -sin, SHIFT * right, side * sin, cos, SHIFT * down]
    grid = affine_grid(torch.stack(rows, 1).view(-1, 2, 3), list(x.shape), align_corners=False)
    x = grid_sample(x, grid, padding_mode="reflection", align_corners=False)
    contrast, light = (v.view(-1, 1, 1, 1) for v in (1 + CONTRAST * contrast, LIGHT * light))
    return x * contrast + light, draws


def people(names: list[str], same: str | None) -> Tensor:
    """Who is in each photo: the first group of the pattern `same`, else the photo itself."""
    if same is None:
        return torch.arange(len(names))
    found = [re.search(same, name) for name in names]
    keys = [m[1] if m else name for m, name in zip(found, names, strict=True)]
    index = {key: i for i, key in enumerate(dict.fromkeys(keys))}
    return torch.tensor([index[key] for key in keys])


def train(
    photos: data.Pictures,
    net: Classifier,
    *,
    who: Tensor,
    steps: int,
    batch: int,
    lr: float,
    mirror: bool = True,
) -> None:
    """AdamW on one cosine; progress goes to the screen."""
    faces = nn.Parameter(torch.randn(int(who.max()) + 1, net.d))
    transforms = nn.Linear(net.d, 6)
    optimizer = torch.optim.AdamW(
        [*net.parameters(), *transforms.parameters(), faces], lr, weight_decay=0.02
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda i: min(1, i / 50) * (1 + math.cos(math.pi * i / steps)) / 2
    )
    weight = None
    if photos.y is not None:
        weight = torch.bincount(photos.y, minlength=len(photos.classes)).clamp(min=50).rsqrt()
        weight /= weight[photos.y].mean()
    began = time.time()
    net.train()
    for step in range(1, steps + 1):
        i = torch.randint(len(photos), (batch,))
        x, draws = transform(net.fit(photos.x[i]), mirror)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            f = net(x.contiguous(memory_format=torch.channels_last))
        terms = {
            "who": cross_entropy(16 * normalize(f) @ normalize(faces).T, who[i]),
            "transform": 3 * (transforms(f) - draws).square().mean(),
            "apart": 0.1 * ((f.T @ f / batch).square().sum() / net.d - 1),
        }
        if photos.y is not None:
            terms["class"] = cross_entropy(net.head(f), photos.y[i], weight)
        optimizer.zero_grad()
        torch.stack(list(terms.values())).sum().backward()
        optimizer.step()
        schedule.step()
        if step % 50 == 0:
            rate = step * batch / (time.time() - began)
            said = "  ".join(f"{name} {term.item():.3f}" for name, term in terms.items())
            print(f"{step}/{steps}  {said}  {rate:.0f} photos/s", flush=True)


def accuracy(net: Classifier, photos: data.Pictures) -> float | None:
    if photos.y is None:
        return None
    with torch.no_grad():
        guess = net.head(net.features(photos.x)).argmax(1)
    return (guess == photos.y).float().mean().item()


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the network distances are measured in.")
    parser.add_argument("source", nargs="+", help="photos, for instance pack:lfw")
    parser.add_argument("--out", type=Path, help="default: checkpoints/features-<data>")
    parser.add_argument("--data", default="faces", help="word for these photos in the names")
    parser.add_argument("--same", help="pattern whose first group names the person in a file name")
    parser.add_argument("--upright", action="store_true", help="mirror none: left is not right")
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--channels", type=int, default=1, choices=(1, 3))
    parser.add_argument("--steps", type=int, default=900)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--lr", type=float, default=3e-3)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    load = partial(together, args.source, size=args.size, channels=args.channels)
    photos = load(split="train", minimum=args.batch)
    alone = len(args.source) == 1  # several have their classes from their order
    held_out = load(split="val", classes=photos.classes or None if alone else None)
    net = Classifier(classes=photos.classes, data=args.data, size=args.size, channels=args.channels)
    net.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    options = {"steps": args.steps, "batch": args.batch, "lr": args.lr, "mirror": not args.upright}
    train(photos, net, who=people(photos.names, args.same), **options)
    score = accuracy(net, held_out)
    source = {"source": args.source, "photos": len(photos), "same": args.same}
    about = {"training": source | options | {"seed": args.seed}, "val_accuracy": score}
    out = args.out or classifier.SHIPPED / f"features-{args.data}"
    classifier.save(net, out, **about)
    print(f"{net.name} is in {out}; accuracy on val {score}")


if __name__ == "__main__":
    main()
