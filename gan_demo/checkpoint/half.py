"""Weights in half precision."""

from collections.abc import Mapping

import torch
from torch import Tensor


def halved(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Contiguous copies on the CPU; floats as float16, or bfloat16 where float16 would overflow.

    Raises:
        ValueError: a weight that is not finite.
    """
    halved = {}
    for name, tensor in state.items():
        tensor = tensor.detach().cpu()
        if tensor.is_floating_point():
            if not tensor.isfinite().all():
                raise ValueError(f"The weights {name!r} are not finite: nothing was saved.")
            fits = tensor.numel() == 0 or tensor.abs().max() < torch.finfo(torch.float16).max
            tensor = tensor.to(torch.float16 if fits else torch.bfloat16)
        halved[name] = tensor.contiguous().clone()
    return halved
