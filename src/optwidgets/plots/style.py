"""The look that all figures share.

Colours are *roles*: each role has one light value here, and the view in the page
(``js/src/widgets/figure-view/palette.ts``) finds the role by that value and puts the
colour of the page's theme in its place. So a figure is a plain plotly figure anywhere,
and follows light and dark where it is shown by us.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

PAPER = "#ffffff"
INK = "#212121"
INK_2 = "#5c5c5c"
LINE = "#e0e0e0"
HAIR = "#ececec"
MODEL = "#00796b"
BAND = "rgba(0,121,107,0.26)"
#: Darkest band of a map: the colour of the role, 60 % in paper.
MODEL_DEEP = "#66afa6"
#: Bands of a surface, from paper to the darkest: one to six sevenths of it.
SHADES = ("#e9f4f2", "#d3e8e6", "#bdddd9", "#a8d1cc", "#92c6bf", "#7cbab3")
SUGGESTED = "#6d3fc4"
SUGGESTED_DEEP = "#a78cdc"
ACCENT = "#1976d2"
ERROR = "#d32f2f"
WARN = "#f57c00"
#: Over what is not allowed: grey on light and on dark paper.
VEIL = "rgba(120,120,120,0.45)"
CLEAR = "rgba(0,0,0,0)"

#: Role to its light value; the page has the same table.
PALETTE: Mapping[str, str] = {
    "paper": PAPER,
    "ink": INK,
    "ink-2": INK_2,
    "line": LINE,
    "hair": HAIR,
    "model": MODEL,
    "band": BAND,
    "model-deep": MODEL_DEEP,
    "suggested": SUGGESTED,
    "suggested-deep": SUGGESTED_DEEP,
    "accent": ACCENT,
    "error": ERROR,
    "warn": WARN,
    "veil": VEIL,
    **{f"shade-{k}": shade for k, shade in enumerate(SHADES, start=1)},
}

FONT = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif"

#: Half of a 95 % interval, in standard deviations.
Z_95 = 1.959963984540054


def axis(**more: Any) -> dict[str, Any]:
    """Layout of an axis: a frame of hairlines, quiet figures, no zoom.

    Examples
    --------
    >>> axis(title="Row")["showline"], axis(title="Row")["title"]["text"]
    (True, 'Row')
    """
    title = more.pop("title", None)
    found: dict[str, Any] = {
        "showline": True,
        "mirror": True,
        "linecolor": LINE,
        "linewidth": 1,
        "gridcolor": HAIR,
        "zeroline": False,
        "ticks": "",
        "tickfont": {"size": 10, "color": INK_2},
        "exponentformat": "power",
        "fixedrange": True,
        "automargin": True,
    }
    if title is not None:
        found["title"] = {"text": title, "font": {"size": 11, "color": INK_2}, "standoff": 6}
    return {**found, **more}


def row_axis(last: int) -> dict[str, Any]:
    """Layout of an axis of row numbers from 1, whole numbers only.

    Examples
    --------
    >>> row_axis(3)["dtick"], "dtick" in row_axis(40)
    (1, False)
    """
    few = {"dtick": 1, "tick0": 1} if last <= 6 else {"nticks": 6}
    return axis(title="Row", range=[0.5, last + 0.5], tickformat="d", **few)


def make_figure(
    traces: Sequence[Mapping[str, Any]],
    layout: Mapping[str, Any],
    *,
    title: str,
    alt: str,
    note: str = "",
    **meta: Any,
) -> Any:
    """Return a plotly figure in the shared look.

    Parameters
    ----------
    traces, layout
        As plotly has them; texts in them are escaped already.
    title
        Plain name of the figure, for exports.
    alt
        The figure in one sentence, for who cannot see it.
    note
        A few words beside the title.
    **meta
        Further facts for the view in the page; they go to ``layout.meta``.

    Returns
    -------
    plotly.graph_objects.Figure
        With ``title``, ``alt`` and ``note`` in ``layout.meta``.

    Examples
    --------
    >>> figure = make_figure([{"type": "scatter", "y": [1, 2]}], {}, title="T", alt="A line.")
    >>> figure.layout.meta["alt"], figure.layout.showlegend
    ('A line.', False)
    """
    # Plotly takes pandas from sys.modules as it finds it: half loaded, and without `Series`, while
    # another thread imports it (the first suggestion's table does). This import waits for that one.
    import pandas as pd  # noqa: F401
    import plotly.graph_objects as go

    common: dict[str, Any] = {
        # The default template would be 7 kB of colours that nobody sees.
        "template": "none",
        "paper_bgcolor": PAPER,
        "plot_bgcolor": CLEAR,
        "font": {"family": FONT, "size": 11, "color": INK},
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "showlegend": False,
        "dragmode": False,
        "hovermode": "closest",
        "hoverlabel": {
            "bgcolor": PAPER,
            "bordercolor": LINE,
            "font": {"family": FONT, "size": 11, "color": INK},
        },
        "meta": {"title": title, "alt": alt, "note": note, **meta},
    }
    return go.Figure(data=[dict(trace) for trace in traces], layout={**common, **layout})


def padded(low: float, high: float, share: float = 0.06) -> list[float]:
    """Range of an axis with a little air; of some width also where all values are equal.

    Examples
    --------
    >>> padded(0, 100), padded(5, 5)
    ([-6.0, 106.0], [4.5, 5.5])
    """
    width = high - low
    if not width > 1e-12 * max(abs(low), abs(high)):
        half = 0.1 * abs(low) or 0.5
        return [low - half, high + half]
    return [low - share * width, high + share * width]
