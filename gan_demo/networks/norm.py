"""Normalisation layers by name, and the initial weights that go with them."""

import torch
from torch import Tensor, nn
from torch.nn.functional import layer_norm


class ChannelNorm(nn.Module):
    """Each place of a map on its own: mean 0, variance 1 over the channels, then scale and shift.

    Of a channels-last map it is one pass over adjacent numbers, a third of an instance norm's
    time, and what it gives for a tile is what it gives for the whole picture.
    """

    def __init__(self, width: int):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(width)), nn.Parameter(torch.zeros(width))

    def forward(self, x: Tensor) -> Tensor:
        weight, bias = self.weight.to(x.dtype), self.bias.to(x.dtype)
        with torch.autocast(x.device.type, enabled=False):  # it would turn the map to float32
            y = layer_norm(x.permute(0, 2, 3, 1), weight.shape, weight, bias)
        return y.permute(0, 3, 1, 2)


def norm(kind: str, width: int) -> nn.Module:
    """ "none", "batch", "instance", "channel" or "group" (8 channels a group), `width` channels."""
    if kind == "none":
        return nn.Identity()
    if kind == "batch":
        return nn.BatchNorm2d(width)
    if kind == "instance":
        return nn.InstanceNorm2d(width, affine=True)
    if kind == "channel":
        return ChannelNorm(width)
    if kind == "group":
        return nn.GroupNorm(max(1, width // 8), width)
    raise ValueError(f"Unknown norm {kind!r}. Known: none, batch, instance, channel, group.")


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
