"""Normalisation layers by name, and the initial weights that go with them."""

from torch import nn


def norm(kind: str, width: int) -> nn.Module:
    """ "none", "batch", "instance" or "group" (8 channels a group) over `width` channels."""
    if kind == "none":
        return nn.Identity()
    if kind == "batch":
        return nn.BatchNorm2d(width)
    if kind == "instance":
        return nn.InstanceNorm2d(width, affine=True)
    if kind == "group":
        return nn.GroupNorm(max(1, width // 8), width)
    raise ValueError(f"Unknown norm {kind!r}. Known: none, batch, instance, group.")


def initialize(net: nn.Module, norm: str) -> None:
    """N(0, 0.02) for every kernel (DCGAN); without a norm He's gain for LeakyReLU 0.2 instead,
    or the signal would fade by a factor of two in each layer. Biases start at 0."""
    for module in net.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            if norm == "none":
                nn.init.kaiming_normal_(module.weight, a=0.2)
            else:
                nn.init.normal_(module.weight, 0.0, 0.02)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
