from __future__ import annotations

import numpy as np
import pytest

from optwidgets import OptimizationSession
from optwidgets.data.table import Objective, Row, Table
from optwidgets.errors import OptwidgetsError
from optwidgets.models import ModelConfig, fit_model, training_data
from optwidgets.space.space import Space
from support.engine import space_of, training


def table(*rows):
    return Table().with_rows(rows)


def test_names_are_found_whatever_their_case():
    config = ModelConfig("BoTorch", " matern ", 1.5, "KNOWN")
    assert config == ModelConfig("botorch", "Matern", 1.5, "known")


def test_rbf_has_no_order():
    assert ModelConfig(kernel="rbf", nu=0.5) == ModelConfig(kernel="RBF", nu=2.5)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"kernel": "RandomForest"}, "needs backend 'sklearn'; backend 'botorch' has Matern"),
        (
            {"backend": "gpflow"},
            "Backend 'gpflow' is not known. Choose one of 'botorch', 'sklearn'\\.",
        ),
        ({"kernel": "cubic"}, "Kernel 'cubic' is not known. Choose one of 'Matern', 'RBF'"),
        ({"nu": 2.0}, "choose one of 0.5, 1.5, 2.5"),
        ({"nu": "x" * 10_000}, "choose one of 0.5, 1.5, 2.5"),
        ({"noise": None}, "Choose one of 'auto', 'infer', 'known', 'replicates'"),
        ({"kernel": "y" * 10_000}, r"\.\.\. is not known"),
    ],
)
def test_what_is_not_a_choice_is_refused_with_the_choices(options, sentence):
    with pytest.raises(OptwidgetsError, match=sentence) as refused:
        ModelConfig(**options)
    assert refused.value.field == next(iter(options))
    assert len(str(refused.value)) < 250


def test_rows_that_can_train():
    space = space_of(1, 1)
    good = {"x0": 0.5, "c0": "B"}
    data = training_data(
        space,
        table(
            Row(1, good, {"Output": 3.0}, state="done"),
            Row(2, good, {"Output": 4.0}, state="excluded"),
            Row(3, good, state="running"),
            Row(4, {"x0": 0.5}, {"Output": 1.0}, state="done"),
            Row(5, {"x0": 0.5, "c0": "Q"}, {"Output": 1.0}, state="done"),
            Row(6, good, {"Other": 1.0}, state="done"),
            Row(7, {"x0": 1.7, "c0": "A"}, {"Output": -1.0}, state="done"),
            Row(8, good, state="failed"),
        ),
        "Output",
    )
    assert data.rows == (1, 7)
    assert data.y.tolist() == [3.0, -1.0]
    assert data.X[1].tolist() == [1.7, 0.0]


def test_an_objective_brings_its_name_and_unit():
    space, row = space_of(1), Row(1, {"x0": 0.1}, {"Yield": 3.0}, state="done")
    data = training_data(space, table(row), Objective("Yield", unit="%"))
    assert (data.objective, data.unit, len(data)) == ("Yield", "%", 1)


def test_noise_counts_only_when_every_row_has_it():
    space = space_of(1)
    rows = [Row(i, {"x0": i / 9}, {"Output": 1.0}, noise=0.1, state="done") for i in (1, 2)]
    assert training_data(space, table(*rows), "Output").noise.tolist() == [0.1, 0.1]
    rows.append(Row(3, {"x0": 0.9}, {"Output": 1.0}, state="done"))
    data = training_data(space, table(*rows), "Output")
    assert data.noise is None
    with pytest.raises(OptwidgetsError, match="every row"):
        fit_model(data, ModelConfig(noise="known"))


def test_without_results_or_variables_there_is_a_sentence():
    with pytest.raises(OptwidgetsError, match="no result for 'Yield' yet"):
        fit_model(training_data(space_of(1), table(), "Yield"), ModelConfig())
    with pytest.raises(OptwidgetsError, match="at least one variable"):
        fit_model(training_data(Space(()), table(), "Yield"), ModelConfig())


def test_progress_grows_and_can_stop_the_fit():
    seen = []
    fit_model(training(15), ModelConfig(), progress=lambda done, words: seen.append((done, words)))
    shares = [done for done, _ in seen]
    assert len(seen) > 10
    assert shares == sorted(shares)
    assert shares[0] >= 0.0
    assert shares[-1] < 1.0
    assert {words for _, words in seen} == {"Fitting the model to 15 results"}

    class StopError(Exception):
        pass

    def stop(_done, _words):
        if len(seen) > 3:
            raise StopError
        seen.append(None)

    seen.clear()
    with pytest.raises(StopError):
        fit_model(training(15), ModelConfig(), progress=stop)
    assert np.isfinite(len(seen))


@pytest.mark.parametrize("asked", ["auto", "known"])
def test_the_noise_of_a_row_is_that_of_the_first_objective(asked):
    session = OptimizationSession()
    session.add_variable("a", "real", bounds=(0, 1))
    session.add_objective("yield", unit="%")
    session.add_objective("cost", "minimize", unit="MEUR")
    for a in (0.0, 0.2, 0.5, 0.7, 0.8, 1.0):
        outputs = {"yield": 100 * np.sin(3 * a), "cost": 0.01 * a**2}
        session.add_experiment({"a": a}, outputs, noise=1.0)
    session.train_model(kernel_params={"noise": asked})
    known, inferred = session.model_of("yield"), session.model_of("cost")
    assert (known.config.noise, inferred.config.noise) == ("known", "infer")
    mean = inferred.predict(np.array([[0.0], [0.5], [1.0]]))[0]
    assert mean == pytest.approx([0.0, 0.0025, 0.01], abs=1e-3)
