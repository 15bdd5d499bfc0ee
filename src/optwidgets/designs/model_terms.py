"""Terms of a linear model: from effect strings to the columns of a model matrix."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from optwidgets.designs.grid import axis_length
from optwidgets.errors import OptwidgetsError
from optwidgets.space.encoding import Encoding
from optwidgets.space.text import enumerate_words, short

Array = NDArray[np.float64]

MODEL_TYPES = ("linear", "interaction", "quadratic")
_MAX_POWER = 4
_MAX_TERMS = 2000


@dataclass(frozen=True, order=True)
class Term:
    """A product of powers of variables; the empty product is the intercept.

    Parameters
    ----------
    factors
        Place of each variable in the space and its power, ascending by place.
    """

    factors: tuple[tuple[int, int], ...] = ()

    @property
    def order(self) -> int:
        """Sum of the powers: 0 for the intercept, 1 for a main effect, 2 for ``A*B``, ``A^2``."""
        return sum(power for _, power in self.factors)

    def name(self, names: Sequence[str]) -> str:
        """Name as it is shown: ``Intercept``, ``A``, ``A*B``, ``A^2``."""
        parts = [names[i] if power == 1 else f"{names[i]}^{power}" for i, power in self.factors]
        return "*".join(parts) or "Intercept"


class LinearModel:
    """Turns encoded points into the rows of a model matrix.

    Numbers are coded from -1 to 1 (on the scale of the variable: a logarithmic one by its
    logarithm). A categorical variable of k categories has k - 1 columns that sum to zero
    over the categories (effect coding), made orthogonal with mean square 1, so that a
    balanced factorial design has an efficiency of 100 % whatever its numbers of levels.

    Parameters
    ----------
    encoding
        Encoding of a space with d variables.
    terms
        Terms; the intercept is put first if it is missing.

    Attributes
    ----------
    terms
        Terms of the model, the intercept first.

    Examples
    --------
    >>> from optwidgets.space.space import Space
    >>> from optwidgets.space.variable import Categorical, Real
    >>> encoding = Encoding(Space((Real("T", 0, 10), Categorical("c", ("A", "B")))))
    >>> model = LinearModel(encoding, parse_terms(encoding, effects=["T", "c", "T*c", "T**2"]))
    >>> model.names
    ['Intercept', 'T', 'c', 'T*c', 'T^2']
    >>> model.matrix(encoding.encode([{"T": 10, "c": "A"}, {"T": 5, "c": "B"}])).tolist()
    [[1.0, 1.0, -1.0, -1.0, 1.0], [1.0, 0.0, 1.0, 0.0, 0.0]]
    """

    def __init__(self, encoding: Encoding, terms: Sequence[Term]) -> None:
        self.encoding = encoding
        self.terms: tuple[Term, ...] = (Term(), *(term for term in terms if term.factors))

    @cached_property
    def names(self) -> list[str]:
        """Name of each term."""
        return [term.name(self.encoding.space.names) for term in self.terms]

    @cached_property
    def owners(self) -> NDArray[np.intp]:
        """Place of the term that each of the p columns belongs to."""
        return np.repeat(np.arange(len(self.terms)), [self._width(t) for t in self.terms])

    @cached_property
    def columns(self) -> list[str]:
        """Name of each of the p columns; those of a categorical term are numbered."""
        names = []
        for name, term in zip(self.names, self.terms, strict=True):
            width = self._width(term)
            names += [name] if width == 1 else [f"{name}[{i + 1}]" for i in range(width)]
        return names

    def __len__(self) -> int:
        return len(self.owners)

    def _width(self, term: Term) -> int:
        counts = self.encoding.categorical_dims
        return int(np.prod([counts[i] - 1 if i in counts else 1 for i, _ in term.factors]))

    def matrix(self, X: Array) -> Array:
        """Rows of the model matrix of encoded points: n x d to n x p."""
        codes = self.encoding.encode_categories(X)
        coding = {i: contrasts(k) for i, k in self.encoding.categorical_dims.items()}
        parts: list[Array] = []
        for term in self.terms:
            block = np.ones((len(X), 1))
            for i, power in term.factors:
                if i in coding:
                    factor = coding[i][codes[:, i].astype(int)]
                else:
                    factor = (2.0 * X[:, [i]] - 1.0) ** power
                block = (block[:, :, None] * factor[:, None, :]).reshape(
                    len(X), block.shape[1] * factor.shape[1]
                )
            parts.append(block)
        return np.hstack(parts)


def parse_terms(
    encoding: Encoding, *, model_type: str | None = None, effects: Sequence[str] | None = None
) -> tuple[Term, ...]:
    """Terms of a model type, or of effect strings; the intercept comes first.

    Parameters
    ----------
    encoding
        Encoding of the space.
    model_type
        ``"linear"``: main effects; ``"interaction"``: and the products of two variables;
        ``"quadratic"``: and the squares of numbers with three values or more.
    effects
        Instead of `model_type`: names of variables (main effects), ``"A*B"`` (interactions)
        and ``"A**2"`` (powers, up to 4; ``"A^2"`` is understood too).

    Raises
    ------
    OptwidgetsError
        For none or both of the two, an unknown model type or variable, a power of a
        category, or a power that a variable has too few values for.

    Examples
    --------
    >>> from optwidgets.space.space import Space
    >>> from optwidgets.space.variable import Real
    >>> encoding = Encoding(Space((Real("A", 0, 1), Real("B", 0, 1))))
    >>> [term.name(("A", "B")) for term in parse_terms(encoding, model_type="quadratic")]
    ['Intercept', 'A', 'B', 'A*B', 'A^2', 'B^2']
    """
    if (model_type is None) == (effects is None):
        raise OptwidgetsError(
            "Give either model_type ('linear', 'interaction' or 'quadratic') or a list of effects.",
            field="model_type",
        )
    d = len(encoding)
    if effects is None:
        kind = str(model_type).strip().lower()
        if kind not in MODEL_TYPES:
            raise OptwidgetsError(
                f"Model type '{short(model_type)}' is not known. Choose one of "
                f"{', '.join(map(repr, MODEL_TYPES))}.",
                field="model_type",
            )
        terms = [Term(((i, 1),)) for i in range(d)]
        if kind != "linear":
            terms += [Term(((i, 1), (j, 1))) for i, j in itertools.combinations(range(d), 2)]
        if kind == "quadratic":
            terms += [Term(((i, 2),)) for i in range(d) if highest_power(encoding, i) >= 2]
    else:
        if isinstance(effects, str) or not all(isinstance(text, str) for text in effects):
            raise OptwidgetsError(
                'Effects must be a list of texts, such as ["A", "A*B", "A**2"].', field="effects"
            )
        terms = [_parse_effect(text, encoding) for text in effects]
    if len(terms) > _MAX_TERMS:
        raise OptwidgetsError(
            f"The model has {len(terms):,} terms. Name the effects that matter: at most "
            f"{_MAX_TERMS:,}.",
            field="effects",
        )
    # The order of first mention, each term once.
    return tuple(dict.fromkeys([Term(), *terms]))


def _parse_effect(text: str, encoding: Encoding) -> Term:
    """Read ``A``, ``A*B``, ``A**2*B``; the names may hold spaces and even asterisks."""
    names = encoding.space.names
    # The longest name first: "T" must not be taken for the start of "T 2".
    ordered = sorted(range(len(names)), key=lambda i: -len(names[i]))
    powers: dict[int, int] = {}
    rest = text.strip()
    while True:
        for i in ordered:
            match = re.match(
                re.escape(names[i]) + r"\s*(?:(?:\*\*|\^)\s*(\d+))?\s*(?:\*(?!\*)\s*(?=\S)|$)", rest
            )
            if match:
                break
        else:
            raise OptwidgetsError(
                f"Effect '{short(text)}' is not understood. Write products and powers of "
                f"{enumerate_words(names)}, such as {_example(names)}.",
                field="effects",
            )
        powers[i] = powers.get(i, 0) + int(match.group(1) or 1)
        rest = rest[match.end() :]
        if not rest:
            break
    for i, power in powers.items():
        _check_power(encoding, i, power, text)
    return Term(tuple(sorted(powers.items())))


def _example(names: Sequence[str]) -> str:
    return f"{names[0]}*{names[1]}" if len(names) > 1 else f"{names[0]}**2"


def _check_power(encoding: Encoding, i: int, power: int, text: str) -> None:
    if power == 1:
        return
    name = encoding.space.names[i]
    if i in encoding.categorical_dims:
        raise OptwidgetsError(
            f"Effect '{short(text)}' is a power of '{short(name)}', which is categorical. "
            "Powers are for numbers; take it out.",
            field="effects",
        )
    if not 1 <= power <= _MAX_POWER:
        raise OptwidgetsError(
            f"Effect '{short(text)}' has the power {power}. Powers go from 1 to {_MAX_POWER}.",
            field="effects",
        )
    if power > highest_power(encoding, i):
        raise OptwidgetsError(
            f"Effect '{short(text)}' cannot be told from lower ones: '{short(name)}' has only "
            f"{axis_length(encoding, i):g} values. Take it out, or give it more values.",
            field="effects",
        )


def highest_power(encoding: Encoding, i: int) -> float:
    """Tell the highest power: k - 1 for k values; a category carries none."""
    return 1.0 if i in encoding.categorical_dims else axis_length(encoding, i) - 1.0


def contrasts(k: int) -> Array:
    """Orthogonal contrasts of k categories, k x (k - 1); columns sum to 0, mean square 1."""
    C = np.zeros((k, max(k - 1, 0)))
    for j in range(1, k):
        C[:j, j - 1], C[j, j - 1] = -1.0, float(j)
    scaled: Array = C * np.sqrt(k / np.maximum((C**2).sum(axis=0), 1e-300))
    return scaled
