"""Designs of experiments; the session's methods for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from optwidgets.campaign.work import Work
    from optwidgets.journal.state import SessionState

# Designs need NumPy, which a process that only records does without: each method loads its own.

# A preview of more runs than this is not evaluated: it has to answer at once.
_REPORTED = 2000


class CampaignDesigns:
    """Plans of experiments; mixed into `OptimizationSession`.

    Examples
    --------
    >>> from optwidgets import OptimizationSession
    >>> session = OptimizationSession()
    >>> session.add_variable("temperature", "real", bounds=(20, 100))
    >>> session.add_variable("pressure", "real", bounds=(1, 5))
    >>> len(session.generate_initial_design("ccd", ccd_face="faced", n_center=2))
    12
    >>> points, info = session.generate_optimal_design(model_type="quadratic", n_points=8)
    >>> len(points), info["p_columns"], info["model_terms"][-1]
    (8, 6, 'pressure^2')
    """

    if TYPE_CHECKING:
        _work: Work

        @property
        def state(self) -> SessionState: ...  # noqa: D102

    def generate_initial_design(
        self,
        method: str = "lhs",
        n_points: int | None = None,
        *,
        random_seed: int | None = None,
        stage: bool = False,
        **options: Any,
    ) -> list[dict[str, Any]]:
        """Plan experiments by a design.

        Parameters
        ----------
        method
            ``lhs``, ``sobol``, ``halton``, ``hammersly`` or ``random``: points that cover
            the space evenly, existing ones counted in; ``full_factorial``,
            ``fractional_factorial``, ``ccd`` or ``box_behnken``; ``plackett_burman`` or
            ``gsd`` for screening; ``optimal``.
        n_points
            How many, where the design leaves it free; 10 for those that cover the space.
        random_seed
            Seed; the session's if not given.
        stage
            Whether to put the points into the table as suggested rows, for undo and
            `replay`.
        **options
            Options of the design, such as ``n_levels``, ``n_center``, ``generators``,
            ``ccd_alpha``, ``ccd_face`` or ``gsd_reduction``; all but those that cover the
            space take ``replicates``, ``blocks`` and ``run_order`` (``random``, or
            ``standard``); with a structure also ``allow_infeasible``: what constraints leave is
            taken then even if it cannot estimate the model. The reference lists them.

        Returns
        -------
        list of dict
            Variable to value, for each point, in the order of the runs; with blocks there
            is a ``Block``, from 1, beside the variables.
        """
        from optwidgets.campaign.plans import plan_design

        made = self._work.plan(
            lambda state, seed: plan_design(state, method, n_points, seed, options),
            random_seed,
            stage=stage,
        )
        return made.rows

    def get_design_info(
        self,
        method: str = "lhs",
        n_points: int | None = None,
        *,
        random_seed: int | None = None,
        **options: Any,
    ) -> dict[str, Any]:
        """Preview a design: what `generate_initial_design` would make, and of what.

        Takes what `generate_initial_design` takes.

        Returns
        -------
        dict
            ``n_runs``, ``points``, ``warnings``, and what the design is made of, such as
            ``factorial_runs``, ``center_runs``, ``generators`` and ``resolution``; with a
            structure also ``report``, see `evaluate_design`.
        """
        from optwidgets.campaign.plans import plan_design

        made = self._work.plan(
            lambda state, seed: plan_design(state, method, n_points, seed, options),
            random_seed,
            stage=False,
        )
        info = {"warnings": [], **made.info, "points": made.rows}
        if made.model and len(made.points) <= _REPORTED:
            info["report"] = self.evaluate_design(made.rows, **made.model)
        return info

    def evaluate_design(
        self,
        points: Sequence[Mapping[str, Any]] | None = None,
        effects: Sequence[str] | None = None,
        model_type: str | None = None,
        *,
        effect: float = 2.0,
        alpha: float = 0.05,
        variance_ratio: float = 1.0,
    ) -> dict[str, Any]:
        """Tell what planned or done experiments can say about a model, before any result.

        Parameters
        ----------
        points
            Experiments; the rows of the table that did not fail if not given. A ``Block``
            beside the variables is taken for the run's block, ``WholePlot`` and ``Subplot`` for
            its plots.
        effects, model_type
            The model, as for `generate_optimal_design`.
        effect
            Size of the effects that the power is for, in standard deviations of the noise.
        alpha
            Level of significance.
        variance_ratio
            For runs in plots: variance between plots in units of that between runs. Terms that
            change between plots only are tested against the error of the plots.

        Returns
        -------
        dict
            ``D_eff``, ``A_eff``, ``G_eff`` in per cent, ``power`` of each term, ``vif`` of
            each column, ``aliases`` (what terms outside the model add to those in it),
            ``alias_chains`` (terms that cannot be told apart), ``df_error``, ``df_pure`` and
            more; see `optwidgets.designs.report.DesignReport`.

        Examples
        --------
        >>> from optwidgets import OptimizationSession
        >>> session = OptimizationSession()
        >>> for name in "abc":
        ...     session.add_variable(name, "real", bounds=(0, 1))
        >>> points = session.generate_initial_design("fractional_factorial", n_center=0)
        >>> session.evaluate_design(points, model_type="linear")["alias_chains"]
        ['a = b*c', 'b = a*c', 'c = a*b']
        """
        from optwidgets.campaign.plans import evaluate

        return evaluate(
            self.state,
            points,
            variance_ratio,
            effects=effects,
            model_type=model_type,
            effect=effect,
            alpha=alpha,
        )

    def generate_optimal_design(
        self,
        effects: Sequence[str] | None = None,
        model_type: str | None = None,
        n_points: int | None = None,
        p_multiplier: float | None = None,
        criterion: str = "D",
        algorithm: str = "fedorov",
        n_levels: int = 5,
        max_iter: int = 200,
        random_seed: int | None = None,
        *,
        augment: bool = False,
        stage: bool = False,
        **options: Any,
    ) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """Choose the runs that tell most about the effects of a model.

        Parameters
        ----------
        effects
            Effects of the model: ``"A"``, ``"A*B"``, ``"A**2"``; the intercept is always in.
        model_type
            Instead of effects: ``linear``, ``interaction`` or ``quadratic`` (the default).
        n_points
            Number of runs; twice the number of coefficients if not given.
        p_multiplier
            Instead of n_points: runs for each coefficient.
        criterion
            ``D`` (coefficients together), ``A`` (mean variance of the coefficients) or
            ``I`` (mean variance of the predictions).
        algorithm
            ``sequential``, ``simple_exchange``, ``fedorov``, ``modified_fedorov`` or
            ``detmax``.
        n_levels
            Levels of a continuous variable among which runs are chosen.
        max_iter
            Exchanges at most.
        random_seed
            Seed; the session's if not given.
        augment
            Whether the rows of the table that did not fail count as runs; only what they
            lack is added then.
        stage
            Whether to put the points into the table as suggested rows.
        **options
            ``replicates``, ``blocks``, ``run_order``.

        Returns
        -------
        tuple
            Points, and ``info``: ``score``, ``D_eff``, ``A_eff`` and ``G_eff`` in per cent,
            ``p_columns``, ``n_runs``, ``model_terms`` and what was asked.
        """
        asked = {
            "effects": _plain(effects),
            "model_type": model_type,
            "p_multiplier": p_multiplier,
            "criterion": criterion,
            "algorithm": algorithm,
            "n_levels": n_levels,
            "max_iter": max_iter,
            "augment": augment,
            **options,
        }
        from optwidgets.campaign.plans import plan_design

        made = self._work.plan(
            lambda state, seed: plan_design(state, "optimal", n_points, seed, asked),
            random_seed,
            stage=stage,
        )
        return made.rows, made.info

    def generate_split_plot_design(
        self,
        designs: Mapping[str, Mapping[str, Any]],
        replicates: Mapping[str, int] | None = None,
        easy_mode: str = "fresh",
        middle_mode: str = "fresh",
        reference: Mapping[str, Any] | None = None,
        order: Mapping[str, str] | None = None,
        random_seed: int | None = None,
        *,
        hard: Sequence[str] = (),
        very_hard: Sequence[str] = (),
        stage: bool = False,
    ) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """Plan experiments in plots, within which hard variables stay as they are.

        Parameters
        ----------
        designs
            For each level (``very_hard``, ``hard``, ``easy``) a method of
            `generate_initial_design` and its options.
        replicates
            How often each plot of a hard level is carried out.
        easy_mode, middle_mode
            ``fresh``: a new design in each plot; ``crossed``: the same in all.
        reference
            ``{"position": "ends" | "start", "values": {...}}``: a run of the easy variables
            that each plot begins, and ends, with.
        order
            ``random`` or ``as_generated`` for each level.
        random_seed
            Seed; the session's if not given.
        hard, very_hard
            Names of the variables that are changed between plots, and between whole plots,
            only; those marked as hard to change if none are named.
        stage
            Whether to put the points into the table as suggested rows.

        Returns
        -------
        tuple
            Points with ``WholePlot``, ``Subplot``, ``RunOrder`` and ``Reason`` beside the
            variables, and ``info``: ``levels``, ``n_plots``, ``runs_per_plot``, ``n_runs``,
            ``warnings`` and what was asked.

        Examples
        --------
        >>> from optwidgets import OptimizationSession
        >>> session = OptimizationSession()
        >>> session.add_variable("oven", "real", bounds=(100, 300))
        >>> session.add_variable("time", "real", bounds=(1, 5))
        >>> points, info = session.generate_split_plot_design(
        ...     {"hard": {"method": "full_factorial"}, "easy": {"method": "lhs", "n_points": 3}},
        ...     replicates={"hard": 2},
        ...     hard=["oven"],
        ... )
        >>> info["n_plots"], info["n_runs"], info["warnings"]
        ({'hard': 4}, 12, [])
        """
        asked = {
            "designs": designs,
            "replicates": replicates or {},
            "easy_mode": easy_mode,
            "middle_mode": middle_mode,
            "reference": reference,
            "order": order or {},
            "hard": [hard] if isinstance(hard, str) else hard,
            "very_hard": [very_hard] if isinstance(very_hard, str) else very_hard,
        }
        plain = _plain(asked)
        from optwidgets.campaign.plans import plan_split_plot

        made = self._work.plan(
            lambda state, seed: plan_split_plot(state, seed, plain), random_seed, stage=stage
        )
        return made.rows, made.info

    def get_optimal_design_info(
        self,
        effects: Sequence[str] | None = None,
        model_type: str | None = None,
        *,
        augment: bool = False,
    ) -> dict[str, Any]:
        """How many runs an optimal design needs, before any is chosen.

        Returns
        -------
        dict
            ``model_terms``, ``p_columns``, ``n_points_minimum``, ``n_points_recommended``.
        """
        from optwidgets.campaign.plans import runs_there
        from optwidgets.designs.optimal import optimal_design_info
        from optwidgets.space.encoding import Encoding

        state = self.state
        return optimal_design_info(
            Encoding(state.space.chosen),
            effects=effects,
            model_type=model_type,
            existing=runs_there(state) if augment else (),
        )


def _plain(value: Any) -> Any:
    """Turn mappings and sequences into those that a journal keeps."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(inner) for inner in value]
    return value
