"""Strategies for hypothesis: any variable and any space that can exist."""

from __future__ import annotations

from hypothesis import strategies as st

from optwidgets.errors import OptwidgetsError
from optwidgets.space.space import Space
from optwidgets.space.text import RESERVED_NAMES, clean_name
from optwidgets.space.variable import Categorical, Discrete, Integer, Real, Variable


def possible_name(text):
    try:
        return clean_name(text) == text
    except OptwidgetsError:
        return False


names = st.text(min_size=1, max_size=12).filter(possible_name)
assert not possible_name(next(iter(RESERVED_NAMES)))
units = st.sampled_from(["", "°C", "bar", "mL/min"])
bound = st.floats(-1e12, 1e12, allow_nan=False).map(lambda x: round(x, 6))


@st.composite
def reals(draw, name=names):
    log = draw(st.booleans())
    low, high = sorted([draw(bound), draw(bound)])
    if log:
        low, high = abs(low), abs(high)
        low, high = min(low, high) + 1e-3, max(low, high) + 1e-3
    if high - low <= 1e-9 * max(abs(low), abs(high), 1e-3):
        high = low + max(1.0, abs(low))
    return Real(draw(name), low, high, log, draw(units))


@st.composite
def integers(draw, name=names):
    log = draw(st.booleans())
    low = draw(st.integers(1 if log else -1000, 1000))
    return Integer(draw(name), low, low + draw(st.integers(1, 10**6)), log, draw(units))


@st.composite
def discretes(draw, name=names):
    values = draw(st.lists(st.integers(-10_000, 10_000), min_size=2, max_size=8, unique=True))
    return Discrete(draw(name), tuple(value / 8 for value in values), draw(units))


@st.composite
def categoricals(draw, name=names):
    labels = draw(st.lists(names, min_size=2, max_size=8, unique=True))
    return Categorical(draw(name), tuple(labels))


def variables(name=names):
    return st.one_of(reals(name), integers(name), discretes(name), categoricals(name))


@st.composite
def spaces(draw, min_size=0, max_size=5):
    chosen = draw(st.lists(names, min_size=min_size, max_size=max_size, unique=True))
    return Space(tuple(draw(variables(st.just(name))) for name in chosen))


def value_of(variable, unit):
    """A value of the variable near a place in the unit interval."""
    return variable.from_unit([unit])[0]


st.register_type_strategy(Real, reals())
st.register_type_strategy(Integer, integers())
st.register_type_strategy(Discrete, discretes())
st.register_type_strategy(Categorical, categoricals())
st.register_type_strategy(Variable, variables())
st.register_type_strategy(Space, spaces())
