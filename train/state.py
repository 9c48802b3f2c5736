"""What a run needs to go on as if it had never stopped: weights, EMA, optimizers, step.

It stays in `runs/`. Tensors are read back with `weights_only`, which executes nothing.
"""

import ast
import math
import zipfile
from pathlib import Path
from typing import Any

import torch
from torch import nn

from gan_demo import files
from train.config import DEFAULTS, ConfigError, Run

KINDS = {
    "run": str,
    "changes": list,
    "step": int,
    "seconds": int | float,
    "salt": int,
    "curve": list,
    "system": dict,
    "ema": dict,
    "optimizers": dict,
}
NEWER = {  # since 0.4
    "pictures": int,
    "pictures before": int,
    "processes": int,
    "precision": str,
    "data": dict,
}
ANEW = "Give this run another name=..., or start over with --fresh."


def save(path: Path, state: dict[str, Any]) -> None:
    """Write beside, then rename: a reader finds the old state or the new, never half of one.

    Raises:
        OSError: no room, for instance; nothing half-written stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    try:
        with part.open("wb") as file:  # by name, torch does not say why it failed
            torch.save(state, file)
        part.replace(path)
    except (OSError, RuntimeError) as error:
        part.unlink(missing_ok=True)
        cause = error if isinstance(error, OSError) else error.__context__
        if isinstance(cause, OSError):
            raise OSError(cause.errno, cause.strerror, str(path)) from None
        raise


def read(path: Path) -> dict[str, Any] | None:
    """What was saved, or None where nothing was.

    Raises:
        ConfigError: the file is damaged.
        OSError: it cannot be read.
    """
    if not path.exists():
        return None
    with files.opened(path) as raw:  # a locked file is not a damaged one
        try:
            with zipfile.ZipFile(raw) as file:  # torch itself does not look at the checksums
                intact = file.testzip() is None
            raw.seek(0)
            state = torch.load(raw, map_location="cpu", weights_only=True) if intact else None
        except Exception:  # whatever the reader of a torn file trips over
            state = None
    if not isinstance(state, dict):
        raise ConfigError(f"{path} is damaged. {ANEW}")
    return state


def load(path: Path) -> dict[str, Any] | None:
    """The state of a run of the loop, or None where there is none.

    Raises:
        ConfigError: the file is damaged, or not a state.
        OSError: it cannot be read.
    """
    state = read(path)
    if state is None:
        return None
    given = KINDS | {key: kind for key, kind in NEWER.items() if key in state}
    for key, kind in given.items():
        if not isinstance(state.get(key), kind):
            raise ConfigError(f"{path} is not the state of a run: {key!r} is missing. {ANEW}")
    try:
        state["settings"] = dict(ast.literal_eval(state["run"]))
        ", ".join(state["settings"])  # all are texts
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        raise ConfigError(
            f"{path} is not the state of a run: {state['run'][:40]!r}. {ANEW}"
        ) from None
    if problem := _absurd(state):
        raise ConfigError(f"{path} is not the state of a run: {problem}. {ANEW}")
    state.setdefault("pictures", state["step"] * state["settings"].get("batch", 0))
    return state


def _absurd(state: dict[str, Any]) -> str:
    """What no run would have saved."""
    for key in ("step", "seconds", "salt", "pictures", "pictures before"):
        number = state.get(key, 0)
        if isinstance(number, bool) or not 0 <= number < math.inf:
            return f"{key} is {number}"
    steps = [row.get("step") if isinstance(row, dict) else None for row in state["curve"]]
    if not all(isinstance(step, int) and step <= state["step"] for step in steps):
        return "its curve names no steps, or later ones"
    changes = [row.get("settings were") if isinstance(row, dict) else 0 for row in state["changes"]]
    return "" if all(isinstance(change, dict) for change in changes) else "its changes name none"


def compared(state: dict[str, Any], run: Run, change: bool) -> dict[str, Any]:
    """The settings that are others today, as they were.

    Raises:
        ConfigError: there are some, and `change` does not ask for that.
    """
    now = run.settings
    usual = {k: v for k, v in DEFAULTS.items() if k in now}  # of keys that are newer than it
    was = usual | state["settings"]
    keys = sorted(key for key in was.keys() | now.keys() if was.get(key) != now.get(key))
    if keys and not change:
        told = "; ".join(f"{k} was {was.get(k)!r}, is {now.get(k)!r}"[:200] for k in keys)
        raise ConfigError(
            f"{run.folder} holds a run with other settings ({told}). Give this one another "
            "name=..., go on from it with --change, or forget it with --fresh."
        )
    return {key: was.get(key) for key in keys}


def facts(state: dict[str, Any]) -> dict[str, Any]:
    """What else the run was made of, as far as it was noted."""
    return state.get("data", {}) | {k: state[k] for k in ("processes",) if k in state}


def fill(
    state: dict[str, Any],
    path: Path,
    system: nn.Module,
    ema: nn.Module,
    optimizers: dict[str, torch.optim.Optimizer],
) -> None:
    """
    Raises:
        ConfigError: the state belongs to other networks.
    """
    try:
        for net, kept in ((system, state["system"]), (ema, state["ema"])):
            now = net.state_dict()
            own = _begun_anew(net)
            for name in (n for n in dict.fromkeys([*now, *kept]) if n not in own):
                then, is_now = _made_of(kept.get(name)), _made_of(now.get(name))
                if then != is_now:
                    raise ValueError(f"{name} was {then}, is {is_now}")
            net.load_state_dict(kept)
        for name, optimizer in optimizers.items():
            optimizer.load_state_dict(state["optimizers"][name])
            for weight, memory in optimizer.state.items():  # Adam's own loader does not look
                if any(m.dim() and m.shape != weight.shape for m in memory.values()):
                    raise ValueError(f"the optimizer of {name} remembers other shapes")
    except (RuntimeError, ValueError, KeyError, TypeError, AttributeError) as error:
        reason = " ".join(str(error).split())[:160]
        raise ConfigError(f"{path} does not fit the networks of today ({reason}). {ANEW}") from None


def _begun_anew(net: nn.Module) -> set[str]:
    """The buffers that a module fits to itself as they are loaded."""
    named = net.named_modules()
    return {f"{at}.{b}" for at, module in named for b in getattr(module, "begun_anew", ())}


def _made_of(weight: Any) -> str:
    if not isinstance(weight, torch.Tensor) or weight.layout != torch.strided:
        return "no weight"
    sides = " x ".join(map(str, weight.shape)) or "one number"
    return f"{sides} of {str(weight.dtype).removeprefix('torch.')}"


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
