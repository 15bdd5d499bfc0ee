"""The strategies: what they are called, what they support, where they come from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Strategy:
    """One entry of `STRATEGIES`.

    Parameters
    ----------
    name
        How users call it.
    label
        How the interface calls it.
    words
        What it maximises, and when to take it.
    balance
        Parameter that the balance between exploring and exploiting sets: ``"beta"`` (weight
        of the variance), ``"spread"`` (factor of the uncertainty), ``"xi"`` (improvement
        asked for), or None when it has none.
    monte_carlo
        Whether a batch is scored as a whole by Monte Carlo samples.
    source
        Literature source.
    options
        Options of ``suggest`` that it understands, beside those of the search.
    backends
        Backends of models that it works with.
    """

    name: str
    label: str
    words: str
    balance: str | None
    monte_carlo: bool
    source: str
    options: tuple[str, ...]
    backends: tuple[str, ...] = ("botorch",)


_EVERY = ("botorch", "sklearn")
_JONES = "D. R. Jones, M. Schonlau, W. J. Welch, J. Global Optim. 13 (1998) 455"
_AMENT = "S. Ament et al., NeurIPS 2023, arXiv 2310.20708"
_KUSHNER = "H. J. Kushner, J. Basic Eng. 86 (1964) 97"
_SRINIVAS = "N. Srinivas et al., ICML 2010, arXiv 0912.3995"
_WILSON = "J. T. Wilson et al., 2017, arXiv 1712.00424"
_LETHAM = "B. Letham et al., Bayesian Anal. 14 (2019) 495, arXiv 1706.07094"
_SEO = "S. Seo et al., IJCNN 2000; D. A. Cohn et al., J. Artif. Intell. Res. 4 (1996) 129"
_BATCH = ("xi", "mc_samples")
_HOFFMAN = "M. D. Hoffman, E. Brochu, N. de Freitas, UAI 2011 (GP-Hedge)"
_THOMPSON = "W. R. Thompson, Biometrika 25 (1933) 285; K. Kandasamy et al., AISTATS 2018"

STRATEGIES: dict[str, Strategy] = {
    strategy.name: strategy
    for strategy in (
        Strategy(
            "EI",
            "Expected improvement",
            "How much better than the best so far a result is expected to be. The usual choice for one experiment after the other.",
            "spread",
            False,
            _JONES,
            ("xi",),
            _EVERY,
        ),
        Strategy(
            "LogEI",
            "Log expected improvement",
            "The logarithm of expected improvement: the same points, found also where hardly any gain is left.",
            "spread",
            False,
            _AMENT,
            ("xi",),
        ),
        Strategy(
            "PI",
            "Probability of improvement",
            "How probable it is to beat the best so far, by however little. Greedy: for a last improvement.",
            "xi",
            False,
            _KUSHNER,
            ("xi",),
            _EVERY,
        ),
        Strategy(
            "LogPI",
            "Log probability of improvement",
            "The logarithm of the probability of improvement: the same points, found also far from any.",
            "xi",
            False,
            _KUSHNER,
            ("xi",),
        ),
        Strategy(
            "UCB",
            "Upper confidence bound",
            "The upper end of an interval of the prediction. `beta` says how wide it is, hence how much is explored.",
            "beta",
            False,
            _SRINIVAS,
            ("beta", "kappa"),
            _EVERY,
        ),
        Strategy(
            "qEI",
            "Batch expected improvement",
            "Expected improvement of the best of a batch, all of its points moved together.",
            "spread",
            True,
            _WILSON,
            ("xi", "mc_samples"),
        ),
        Strategy(
            "qLogEI",
            "Batch log expected improvement",
            "The smoothed logarithm of `qEI`, which is easier to climb. The usual choice for a batch.",
            "spread",
            True,
            _AMENT,
            ("xi", "mc_samples"),
        ),
        Strategy(
            "qUCB",
            "Batch upper confidence bound",
            "Expected upper bound of the best of a batch.",
            "beta",
            True,
            _WILSON,
            ("beta", "kappa", "mc_samples"),
        ),
        Strategy(
            "qPI",
            "Batch probability of improvement",
            "How probable it is that the best of a batch beats the best so far.",
            "xi",
            True,
            _WILSON,
            _BATCH,
        ),
        Strategy(
            "qNEI",
            "Batch noisy expected improvement",
            "Expected improvement over a best that is itself not known for certain: for noisy results.",
            "spread",
            True,
            _LETHAM,
            _BATCH,
        ),
        Strategy(
            "qLogNEI",
            "Batch log noisy expected improvement",
            "The smoothed logarithm of `qNEI`, which is easier to climb. The usual choice for noisy batches.",
            "spread",
            True,
            f"{_AMENT}; {_LETHAM}",
            _BATCH,
        ),
        Strategy(
            "qNIPV",
            "Learn everywhere: least variance left",
            "How much variance is left over the whole space after the experiment, negated: for learning the response everywhere and not its best. Also known as qIPV.",
            None,
            True,
            _SEO,
            ("n_mc_points",),
        ),
        Strategy(
            "TS",
            "Thompson sampling",
            "The best point of one draw from the posterior for each experiment. Cheap for large batches, and diverse. It draws at `candidates` points and climbs from none.",
            None,
            False,
            _THOMPSON,
            ("candidates",),
        ),
        Strategy(
            "gp_hedge",
            "Portfolio of EI, PI and UCB",
            "One of EI, PI and UCB, drawn by how well their points of before are predicted to be.",
            None,
            False,
            _HOFFMAN,
            (),
            ("sklearn",),
        ),
    )
}

_EMMERICH = "M. Emmerich 2005; S. Daulton et al., NeurIPS 2020, arXiv 2006.05078"
_DAULTON = "S. Daulton et al., NeurIPS 2021, arXiv 2105.08195"
_KNOWLES = "J. Knowles, IEEE Trans. Evol. Comput. 10 (2006) 50; S. Daulton et al., NeurIPS 2020"
_HYPERVOLUME = ("ref_point", "mc_samples")

#: Strategies for several objectives at once.
SEVERAL: dict[str, Strategy] = {
    strategy.name: strategy
    for strategy in (
        Strategy(
            "qLogNEHVI",
            "Log noisy expected hypervolume improvement",
            "The smoothed logarithm of `qNEHVI`. The usual choice for two to four objectives.",
            None,
            False,
            f"{_AMENT}; {_DAULTON}",
            _HYPERVOLUME,
        ),
        Strategy(
            "qNEHVI",
            "Noisy expected hypervolume improvement",
            "By how much the batch is expected to enlarge the volume that the Pareto set dominates, this set itself not known for certain: for noisy results.",
            None,
            False,
            _DAULTON,
            _HYPERVOLUME,
        ),
        Strategy(
            "qLogEHVI",
            "Log expected hypervolume improvement",
            "The smoothed logarithm of `qEHVI`: for results with little noise.",
            None,
            False,
            f"{_AMENT}; {_EMMERICH}",
            _HYPERVOLUME,
        ),
        Strategy(
            "qEHVI",
            "Expected hypervolume improvement",
            "By how much the batch is expected to enlarge the volume that the measured Pareto set dominates.",
            None,
            False,
            _EMMERICH,
            _HYPERVOLUME,
        ),
        Strategy(
            "qLogNParEGO",
            "Compromises with random or given weights",
            "Noisy expected improvement of one compromise (augmented Chebyshev) of the objectives for each point: for more than four of them, or with weights of your own.",
            None,
            False,
            f"{_AMENT}; {_KNOWLES}",
            ("weights", "mc_samples"),
        ),
    )
}
#: Objectives up to which the hypervolume is a practical measure.
MOST_FOR_HYPERVOLUME = 4
