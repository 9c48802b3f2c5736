"""Several processes that train one system, each on pictures of its own."""

from collections.abc import Sequence

import torch
from accelerate import Accelerator
from torch import Tensor

from gan_demo.systems import Player


class Processes:
    """This process among the others. Alone, all of it costs nothing."""

    def __init__(self):
        self.accelerator = Accelerator(cpu=not torch.accelerator.is_available())
        self.device: torch.device = self.accelerator.device
        self.main: bool = self.accelerator.is_main_process
        self.rank: int = self.accelerator.process_index
        self.number: int = self.accelerator.num_processes

    @torch.no_grad()
    def share(self, player: Player) -> None:
        """Average gradients and statistics, by hand and in one message: a wrapper that does it
        inside backward does not survive two players on one graph."""
        if self.number == 1:
            return
        weights = [p for net in player.nets for p in net.parameters()]
        tensors = [p.grad for p in weights if p.grad is not None]
        buffers = [b for net in player.nets for b in net.buffers()]
        tensors += [b for b in buffers if b.is_floating_point()]
        flat = self._mean(torch.cat([t.flatten() for t in tensors]))
        for tensor, mean in zip(tensors, flat.split([t.numel() for t in tensors]), strict=True):
            tensor.copy_(mean.view_as(tensor))

    def mean(self, values: Sequence[float]) -> list[float]:
        """Over the processes, so that all draw the same conclusion."""
        if self.number == 1:
            return list(values)
        return self._mean(torch.tensor(values, device=self.device)).tolist()

    def any(self, flag: bool) -> bool:
        return self.mean([float(flag)])[0] > 0

    def end(self) -> None:
        self.accelerator.end_training()

    def _mean(self, tensor: Tensor) -> Tensor:
        reduced = self.accelerator.reduce(tensor, "mean")
        assert isinstance(reduced, Tensor)  # it takes nested containers, too
        return reduced
