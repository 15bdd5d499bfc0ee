"""Two small figures as SVG text, drawn without a plotting library and readable on light and dark."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

#: Okabe and Ito's colours, told apart by most eyes; ours is black on light and white on dark.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c6d00", "#7f7f7f")
STYLE = """<style>
text { font: 11px system-ui, sans-serif; fill: #333; }
.title { font-weight: 600; }
.frame { fill: none; stroke: #bbb; }
.ours { stroke: #000; fill: none; stroke-width: 2.4; }
.peer { fill: none; stroke-width: 1.3; }
.dot { stroke: none; }
.ourdot { fill: #000; }
@media (prefers-color-scheme: dark) {
  text { fill: #ccc; } .frame { stroke: #555; } .ours { stroke: #fff; } .ourdot { fill: #fff; }
}
</style>"""
Curves = Mapping[str, Sequence[float]]


def curves(
    panels: Mapping[str, Curves], titles: Mapping[str, str], ours: str, columns: int = 3
) -> str:
    """Return a panel for each problem: the logarithm of regret against evaluations.

    Parameters
    ----------
    panels
        Problem to peer to regret after each evaluation, all above 0.
    titles
        Peer to what it is called.
    ours
        The peer that stands out.
    """
    width, height, gap = 244, 165, 42
    rows = math.ceil(len(panels) / columns)
    colours = colour_of([name for name in titles if name != ours])
    parts = []
    for i, (problem, lines) in enumerate(panels.items()):
        left, top = gap + (i % columns) * (width + gap), 24 + (i // columns) * (height + gap)
        parts.append(_panel(problem, lines, (left, top, width, height), colours, ours))
    legend_top = 24 + rows * (height + gap)
    parts.append(_legend(titles, colours, ours, gap, legend_top))
    total = (columns * (width + gap) + gap, legend_top + 18 * math.ceil(len(titles) / 5) + 8)
    return _document(total, parts, "Median regret against evaluations, for each problem and peer")


def scatter(
    points: Mapping[str, tuple[float, float]],
    titles: Mapping[str, str],
    ours: str,
    labels: tuple[str, str],
) -> str:
    """Return peers as dots: the first number on a logarithmic axis, the second on a linear one."""
    width, height, left, top = 560, 300, 60, 20
    xs = [math.log10(x) for x, _ in points.values()]
    low_x, high_x = math.floor(min(xs)), math.ceil(max(xs) + 1e-9)
    low_y = math.floor(min(y for _, y in points.values()) - 0.5)
    high_y = math.ceil(max(y for _, y in points.values()) + 0.5)
    parts = [f'<rect class="frame" x="{left}" y="{top}" width="{width}" height="{height}"/>']
    for power in range(low_x, high_x + 1):
        x = left + width * (power - low_x) / max(1, high_x - low_x)
        parts.append(_text(x, top + height + 14, f"{10.0**power:g}", "middle"))
    for value in range(low_y, high_y + 1):
        y = top + height * (value - low_y) / max(1, high_y - low_y)
        parts.append(_text(left - 6, y + 4, str(value), "end"))
    colours = colour_of([name for name in titles if name != ours])
    placed = {
        name: (
            left + width * (math.log10(value) - low_x) / max(1, high_x - low_x),
            top + height * (other - low_y) / max(1, high_y - low_y),
        )
        for name, (value, other) in points.items()
    }
    for name, (x, y) in placed.items():
        look = 'class="dot ourdot"' if name == ours else f'class="dot" fill="{colours[name]}"'
        parts.append(f'<circle {look} cx="{x:.1f}" cy="{y:.1f}" r="5"/>')
        # To the left where another dot, or the edge, is where the words would stand.
        room = [other for other in placed.values() if other != (x, y)]
        crowded = any(0 <= ox - x < 130 and abs(oy - y) < 14 for ox, oy in room)
        left_of = crowded or x > left + 0.75 * width
        parts.append(
            _text(x - 9 if left_of else x + 9, y + 4, titles[name], "end" if left_of else "start")
        )
    parts.append(_text(left + width / 2, top + height + 32, labels[0], "middle"))
    parts.append(_text(left, top - 6, labels[1], "start"))
    return _document((left + width + 20, top + height + 44), parts, f"{labels[1]} and {labels[0]}")


def colour_of(names: Sequence[str]) -> dict[str, str]:
    """Return a colour for each name, repeated when there are more names than colours."""
    return {name: COLOURS[i % len(COLOURS)] for i, name in enumerate(names)}


def _panel(problem, lines, box, colours, ours):
    left, top, width, height = box
    values = [math.log10(v) for line in lines.values() for v in line]
    low, high = min(values), max(values)
    span = max(high - low, 1e-9)
    longest = max(len(line) for line in lines.values())

    def place(i, value):
        x = left + width * i / max(1, longest - 1)
        return f"{x:.1f},{top + height * (high - math.log10(value)) / span:.1f}"

    parts = [
        f'<rect class="frame" x="{left}" y="{top}" width="{width}" height="{height}"/>',
        _text(left, top - 6, problem, "start", "title"),
        _text(left - 4, top + 9, _short(10**high), "end"),
        _text(left - 4, top + height, _short(10**low), "end"),
    ]
    for name in sorted(lines, key=lambda name: name == ours):
        points = " ".join(place(i, value) for i, value in enumerate(lines[name]))
        look = 'class="ours"' if name == ours else f'class="peer" stroke="{colours[name]}"'
        parts.append(f'<polyline {look} points="{points}"/>')
    return "\n".join(parts)


def _short(value):
    """Return a number for the edge of a panel.

    >>> _short(1234.5), _short(0.01234), _short(18.2), _short(0.0001)
    ('1e3', '0.01', '18', '1e-4')
    """
    text = f"{value:.0f}" if 10 <= value < 1000 else f"{value:.1g}"
    return text.replace("e+0", "e").replace("e-0", "e-").replace("0.0001", "1e-4")


def _legend(titles, colours, ours, left, top):
    parts = []
    for i, (name, title) in enumerate(titles.items()):
        x, y = left + (i % 5) * 168, top + (i // 5) * 18
        look = 'class="ours"' if name == ours else f'class="peer" stroke="{colours[name]}"'
        parts.append(f'<polyline {look} points="{x},{y} {x + 20},{y}"/>')
        parts.append(_text(x + 26, y + 4, title, "start"))
    return "\n".join(parts)


def _text(x, y, words, anchor, kind=""):
    look = f' class="{kind}"' if kind else ""
    return f'<text{look} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _document(size, parts, title):
    width, height = size
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'role="img"><title>{escape(title)}</title>\n{STYLE}\n{body}\n</svg>\n'
    )
