"""A scatter plot of angles, with the line on which both are equal."""

from PIL import Image, ImageDraw, ImageFont

from gan_demo.types import Score

SIDE, MARGIN = 260, 44  # of the square between the axes, and around it, pixels
SHARP = 2  # drawn larger, then reduced
INK, FAINT, DOT = "#222222", "#cccccc", "#2563eb"


def scatter(
    across: Score, up: Score, *, title: str, labels: tuple[str, str], limit: float = 90
) -> Image.Image:
    """Points in [-limit, limit] squared, beyond it at the border; axes named `labels`."""
    whole = SIDE + 2 * MARGIN
    panel = Image.new("RGB", (whole * SHARP, whole * SHARP), "white")
    draw = ImageDraw.Draw(panel)

    def at(x: float, y: float) -> tuple[float, float]:
        x, y = (max(-1.0, min(1.0, v / limit)) for v in (x, y))
        return SHARP * (MARGIN + SIDE * (1 + x) / 2), SHARP * (MARGIN + SIDE * (1 - y) / 2)

    def text(x: float, y: float, words: str, size: int = 12) -> None:
        font = ImageFont.load_default(size * SHARP)
        draw.text((x * SHARP, y * SHARP), words, INK, font, "mm")

    for tick in (-limit, -limit / 2, 0, limit / 2, limit):
        draw.line([at(tick, -limit), at(tick, limit)], FAINT, SHARP)
        draw.line([at(-limit, tick), at(limit, tick)], FAINT, SHARP)
        place = MARGIN + SIDE * (1 + tick / limit) / 2
        text(place, MARGIN + SIDE + 10, f"{tick:.0f}")
        text(MARGIN - 16, whole - place, f"{tick:.0f}")
    draw.line([at(-limit, -limit), at(limit, limit)], INK, SHARP)
    for x, y in zip(across.tolist(), up.tolist(), strict=True):
        left, top = at(x, y)
        draw.ellipse((left - 3, top - 3, left + 3, top + 3), DOT)
    text(whole / 2, 14, title, 14)
    text(whole / 2, 31, f"up: {labels[1]}", 12)
    text(whole / 2, whole - 14, f"across: {labels[0]}", 12)
    return panel.resize((whole, whole), Image.Resampling.LANCZOS)


def beside(panels: list[Image.Image], columns: int) -> Image.Image:
    """Panels of one size in rows of `columns`."""
    w, h = panels[0].size
    sheet = Image.new(
        "RGB", (w * min(columns, len(panels)), h * -(-len(panels) // columns)), "white"
    )
    for i, panel in enumerate(panels):
        sheet.paste(panel, (i % columns * w, i // columns * h))
    return sheet
