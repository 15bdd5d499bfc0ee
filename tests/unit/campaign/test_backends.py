from __future__ import annotations

import pytest

from optwidgets import OptimizationSession
from optwidgets.errors import OptwidgetsError

QUICK = {"restarts": 3, "raw_samples": 64}


@pytest.fixture
def session():
    session = OptimizationSession()
    session.add_variable("T", "real", bounds=(0, 10))
    session.add_variable("c", "categorical", categories=["A", "B"])
    for i in range(8):
        session.add_experiment({"T": 1.2 * i, "c": "AB"[i % 2]}, output=-((1.2 * i - 4) ** 2))
    return session


@pytest.mark.parametrize("kernel", ["RationalQuadratic", "RandomForest"])
def test_the_backend_of_the_last_training_suggests_and_is_replayed(session, kernel):
    trained = session.train_model(backend="sklearn", kernel=kernel)
    assert trained["backend"] == "sklearn"
    assert trained["kernel"] == kernel
    session.suggest_next("gp_hedge", n_suggestions=2, options=QUICK)
    session.suggest_next("UCB", hold={"c": "A"}, kappa=1.96, options=QUICK)
    assert session.replay()["equal"].all()
    assert session.get_last_training_config()["backend"] == "sklearn"


def test_a_strategy_of_the_other_backend_is_refused_before_anything_runs(session):
    session.train_model(backend="sklearn", kernel="RandomForest")
    with pytest.raises(
        OptwidgetsError, match=r"'qEI' does not work with backend 'sklearn'.*EI, PI"
    ):
        session.suggest_next("qEI")
    session.train_model()
    with pytest.raises(OptwidgetsError, match="gp_hedge"):
        session.suggest_next("gp_hedge")
