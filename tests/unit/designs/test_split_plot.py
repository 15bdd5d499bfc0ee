from __future__ import annotations

import itertools
import json
from collections import Counter

import pytest

from optwidgets.designs.split_plot import REFERENCE_REASON, split_plot_design
from optwidgets.designs.split_plot_question import SplitPlotQuestion
from optwidgets.errors import OptwidgetsError
from optwidgets.space.constraints import LinearConstraint
from optwidgets.space.space import Space
from optwidgets.space.variable import Categorical, Real

FACTORIAL = {"method": "full_factorial"}
LHS = {"method": "lhs", "n_points": 4}
SPACE = Space((
    Real("x", 0, 1), Real("oven", 100, 300), Categorical("c", ("A", "B")), Real("plant", 0, 9),
))  # fmt: skip


def made(seed=1, **asked):
    asked = {"designs": {"hard": FACTORIAL, "easy": LHS}, "hard": ["oven"]} | asked
    return split_plot_design(SPACE, SplitPlotQuestion(**asked), seed=seed)


def plots(plan, name="WholePlot"):
    """Rows of each plot, in order."""
    return [list(rows) for _, rows in itertools.groupby(plan.rows, key=lambda row: row[name])]


def test_hard_variables_stay_within_a_plot_and_change_between():
    plan = made(replicates={"hard": 2})
    assert (plan.info["n_plots"], plan.info["runs_per_plot"], plan.info["n_runs"]) == (
        {"hard": 4},
        [4],
        16,
    )
    assert [len({row["oven"] for row in rows}) for rows in plots(plan)] == [1, 1, 1, 1]
    assert Counter(rows[0]["oven"] for rows in plots(plan)) == {100.0: 2, 300.0: 2}
    assert [row["RunOrder"] for row in plan.rows] == list(range(1, 17))
    assert [row["WholePlot"] for row in plan.rows] == sorted([1, 2, 3, 4] * 4)
    assert "Subplot" not in plan.rows[0]
    assert plan.info["levels"] == {"hard": ["oven"], "easy": ["x", "c", "plant"]}
    assert plan.info["warnings"] == []
    assert all(tuple(point) == SPACE.names for point in plan.points)
    assert json.loads(json.dumps(plan.info)) == plan.info


def test_three_levels():
    designs = {"very_hard": FACTORIAL, "hard": FACTORIAL, "easy": LHS}
    plan = made(designs=designs, very_hard=["plant"], replicates={"hard": 2})
    assert plan.info["n_plots"] == {"very_hard": 2, "hard": 8}
    assert [len({row["plant"] for row in rows}) for rows in plots(plan)] == [1, 1]
    assert len(plots(plan, "Subplot")) == 8
    assert all(len({row["oven"] for row in rows}) == 1 for rows in plots(plan, "Subplot"))


def easy_of(rows):
    return sorted((row["x"], row["c"], row["plant"]) for row in rows)


def test_fresh_and_crossed():
    fresh, crossed = made(), made(easy_mode="crossed")
    first, second = map(easy_of, plots(fresh))
    assert first != second
    first, second = map(easy_of, plots(crossed))
    assert first == second


def test_reference_runs_frame_each_plot():
    plan = made(reference={"position": "ends", "values": {"c": "B"}})
    for rows in plots(plan):
        for row in (rows[0], rows[-1]):
            assert (row["x"], row["c"], row["plant"]) == (0.5, "B", 4.5)
            assert row["Reason"] == REFERENCE_REASON
        assert len(rows) == 6
    assert [len(rows) for rows in plots(made(reference={"position": "start"}))] == [5, 5]


def test_order_and_seed():
    assert made(seed=3).rows == made(seed=3).rows
    assert made(seed=3).rows != made(seed=4).rows
    designs = {"hard": FACTORIAL, "easy": FACTORIAL}
    order = {"hard": "as_generated", "easy": "as_generated"}
    plan = made(designs=designs, order=order)
    assert [rows[0]["oven"] for rows in plots(plan)] == [100.0, 300.0]
    assert [(row["x"], row["c"]) for row in plots(plan)[0]] == [
        (x, c) for x in (0.0, 1.0) for c in "AB" for _ in range(2)
    ]


def test_plots_that_come_once_cannot_tell_their_noise():
    assert "Give replicates={'hard': 2}" in made().info["warnings"][0]
    assert not made(designs={"hard": {**FACTORIAL, "n_center": 2}, "easy": LHS}).info["warnings"]


def test_a_mixture_of_easy_variables_is_planned_as_one():
    parts = ("a", "b", "c")
    space = Space((*(Real(part, 0, 1) for part in parts), Real("oven", 100, 300)))
    space = space.constrain(LinearConstraint("equality", dict.fromkeys(parts, 1), 1, "sum"))
    question = SplitPlotQuestion({"hard": {**LHS, "n_points": 3}, "easy": LHS}, hard=["oven"])
    plan = split_plot_design(space, question, seed=0)
    assert len(plan.points) == 3 * 4
    assert all(abs(sum(point[part] for part in parts) - 1) < 1e-9 for point in plan.points)


def test_constraints_hold_across_levels():
    rule = LinearConstraint("inequality", {"x": 1, "plant": 1 / 9}, 1.2, "sum")
    space = SPACE.constrain(rule)
    question = SplitPlotQuestion({"hard": FACTORIAL, "easy": FACTORIAL}, hard=["plant", "oven"])
    plan = split_plot_design(space, question, seed=0)
    assert len(plan.points) == 4 * 4 - 4
    assert not any(space.outside(point) for point in plan.points)
    assert any("break a constraint" in words for words in plan.info["warnings"])
    with pytest.raises(OptwidgetsError, match="reference run breaks a constraint"):
        split_plot_design(
            space,
            SplitPlotQuestion(question.designs, hard=["plant"], reference={"values": {"x": 1.0}}),
        )


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"hard": []}, "hard to change and one that is easy"),
        ({"hard": list(SPACE.names)}, "hard to change and one that is easy"),
        ({"hard": ["ovn"]}, "Did you mean oven"),
        ({"very_hard": ["oven"]}, "oven cannot be hard and very hard"),
        ({"designs": {"hard": LHS}}, "one entry for each of hard and easy"),
        ({"designs": [1]}, "one entry for each"),
        ({"designs": {"hard": LHS, "easy": {}}}, "level easy needs a method"),
        ({"designs": {"hard": LHS, "easy": {"method": "x"}}}, "Design 'x' is not known"),
        ({"designs": {"hard": {**FACTORIAL, "blocks": 2}, "easy": LHS}}, "'blocks' is no option"),
        ({"replicates": {"easy": 2}}, "for hard, not 2 for 'easy'"),
        ({"replicates": {"hard": 0}}, "from 1 to 100"),
        ({"easy_mode": "stale"}, "easy_mode 'stale' is not known"),
        ({"order": {"hard": "odd"}}, "order of hard 'odd' is not known"),
        ({"order": {"soft": "random"}}, "level in order 'soft' is not known"),
        ({"reference": {"position": "middle"}}, "position 'middle' is not known"),
        ({"reference": {"value": 1}}, "reference 'value' is not known"),
        ({"reference": {"values": {"oven": 1}}}, "I don't know oven"),
        ({"replicates": {"hard": 100}, "designs": {"hard": FACTORIAL, "easy": {**LHS, "n_points": 99}}}, "more than 10,000 runs"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_a_sentence(asked, words):
    with pytest.raises(OptwidgetsError, match=words):
        made(**asked)
