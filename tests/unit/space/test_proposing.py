"""A space proposed from data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from optwidgets.errors import OptwidgetsError
from optwidgets.space.proposing import propose_space
from optwidgets.space.variable import Categorical, Discrete, Integer, Real


def proposed(values, name="x"):
    return next(iter(propose_space(pd.DataFrame({name: values}))), None)


def test_kinds():
    assert proposed([60.5, 95.0, 140.0]) == Real("x", 60.5, 140)
    assert proposed([1, 2, 7]) == Integer("x", 1, 7)
    assert proposed([1e-4, 1e-2, 0.5]) == Real("x", 1e-4, 0.5, log=True)
    assert proposed([0.0, 1e-4, 0.5]) == Real("x", 0, 0.5)
    assert proposed([1, 40, 1000]) == Integer("x", 1, 1000, log=True)
    assert proposed(["B", "A", "B"]) == Categorical("x", ("A", "B"))
    assert proposed([True, False]) == Categorical("x", ("False", "True"))
    assert proposed(pd.Categorical(["u", "v"])) == Categorical("x", ("u", "v"))


def test_few_numbers_that_repeat_are_discrete():
    assert proposed([30.0, 80.0, 280.0] * 3) == Discrete("x", (30, 80, 280))
    assert proposed([30, 80, 280] * 3) == Discrete("x", (30, 80, 280))
    assert proposed([1, 2, 3] * 5) == Integer("x", 1, 3)
    assert proposed([30.0, 80.0, 280.0] * 2).kind == "real"


def test_numbers_written_as_text():
    assert proposed(["0,5", "2", "1,75"]) == Real("x", 0.5, 2)
    assert proposed(["5", "n/a", "7"]).kind == "categorical"


def test_gaps_and_infinities_are_left_out():
    assert proposed([1.0, np.nan, 3.0, np.inf]) == Real("x", 1, 3)


@pytest.mark.parametrize(
    "values",
    [[5.0, 5.0], ["A", "A"], [np.nan, np.nan], [np.inf, 1.0], [f"sample {i}" for i in range(60)],
     pd.to_datetime(["2026-01-01", "2026-01-02"]), [0.1 + 0.2, 0.3]],
    ids=["constant", "one label", "empty", "infinite", "free text", "dates", "rounding"],
)  # fmt: skip
def test_what_cannot_vary_is_left_out(values):
    assert proposed(values) is None


def test_outputs_and_the_tables_own_columns_are_left_out():
    df = pd.DataFrame(
        {"T (°C)": [1.0, 2.5], "Yield": [1.0, 2.0], "Iteration": [0, 1], "Output": [1.0, 2.0]}
    )
    space = propose_space(df, ["Yield"])
    assert space.names == ("T",)
    assert space["T"].unit_text == "°C"
    with pytest.raises(OptwidgetsError, match="no column Purity"):
        propose_space(df, ["Purity"])


def test_0_and_1_rows():
    assert len(propose_space(pd.DataFrame({"a": []}))) == 0
    assert len(propose_space(pd.DataFrame({"a": [1.0]}))) == 0


def test_columns_of_one_name():
    df = pd.DataFrame([[1.0, 2.0], [3.0, 4.5]], columns=["a", "a"])
    with pytest.raises(OptwidgetsError, match="a exists already"):
        propose_space(df)
