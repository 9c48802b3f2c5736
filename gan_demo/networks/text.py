"""Text beside pictures: what reads a phrase, and a critic that compares a picture with it.

Reed et al., "Generative Adversarial Text to Image Synthesis", 2016,
https://arxiv.org/abs/1605.05396
"""

import torch
from torch import Tensor, nn

from gan_demo.latent import normalize
from gan_demo.networks import dcgan
from gan_demo.networks.norm import initialize
from gan_demo.types import Features, Image, Score, Tokens


class Reader(nn.Module):
    """Tokens -> embeddings e -> GRU states s -> h = N(W [mean s, mean e]), means over the words.

    The states know the order of the words; the embeddings, a bag, keep each word's own share. N
    gives every phrase the same average and length, see `gan_demo.latent`.

    Args:
        words: how many it knows; token 0 stands for none.
        out: length of h.
        width: of an embedding and of a state.
    """

    def __init__(self, words: int, out: int, *, width: int = 64):
        super().__init__()
        self.embed = nn.Embedding(words + 1, width, padding_idx=0)
        self.states = nn.GRU(width, width, batch_first=True)
        self.end = nn.Linear(2 * width, out)

    def forward(self, t: Tokens) -> Features:
        there = (t > 0).unsqueeze(2)  # zeros follow the last word: no state before has seen them
        e = self.embed(t)
        s, _ = self.states(e)
        count = there.sum(1).clamp_min(1)
        mean = (torch.cat([s, e], 2).float() * there).sum(1) / count
        return normalize(self.end(mean))


class Critic(nn.Module):
    """Picture -> 4x4 map; [map, a plane for each number of h] -> 1x1 -> score.

    Args:
        h_dim: length of h.
        planes: how many numbers of h the map is joined by, after a linear layer.
        options: of `dcgan.Encoder`, the way down to the map.
    """

    def __init__(self, h_dim: int, size: int, channels: int, *, planes: int = 64, **options):
        super().__init__()
        encoder = dcgan.Encoder(1, size, channels, **options)
        self.down, self.end = encoder.layers, encoder.end
        width = encoder.end.in_features // 16
        self.read = nn.Sequential(nn.Linear(h_dim, planes), nn.LeakyReLU(0.2))
        self.join = nn.Sequential(nn.Conv2d(width + planes, width, 1), nn.LeakyReLU(0.2))
        initialize(self.read, "none")
        initialize(self.join, "none")

    def look(self, x: Image) -> Tensor:
        return self.down(x)

    def judge(self, seen: Tensor, h: Features) -> Score:
        """The score of pictures that were looked at, each with its h."""
        planes = self.read(h)[..., None, None].expand(-1, -1, *seen.shape[2:])
        joined = self.join(torch.cat([seen, planes], 1))
        return self.end(joined.flatten(1)).squeeze(1).float()
