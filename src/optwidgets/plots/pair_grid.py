"""Every pair of some quantities: the triangle of cells that two figures share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from optwidgets.plots import style
from optwidgets.plots.words import narrow_name

#: More quantities than this make pictures that nobody can read.
MAX_SHOWN = 7

_GAP = 0.035
#: Room for figures and names; fixed, so that the cells are as large as can be.
_MARGIN = {"l": 58, "r": 8, "t": 8, "b": 38}
_LINE = 13
#: Letters that fit a line of a narrow figure.
_LETTERS = 28


def pairs_of(d: int) -> list[tuple[int, int]]:
    """Row and column of the cells below the diagonal, row by row.

    Examples
    --------
    >>> pairs_of(3)
    [(1, 0), (2, 0), (2, 1)]
    """
    return [(i, j) for i in range(1, d) for j in range(i)]


def number_of(cell: int) -> str:
    """Return what stands behind ``x`` and ``y`` in the axes of a cell; cells count from 1."""
    return "" if cell == 1 else str(cell)


def grid_layout(
    axes: Sequence[Mapping[str, Any]], titles: Sequence[tuple[str, str]]
) -> dict[str, Any]:
    """Layout of all cells; names and figures stand at the left and at the bottom only.

    Parameters
    ----------
    axes
        Layout of the axis of each of d quantities.
    titles
        Name and unit of each; written as annotations, so that all stand in one line.

    Returns
    -------
    dict
        Axes of each cell of `pairs_of`, margins and names.
    """
    d = len(axes) - 1
    width = (1.0 - _GAP * (d - 1)) / d
    # Names take turns on two lines where the cells are narrow.
    lines = 1 if d <= 2 else 2
    room = max(6, _LETTERS * lines // d)
    margin = {**_MARGIN, "b": _MARGIN["b"] + _LINE * (lines - 1)}
    layout: dict[str, Any] = {"margin": margin, "annotations": []}
    for cell, (i, j) in enumerate(pairs_of(len(axes)), start=1):
        left, top = j * (width + _GAP), 1.0 - (i - 1) * (width + _GAP)
        number = number_of(cell)
        x = {**axes[j], "domain": [left, left + width], "anchor": f"y{number}"}
        y = {**axes[i], "domain": [max(0.0, top - width), top], "anchor": f"x{number}"}
        if d > 3:
            # Of small cells: figures at both ends would touch those of their neighbours.
            x, y = ({**own, **({"nticks": 2} if "nticks" in own else {})} for own in (x, y))
        # Designs lie on the bounds: a little air keeps their marks off the frame.
        x["range"], y["range"] = style.padded(*x["range"]), style.padded(*y["range"])
        if i < d:
            x["showticklabels"] = False
        else:
            below = -20 - _LINE * (j % lines)
            layout["annotations"].append(
                _name(narrow_name(*titles[j], room), x=left + width / 2, y=0.0, yshift=below)
            )
        if j > 0:
            y["showticklabels"] = False
        else:
            middle = max(0.0, top - width / 2)
            layout["annotations"].append(
                _name(
                    narrow_name(*titles[i], _LETTERS // 2),
                    x=0.0,
                    y=middle,
                    xshift=-_MARGIN["l"] + 2,
                    textangle=-90,
                )
            )
        layout |= {f"xaxis{number}": x, f"yaxis{number}": y}
    return layout


def _name(text: str, **place: Any) -> dict[str, Any]:
    below = "textangle" not in place
    return {
        "text": text,
        "xref": "paper",
        "yref": "paper",
        "xanchor": "center" if below else "left",
        "yanchor": "top" if below else "middle",
        "showarrow": False,
        "font": {"size": 11, "color": style.INK_2},
        **place,
    }


def height_of(d: int) -> int:
    """Pixels that a triangle of d quantities needs to be read.

    Examples
    --------
    >>> height_of(2), height_of(5)
    (250, 430)
    """
    return max(250, 70 + 90 * (d - 1))
