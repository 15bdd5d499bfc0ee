"""Which variables matter, as bars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from optwidgets.errors import OptwidgetsError
from optwidgets.models.sensitivity import sensitivity as measured
from optwidgets.plots import style
from optwidgets.plots.reference import objective_of
from optwidgets.plots.words import (
    escape,
    objective_name,
    result_text,
    share_text,
    squeezed,
    with_unit,
)

if TYPE_CHECKING:
    import pandas as pd

    from optwidgets.journal.state import SessionState
    from optwidgets.models.base import Model

#: More bars than this nobody reads; the others are counted.
MAX_BARS = 12

#: Measure to the column of its bars, that of the part drawn inside them, and of the error.
_COLUMNS = {
    "sobol": ("total", "first", "total_error"),
    "relevance": ("relevance", None, None),
    "permutation": ("importance", None, "error"),
}
_TITLES = {
    "sobol": "Share of the variance %",
    "relevance": "Share of the inverse lengthscales %",
}


def sensitivity(state: SessionState, model: Model, measure: str = "sobol") -> Any:
    """Bars of how much each variable matters to the model, the most important on top.

    Parameters
    ----------
    state
        Gives the objective's label and the seed of what is sampled.
    model
        A fitted model of d variables.
    measure
        ``sobol`` (the dark part: alone; the whole bar: with interactions), ``relevance`` or
        ``permutation``; see `optwidgets.models.sensitivity`.

    Returns
    -------
    plotly.graph_objects.Figure
        Traces ``total`` and, for Sobol' indices, ``alone``; at most 12 bars.

    Raises
    ------
    OptwidgetsError
        For another measure, or one that the model does not have.
    """
    column, inner, error = _columns(measure)
    frame = measured(model, measure, int(state.settings.get("random_state") or 0))
    frame = frame.sort_values(column, ascending=False, kind="stable")
    kept = frame.iloc[:MAX_BARS]
    share = measure != "permutation"
    scale = 100.0 if share else 1.0
    values = np.maximum(scale * kept[column].to_numpy(dtype=float), 0.0)
    places = list(range(len(kept)))
    names = [str(name) for name in kept.index]
    target = objective_of(state, model)
    texts = [
        share_text(float(value) / scale) if share else result_text(float(value), unit=target.unit)
        for value in values
    ]
    hover = [
        _hover(name, row, text, inner)
        for name, text, (_, row) in zip(names, texts, kept.iterrows(), strict=True)
    ]
    bars: dict[str, Any] = {
        "type": "bar",
        "orientation": "h",
        "name": "total",
        "x": values.tolist(),
        "y": places,
        "width": 0.62,
        "marker": {"color": style.MODEL_DEEP, "line": {"width": 0}},
        "hovertext": hover,
        "hoverinfo": "text",
    }
    ends = values
    if error is not None:
        half = scale * style.Z_95 * kept[error].to_numpy(dtype=float)
        ends = values + half
        bars["error_x"] = {
            "type": "data",
            "array": half.tolist(),
            "color": style.INK_2,
            "thickness": 1,
            "width": 0,
        }
    traces = [bars]
    if inner is not None:
        alone = np.clip(scale * kept[inner].to_numpy(dtype=float), 0.0, values)
        traces.append(
            {
                **{key: bars[key] for key in ("type", "orientation", "y", "width", "hoverinfo")},
                "name": "alone",
                "x": alone.tolist(),
                "hovertext": hover,
                "marker": {"color": style.MODEL, "line": {"width": 0}},
            }
        )
    reach = float(ends.max(initial=0.0)) or 1.0
    unit = target.unit
    return style.make_figure(
        traces,
        {
            "barmode": "overlay",
            "xaxis": style.axis(
                title=_TITLES.get(measure) or with_unit("Loss of fit", unit),
                range=[0.0, 1.2 * reach],
                nticks=5,
            ),
            "yaxis": style.axis(
                tickmode="array",
                tickvals=places,
                ticktext=[squeezed(name, 18) for name in names],
                range=[len(places) - 0.4, -0.6],
                showgrid=False,
            ),
            "annotations": [_label(*bar) for bar in zip(ends.tolist(), places, texts, strict=True)],
        },
        title="Sensitivity",
        alt=_alt(objective_name(target), names, texts, len(frame), measure),
        note="dark: alone" if inner else measure,
        variables=names,
    )


def _columns(measure: str) -> tuple[str, str | None, str | None]:
    found = _COLUMNS.get(measure)
    if found is None:
        raise OptwidgetsError(
            f"Measure {str(measure)[:60]!r} has no bars. Choose one of {', '.join(_COLUMNS)}.",
            field="measure",
        )
    return found


def _hover(name: str, row: pd.Series[float], text: str, inner: str | None) -> str:
    words = f"{escape(name)}: {escape(text)}"
    if inner is None:
        return words
    return f"{words} with interactions, {share_text(max(0.0, float(row[inner])))} alone"


def _label(value: float, place: int, text: str) -> dict[str, Any]:
    """Write the number behind its bar, so that it need not be read off the axis."""
    return {
        "x": value,
        "y": place,
        "text": escape(text),
        "xanchor": "left",
        "xshift": 4,
        "yshift": 0,
        "showarrow": False,
        "bgcolor": style.PAPER,
        "font": {"size": 10, "color": style.INK_2},
    }


def _alt(name: str, variables: list[str], texts: list[str], total: int, measure: str) -> str:
    what = {
        "sobol": "share of the variance with interactions",
        "relevance": "share of the inverse lengthscales",
        "permutation": "loss of fit when shuffled",
    }[measure]
    shown = ", ".join(f"{v} {text}" for v, text in zip(variables, texts, strict=True))
    more = f", and {total - len(variables)} more" if total > len(variables) else ""
    return f"What {name} depends on, {what}: {shown}{more}."
