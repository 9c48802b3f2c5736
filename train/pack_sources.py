"""What the packs are made of: for each where it comes from, whose it is, and which of its files
become which pictures. `train.packs` makes them.

A pack's key decides the split of a picture: h = int(sha256(key), 16) mod 10 is 0 for held back, 1
for val, else train.
"""

import csv
import io
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from pathlib import PurePosixPath
from unicodedata import normalize

from gan_demo.data.sources import DataError, Source

SPLITS = {0: "", 1: "val"}  # of h, all others are train; "" is held back
TONES = ("", "dark", "light")  # of skin, that the packs of emoji keep
DRAWN = {"flat": "flat", "line": "high-contrast", "3d": "flat"}  # folders of drawings
SPELLED = str.maketrans({"*": "asterisk", "#": "hash", "’": " "})  # in the slug of an emoji
EACH = 20  # pictures of fairface of each age and group


@dataclass(frozen=True)
class Original:
    """A picture before it is packed.

    Args:
        name: of its file in the source.
        stem: of its file in the pack, below the split.
        split: train or val; "" for held back.
        row: its labels.
    """

    name: str
    stem: str
    split: str
    row: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Pack:
    """
    Args:
        about, licence, page: for a person.
        size: of what is fetched, and how long it takes to pack it, in words.
        urls: files to fetch, by the name they get; npm: packages to fetch. Without either a person
            fetches them from the page.
        find: the originals among the files of a source.
        counts: pictures in train and val, as published.
        cut: "face", "object" on white, "middle", or "whole": the middle, with the points of a face.
    """

    about: str
    licence: str
    page: str
    size: str
    find: Callable[[Source], Iterator[Original]]
    counts: tuple[int, int]
    urls: dict[str, str] = field(default_factory=dict)
    npm: tuple[str, ...] = ()
    cut: str = "middle"
    side: int = 128


def split(key: str) -> str:
    return SPLITS.get(int(sha256(key.encode()).hexdigest(), 16) % 10, "train")


def portraits(source: Source) -> Iterator[Original]:
    for name, (number,) in _matching(source, r"images/(\d+)\.jpg"):
        yield Original(name, f"{int(number):05}", split(f"portrait-{int(number)}"))


def people(source: Source) -> Iterator[Original]:
    """LFW. Nobody is in two splits."""
    moods = {row["image"]: row["emotion"].lower() for row in _rows(source, "legend.csv")}
    found = _matching(source, r"([^/]+)/(\1_(\d{4})\.jpg)")
    numbers = {who: i for i, who in enumerate(sorted({who for _, (who, _, _) in found}))}
    for name, (who, file, k) in found:
        stem = f"id{numbers[who]:05}_{int(k):03}"
        yield Original(name, stem, split(who), {"expression": moods.get(file, "")})


def cats(source: Source) -> Iterator[Original]:
    for name, (stem,) in _matching(source, r"train/cat/([^/]+)\.(?:jpg|png)"):
        yield Original(name, stem, split(f"cat-{stem}"))


def horses(source: Source) -> Iterator[Original]:
    """Horses and zebras; val is the set's own test set."""
    for name, (part, side, stem) in _matching(source, r"(train|test)([AB])/([^/]+)\.jpg"):
        animal = {"A": "horse", "B": "zebra"}[side]
        own = "val" if part == "test" else "train"
        yield Original(name, f"{animal}/{stem}", own, {"animal": animal})


def fashion(source: Source) -> Iterator[Original]:
    """Shoes and bags of Fashion Product Images (Small)."""
    about = {row["id"]: row for row in _rows(source, "styles.csv")}
    for name, (number,) in _matching(source, r"images/(\d+)\.jpg"):
        row = about.get(number, {})
        kind = {"Shoes": "shoe", "Bags": "bag"}.get(row.get("subCategory", ""))
        type_ = row.get("articleType", "").lower()
        if kind and type_ not in ("backpacks", "rucksacks", "trolley bag", "waist pouch"):
            labels = {"kind": kind, "type": type_, "colour": row["baseColour"].lower()}
            labels["for"] = row["gender"].lower()
            yield Original(name, f"{kind}/{number}", split(f"fashion-{number}"), labels)


