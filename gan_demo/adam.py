"""Adam by PyTorch's function: its class imports the compiler, which the page never uses and which
then takes 170 MB of its server."""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor
from torch.optim.adam import adam


class Adam:
    """The steps of torch.optim.Adam, to the bit.

    Args:
        lr: the learning rate, may be set anew between two steps.
        fused: in one pass over each tensor.
    """

    def __init__(
        self,
        params: Iterable[Tensor],
        lr: float,
        betas: tuple[float, float] = (0.9, 0.999),
        *,
        fused: bool = False,
    ):
        self.params, self.lr, self.betas, self.fused = list(params), lr, betas, fused
        self.means = [torch.zeros_like(p) for p in self.params]
        self.squares = [torch.zeros_like(p) for p in self.params]
        self.steps = [torch.zeros(()) for _ in self.params]

    @torch.no_grad()
    def step(self, grads: Sequence[Tensor]) -> None:
        """
        Args:
            grads: one of each parameter.
        """
        adam(
            self.params,
            list(grads),
            self.means,
            self.squares,
            [],
            self.steps,
            foreach=False,
            fused=self.fused,
            amsgrad=False,
            beta1=self.betas[0],
            beta2=self.betas[1],
            lr=self.lr,
            weight_decay=0.0,
            eps=1e-8,
            maximize=False,
        )
