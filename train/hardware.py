"""What the machine can do, and what it is called in a checkpoint."""

import platform

import torch


def precision(wanted: str) -> str:
    """bf16 where the hardware multiplies it (AMX, AVX-512 BF16, Ampere and newer), else float32."""
    if wanted != "auto":
        return wanted
    if torch.cuda.is_available():
        return "bf16" if torch.cuda.is_bf16_supported() else "no"
    return "bf16" if torch.cpu._is_avx512_bf16_supported() else "no"


def machine(device: torch.device, processes: int) -> str:
    if device.type == "cuda":
        return f"{processes} x {torch.cuda.get_device_name(device)}"
    return f"{processes} x {torch.get_num_threads()} threads, {platform.machine()} CPU"
