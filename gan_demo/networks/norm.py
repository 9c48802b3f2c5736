"""Normalisation layers by name, and the initial weights that go with them."""

from contextlib import nullcontext

import torch
from torch import Tensor, nn
from torch.nn.functional import layer_norm

REFERENCE = 64  # pictures in the reference batch of a virtual batch norm


class ChannelNorm(nn.Module):
    """Each place of a map on its own: mean 0, variance 1 over the channels, then scale and shift.

    Of a channels-last map it is one pass over adjacent numbers, a third of an instance norm's
    time, and what it gives for a tile is what it gives for the whole picture.
    """

    def __init__(self, width: int):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(width)), nn.Parameter(torch.zeros(width))

    def forward(self, x: Tensor) -> Tensor:
        weight, bias, kind = self.weight.to(x.dtype), self.bias.to(x.dtype), x.device.type
        casts = torch.amp.is_autocast_available(kind)  # not on meta, where a network is planned
        with torch.autocast(kind, enabled=False) if casts else nullcontext():  # or it is float32
            y = layer_norm(x.permute(0, 2, 3, 1), weight.shape, weight, bias)
        return y.permute(0, 3, 1, 2)


class VirtualBatchNorm(nn.Module):
    """Each picture by the statistics of a fixed reference batch and of itself.

    Salimans et al. 2016, https://arxiv.org/abs/1606.03498. With R reference pictures:

        y_i = γ (x_i - μ) / √(q - μ²) + β,    μ = (R μ_ref + μ_i) / (R + 1),    q alike of x²

    In training the first R rows are the reference batch, normalised by its own statistics alone;
    those are remembered, and in eval mode all rows are pictures. None depends on another.
    """

    def __init__(self, width: int):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(width)), nn.Parameter(torch.zeros(width))
        self.mean, self.square = nn.Buffer(torch.zeros(width)), nn.Buffer(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        h = x.float()
        own, own_square = h.mean((2, 3)), h.square().mean((2, 3))
        reference, reference_square = self.mean, self.square
        if self.training:
            reference, reference_square = own[:REFERENCE].mean(0), own_square[:REFERENCE].mean(0)
            self.mean.copy_(reference.detach())
            self.square.copy_(reference_square.detach())
        mean, square = (
            (REFERENCE * fixed + mine) / (REFERENCE + 1)
            for fixed, mine in ((reference, own), (reference_square, own_square))
        )
        if self.training:
            among = (torch.arange(len(x), device=x.device) < REFERENCE).unsqueeze(1)
            mean = torch.where(among, reference, mean)
            square = torch.where(among, reference_square, square)
        scale = self.weight * (square - mean.square()).clamp_min(0).add(1e-5).rsqrt()
        shift = self.bias - mean * scale
        return (h * scale[..., None, None] + shift[..., None, None]).to(x.dtype)


def norm(name: str, width: int) -> nn.Module:
    """ "none", "batch", "batch-plain" (without scale and bias), "instance", "channel" or "group" (8
    channels a group), `width` channels."""
    if name == "none":
        return nn.Identity()
    if name == "batch":
        return nn.BatchNorm2d(width)
    if name == "batch-plain":
        return nn.BatchNorm2d(width, affine=False)
    if name == "instance":
        return nn.InstanceNorm2d(width, affine=True)
    if name == "channel":
        return ChannelNorm(width)
    if name == "group":
        return nn.GroupNorm(max(1, width // 8), width)
    known = "none, batch, batch-plain, instance, channel, group"
    raise ValueError(f"Unknown norm {name!r}. Known: {known}.")


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
