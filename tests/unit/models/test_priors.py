from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import gamma, lognorm

from optwidgets.models.priors import (
    LENGTHSCALE_PRIORS,
    NOISE_PRIOR,
    GammaPrior,
    LogNormalPrior,
    gamma_prior,
    lognormal_prior,
)
from support.engine import slope

PRIORS = [NOISE_PRIOR, lognormal_prior(1), lognormal_prior(7), gamma_prior(1), gamma_prior(7)]


def peer_of(prior):
    if isinstance(prior, GammaPrior):
        return gamma(prior.shape, scale=1 / prior.rate)
    return lognorm(s=prior.scale, scale=np.exp(prior.location))


@pytest.mark.parametrize("prior", PRIORS)
def test_density_is_that_of_scipy_with_its_gradient(prior):
    logs = np.array([-3.0, 0.1, 2.0])
    value, gradient = prior.log_density(logs)
    assert value == pytest.approx(peer_of(prior).logpdf(np.exp(logs)).sum(), rel=1e-12)
    assert gradient == pytest.approx(slope(lambda x: prior.log_density(x)[0], logs), abs=1e-6)


@pytest.mark.parametrize("prior", [LogNormalPrior(1.3, 0.7), GammaPrior(3.0, 5.0)])
def test_the_mode_is_where_the_gradient_vanishes(prior):
    assert prior.log_density(np.array([prior.log_mode]))[1] == pytest.approx([0.0])


@pytest.mark.parametrize("prior", LENGTHSCALE_PRIORS.values())
def test_lengthscales_grow_with_the_root_of_the_dimension(prior):
    ratio = np.exp(prior(16).log_mode - prior(1).log_mode)
    assert ratio == pytest.approx(4.0)
