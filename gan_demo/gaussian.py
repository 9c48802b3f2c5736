"""Codes that are not a point but a normal distribution N(μ, diag σ²), as variational encoders give.

Kingma and Welling, "Auto-Encoding Variational Bayes", 2013, https://arxiv.org/abs/1312.6114
"""

import math

import torch

from gan_demo.types import Features, Latent, Score


def parted(h: Features) -> tuple[Latent, Latent]:
    """μ and log σ², the two halves of what an encoder gives."""
    mu, logvar = h.chunk(2, 1)
    return mu, logvar


def draw(mu: Latent, logvar: Latent) -> Latent:
    """μ + σ ε, ε ~ N(0, I): a draw through which gradients reach μ and σ."""
    return mu + (logvar / 2).exp() * torch.randn_like(mu)


def kl(mu: Latent, logvar: Latent) -> Score:
    """KL(N(μ, σ²) | N(0, I)) = ½ Σ (μ² + σ² - log σ² - 1), in nats."""
    return (mu.square() + logvar.exp() - logvar - 1).sum(1) / 2


def log_density(z: Latent, mu: Latent, logvar: Latent) -> Score:
    """log N(z; μ, σ²) = -½ Σ (log 2π + log σ² + (z - μ)² / σ²), in nats."""
    return -(math.log(2 * math.pi) + logvar + (z - mu).square() / logvar.exp()).sum(1) / 2
