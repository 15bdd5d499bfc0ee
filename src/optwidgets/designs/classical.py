"""Classical and screening designs for the variables of a space.

Sources
-------
G. E. P. Box, K. B. Wilson, J. R. Stat. Soc. B 13 (1951) 1 (central composite).
G. E. P. Box, J. S. Hunter, Ann. Math. Stat. 28 (1957) 195 (rotatability, orthogonal blocks).
G. E. P. Box, D. W. Behnken, Technometrics 2 (1960) 455.
I. Surowiec et al., Anal. Chem. 89 (2017) 6491 (generalised subset designs).
D. C. Montgomery, Design and Analysis of Experiments, 8th edition, Wiley 2012.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optwidgets.designs.factors import (
    centres,
    crossed,
    even_levels,
    numeric_dims,
    uncoded,
)
from optwidgets.designs.grid import axis_length, product
from optwidgets.designs.structure import Structure, check_size
from optwidgets.designs.two_level import fractional_factorial, generators_for, resolution_of
from optwidgets.designs.two_level import plackett_burman as plackett_burman_array
from optwidgets.errors import OptwidgetsError
from optwidgets.space.encoding import Encoding
from optwidgets.space.text import enumerate_words, short

Array = NDArray[np.float64]

ALPHAS = ("orthogonal", "rotatable", "spherical", "practical", "faced")
FACES = ("circumscribed", "inscribed", "faced")

# The pairs or triples of factors that vary together (Box and Behnken, table 4); with other
# numbers of factors all pairs do, which is a second-order design of three levels as well.
_BEHNKEN_TRIPLES: dict[int, tuple[str, ...]] = {
    6: ("013", "124", "235", "034", "145", "025"),
    7: ("345", "056", "146", "013", "236", "024", "125"),
}


def full_factorial(encoding: Encoding, *, n_levels: int = 2, n_center: int = 1) -> Structure:
    """Every combination of levels; discrete and categorical variables have all their values."""
    axes = [even_levels(encoding, dim, n_levels) for dim in range(len(encoding))]
    size = math.prod(len(axis) for axis in axes)
    check_size(size, "full factorial")
    # The first variable changes slowest, as in a table that is written down by hand.
    runs = product(axes)
    middle = centres(encoding, n_center)
    facts = {
        "factorial_runs": size,
        "center_runs": len(middle),
        "levels_per_factor": [len(axis) for axis in axes],
    }
    curved = any(len(axes[dim]) > 2 for dim in numeric_dims(encoding))
    return Structure(np.vstack([runs, middle]), "quadratic" if curved else "interaction", facts)


def fractional(
    encoding: Encoding,
    *,
    generators: str | None = None,
    resolution: int | None = None,
    n_center: int = 1,
) -> Structure:
    """Two-level fraction by generators, or the usual one for the number of variables."""
    dims = _two_level_dims(encoding, "fractional factorial")
    if generators is not None and resolution is not None:
        raise OptwidgetsError("Give either generators or resolution, not both.", field="resolution")
    words = generators_for(len(dims), resolution) if generators is None else generators
    coded = fractional_factorial(words, len(dims))
    middle = centres(encoding, n_center)
    found = resolution_of(words, len(dims))
    facts = {
        "factorial_runs": len(coded),
        "center_runs": len(middle),
        "generators": words,
        "resolution": found,
    }
    rich = found is None or found >= 5
    runs = np.vstack([uncoded(encoding, coded, dims), middle])
    return Structure(runs, "interaction" if rich else "linear", facts)


def plackett_burman(encoding: Encoding, *, n_center: int = 1) -> Structure:
    """Orthogonal two-level array with the next multiple of four runs."""
    dims = _two_level_dims(encoding, "Plackett-Burman")
    coded = plackett_burman_array(len(dims))
    middle = centres(encoding, n_center)
    facts = {"screening_runs": len(coded), "center_runs": len(middle)}
    return Structure(np.vstack([uncoded(encoding, coded, dims), middle]), "linear", facts)


def central_composite(
    encoding: Encoding,
    *,
    ccd_alpha: str | float = "orthogonal",
    ccd_face: str = "circumscribed",
    n_center: int = 1,
) -> Structure:
    """Cube, star and centre; bounds are kept, so the outermost of them lies on the bounds.

    ``n_center`` centre runs belong to the cube and as many to the star. With categories
    the whole design is carried out for each combination of them.
    """
    dims = _numbers(encoding, "central composite", 2)
    k = len(dims)
    check_size(2.0**k * len(crossed(encoding, np.zeros((1, len(encoding))))), "central composite")
    face = _choice(ccd_face, FACES, "ccd_face")
    alpha = 1.0 if face == "faced" else alpha_of(ccd_alpha, k, n_center)
    cube = np.array(list(itertools.product((-1.0, 1.0), repeat=k)))
    star = np.zeros((2 * k, k))
    star[np.arange(2 * k), np.arange(2 * k) // 2] = np.tile((-alpha, alpha), k)
    nothing = np.zeros((n_center, k))
    coded = np.vstack([cube, nothing, star, nothing])
    # Bounds are limits: the design is scaled so that what lies furthest out lies on them.
    scale = max(1.0, alpha)
    parts = np.repeat([0, 1], [len(cube) + n_center, len(star) + n_center])
    runs = crossed(encoding, uncoded(encoding, coded / scale, dims))
    copies = len(runs) // len(coded)
    facts: dict[str, Any] = {
        "factorial_runs": len(cube) * copies,
        "axial_runs": len(star) * copies,
        "center_runs": 2 * n_center * copies,
        "alpha": alpha,
        "face": face,
    }
    warnings = _rounded(encoding, runs, dims)
    if face == "circumscribed" and alpha > 1.0:
        warnings.append(
            f"The axial points lie on the bounds and the corners at ±{1 / alpha:.3g} of them: a "
            "circumscribed design would leave the bounds. 'faced' keeps the corners on them."
        )
    return Structure(runs, "quadratic", facts, np.tile(parts, copies), tuple(warnings))


def alpha_of(alpha: str | float, k: int, n_center: int = 1) -> float:
    """Distance of the axial points of a central composite design from its centre.

    Parameters
    ----------
    alpha
        ``orthogonal`` (cube and star are orthogonal blocks), ``rotatable`` (2^(k/4):
        the variance of a prediction depends on the distance only), ``spherical`` (√k),
        ``practical`` (k^(1/4)), ``faced`` (1), or a number above 0.
    k
        Number of factors.
    n_center
        Centre runs in the cube, and as many in the star.

    Examples
    --------
    >>> alpha_of("rotatable", 4), alpha_of("spherical", 4), alpha_of("orthogonal", 2, 0)
    (2.0, 2.0, 1.4142135623730951)
    """
    if isinstance(alpha, str):
        cube, star = 2.0**k, 2.0 * k
        blocks = math.sqrt(k * (1.0 + n_center / star) / (1.0 + n_center / cube))
        distances = (blocks, cube**0.25, math.sqrt(k), k**0.25, 1.0)
        name = _choice(alpha, ALPHAS, "ccd_alpha")
        return float(dict(zip(ALPHAS, distances, strict=True))[name])
    if isinstance(alpha, bool) or not math.isfinite(alpha) or not 0.0 < alpha <= 10.0:
        raise OptwidgetsError(
            f"ccd_alpha must be one of {', '.join(ALPHAS)} or a number above 0 and up to 10, "
            f"not {short(alpha)}.",
            field="ccd_alpha",
        )
    return float(alpha)


def box_behnken(encoding: Encoding, *, n_center: int = 1) -> Structure:
    """Two or three factors at a time at their ends, the others in the middle.

    Those of Box and Behnken for 3 to 7 factors; from 8 on all pairs, which are more runs than
    their own designs with four or five factors at a time.
    """
    dims = _numbers(encoding, "Box-Behnken", 3)
    k = len(dims)
    groups = [tuple(map(int, group)) for group in _BEHNKEN_TRIPLES.get(k, ())]
    together = groups or list(itertools.combinations(range(k), 2))
    blocks = []
    for group in together:
        block = np.zeros((2 ** len(group), k))
        block[:, group] = list(itertools.product((-1.0, 1.0), repeat=len(group)))
        blocks.append(block)
    coded = np.vstack([*blocks, np.zeros((n_center, k))])
    runs = crossed(encoding, uncoded(encoding, coded, dims))
    copies = len(runs) // len(coded)
    facts = {
        "edge_runs": (len(coded) - n_center) * copies,
        "center_runs": n_center * copies,
    }
    return Structure(runs, "quadratic", facts, None, tuple(_rounded(encoding, runs, dims)))


def generalised_subset(
    encoding: Encoding, *, gsd_reduction: int = 2, n_levels: int = 2
) -> Structure:
    """Balanced part of a full factorial, by the pyDOE package."""
    axes = [even_levels(encoding, dim, n_levels) for dim in range(len(encoding))]
    counts = [len(axis) for axis in axes]
    check_size(math.prod(counts), "full factorial")
    if gsd_reduction > max(counts) or len(counts) < 2:
        raise OptwidgetsError(
            f"gsd_reduction {gsd_reduction} is too large: the most levels a variable has are "
            f"{max(counts)}. Choose from 2 to that, with two variables or more.",
            field="gsd_reduction",
        )
    import pydoe

    places = np.asarray(pydoe.gsd(counts, gsd_reduction)).astype(int)
    runs = np.column_stack([axis[places[:, dim]] for dim, axis in enumerate(axes)])
    facts = {
        "full_factorial_runs": math.prod(counts),
        "gsd_runs": len(runs),
        "reduction": gsd_reduction,
        "levels_per_factor": counts,
    }
    return Structure(runs, "linear", facts)


def _two_level_dims(encoding: Encoding, label: str) -> list[int]:
    """All columns; a categorical one is fine with two categories."""
    for dim, count in encoding.categorical_dims.items():
        if count != 2:
            name = encoding.space.names[dim]
            raise OptwidgetsError(
                f"A {label} design has two levels, but {short(name)} has {count} categories. Use "
                "'full_factorial', 'gsd' or an optimal design.",
                field="method",
            )
    return list(range(len(encoding)))


def _numbers(encoding: Encoding, label: str, least: int) -> list[int]:
    dims = numeric_dims(encoding)
    if len(dims) < least:
        raise OptwidgetsError(
            f"A {label} design needs at least {least} variables that are numbers, the space has "
            f"{len(dims)}. Use 'full_factorial' or an optimal design.",
            field="method",
        )
    return dims


def _choice(value: object, known: Sequence[str], field: str) -> str:
    """One of the known words; their first letters are enough, and pyDOE's ccc, cci, ccf."""
    text = str(value).strip().lower()
    short_forms = {"ccc": "circumscribed", "cci": "inscribed", "ccf": "faced", "face": "faced"}
    text = short_forms.get(text, text)
    matches = [word for word in known if text and word.startswith(text)]
    if len(matches) != 1:
        raise OptwidgetsError(
            f"{field} '{short(value)}' is not known. Choose one of {', '.join(map(repr, known))}.",
            field=field,
        )
    return matches[0]


def _rounded(encoding: Encoding, runs: Array, dims: Sequence[int]) -> list[str]:
    """Name the numbers whose middle levels are moved to values that they can take."""
    moved = [
        encoding.space.names[dim]
        for dim in dims
        if axis_length(encoding, dim) < math.inf
        and np.abs(encoding.snap(runs)[:, dim] - runs[:, dim]).max() > 0.05
    ]
    if not moved:
        return []
    sentence = (
        f"{enumerate_words(moved)} cannot take every level of the design; the nearest values are "
        "used, which costs some of its efficiency."
    )
    return [sentence]
