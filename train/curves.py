"""What an edit gains against what it costs: a curve through the strengths of an attribute."""

from collections.abc import Mapping
from itertools import pairwise

from PIL import Image, ImageDraw, ImageFont

from gan_demo.checkpoint.markdown import Rows

SIDE, MARGIN = 300, 52  # of the square between the axes, and around it, pixels
SHARP = 2  # drawn larger, then reduced
MOST = 2.4  # FeatDist at the right border
INK, FAINT, LINES = "#222222", "#cccccc", ("#2563eb", "#c2410c")
NAMED = ("-2", "-1", "+1", "+2")  # strengths written beside their points


def curves(name: str, lines: Mapping[str, Rows], scale: Mapping[str, float]) -> Image.Image:
    """One panel: a line for each kind of photo, from its strongest removal to its strongest
    addition; all of them pass the left border, where nothing is changed.

    Args:
        name: of the attribute.
        lines: kind of photo -> strength -> figures, as `metrics.editing.curve` gives them.
        scale: FeatDist of pairs of photos, drawn as upright lines.
    """
    whole = SIDE + 2 * MARGIN
    panel = Image.new("RGB", (whole * SHARP, whole * SHARP), "white")
    draw = ImageDraw.Draw(panel)

    def at(x: float, y: float) -> tuple[float, float]:
        return SHARP * (MARGIN + SIDE * min(x / MOST, 1)), SHARP * (MARGIN + SIDE * (1 - y))

    def text(place: tuple[float, float], words: str, ink: str = INK, anchor: str = "mm") -> None:
        draw.text(place, words, ink, ImageFont.load_default(12 * SHARP), anchor)

    for tick in (0, 0.25, 0.5, 0.75, 1):
        draw.line([at(0, tick), at(MOST, tick)], FAINT, SHARP)
        draw.line([at(MOST * tick, 0), at(MOST * tick, 1)], FAINT, SHARP)
        x, y = at(0, tick)
        text((x - 18 * SHARP, y), f"{tick:g}")
        x, y = at(MOST * tick, 0)
        text((x, y + 10 * SHARP), f"{MOST * tick:.3g}")
    for pair, value in scale.items():
        draw.line([at(value, 0), at(value, 1)], INK, SHARP)
        x, y = at(value, 1)
        text((x + 4 * SHARP, y + 4 * SHARP), pair.replace(", ", ",\n"), INK, "la")
    for i, (kind, rows) in enumerate(lines.items()):
        ink, points = LINES[i], {s: at(*_gain(row)) for s, row in rows.items()}
        for a, b in pairwise(points.values()):
            draw.line([a, b], ink, 2 * SHARP)
        for s, (x, y) in points.items():
            draw.ellipse((x - 5, y - 5, x + 5, y + 5), ink)
            if s in NAMED:
                text((x + 6 * SHARP, y + (-6 if s.startswith("-") else 8) * SHARP), s, ink, "lm")
        text((MARGIN * SHARP, (whole - 14 - 15 * i) * SHARP), f"photos of {kind}", ink, "lm")
    middle = whole * SHARP / 2
    text((middle, 14 * SHARP), f"{name}, strength -2 to +2")
    text((middle, 32 * SHARP), f"up: {_figures(lines)[0]}")
    text(
        (whole * SHARP - MARGIN, (whole - 14) * SHARP), f"across: {_figures(lines)[-1]}", INK, "rm"
    )
    return panel.resize((whole, whole), Image.Resampling.LANCZOS)


def _gain(row: Mapping[str, float]) -> tuple[float, float]:
    called, *_, apart = row.values()  # between them what should stay
    return apart, called


def _figures(lines: Mapping[str, Rows]) -> list[str]:
    return list(next(iter(next(iter(lines.values())).values())))