def emoji(source: Source, style: str) -> Iterator[Original]:
    """Fluent emoji that exist both drawn and in 3-D, but no flags. A glyph has one name in every
    style, and its skin tones share its split."""
    solid = {w: f for f, (w,) in _matching(source, r"assets/([0-9a-f-]+)\.webp")}
    drawn = {w: f for f, (w,) in _matching(source, rf"icons/{DRAWN[style]}/([^/]+)\.svg")}
    for glyph, about in json.loads(source.contents(_file(source, "data-by-emoji.json"))).items():
        known = about["group"] != "Flags" and float(about["emoji_version"]) <= 15
        for tone in TONES if known and "(" not in about["name"] else ():
            if tone and not about["skin_tone_support"]:
                continue
            plain = normalize("NFKD", about["name"].translate(SPELLED))
            plain = plain.encode("ascii", "ignore").decode().lower()
            slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
            word = f"{slug}-{tone}" if tone else slug
            points = _toned(glyph, tone)
            twins = (
                next((drawn[s] for s in (word, f"{word}-default") if s in drawn), None),
                next((solid[s] for s in (points, points.replace("-fe0f", "")) if s in solid), None),
            )
            if all(twins):
                file = str(twins[style == "3d"])
                said = f"{about['name']} ({tone} skin tone)" if tone else about["name"]
                row = {"name": said, "group": about["group"], "tone": tone, "codepoints": points}
                yield Original(file, word, split(slug), row)


def fairface(source: Source) -> Iterator[Original]:
    """As many of each age and group: those whose hashes come first."""
    about = {row["file"]: row for row in _rows(source, "fairface_label_val.csv")}
    cells = defaultdict(list)
    for name, (file,) in _matching(source, r"(val/\d+\.jpg)"):
        if row := about.get(file):
            cells[row["age"], row["race"]].append((sha256(file.encode()).hexdigest(), name, row))
    for (age, group), found in cells.items():
        for digest, name, row in sorted(found, key=lambda f: f[0])[:EACH]:
            labels = {"age": age, "gender": row["gender"].lower(), "group": group.lower()}
            labels["group"] = labels["group"].replace("_hispanic", "").replace("_", " ")
            yield Original(name, digest[:10], "val", labels)


def cifar(source: Source) -> Iterator[Original]:
    """The folders of `torchvision:CIFAR10`; val is every other picture of a class of its test."""
    counted = defaultdict(int)
    for name, (part, kind) in _matching(source, r"(train|test)/([a-z]+)/\d+\.png"):
        i = counted[part, kind]
        counted[part, kind] += 1
        if part == "train" or i % 2 == 0:
            yield Original(name, f"{kind}/{i:04}", "train" if part == "train" else "val")


def _matching(source: Source, pattern: str) -> list[tuple[str, tuple[str, ...]]]:
    """Files whose path ends in the pattern, in order, with its groups."""
    whole = re.compile(rf"(?:.*/)?{pattern}")  # its first group stays the first
    found = ((name, whole.fullmatch(name)) for name in sorted(source.files))
    return [(name, match.groups()) for name, match in found if match]


def _file(source: Source, name: str) -> str:
    found = [f for f in source.files if PurePosixPath(f).name == name]
    if not found:
        raise DataError(f"There is no {name} among the originals in {source.title}.")
    return found[0]


def _rows(source: Source, name: str) -> Iterator[dict[str, str]]:
    text = source.contents(_file(source, name)).decode("utf-8-sig")
    return csv.DictReader(io.StringIO(text, newline=""))


