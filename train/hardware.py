"""What the machine can do, which of it is fastest, and what it is called in a checkpoint."""

import platform
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch

WORTH = 100  # steps: for fewer nothing is measured


@dataclass(frozen=True)
class Setup:
    """How a step is done: "bf16" or "no" (float32), on so many CPU threads."""

    precision: str
    threads: int

    def __str__(self) -> str:
        kind = "float32" if self.precision == "no" else self.precision
        return f"{kind} on {self.threads} thread{'s' * (self.threads > 1)}"


def precision(wanted: str) -> str:
    """bf16 where the hardware multiplies it (AMX, AVX-512 BF16, Ampere and newer), else float32."""
    if wanted != "auto":
        return wanted
    if torch.cuda.is_available():
        return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "no"
    return "bf16" if torch.cpu._is_avx512_bf16_supported() else "no"


def setups(wanted: str, threads: int, device: torch.device) -> list[Setup]:
    """All there are to choose from; the first is taken where nothing is measured.

    Args:
        wanted: "bf16", "no" or "auto".
        threads: 0 for any number.
    """
    best, most = precision(wanted), torch.get_num_threads()
    precisions = [best, "no"] if wanted == "auto" and best == "bf16" else [best]
    counts = [most, 1] if device.type == "cpu" and most > 1 else [most]
    return [Setup(p, t) for p in precisions for t in ([threads] if threads else counts)]


def seconds(step: Callable[[], None], device: torch.device) -> float:
    """Of the faster of two steps: the first may still be setting up."""
    times = []
    for _ in range(2):
        started = time.perf_counter()
        step()
        if device.type != "cpu":
            torch.accelerator.synchronize()
        times.append(time.perf_counter() - started)
    return min(times)


def told(setups: list[Setup], times: list[float], chosen: Setup) -> str:
    each = ", ".join(f"{s} {t:.3g} s" for s, t in zip(setups, times, strict=True))
    return f"A step takes {each}: {chosen} is chosen."


def room(device: torch.device) -> int:
    """Bytes that are free on a GPU; 0 on a CPU and where nobody tells."""
    return torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else 0


def check_compiler() -> None:
    """
    Raises:
        ValueError: torch.compile does not work here.
    """
    try:
        torch.compile(lambda x: x + 1)(torch.ones(2))
    except Exception as error:  # what a missing or broken compiler leads to
        reason = str(error).strip().partition("\n")[0][:160]
        raise ValueError(
            f"compile=true needs a C++ compiler that works ({reason}): install one, for instance "
            "g++, or leave compile out."
        ) from None


def machine(device: torch.device, processes: int) -> str:
    if device.type == "cuda":
        return f"{processes} x {torch.cuda.get_device_name(device)}"
    return f"{processes} x {torch.get_num_threads()} threads, {platform.machine()} CPU"
