"""What a run needs to go on as if it had never stopped: weights, EMA, optimizers, step.

It stays in `runs/`. Tensors are read back with `weights_only`, which executes nothing.
"""

from pathlib import Path
from typing import Any

import torch
from torch import nn


def save(path: Path, state: dict[str, Any]) -> None:
    """Write beside, then rename: a reader finds the old state or the new, never half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    torch.save(state, part)
    part.replace(path)


def load(path: Path) -> dict[str, Any] | None:
    """The state, or None where there is none.

    Raises:
        ValueError: the file is damaged.
    """
    if not path.exists():
        return None
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception:  # whatever the reader of a torn file trips over
        raise ValueError(f"{path} is damaged. Start over with --fresh.") from None


class Average:
    """Exponential moving average of a system's weights and statistics.

    θ̄ ← θ + (θ̄ - θ) 2^(-n / h),   n pictures a step; the half-life h, in pictures, grows with the
    run (5 % of what was seen) until it reaches its value, as in StyleGAN2, so that the first
    weights are soon forgotten.
    """

    def __init__(self, system: nn.Module, average: nn.Module, half_life: float):
        now, then = system.state_dict(), average.state_dict()
        floats = [k for k, v in now.items() if v.is_floating_point()]
        self.now, self.then = [now[k] for k in floats], [then[k] for k in floats]
        self.half_life = half_life

    @torch.no_grad()
    def update(self, pictures: int, seen: int) -> None:
        half_life = max(min(self.half_life, 0.05 * seen), 1e-9)
        share = 1 - 0.5 ** (pictures / half_life)
        torch._foreach_lerp_(self.then, self.now, share)  # pyright: ignore[reportPrivateImportUsage]
