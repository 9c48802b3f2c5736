"""Fakes of earlier steps, so that a critic does not forget what it has seen through.

Shrivastava et al. 2017, https://arxiv.org/abs/1612.07828, as used by CycleGAN.
"""

import torch
from torch import nn

from gan_demo.types import Image


class Pool(nn.Module):
    """Pictures in, as many out. While it fills it gives back what it gets; then, for each picture
    with probability 1/2, an earlier one, in whose place it keeps the new.

    Its contents are part of the state, so that a run resumes exactly. They are kept as bytes:
    averages over steps or processes mean nothing for them.

    Args:
        most: pictures it holds; 0 always gives back what it gets.
    """

    kept: torch.Tensor
    count: torch.Tensor
    begun_anew = ("kept",)  # where those of a state do not fit

    def __init__(self, most: int, channels: int, size: int):
        super().__init__()
        self.most = most
        number = 4 * channels * size * size  # flat: channels_last turns what has four dimensions
        self.register_buffer("kept", torch.zeros(most, number, dtype=torch.uint8))
        self.register_buffer("count", torch.zeros((), dtype=torch.long))
        self.register_load_state_dict_pre_hook(_fitting)

    @torch.no_grad()
    def forward(self, x: Image) -> Image:
        if not self.most:
            return x
        kept, count, shown = self.kept.view(torch.float32), int(self.count), x.clone()
        for i, picture in enumerate(x.float().flatten(1)):
            if count < self.most:
                kept[count], count = picture, count + 1
            elif torch.rand(()) < 0.5:
                j = int(torch.randint(self.most, ()))
                shown[i], kept[j] = kept[j].view_as(x[i]).clone(), picture
        self.count.fill_(count)
        return shown


def _fitting(pool: Pool, state: dict[str, torch.Tensor], prefix: str, *_: object) -> None:
    """Pictures of another size, or more than it holds, are left out of a state: it begins anew."""
    kept = state.get(f"{prefix}kept")  # what is published has none
    now = pool.kept
    if kept is not None and (kept.shape, kept.dtype) != (now.shape, now.dtype):
        state |= {f"{prefix}kept": now, f"{prefix}count": pool.count}
