"""Models of variables that an equality ties together, such as the parts of a mixture.

Sources
-------
H. Scheffé, "Experiments with mixtures", J. R. Stat. Soc. B 20 (1958) 344; J. A. Cornell, Experiments
with Mixtures (2002), chapter 2: the model of all but one part says the same as Scheffé's.
"""

from __future__ import annotations

import numpy as np

from optwidgets.designs.criteria import rank
from optwidgets.designs.model_terms import LinearModel, parse_terms
from optwidgets.space.constraints import LinearConstraint
from optwidgets.space.encoding import Encoding
from optwidgets.space.feasible import FeasibleSet
from optwidgets.space.text import enumerate_words

# Points for each coefficient at which terms are compared, and at least so many.
_POINTS_EACH, _LEAST_POINTS = 4, 100


def free_effects(encoding: Encoding, model_type: str | None) -> tuple[list[str] | None, str]:
    """Effects of a model type that an equality of the space leaves to be told apart.

    Parameters
    ----------
    encoding
        Encoding of the space.
    model_type
        As `parse_terms` takes it.

    Returns
    -------
    tuple
        Names of the effects, or None where all of them can be told apart; which follow from
        the others, in a sentence.

    Examples
    --------
    >>> from optwidgets.space.space import Space
    >>> from optwidgets.space.variable import Real
    >>> space = Space(tuple(Real(part, 0, 1) for part in ("oil", "water", "soap")))
    >>> mixture = LinearConstraint("equality", {"oil": 1, "water": 1, "soap": 1}, 1)
    >>> free_effects(Encoding(space.constrain(mixture)), "linear")
    (['oil', 'water'], 'soap follows from the other effects (oil + water + soap = 1) and is left out.')
    """
    rules = encoding.space.constraints
    equal = [rule for rule in rules if isinstance(rule, LinearConstraint) and rule.is_equality]
    terms = parse_terms(encoding, model_type=model_type)
    if not equal:
        return None, ""
    model = LinearModel(encoding, terms)
    rng = np.random.default_rng(0)
    drawn = rng.random((max(_LEAST_POINTS, _POINTS_EACH * len(model)), len(encoding)))
    F = model.matrix(FeasibleSet(encoding, {}).some(drawn, rng))
    if rank(F) == len(model):
        return None, ""
    columns = np.zeros(len(model), dtype=bool)
    kept, gone = [], []
    for place, name in enumerate(model.names):
        more = columns | (model.owners == place)
        if rank(F[:, more]) == more.sum():
            columns = more
            kept.append(name)
        else:
            gone.append(name)
    why = "; ".join(rule.describe() for rule in equal)
    verb = "follows" if len(gone) == 1 else "follow"
    left = "is" if len(gone) == 1 else "are"
    words = f"{enumerate_words(gone)} {verb} from the other effects ({why}) and {left} left out."
    return kept[1:], words
