"""Two DCGANs that share the layers nearest to z, and the layers nearest to the verdict.

Each is a network of `gan_demo.networks.dcgan`, cut in two; the shared part is one module.
"""

from torch import nn

from gan_demo.networks import dcgan
from gan_demo.types import Image, Latent, Score


class Generator(nn.Module):
    """z -> shared layers -> two heads -> two pictures.

    Args:
        shared: how often the 4x4 map is doubled before the heads part.
        options: of `dcgan.Generator`.
    """

    def __init__(self, z_dim: int, size: int, channels: int, *, shared: int = 2, **options):
        super().__init__()
        one, two = (dcgan.Generator(z_dim, size, channels, **options) for _ in range(2))
        cut = _cut(3 * shared, one.layers, "generator.shared")  # layer, norm, activation
        to_map = nn.Unflatten(1, (-1, 4, 4))
        self.trunk = nn.Sequential(one.start, to_map, one.first, one.layers[:cut])
        self.heads = nn.ModuleList([one.layers[cut:], two.layers[cut:]])

    def forward(self, z: Latent) -> tuple[Image, Image]:
        a, b = (head(self.trunk(z)) for head in self.heads)
        return a.float(), b.float()


class Critic(nn.Module):
    """Picture -> the front of its domain -> shared layers -> score.

    Args:
        private: how often a picture is halved before the fronts join.
        options: of `dcgan.Encoder`.
    """

    def __init__(self, size: int, channels: int, *, private: int = 2, **options):
        super().__init__()
        one, two = (dcgan.Encoder(1, size, channels, **options) for _ in range(2))
        cut = _cut(3 * private - 1, one.layers, "critic.private")  # the first has no norm
        self.fronts = nn.ModuleList([one.layers[:cut], two.layers[:cut]])
        self.shared = nn.Sequential(one.layers[cut:], nn.Flatten(), one.end)

    def forward(self, x: Image, domain: int) -> Score:
        return self.shared(self.fronts[domain](x)).squeeze(1).float()


def _cut(place: int, layers: nn.Sequential, option: str) -> int:
    """
    Raises:
        ValueError: nothing would be left on one side.
    """
    if not 0 < place < len(layers):
        most = (len(layers) - 1) // 3
        raise ValueError(f"{option}: choose 1 to {most}, so that both sides keep a layer.")
    return place
