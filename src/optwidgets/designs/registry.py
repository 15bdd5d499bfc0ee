"""The designs: what they are called, what they take, what they are made for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from optwidgets.designs import classical
from optwidgets.designs.options import ORDERING
from optwidgets.designs.space_filling import ALIASES, SPACE_FILLING
from optwidgets.designs.structure import Structure
from optwidgets.errors import OptwidgetsError
from optwidgets.space.text import short


@dataclass(frozen=True)
class Design:
    """One entry of `DESIGNS`.

    Parameters
    ----------
    name
        How users call it.
    label
        How the interface calls it.
    family
        ``space-filling``, ``classical``, ``screening`` or ``optimal``.
    shows
        What it is for, in a few words.
    options
        Options of its own, names of `options.OPTIONS`.
    source
        Literature source.
    structure
        From an encoding and its own options to its runs; None when the number of points
        is free.
    defaults
        Defaults that differ from those of `options.OPTIONS`.
    """

    name: str
    label: str
    family: str
    shows: str
    options: tuple[str, ...] = ()
    source: str = ""
    structure: Callable[..., Structure] | None = None
    defaults: Mapping[str, Any] = field(default_factory=dict)

    @property
    def takes_n_points(self) -> bool:
        """Whether the number of points is free; else it follows from the structure."""
        return self.structure is None

    @property
    def all_options(self) -> tuple[str, ...]:
        """Its own options, then those that order the runs, and what is done with forbidden ones."""
        if self.family == "space-filling":
            return self.options
        waiver = () if self.structure is None else ("allow_infeasible",)
        return (*self.options, *ORDERING, *waiver)


_WILSON = "G. E. P. Box, K. B. Wilson, J. R. Stat. Soc. B 13 (1951) 1"
_HUNTER = "G. E. P. Box, J. S. Hunter, Technometrics 3 (1961) 311"
_BEHNKEN = "G. E. P. Box, D. W. Behnken, Technometrics 2 (1960) 455"
_PLACKETT = "R. L. Plackett, J. P. Burman, Biometrika 33 (1946) 305"
_SUROWIEC = "I. Surowiec et al., Anal. Chem. 89 (2017) 6491"
_FISHER = "R. A. Fisher, The Design of Experiments, 1935"
_FEDOROV = "V. V. Fedorov, Theory of Optimal Experiments, 1972"

DESIGNS: dict[str, Design] = {
    design.name: design
    for design in (
        *(
            Design(filling.name, filling.label, "space-filling", filling.shows, filling.options)
            for filling in SPACE_FILLING.values()
        ),
        Design(
            "full_factorial",
            "Full factorial",
            "classical",
            "Every combination of levels: all effects and interactions",
            ("n_levels", "n_center"),
            _FISHER,
            classical.full_factorial,
            {"n_levels": 2},
        ),
        Design(
            "fractional_factorial",
            "Fractional factorial",
            "classical",
            "A part of the two-level combinations, with known aliases",
            ("generators", "resolution", "n_center"),
            _HUNTER,
            classical.fractional,
        ),
        Design(
            "ccd",
            "Central composite",
            "classical",
            "Cube, star and centre: a quadratic model",
            ("ccd_alpha", "ccd_face", "n_center"),
            _WILSON,
            classical.central_composite,
        ),
        Design(
            "box_behnken",
            "Box-Behnken",
            "classical",
            "Three levels without corners: a quadratic model",
            ("n_center",),
            _BEHNKEN,
            classical.box_behnken,
        ),
        Design(
            "plackett_burman",
            "Plackett-Burman",
            "screening",
            "Main effects of many variables in few runs",
            ("n_center",),
            _PLACKETT,
            classical.plackett_burman,
        ),
        Design(
            "gsd",
            "Generalised subset",
            "screening",
            "A balanced part of a factorial with any numbers of levels",
            ("gsd_reduction", "n_levels"),
            _SUROWIEC,
            classical.generalised_subset,
            {"n_levels": 2},
        ),
        Design(
            "optimal",
            "Optimal",
            "optimal",
            "The runs that tell most about the effects asked for",
            (
                "effects",
                "model_type",
                "p_multiplier",
                "criterion",
                "algorithm",
                "n_levels",
                "max_iter",
                "augment",
            ),
            _FEDOROV,
            None,
            {"n_levels": 5},
        ),
    )
}


def find_design(method: object) -> Design:
    """Design by name, whatever its case, spaces and hyphens.

    Raises
    ------
    OptwidgetsError
        For a name that is not known; the sentence lists the choices.

    Examples
    --------
    >>> find_design("Box-Behnken").name, find_design("latin hypercube").name
    ('box_behnken', 'lhs')
    """
    key = "_".join(str(method).lower().replace("-", " ").replace("_", " ").split())
    key = ALIASES.get(key, key)
    if key not in DESIGNS:
        known = ", ".join(map(repr, DESIGNS))
        raise OptwidgetsError(
            f"Design '{short(method)}' is not known. Choose one of {known}.", field="method"
        )
    return DESIGNS[key]
