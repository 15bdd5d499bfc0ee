"""Our bent outcomes as a transform of botorch, in torch's arithmetic, so that gradients pass."""

from __future__ import annotations

from typing import cast

import torch
from botorch.models.transforms.outcome import OutcomeTransform
from botorch.posteriors.posterior import Posterior
from botorch.posteriors.transformed import TransformedPosterior

from optwidgets.models.outcome_transforms import LARGEST_LOG, YeoJohnson, quadrature

# Exponents nearer to 0 are 0: the power is a logarithm then.
_VANISHING = 1e-8


class BentOutcomes(OutcomeTransform):
    """Our `YeoJohnson` outcomes as a transform of botorch.

    Parameters
    ----------
    outcomes
        The transform; it is as it was fitted and does not learn.
    """

    location: torch.Tensor
    scale: torch.Tensor
    power: torch.Tensor
    bent_location: torch.Tensor
    bent_scale: torch.Tensor

    def __init__(self, outcomes: YeoJohnson) -> None:
        super().__init__()
        for name in ("location", "scale", "power", "bent_location", "bent_scale"):
            value = torch.tensor(float(getattr(outcomes, name)), dtype=torch.double)
            self.register_buffer(name, value)

    def forward(
        self,
        Y: torch.Tensor,
        Yvar: torch.Tensor | None = None,
        X: torch.Tensor | None = None,  # noqa: ARG002 - as in botorch
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Return outcomes as they are modelled; `Yvar` has to be None: noise is inferred."""
        x = (Y - self.location) / self.scale
        exponent, vanishing = self._exponent(x)
        logs = torch.log1p(x.abs())
        size = torch.where(vanishing, logs, torch.expm1(exponent * logs) / exponent)
        return (torch.sign(x) * size - self.bent_location) / self.bent_scale, Yvar

    def untransform(
        self,
        Y: torch.Tensor,
        Yvar: torch.Tensor | None = None,
        X: torch.Tensor | None = None,  # noqa: ARG002 - as in botorch
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Return outcomes in the objective's unit."""
        return torch.nan_to_num(self.location + self.scale * self._straight(Y)), Yvar

    def untransform_posterior(
        self,
        posterior: Posterior,
        X: torch.Tensor | None = None,  # noqa: ARG002 - as in botorch
    ) -> TransformedPosterior:
        """Return the posterior in the objective's unit: samples exact, moments by quadrature."""
        return TransformedPosterior(
            posterior,
            sample_transform=lambda samples: self.untransform(samples)[0],
            mean_transform=lambda mean, variance: self._moments(mean, variance)[0],
            variance_transform=lambda mean, variance: self._moments(mean, variance)[1],
        )

    def _moments(
        self, mean: torch.Tensor, variance: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean and variance in the objective's unit, from those of the model."""
        places, weights = (torch.as_tensor(part) for part in quadrature())
        x = self._straight(mean[..., None] + variance.clamp_min(1e-20).sqrt()[..., None] * places)
        centre = x @ weights
        spread = ((x - centre[..., None]) ** 2) @ weights
        return (
            torch.nan_to_num(self.location + self.scale * centre),
            torch.nan_to_num(self.scale**2 * spread),
        )

    def _straight(self, z: torch.Tensor) -> torch.Tensor:
        bent = self.bent_location + self.bent_scale * z
        exponent, vanishing = self._exponent(bent)
        size = bent.abs()
        logs = torch.where(vanishing, size, torch.log1p(exponent * size) / exponent)
        return cast("torch.Tensor", torch.sign(bent) * torch.expm1(logs.clamp_max(LARGEST_LOG)))

    def _exponent(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Exponent of each value, 1 in place of one that vanishes, and where it does."""
        exponent = torch.where(x >= 0.0, self.power, 2.0 - self.power)
        vanishing = exponent.abs() < _VANISHING
        return torch.where(vanishing, 1.0, exponent), vanishing
