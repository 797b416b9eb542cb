"""Tasks per second as bars, with the range over the rounds: an SVG that needs nothing from anywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

WIDTH, LABELS, BAR, GAP = 900, 250, 18, 8
OURS, OTHERS, CEILING, INK = "#3f9b6c", "#7f8fa6", "#d8dde3", "#333"


def chart(panels: Mapping[str, Sequence[tuple[str, float, float, float]]], note: str) -> str:
    """`panels`: a title, and for each bar its name, minimum, median and maximum."""
    parts, top = [], 10
    for title, bars in panels.items():
        most = max((high for *_, high in bars), default=1.0)
        scale = (WIDTH - LABELS - 80) / most
        top += 22
        parts.append(f'<text x="0" y="{top}" font-weight="bold">{escape(title)}: tasks a second</text>')
        top += GAP
        for name, low, middle, high in bars:
            parts.append(_bar(name, low, middle, high, top, scale))
            top += BAR + GAP
        top += GAP
    top += 14
    parts.append(f'<text x="0" y="{top}" font-size="11">{escape(note)}</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{top + 10}" fill="{INK}"'
        f' font-family="sans-serif" font-size="13"><rect width="100%" height="100%" fill="white"/>'
        f"{''.join(parts)}</svg>\n"
    )


def _bar(name: str, low: float, middle: float, high: float, top: float, scale: float) -> str:
    colour = CEILING if name.startswith("ceiling") else OURS if name.startswith("salesflow") else OTHERS
    y = top + BAR / 2
    return (
        f'<text x="{LABELS - 8}" y="{y + 4}" text-anchor="end">{escape(name)}</text>'
        f'<rect x="{LABELS}" y="{top}" width="{middle * scale:.1f}" height="{BAR}" fill="{colour}"/>'
        f'<line x1="{LABELS + low * scale:.1f}" x2="{LABELS + high * scale:.1f}" y1="{y}" y2="{y}" stroke="{INK}"/>'
        f'<text x="{LABELS + high * scale + 6:.1f}" y="{y + 4}">{middle:.0f}</text>'
    )
