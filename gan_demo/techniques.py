"""Improved techniques for training GANs, for any game that wants them.

Salimans et al., "Improved Techniques for Training GANs", 2016, https://arxiv.org/abs/1606.03498
Reference code: https://github.com/openai/improved-gan

Feature matching is here; one-sided smoothing is the option `smooth` of two losses in
`gan_demo.losses`.
"""

from gan_demo.types import Cloud, Features, Scalar

NORMS = ("l1", "l2")


def feature_matching(real: Features, fake: Cloud, norm: str = "l2") -> Scalar:
    """What G lowers so that D's features f have the same mean on its pictures as on real ones:

    "l2"    |E f(x) - E f(G(z))|²         the paper
    "l1"    avg |E f(x) - E f(G(z))|      its code, average over the features

    The mean over real pictures is a constant.
    """
    gap = real.detach().mean(0) - fake.mean(0)
    return gap.square().sum() if norm == "l2" else gap.abs().mean()


def known_norm(norm: str) -> str:
    """
    Raises:
        ValueError: neither "l1" nor "l2".
    """
    if norm not in NORMS:
        raise ValueError(f"matching = {norm!r} is not one of {', '.join(NORMS)}.")
    return norm
