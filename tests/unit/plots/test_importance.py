import pytest

from optwidgets import OptimizationSession
from optwidgets.errors import OptwidgetsError
from optwidgets.plots.importance import MAX_BARS, sensitivity


def test_bars_are_the_indices_in_descending_order(campaign, model):
    figure = sensitivity(campaign.state, model)
    frame = campaign.sensitivity()["total"].sort_values(ascending=False)
    total, alone = figure.data
    assert figure.layout.meta["variables"] == list(frame.index)
    assert list(total.x) == pytest.approx(100 * frame.clip(lower=0).to_numpy(), abs=1e-9)
    assert all(a <= t for a, t in zip(alone.x, total.x, strict=True))
    assert list(figure.layout.yaxis.range) == [3.6, -0.6], "the first one stands on top"


@pytest.mark.parametrize(
    ("measure", "words"), [("relevance", "lengthscales"), ("permutation", "%")]
)
def test_other_measures_have_one_bar_each(campaign, model, measure, words):
    figure = sensitivity(campaign.state, model, measure)
    assert len(figure.data) == 1
    assert len(figure.data[0].x) == 4
    assert words in figure.layout.xaxis.title.text


def test_an_unknown_measure_names_the_choices(campaign, model):
    with pytest.raises(OptwidgetsError, match="sobol, relevance, permutation"):
        sensitivity(campaign.state, model, "partial")


def test_many_variables_are_counted_not_drawn():
    session = OptimizationSession()
    for i in range(15):
        session.add_variable(f"<b>{i}", "real", bounds=(0, 1))
    for i in range(17):
        session.add_experiment({f"<b>{k}": ((i * (k + 3)) % 17) / 16 for k in range(15)}, output=i)
    figure = session.plot_sensitivity("relevance")
    assert len(figure.data[0].x) == MAX_BARS
    assert "and 3 more." in figure.layout.meta["alt"]
    assert all(text.startswith("&lt;b&gt;") for text in figure.layout.yaxis.ticktext)
