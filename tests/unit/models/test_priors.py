from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import lognorm

from optwidgets.models.priors import NOISE_PRIOR, LogNormalPrior, lengthscale_prior
from support.engine import slope


@pytest.mark.parametrize("prior", [NOISE_PRIOR, lengthscale_prior(1), lengthscale_prior(7)])
def test_density_is_that_of_scipy_with_its_gradient(prior):
    logs = np.array([-3.0, 0.1, 2.0])
    value, gradient = prior.log_density(logs)
    peer = lognorm(s=prior.scale, scale=np.exp(prior.location))
    assert value == pytest.approx(peer.logpdf(np.exp(logs)).sum(), rel=1e-12)
    assert gradient == pytest.approx(slope(lambda x: prior.log_density(x)[0], logs), abs=1e-6)


def test_the_mode_is_where_the_gradient_vanishes():
    prior = LogNormalPrior(1.3, 0.7)
    assert prior.log_density(np.array([prior.log_mode]))[1] == pytest.approx([0.0])


def test_lengthscales_grow_with_the_root_of_the_dimension():
    ratio = np.exp(lengthscale_prior(16).log_mode - lengthscale_prior(1).log_mode)
    assert ratio == pytest.approx(4.0)
