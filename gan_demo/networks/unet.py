"""U-Net, the generator of DualGAN and pix2pix: down to a bottleneck, and up with a skip a level.

Ronneberger et al. 2015, https://arxiv.org/abs/1505.04597
Isola et al. 2017, https://arxiv.org/abs/1611.07004
Yi et al. 2017, https://arxiv.org/abs/1704.02510
"""

import itertools

import torch
from torch import Tensor, nn

from gan_demo.networks.norm import initialize
from gan_demo.networks.norm import norm as make_norm
from gan_demo.networks.translation import moved
from gan_demo.types import Image


class UNet(nn.Module):
    """Picture -> halved `depth` times -> doubled as often, each level joined with its equal.

    Kernels are 4, a multiple of the stride: the 5 and 3 of DualGAN's code overlap unevenly, which
    shows as a checkerboard. The innermost map and the first have no norm: instance norm turns a
    map of one pixel into its bias, so that nothing comes through (in DualGAN's code nothing does).

    Args:
        width: channels at half the side; doubled by each further halving, up to 8 · width.
        depth: halvings; sides must be multiples of 2**depth.
        norm: "instance" as published, "none".
        residual: its last layer moves the picture, see `moved`, instead of drawing it anew.
    """

    def __init__(
        self,
        channels: int,
        *,
        width: int = 64,
        depth: int = 8,
        norm: str = "instance",
        residual: bool = False,
    ):
        super().__init__()
        self.residual, self.stride = residual, 2**depth
        widths = [width * min(8, 2**i) for i in range(depth)]
        self.downs, self.ups = nn.ModuleList(), nn.ModuleList()
        for level, (i, o) in enumerate(itertools.pairwise([channels, *widths])):
            inner = 0 < level < depth - 1
            down: list[nn.Module] = [nn.LeakyReLU(0.2)] if level else []
            down += [nn.Conv2d(i, o, 4, 2, 1), make_norm(norm if inner else "none", o)]
            self.downs.append(nn.Sequential(*down))
            skip = 1 if level == depth - 1 else 2  # all but the innermost meet their equal
            up = [nn.ReLU(), nn.ConvTranspose2d(skip * o, i, 4, 2, 1)]
            self.ups.insert(0, nn.Sequential(*up, make_norm(norm if level else "none", i)))
        initialize(self, norm)
        if residual:
            nn.init.normal_(self.ups[-1].get_parameter("1.weight"), 0.0, 0.02)

    def forward(self, x: Image) -> Image:
        skips: list[Tensor] = [x]
        for down in self.downs:
            skips.append(down(skips[-1]))
        h = skips.pop()
        for up in self.ups:
            h = up(h)
            if len(skips) > 1:
                h = torch.cat([h, skips.pop()], 1)
        return moved(x, h.float()) if self.residual else h.float().tanh()
