"""When a model is fitted, and when the one that is there will do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from optwidgets import OptimizationSession
from optwidgets.campaign.fitting import config_of
from optwidgets.errors import OptwidgetsError
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


def noise_used(session):
    return session.model.config.noise


def test_known_noise_that_is_asked_for_is_missed_and_not_inferred(session):
    with pytest.raises(OptwidgetsError, match="Known noise needs a noise variance in every row"):
        session.train_model(kernel_params={"noise": "known"})


def test_noise_is_known_by_itself_once_every_row_has_it_and_inferred_when_asked_for(session):
    session.train_model()
    assert noise_used(session) == "infer"
    for row in range(1, 9):
        session.experiment_manager.edit(row, noise=0.01)
    session.train_model()
    assert noise_used(session) == "known"
    session.train_model(kernel_params={"noise": "infer"})
    assert noise_used(session) == "infer"
    session.suggest_next("EI")
    assert noise_used(session) == "infer"


def test_a_session_of_before_noise_could_be_asked_for_goes_on_as_it_did(session):
    session.train_model()
    record = dict(session.state.model)
    del record["noise_asked"]
    for used, asked in (("known", "auto"), ("infer", "auto"), ("replicates", "replicates")):
        state = replace(session.state, model={**record, "noise": used})
        assert config_of(state).noise == asked
