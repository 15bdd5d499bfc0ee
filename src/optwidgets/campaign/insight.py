"""What the model has learned: which variables matter, and whether its intervals hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optwidgets.campaign.fitting import seed_of

if TYPE_CHECKING:
    import pandas as pd

    from optwidgets.campaign.work import Work
    from optwidgets.journal.state import SessionState


class ModelInsight:
    """Questions about the fitted model; mixed into `OptimizationSession`.

    Nothing is recorded: the same results and the same seed of the session give the same
    numbers.

    Examples
    --------
    >>> from optwidgets import OptimizationSession
    >>> session = OptimizationSession()
    >>> session.add_variable("a", "real", bounds=(0, 1))
    >>> session.add_variable("b", "real", bounds=(0, 1))
    >>> for i in range(9):
    ...     _ = session.add_experiment({"a": i / 8, "b": (5 * i % 9) / 8}, output=i**2)
    >>> session.sensitivity().sort_values("total").index[-1]
    'a'
    >>> list(session.calibration().columns)
    ['nominal', 'observed']
    """

    if TYPE_CHECKING:
        _work: Work

        @property
        def state(self) -> SessionState: ...  # noqa: D102

    def sensitivity(
        self, method: str = "sobol", objective: str | None = None, **options: Any
    ) -> pd.DataFrame:
        """Tell which variables matter, from the model of the results there are.

        Parameters
        ----------
        method
            ``sobol`` (shares of the variance), ``relevance`` (inverse lengthscales),
            ``permutation`` (loss of fit) or ``partial`` (mean along one variable).
        objective
            Name of the output; the first one if not given.
        **options
            ``n_samples`` for ``sobol``; ``repeats`` for ``permutation``; ``variable``,
            ``n_points`` and ``n_samples`` for ``partial``.

        Returns
        -------
        DataFrame
            One row per variable; for ``partial`` one per value of the variable.
        """
        from optwidgets.models.sensitivity import sensitivity

        fit = self._work.fit_now(objective)
        return sensitivity(fit.model, method, seed_of(self.state), **options)

    def calibration(self, objective: str | None = None) -> pd.DataFrame:
        """Tell whether intervals hold as many results as they say, leaving one out at a time.

        Parameters
        ----------
        objective
            Name of the output; the first one if not given.

        Returns
        -------
        DataFrame
            ``nominal`` shares (0.05 to 0.95) and the ``observed`` ones; ``attrs["factor"]`` is
            what standard deviations would have to be multiplied by.
        """
        import pandas as pd

        from optwidgets.models.validation import calibrate

        fit = self._work.fit_now(objective)
        found = calibrate(fit.validation, fit.model.data.y)
        frame = pd.DataFrame({"nominal": found.nominal, "observed": found.observed})
        frame.attrs["factor"] = found.factor
        return frame
