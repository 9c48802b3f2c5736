"""The look: a darkroom. Paper and ink by day, warm black by night, one safelight red.

No font, script or picture comes from elsewhere: the page works without a network.
"""

from pathlib import Path

from gradio.themes import Base
from gradio.themes.utils import colors, sizes

CSS = (Path(__file__).parent / "theme.css").read_text("utf-8")

INK = colors.Color(
    name="ink",
    c50="#faf8f5",
    c100="#f3f0eb",
    c200="#e5e0d8",
    c300="#d0c9be",
    c400="#a39b8f",
    c500="#746d63",
    c600="#57514a",
    c700="#3a3631",
    c800="#262320",
    c900="#1a1816",
    c950="#121110",
)
RED = colors.Color(
    name="safelight",
    c50="#fff3ef",
    c100="#ffe3da",
    c200="#ffc6b5",
    c300="#ffa186",
    c400="#ff7d5c",
    c500="#ee5a36",
    c600="#c93f1d",
    c700="#a63217",
    c800="#852b17",
    c900="#6d2817",
    c950="#3c1108",
)
SANS = ("ui-sans-serif", "system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans")
MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "DejaVu Sans Mono", "monospace")


def theme() -> Base:
    base = Base(
        primary_hue=RED,
        secondary_hue=INK,
        neutral_hue=INK,
        radius_size=sizes.radius_md,
        font=(*SANS, "sans-serif"),
        font_mono=MONO,
    )
    return base.set(
        body_background_fill="*neutral_50",
        body_background_fill_dark="*neutral_950",
        body_text_color="*neutral_900",
        body_text_color_dark="*neutral_100",
        body_text_color_subdued="*neutral_500",
        body_text_color_subdued_dark="*neutral_400",
        background_fill_primary="#ffffff",
        background_fill_primary_dark="*neutral_900",
        background_fill_secondary="*neutral_100",
        background_fill_secondary_dark="*neutral_950",
        block_background_fill="#ffffff",
        block_background_fill_dark="*neutral_900",
        block_border_width="1px",
        block_border_color="*neutral_200",
        block_border_color_dark="*neutral_800",
        block_label_background_fill="*block_background_fill",
        block_label_background_fill_dark="*block_background_fill",
        block_label_text_color="*neutral_500",
        block_label_text_color_dark="*neutral_400",
        block_title_text_color="*neutral_700",
        block_title_text_color_dark="*neutral_300",
        block_title_text_weight="500",
        border_color_primary="*neutral_200",
        border_color_primary_dark="*neutral_800",
        border_color_accent="*primary_600",
        border_color_accent_dark="*primary_400",
        color_accent="*primary_600",
        color_accent_soft="*primary_50",
        color_accent_soft_dark="*primary_950",
        input_background_fill="*neutral_50",
        input_background_fill_dark="*neutral_950",
        input_border_color="*neutral_300",
        input_border_color_dark="*neutral_700",
        input_border_color_focus="*primary_500",
        input_border_color_focus_dark="*primary_400",
        slider_color="*primary_600",
        slider_color_dark="*primary_400",
        loader_color="*primary_600",
        loader_color_dark="*primary_400",
        link_text_color="*primary_700",
        link_text_color_dark="*primary_300",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_dark="*primary_400",
        button_primary_background_fill_hover="*primary_700",
        button_primary_background_fill_hover_dark="*primary_300",
        button_primary_text_color="#ffffff",
        button_primary_text_color_dark="*neutral_950",
        button_secondary_background_fill="#ffffff",
        button_secondary_background_fill_dark="*neutral_900",
        button_secondary_background_fill_hover="*neutral_100",
        button_secondary_background_fill_hover_dark="*neutral_800",
        button_secondary_border_color="*neutral_300",
        button_secondary_border_color_dark="*neutral_700",
        button_border_width="1px",
        button_large_radius="*radius_md",
        block_shadow="none",
        shadow_drop="none",
        checkbox_background_color_selected="*primary_600",
        checkbox_background_color_selected_dark="*primary_400",
        checkbox_border_color_selected="*primary_600",
        checkbox_border_color_selected_dark="*primary_400",
    )
