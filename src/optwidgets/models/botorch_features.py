"""What a model sees of a point, as an input transform of botorch."""

from __future__ import annotations

from typing import Any

import torch
from botorch.models.transforms.input import InputTransform

from optwidgets.space.features import Features


class _Seen(torch.autograd.Function):
    """Features of points, with our gradient."""

    @staticmethod
    def forward(ctx: Any, X: torch.Tensor, features: Features) -> torch.Tensor:
        """Features, ... x (d + k), of points, ... x d."""
        points = X.detach().reshape(-1, X.shape[-1]).numpy()
        ctx.pull, ctx.shape = features.pullback(points), X.shape
        return torch.as_tensor(features(points)).reshape(*X.shape[:-1], -1)

    @staticmethod
    def backward(ctx: Any, *upstream: torch.Tensor) -> tuple[torch.Tensor, None]:
        """Gradient by the points."""
        flat = upstream[0].reshape(-1, upstream[0].shape[-1]).detach().numpy()
        return torch.as_tensor(ctx.pull(flat)).reshape(ctx.shape), None


class SeenFeatures(InputTransform):
    """`Features` as a transform of botorch: points of the unit cube in, features out.

    Parameters
    ----------
    features
        The features; they do not learn.
    """

    is_one_to_many = False

    def __init__(self, features: Features) -> None:
        super().__init__()
        self._features = features
        self.transform_on_train = True
        self.transform_on_eval = True
        self.transform_on_fantasize = True

    def transform(self, X: torch.Tensor) -> torch.Tensor:
        """Return features, ... x (d + k), of points, ... x d."""
        found: torch.Tensor = _Seen.apply(X, self._features)
        return found