def _toned(glyph: str, tone: str) -> str:
    """Code points: a skin tone stands behind the first, in the place of a variation selector."""
    points = [f"{ord(c):x}" for c in glyph]
    if tone:
        rest = points[2:] if points[1:2] == ["fe0f"] else points[1:]
        points = [points[0], {"light": "1f3fb", "dark": "1f3ff"}[tone], *rest]
    return "-".join(points)


HSYNI = "https://github.com/hsyni/game-character-DCGAN"
MOODS = "https://github.com/muxspace/facial_expressions"
FLUENT = {
    f"fluent-{word}": Pack(
        about=f"Fluent emoji by Microsoft, {word}",
        licence="MIT",
        page="https://github.com/microsoft/fluentui-emoji",
        size="40 MB to fetch, a minute to pack",
        npm=("fluentui-emoji@1.3.0", "@lobehub/fluent-emoji-3d@1.1.0", "unicode-emoji-json@0.9.0"),
        find=partial(emoji, style=word),
        counts=(1234, 149) if word == "line" else (1680, 201),
    )
    for word in DRAWN
}
PACKS = FLUENT | {
    "portraits": Pack(
        about="drawn portraits of people who do not exist",
        licence="none stated: research and demonstration",
        page=HSYNI,
        size="about 150 MB to fetch, a quarter of an hour to pack",
        urls={"portraits.zip": f"{HSYNI}/archive/dae6dc009231ffc60f22610c1930f1028273b9c3.zip"},
        find=portraits,
        counts=(10059, 1207),
        cut="face",
    ),
    "lfw": Pack(
        about="Labeled Faces in the Wild, deep funneled, with expressions",
        licence="research use; expressions Apache-2.0",
        page="http://vis-www.cs.umass.edu/lfw",
        size="about 110 MB to fetch, a quarter of an hour to pack",
        urls={
            "lfw-deepfunneled.tgz": "http://vis-www.cs.umass.edu/lfw/lfw-deepfunneled.tgz",
            "legend.csv": f"{MOODS}/raw/5bb08c2b32930d15df06dcb147ecadb8c3f7e556/data/legend.csv",
        },
        find=people,
        counts=(10375, 1216),
        cut="face",
    ),
    "cats": Pack(
        about="AFHQ cats (StarGAN v2)",
        licence="CC BY-NC 4.0",
        page="https://github.com/clovaai/stargan-v2",
        size="about 6.5 GB to fetch, five minutes to pack",
        urls={"afhq.zip": "https://www.dropbox.com/s/t9l9o3vsx2jai3z/afhq.zip?dl=1"},
        find=cats,
        counts=(4089, 563),
    ),
    "horse2zebra": Pack(
        about="horses and zebras (CycleGAN)",
        licence="ImageNet pictures: non-commercial research",
        page="https://junyanz.github.io/CycleGAN",
        size="about 110 MB to fetch, a minute to pack",
        urls={
            "horse2zebra.zip": "https://people.eecs.berkeley.edu/~taesung_park/CycleGAN/datasets/"
            "horse2zebra.zip"
        },
        find=horses,
        counts=(2376, 260),
    ),
    "shoes-bags": Pack(
        about="product pictures of shoes and bags on white",
        licence="see the page",
        page="https://www.kaggle.com/datasets/paramaggarwal/fashion-product-images-small",
        size="about 600 MB to fetch, two minutes to pack",
        find=fashion,
        counts=(7404, 1001),
        cut="object",
        side=64,
    ),
    "fairface": Pack(
        about="whole photos of faces of all ages, for measuring alone",
        licence="CC BY 4.0",
        page="https://github.com/joojs/fairface",
        size="about 2 GB to fetch, five minutes to pack",
        find=fairface,
        counts=(0, 1252),
        cut="whole",
        side=224,
    ),
    "cifar10": Pack(
        about="CIFAR-10",
        licence="none stated; in common use for research",
        page="https://www.cs.toronto.edu/~kriz/cifar.html",
        size="170 MB to fetch, two minutes to pack",
        find=cifar,
        counts=(50000, 5000),
        side=32,
    ),
}
