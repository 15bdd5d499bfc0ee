"""When a model is fitted, and when the one that is there will do."""

from __future__ import annotations

import numpy as np
import pytest

from optwidgets import OptimizationSession
from optwidgets.models import base


@pytest.fixture
def fits(monkeypatch):
    """Numbers of results of the fits so far."""
    counted = []
    fit_model = base.fit_model

    def counting(data, *args, **options):
        counted.append(len(data))
        return fit_model(data, *args, **options)

    monkeypatch.setattr(base, "fit_model", counting)
    return counted


@pytest.fixture
def session():
    made = OptimizationSession()
    for name in "ab":
        made.add_variable(name, "real", bounds=(0, 1))
    for i in range(8):
        point = {"a": (0.37 * i) % 1, "b": (0.61 * i) % 1}
        made.add_experiment(point, output=-((point["a"] - 0.4) ** 2) - point["b"])
    return made


def test_nothing_is_fitted_again_while_nothing_was_told(session, fits):
    first = session.suggest_next("EI")
    session.suggest_next("UCB", n_suggestions=2)
    session.train_model()
    session.predict([{"a": 0.5, "b": 0.5}])
    assert fits == [8]
    session.add_experiment(first[["a", "b"]].iloc[0].to_dict(), output=1.0)
    session.suggest_next("EI")
    assert fits == [8, 9]
    session.undo()
    session.undo()
    session.suggest_next("EI")
    assert fits == [8, 9]  # the results are those of the first fit again


def test_awaited_points_are_appended_without_a_fit(session, fits):
    first = session.suggest_next("EI")
    second = session.suggest_next("EI")
    assert fits == [8]
    # The first point is anticipated: the second lies elsewhere.
    assert np.abs(first[["a", "b"]].to_numpy() - second[["a", "b"]].to_numpy()).max() > 1e-3
    model = session.model
    appended = model.posterior.append(np.array([0.3, 0.3]))
    assert len(appended.X) == 9
    mean, deviation = appended.moments(np.array([[0.3, 0.3]]))
    assert mean == pytest.approx(model.posterior.moments(np.array([[0.3, 0.3]]))[0])
    assert deviation[0] < 0.01


def test_another_seed_or_configuration_is_another_fit(session, fits):
    session.suggest_next("EI")
    session.train_model(kernel="RBF")
    session.set_config(random_state=7)
    session.suggest_next("EI")
    assert fits == [8, 8, 8]
