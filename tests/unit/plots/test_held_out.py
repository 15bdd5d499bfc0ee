from dataclasses import replace

import numpy as np
import pytest

from optwidgets.plots import style
from optwidgets.plots.held_out import parity


def by_name(figure):
    return {trace.name: trace for trace in figure.data}


def test_each_result_has_its_interval(campaign, fit):
    figure = parity(campaign.state, fit.model, fit.validation)
    rows = [row for trace in figure.data for row in trace.customdata]
    assert sorted(rows) == list(range(1, 9))
    inside = by_name(figure)["inside"]
    at = list(inside.customdata).index(1)
    assert inside.x[at] == pytest.approx(campaign.state.table.row(1).outputs["Yield"])
    assert inside.y[at] == pytest.approx(fit.validation.mean[0])
    assert inside.error_y.array[at] == pytest.approx(1.96 * fit.validation.sd[0], rel=1e-3)


def test_what_the_interval_misses_is_warned_of(campaign, fit):
    tight = fit.validation.sd.copy()
    wrong = fit.validation.mean.copy()
    tight[:], wrong[:] = 5.0, fit.model.data.y
    wrong[2] += 100.0
    checked = replace(fit.validation, mean=wrong, sd=tight)
    found = by_name(parity(campaign.state, fit.model, checked))
    assert list(found["missed"].customdata) == [3]
    assert found["missed"].marker.color == style.WARN
    assert len(found["inside"].x) == 7
    assert "7 of 8 lie inside" in parity(campaign.state, fit.model, checked).layout.meta["alt"]


def test_both_axes_have_one_scale_and_the_dashed_line(campaign, fit):
    layout = parity(campaign.state, fit.model, fit.validation).layout
    assert layout.xaxis.range == layout.yaxis.range
    (line,) = layout.shapes
    assert (line.x0, line.y0) == (line.x0, line.x0)
    assert line.line.dash == "dash"


def test_the_validation_is_computed_where_it_is_not_given(campaign, fit):
    given = parity(campaign.state, fit.model, fit.validation)
    assert np.allclose(parity(campaign.state, fit.model).data[0].y, given.data[0].y)
