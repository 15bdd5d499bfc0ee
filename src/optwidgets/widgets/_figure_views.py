"""From a scene to what the page gets: a figure as JSON, a page of its own, a point in words."""

from __future__ import annotations

import html
import json
import logging
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from optwidgets.errors import OptwidgetsError
from optwidgets.plots.registry import FigureKind, Scene
from optwidgets.space.text import short

if TYPE_CHECKING:
    from optwidgets.journal.state import SessionState
    from optwidgets.models.base import Model


log = logging.getLogger(__name__)


def draw_figure(kind: FigureKind, scene: Scene) -> dict[str, Any]:
    """Return one slot of the view: a figure as JSON, or the sentence that stands in its place.

    Parameters
    ----------
    kind
        The figure.
    scene
        What it is made from; without a model, one that needs it stays empty and silent,
        because the panel says what is missing.
    """
    made: dict[str, Any] = {
        "id": kind.id, "title": kind.title, "note": "", "alt": "", "json": None, "message": "",
    }  # fmt: skip
    if scene.model is None and kind.needs_model:
        return made
    try:
        figure = kind.build(scene, flat=True)
    except OptwidgetsError as error:
        return made | {"message": str(error)}
    except Exception as error:
        # A fault of ours in one figure must neither empty the others nor stay unsaid.
        log.exception("The figure %r could not be drawn.", kind.id)
        return made | {"message": f"This figure could not be drawn: {_fault(error)}"}
    meta = figure.layout.meta
    made |= {key: meta[key] for key in ("note", "alt")}
    # Words instead of an empty frame.
    empty = meta.get("empty", "")
    return made | ({"message": empty} if empty else {"json": json.loads(figure.to_json())})


def _fault(error: Exception) -> str:
    words = short(str(error).strip() or "no details", 120)
    return f"a fault of optwidgets ({type(error).__name__}: {words}). Your data are not touched."


def html_page(kind: FigureKind, scene: Scene, campaign: str) -> dict[str, str]:
    """Return a figure as a page of its own that needs no network: name, text and type."""
    figure = kind.build(scene)
    page = figure.to_html(include_plotlyjs=True, config={"displayModeBar": False})
    title = html.escape(f"{kind.title}: {campaign}")
    page = page.replace("<head>", f"<head><title>{title}</title>", 1)
    words = re.findall(r"[^\W_]+", f"{campaign} {kind.id}".casefold())
    return {"name": "-".join(words)[:80] + ".html", "text": page, "type": "text/html"}


def point_view(
    state: SessionState, model: Model, held: Mapping[str, Any], best_row: int | None
) -> dict[str, Any]:
    """Return the point that slices and maps go through, and what the model says there."""
    from optwidgets.plots.reference import reference_point

    unit = reference_point(state, model, held)[None, :]
    mean, sd = model.predict(unit, observation_noise=True)
    inputs = model.data.encoding.decode(unit)[0]
    return {
        "mean": float(mean[0]),
        "sd": float(sd[0]),
        "row": best_row if not held else None,
        "inputs": [
            {
                "name": variable.name,
                "text": variable.format(inputs[variable.name]),
                "unit": variable.unit_text,
            }
            for variable in model.data.encoding.space
            if variable.name in inputs  # one that depends on another may not be there
        ],
    }


def same(one: tuple[Any, ...], two: tuple[Any, ...]) -> bool:
    """Whether nothing changed that a figure depends on; tables are compared by identity."""
    return len(one) == len(two) and all(
        a is b or (isinstance(a, (str, tuple)) and a == b) for a, b in zip(one, two, strict=True)
    )
