"""What pictures show, in words: file name -> caption -> words -> tokens.

A file named by its code points, such as 1F600.png or 1F9D1-200D-1F680.png, is an emoji: its caption
is the emoji's English name in Unicode's CLDR, which the package `emoji` knows. Any other file is
called what its name says, such as "a red circle.png" or "red-circle.png".
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from unicodedata import normalize

import emoji
import numpy as np
import torch
from torch import Tensor

from gan_demo.types import Tokens

WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
SLUG = re.compile(r"[^\W_]+(?:-[^\W_]+)+")  # a file name that has hyphens for spaces
LETTERS = 1000  # of a phrase, the rest is not read
QUOTED = 4096  # captions that a system keeps at most


def caption(name: str) -> str:
    """What the picture file of this name shows."""
    stem = PurePosixPath(name).stem
    try:
        glyph = "".join(chr(int(part, 16)) for part in re.split("[-_]", stem))
    except (ValueError, OverflowError):
        glyph = ""
    known = emoji.is_emoji(glyph)
    if known:
        stem = emoji.demojize(glyph, delimiters=("", ""))
    elif SLUG.fullmatch(stem):
        stem = stem.replace("-", " ")
    return stem.replace("_", " ")


def words(phrase: str) -> list[str]:
    """Its words in lower case, without punctuation; an emoji in it becomes its name's words."""
    spelled = emoji.demojize(phrase[:LETTERS], delimiters=(" ", " ")).replace("_", " ")
    return WORD.findall(normalize("NFKC", spelled).replace("’", "'").casefold())


def vocabulary(captions: Iterable[str]) -> list[str]:
    """Every word of the captions once, in order."""
    return sorted({word for caption in captions for word in words(caption)})


def examples(captions: Sequence[str], n: int = QUOTED) -> list[str]:
    """At most n different captions, mixed, always the same way."""
    known = sorted(set(captions))
    return [known[i] for i in np.random.default_rng(0).permutation(len(known))[:n]]


def unknown(phrase: str, vocabulary: Iterable[str]) -> list[str]:
    """The words of the phrase that are not in the vocabulary, each once."""
    known = set(vocabulary)
    return [word for word in dict.fromkeys(words(phrase)) if word not in known]


def tokens(phrases: Iterable[str], vocabulary: Sequence[str]) -> Tokens:
    """A row of numbers for each phrase: 1 for the vocabulary's first word; unknown words are left
    out, and zeros follow the last."""
    place = {word: i for i, word in enumerate(vocabulary, 1)}
    rows = [[place[word] for word in words(p) if word in place] for p in phrases]
    longest = max([1, *map(len, rows)])
    padded = [row + [0] * (longest - len(row)) for row in rows]
    return torch.tensor(padded, dtype=torch.long).view(-1, longest)


def strangers(t: Tokens) -> tuple[Tensor, Tensor]:
    """For each row another row that says something else, drawn evenly; and whether there is one."""
    apart = (t.unsqueeze(1) != t.unsqueeze(0)).any(2)
    drawn = apart * (1 + torch.rand(apart.shape, device=t.device))
    return drawn.argmax(1), apart.any(1)
