"""Picture to picture: the ResNet generator and the PatchGAN critic of CycleGAN.

Johnson et al. 2016, https://arxiv.org/abs/1603.08155
Isola et al. 2017, https://arxiv.org/abs/1611.07004
Zhu et al. 2017, https://arxiv.org/abs/1703.10593

Both are fully convolutional. The defaults are the published networks. They spend half of their
time at the full side and a third in instance norm; stem "patch" with norm "channel" draws 64 px
pictures several times faster on a CPU, and treats a tile as it treats the whole picture.
"""

import itertools

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, pad
from torch.nn.utils.parametrizations import spectral_norm

from gan_demo.networks.norm import initialize
from gan_demo.networks.norm import norm as make_norm
from gan_demo.types import Image

STEMS, UPS, PADDINGS = ("conv7", "patch"), ("transposed", "resize", "shuffle"), ("reflect", "zeros")
REGION = 9  # pixels of the training side


class ResNet(nn.Module):
    """Picture -> stem -> a quarter of the side -> residual blocks -> up twice -> picture.

    `layers` is the whole way, `layers[:middle]` down to the last block.

    Args:
        width: channels at the full side, doubled by each halving.
        blocks: residual blocks; 9 as published, 6 for sides up to 128.
        halvings: 2 as published; with more it is an hourglass, whose waist forgets where things
            were: at 64 px 4 leave 4 x 4 places.
        cap: no layer is wider than this.
        stem: "conv7", 7 x 7 at the full side, as published; "patch", which folds 2 x 2 pixels into
            channels and never works at the full side.
        up: "transposed" as published; "resize", bilinear and 3 x 3; "shuffle", sub-pixel. The last
            two pixels of stem "patch" are shuffled, and with "resize" blurred: see `Blur`.
        padding: "reflect" as published, "zeros".
        norm: "instance" as published; "channel", each place on its own; "none".
        residual: its last layer moves the picture, see `moved`, instead of drawing it anew; with
            stem "patch" otherwise it moves plain grey, or a tanh would die on white paper.
        mask: it also says where it draws, and the rest of the picture stays; see `masked`.
    """

    def __init__(
        self,
        channels: int,
        *,
        width: int = 64,
        blocks: int = 9,
        halvings: int = 2,
        cap: int = 1024,
        stem: str = "conv7",
        up: str = "transposed",
        padding: str = "reflect",
        norm: str = "instance",
        residual: bool = False,
        mask: bool = False,
    ):
        super().__init__()
        for value, known in ((stem, STEMS), (up, UPS), (padding, PADDINGS)):
            if value not in known:
                raise ValueError(f"{value!r} is not one of {', '.join(known)}.")
        self.residual, self.patch, self.stride = residual, stem == "patch", 2**halvings
        self.mask, last = mask, channels + mask
        widths = [min(cap, width * 2**i) for i in range(halvings + 1)]
        if self.patch:
            down: list[nn.Module] = [nn.PixelUnshuffle(2)]
            down += [_conv(4 * channels, widths[1], 3, padding), *_after(norm, widths[1])]
            steps, strided = list(itertools.pairwise(widths[1:])), padding
        else:
            down = [_conv(channels, width, 7, padding), *_after(norm, width)]
            steps, strided = list(itertools.pairwise(widths)), "zeros"
        for i, o in steps:
            down += [_conv(i, o, 3, strided, 2), *_after(norm, o)]
        middle = [Block(widths[-1], padding, norm) for _ in range(blocks)]
        rise: list[nn.Module] = []
        for i, o in reversed(steps):
            rise += [*_up(o, i, up, strided), *_after(norm, i)]
        if self.patch:
            rise += [_conv(widths[1], 4 * last, 3, padding), nn.PixelShuffle(2)]
            rise += [Blur()] if up == "resize" else []
        else:
            rise += [_conv(width, last, 7, padding)]
        self.layers = nn.Sequential(*down, *middle, *rise)
        self.middle = len(down) + len(middle)
        initialize(self, norm)
        if norm == "none":
            for block in middle:
                nn.init.zeros_(block.layers[-1].get_parameter("weight"))
        if residual:
            head = next(m for m in reversed(self.layers) if isinstance(m, nn.Conv2d))
            nn.init.zeros_(head.weight)

    def forward(self, x: Image) -> Image:
        return self.drawn(x, self.layers(x))

    def drawn(self, x: Image, last: Tensor) -> Image:
        """The picture from what the last layer gave for x."""
        return self._masked(x, last)[0] if self.mask else self._whole(x, last)

    def masked(self, x: Image) -> tuple[Image, Tensor]:
        """x + m (t - x) and m, (b, 1, h, w) in [0, 1]: t is drawn by the other channels, and m by
        one of its own, averaged over `REGION` pixels, or it would be stripes itself. Without
        `mask` m is 1.

        Mejjati et al. 2018, https://arxiv.org/abs/1806.02311, with two networks for m and t.
        """
        last = self.layers(x)
        if not self.mask:
            return self._whole(x, last), torch.ones_like(x[:, :1])
        return self._masked(x, last)

    def _masked(self, x: Image, last: Tensor) -> tuple[Image, Tensor]:
        edge = [REGION // 2] * 4
        m = avg_pool2d(pad(last[:, -1:].float().sigmoid(), edge, "replicate"), REGION, 1)
        return x + m * (self._whole(x, last[:, :-1]) - x), m

    def _whole(self, x: Image, last: Tensor) -> Image:
        if self.residual:
            return moved(x, last.float())
        return moved(torch.zeros_like(x), last.float()) if self.patch else last.float().tanh()


def moved(x: Image, h: Tensor) -> Image:
    """tanh(h + artanh(0.9 x)) / 0.9: x itself where h = 0, and never far out of [-1, 1]. The 0.9
    leaves black and white a gradient. (x + h runs away from a critic that is still weak.)"""
    return (h + (0.9 * x.clamp(-1.1, 1.1)).atanh()).tanh() / 0.9  # its own pictures reach 1.11


class Blur(nn.Module):
    """[1, 2, 1] / 4 across and down. Pixels that are shuffled out of one place come from weights of
    their own, and differ: a grid of period 2, which this takes away whole. What moves a picture
    need not be as sharp as the picture."""

    def forward(self, x: Tensor) -> Tensor:
        return avg_pool2d(avg_pool2d(pad(x, (1, 1, 1, 1), "replicate"), 2, 1), 2, 1)


class Block(nn.Module):
    """x + norm(conv(relu(norm(conv(x))))), or without a norm x + conv(lrelu(conv(lrelu(x))))."""

    def __init__(self, width: int, padding: str, norm: str):
        super().__init__()
        first, second = (_conv(width, width, 3, padding) for _ in range(2))
        if norm == "none":
            layers = [nn.LeakyReLU(0.2), first, nn.LeakyReLU(0.2, True), second]
        else:
            layers = [first, *_after(norm, width), second, make_norm(norm, width)]
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layers(x)


class Patch(nn.Module):
    """Picture -> a logit for each overlapping patch, (b, 1, h', w').

    Args:
        width: channels of the first layer; doubled by each further one, up to 8 · width.
        layers: strided layers after the first; 3 makes the patches 70 pixels wide, 2 34, 1 16.
        norm: of all layers between first and last: "instance" as published, "none", "spectral".
    """

    def __init__(self, channels: int, *, width: int = 64, layers: int = 3, norm: str = "instance"):
        super().__init__()
        maps = "none" if norm == "spectral" else norm
        widths = [width * min(8, 2**i) for i in range(layers + 1)]
        net: list[nn.Module] = [nn.Conv2d(channels, width, 4, 2, 1), nn.LeakyReLU(0.2)]
        for i in range(layers):
            stride = 2 if i < layers - 1 else 1
            net.append(nn.Conv2d(widths[i], widths[i + 1], 4, stride, 1, bias=maps == "none"))
            net += [make_norm(maps, widths[i + 1])] if maps != "none" else []
            net.append(nn.LeakyReLU(0.2))
        self.layers = nn.Sequential(*net, nn.Conv2d(widths[-1], 1, 4, 1, 1))
        initialize(self, maps)
        if norm == "spectral":
            for module in self.modules():
                if isinstance(module, nn.Conv2d):
                    spectral_norm(module)

    def forward(self, x: Image) -> Tensor:
        return self.layers(x).float()


def _conv(i: int, o: int, k: int, padding: str, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(i, o, k, stride, k // 2, padding_mode=padding)  # pyright: ignore[reportArgumentType]


def _after(norm: str, width: int) -> list[nn.Module]:
    # nothing centres the maps without a norm: plain ReLUs die, all of them, in the first 100 steps
    return [nn.LeakyReLU(0.2, True)] if norm == "none" else [make_norm(norm, width), nn.ReLU(True)]


def _up(i: int, o: int, how: str, padding: str) -> list[nn.Module]:
    """Twice the side."""
    if how == "transposed":
        return [nn.ConvTranspose2d(i, o, 3, 2, 1, 1)]
    if how == "resize":
        return [nn.Upsample(scale_factor=2, mode="bilinear"), _conv(i, o, 3, padding)]
    return [_conv(i, 4 * o, 3, padding), nn.PixelShuffle(2)]
