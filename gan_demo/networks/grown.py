"""DCGAN's networks with sides on top, so that a trained network can grow.

Karras et al., "Progressive Growing of GANs", 2018, https://arxiv.org/abs/1710.10196, and, for the
skips in place of the fading, "Analyzing and Improving the Image Quality of StyleGAN", 2020,
section 4.1, https://arxiv.org/abs/1912.04958

With h_s the map of side s, y_s the picture before its tanh, and E's first convolution `read`:

    G:  h_2s = relu(norm(up h_s))      y_2s = up y_s + draw h_s         G(z) = tanh y
    E:  h_s  = lrelu(read(pool x) + down h_2s)

`draw` folds 2 x 2 pixels into channels: a map of the full side would cost as much time in memory
as all others together. `draw` and `down` start at zero, so a network that starts from the weights
of a smaller one (`train.init`) is that one before its first step: the same picture at twice the
side, and the same code for the same picture.
"""

import itertools

from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate, leaky_relu, pixel_shuffle

from gan_demo.networks import dcgan
from gan_demo.networks.norm import initialize
from gan_demo.networks.norm import norm as make_norm
from gan_demo.types import Image, Latent


class Generator(dcgan.Generator):
    """z -> DCGAN's way to `size` / 2^doublings -> details at each doubling -> tanh.

    Args:
        doublings: sides on top of DCGAN's.
        detail: channels of the map that the first of them draws from; half as many at each above.
        options: of `dcgan.Generator`.
    """

    on_top = ("rises.", "draws.")  # its weights that a smaller network lacks

    def __init__(
        self,
        z_dim: int,
        size: int,
        channels: int,
        *,
        doublings: int = 1,
        detail: int = 32,
        norm: str = "batch",
        **options,
    ):
        super().__init__(z_dim, _base(size, doublings), channels, norm=norm, **options)
        last = self.layers[-2]
        assert isinstance(last, nn.ConvTranspose2d)  # it draws the small picture
        widths = [last.in_channels, *(max(8, detail // 2**i) for i in range(doublings))]
        self.rises = nn.ModuleList(
            nn.Sequential(dcgan.up(i, o, 4, norm == "none"), make_norm(norm, o), nn.ReLU())
            for i, o in itertools.pairwise(widths)
        )
        self.draws = nn.ModuleList(nn.Conv2d(o, 4 * channels, 3, 1, 1) for o in widths[1:])
        initialize(self.rises, norm)
        zero(self.draws)

    def draw(self, z: Latent) -> Image:
        h = self.first(self.start(z).unflatten(1, (-1, 4, 4)))
        h = self.layers[:-2](h)
        y = self.layers[-2](h).float()
        for rise, draw in zip(self.rises, self.draws, strict=True):
            h = rise(h)
            y = twice(y) + pixel_shuffle(draw(h), 2).float()
        return y.tanh()


class Encoder(dcgan.Encoder):
    """Picture -> down once for each doubling, joined each time with the pooled picture -> DCGAN's
    way from `size` / 2^doublings.

    Args: as the generator's.
    """

    on_top = ("reads.", "downs.")

    def __init__(
        self,
        out: int,
        size: int,
        channels: int,
        *,
        doublings: int = 1,
        detail: int = 16,
        **options,
    ):
        super().__init__(out, _base(size, doublings), channels, **options)
        first = self.layers[0]
        assert isinstance(first, nn.Conv2d)  # it reads the small picture
        widths = [first.out_channels, *(max(8, detail // 2**i) for i in range(doublings))]
        self.reads = nn.ModuleList(dcgan.down(channels, o, 4, True) for o in widths[1:])
        self.downs = nn.ModuleList(
            dcgan.down(o, i, 4, False) for i, o in itertools.pairwise(widths)
        )
        initialize(self.reads, "none")
        zero(self.downs)

    def start(self, x: Image) -> Tensor:
        pictures = [x]
        for _ in self.reads:
            pictures.append(avg_pool2d(pictures[-1], 2))
        h: Tensor | float = 0.0
        for read, down, picture in zip(
            reversed(self.reads), reversed(self.downs), pictures, strict=False
        ):
            h = down(leaky_relu(read(picture) + h, 0.2))
        return super().start(pictures[-1]) + h


def twice(y: Tensor) -> Tensor:
    """The picture at twice the side, without steps between its pixels."""
    return interpolate(y, scale_factor=2, mode="bilinear")


def zero(layers: nn.ModuleList) -> None:
    for layer in layers:
        for weight in layer.parameters():
            nn.init.zeros_(weight)


def _base(size: int, doublings: int) -> int:
    """
    Raises:
        ValueError: a number of doublings that leaves no side for DCGAN's networks.
    """
    if doublings < 0 or size // 2**doublings < 32:
        raise ValueError(
            f"doublings = {doublings} does not fit the side {size}: at least 32 must be left."
        )
    return size // 2**doublings
