"""Which processor draws: the CPU, or a GPU where there is one and it is the faster."""

import time
from dataclasses import dataclass

import torch

from gan_demo import images, networks
from gan_demo.spelling import near

NAMES = ("auto", "cpu", "cuda", "mps")
CALLED = {"cpu": "the CPU", "cuda": "the NVIDIA GPU (cuda)", "mps": "the Apple GPU (mps)"}
SIDE, Z_DIM = 64, 128  # of the picture that is timed, and of its code


@dataclass(frozen=True)
class Device:
    """A processor, and a sentence on why it was taken."""

    torch: torch.device
    why: str


CPU = Device(torch.device("cpu"), "The models run on the CPU.")


def choose(wanted: str = "auto") -> Device:
    """
    Args:
        wanted: one of NAMES, or one of several such as "cuda:1"; auto measures.

    Raises:
        ValueError: an unknown one, or one that is not here.
    """
    kind, _, number = wanted.partition(":")
    if kind not in NAMES or (number and not number.isdecimal()):
        known = ", ".join(NAMES)
        raise ValueError(f"Unknown device {wanted!r}.{near(wanted, list(NAMES))} Choose {known}.")
    here = _here()
    if wanted == "auto":
        return _faster(list(here))
    if int(number or 0) >= here.get(kind, 0):
        also = " or ".join(["auto", *here])
        raise ValueError(f"PyTorch finds no {wanted} on this machine. Choose {also}.")
    return Device(torch.device(wanted), f"The models run on {CALLED[kind]}, as asked for.")


def seconds(device: str) -> float:
    """That one small picture takes, from its code to its pixels."""
    with torch.random.fork_rng(devices=[]):
        G = networks.family("dcgan").Generator(Z_DIM, SIDE, 3).eval().to(device)
        z = torch.randn(1, Z_DIM)
    times = []
    for _ in range(10):
        started = time.perf_counter()
        with torch.inference_mode():
            images.to_pixels(G(z.to(device))).cpu()
        times.append(time.perf_counter() - started)
    return min(times)  # the first ones set it up


def _here() -> dict[str, int]:
    """Every kind that can be used, with how many there are."""
    found = {"cpu": 1, "cuda": torch.cuda.device_count() if torch.cuda.is_available() else 0}
    found["mps"] = int(torch.backends.mps.is_available())
    return {kind: n for kind, n in found.items() if n}


def _faster(kinds: list[str]) -> Device:
    if kinds == ["cpu"]:
        return Device(CPU.torch, "The models run on the CPU: there is no GPU here.")
    times, failed = {}, ""
    for kind in kinds:
        try:
            times[kind] = seconds(kind)
        except RuntimeError as error:  # there, and not for this PyTorch
            reason = str(error).strip().partition("\n")[0][:160]
            failed = f" {CALLED[kind].capitalize()} cannot be used ({reason})."
    best = min(times, key=lambda kind: times[kind])
    took = ", ".join(f"{CALLED[kind]} {1e3 * t:.2g} ms" for kind, t in times.items())
    said = f"The models run on {CALLED[best]}. One small picture takes {took}.{failed}"
    return Device(torch.device(best), said)
