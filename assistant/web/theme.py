"""How the page looks: Gradio's knobs turned to the page's own colours. The colours are in ``page.css``.

Fonts are the reader's own system's: nothing is fetched, from anywhere.
"""

from __future__ import annotations

import gradio as gr
from gradio.themes.utils import fonts

SANS = ("system-ui", "Segoe UI", "Roboto", "Noto Sans", "Liberation Sans", "sans-serif")
MONO = ("ui-monospace", "Cascadia Mono", "Menlo", "Noto Sans Mono", "monospace")

_COLOURS = {
    "body_background_fill": "paper",
    "body_text_color": "ink",
    "body_text_color_subdued": "quiet",
    "background_fill_primary": "paper",
    "background_fill_secondary": "sheet",
    "border_color_primary": "line",
    "border_color_accent": "accent",
    "color_accent_soft": "accent-soft",
    "block_background_fill": "sheet",
    "block_border_color": "line",
    "block_label_background_fill": "sheet",
    "block_label_text_color": "ink",
    "block_title_text_color": "ink",
    "block_info_text_color": "quiet",
    "panel_background_fill": "paper",
    "input_background_fill": "sheet",
    "input_background_fill_focus": "sheet",
    "input_border_color": "edge",
    "input_border_color_hover": "edge",
    "input_border_color_focus": "accent",
    "input_placeholder_color": "quiet",
    "button_primary_background_fill": "accent",
    "button_primary_background_fill_hover": "accent-deep",
    "button_primary_border_color": "accent",
    "button_primary_border_color_hover": "accent-deep",
    "button_primary_text_color": "on-accent",
    "button_primary_text_color_hover": "on-accent",
    "button_secondary_background_fill": "sheet",
    "button_secondary_background_fill_hover": "accent-soft",
    "button_secondary_border_color": "edge",
    "button_secondary_border_color_hover": "accent",
    "button_secondary_text_color": "ink",
    "button_secondary_text_color_hover": "ink",
    "link_text_color": "accent",
    "accordion_text_color": "ink",
    "checkbox_background_color_selected": "accent",
}
_SHAPES = {
    "block_radius": "12px",
    "input_radius": "10px",
    "button_large_radius": "10px",
    "button_medium_radius": "10px",
    "button_small_radius": "10px",
    "button_border_width": "1px",
    "block_shadow": "none",
    "input_shadow": "none",
    "input_shadow_focus": "0 0 0 3px var(--bc-accent-soft)",
    "block_title_text_size": "1.05rem",
    "block_title_text_weight": "600",
    "input_text_size": "1.05rem",
    "button_large_text_weight": "600",
    "button_transition": "background-color 120ms, border-color 120ms",
}


def theme() -> gr.themes.Base:
    """Return the page's theme; light and dark differ only in the colours that ``page.css`` names."""
    both: dict[str, str] = {}
    for knob, colour in _COLOURS.items():
        both[knob] = f"var(--bc-{colour})"
        if knob + "_dark" in _KNOBS:
            both[knob + "_dark"] = f"var(--bc-{colour})"
    base = gr.themes.Base(font=[fonts.Font(f) for f in SANS], font_mono=[fonts.Font(f) for f in MONO])
    return base.set(**both, **_SHAPES)


_KNOBS = frozenset(gr.themes.Base.set.__code__.co_varnames)
