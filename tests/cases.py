"""Every system, small enough for a test: what the contract tests run over."""

import torch

from gan_demo import systems

DCGAN = {"width": 4, "cap": 16}
SMALL = {"size": 32, "channels": 1, "z_dim": 8}
CASES = {
    "gan": {"discriminator": DCGAN, "generator": DCGAN},
    "gan wgan-gp": {"discriminator": DCGAN, "generator": DCGAN, "loss": "wgan_gp", "critics": 2},
    "gan r3gan": {
        "network": "modern",
        "generator": {"width": 8, "group": 8, "cap": 16, "blocks": 1},
        "discriminator": {"width": 8, "group": 8, "cap": 16, "blocks": 1},
        "loss": "rpgan",
        "loss_options": {"r1": 1.0, "r2": 1.0},
    },
    "cogan": {"generator": DCGAN, "critic": DCGAN, "augment": "translation"},
    "cogan paper": {
        "generator": DCGAN | {"shared": 1},
        "critic": DCGAN | {"private": 1},
        "loss": "nonsaturating",
    },
    "lapgan": {
        "z_dim": 1032,
        "coarsest": 16,
        "coarse": {"width": 8},
        "detail": {"width": 8, "blocks": 1},
        "critic": {"width": 8},
    },
    "gan improved": {
        "generator": DCGAN | {"norm": "virtual"},
        "discriminator": DCGAN | {"norm": "batch-plain", "minibatch": [4, 3]},
        "loss_options": {"smooth": 0.9},
    },
    "gan matching": {
        "generator": DCGAN | {"norm": "batch-plain"},
        "discriminator": DCGAN,
        "matching": "l2",
    },
    "ogan": {"generator": DCGAN, "encoder": DCGAN, "augment": "translation", "photo": 1.0},
    "ogan paper": {
        "generator": DCGAN | {"kernel": 5},
        "encoder": DCGAN | {"kernel": 5, "norm": "batch"},
        "loss": "ogan_qp",
        "prior": "normal",
        "gain": 1.0,
        "guard": 0.0,
    },
    "ogan linear": {"generator": DCGAN, "encoder": DCGAN, "head": "linear"},
    "ogan matrix": {"generator": DCGAN, "encoder": DCGAN, "match": "matrix", "photo": 1.0},
    "semisupervised": {"generator": DCGAN, "classifier": {"widths": [4, 8]}},
    "semisupervised baseline": {
        **{"generator": DCGAN, "classifier": {"widths": [4, 8]}, "lam": 0.0, "matching": "l2"},
    },
    "ogan split mse": {"generator": DCGAN, "encoder": DCGAN, "head": "split", "match": "mse"},
    "bigan": {
        **{"generator": DCGAN, "encoder": DCGAN, "discriminator": DCGAN, "joint": 16},
        **{"augment": "translation", "cycle": 1.0, "loss_options": {"r1": 1.0, "r2": 1.0}},
    },
    "bigan paper": {
        **{"generator": DCGAN, "encoder": DCGAN, "discriminator": DCGAN, "joint": 16},
        **{"loss": "nonsaturating", "prior": "uniform"},
    },
    "vae": {"generator": DCGAN, "encoder": DCGAN},
    "vae gan": {
        **{"generator": DCGAN, "encoder": DCGAN, "discriminator": DCGAN, "augment": "translation"},
        **{"loss": "nonsaturating", "loss_options": {"r1": 1.0}},
    },
    "softintrovae": {"generator": DCGAN, "encoder": DCGAN},
    "infogan": {
        **{"generator": DCGAN, "discriminator": DCGAN, "augment": "translation"},
        **{"categories": [2, 3], "continuous": 2},
    },
    "brute": {"generator": DCGAN, "encoder": DCGAN, "photo": 1.0},
    "brute rho": {"generator": DCGAN, "encoder": DCGAN, "match": "rho"},
    "cgan": {"generator": DCGAN, "discriminator": DCGAN, "augment": "translation"},
    "cgan concat": {
        **{"generator": DCGAN | {"modulate": False}, "discriminator": DCGAN, "method": "concat"},
        **{"classes": ["a", "b", "c"], "loss_options": {"r1": 1.0, "r2": 1.0, "share": 0.5}},
    },
    "cgan acgan": {
        **{"generator": DCGAN, "discriminator": DCGAN, "method": "acgan", "loss": "hinge"},
        **{"prior": "sphere"},
    },
    "gan_int_cls": {
        **{"generator": DCGAN, "discriminator": DCGAN | {"planes": 4}, "reader": {"width": 8}},
        **{"h_dim": 16, "code": 8, "loss_options": {"r1": 1.0, "r2": 1.0, "share": 0.5}},
        **{"vocabulary": ["blue", "circle", "red"], "phrases": ["red circle", "blue"]},
    },
}
SMALL_PAIR = {"size": 32, "channels": 1, "domains": ["day", "night"]}
PAIRS = {
    "cyclegan": {
        "generator": {"width": 4, "blocks": 1},
        "discriminator": {"width": 4, "layers": 2},
        "pool": 3,
    },
    "cyclegan ours": {
        "generator": {"width": 4, "blocks": 1, "stem": "patch", "up": "shuffle", "norm": "none"}
        | {"padding": "zeros", "residual": True},
        "discriminator": {"width": 4, "layers": 2, "norm": "none"},
        "loss": "rpgan",
        "loss_options": {"r1": 1.0, "r2": 1.0, "share": 0.5},
        "augment": "color,translation",
        "identity": 0.0,
    },
    "cyclegan resize": {
        "generator": {"width": 4, "blocks": 1, "up": "resize"},
        "discriminator": {"width": 4, "layers": 1, "norm": "spectral"},
    },
    "discogan": {"generator": {"width": 4}, "discriminator": {"width": 4}},
    "discogan paper": {
        "generator": {"width": 4, "extra": True},
        "discriminator": {"width": 4},
        "matching": 0.0,
        "rate": [],
    },
    "discogan ours": {
        "network": "resnet",
        "generator": {"width": 4, "cap": 8, "halvings": 4, "blocks": 1, "stem": "patch"}
        | {"up": "resize", "norm": "channel"},
        "discriminator": {"width": 4},
        "augment": "translation",
    },
    "discogan recon": {
        "generator": {"width": 4, "norm": "instance"},
        "discriminator": {"width": 4, "norm": "none"},
        "variant": "recon",
    },
    "discogan gan": {
        "generator": {"width": 4},
        "discriminator": {"width": 4},
        "variant": "gan",
        "loss": "rpgan",
        "loss_options": {"r1": 0.1},
    },
    "cut": {
        "generator": {"width": 4, "blocks": 3},
        "discriminator": {"width": 4, "layers": 2},
        "patches": 16,
        "features": 8,
    },
    "cut fast": {
        "generator": {"width": 4, "blocks": 1, "stem": "patch", "norm": "none", "residual": True},
        "discriminator": {"width": 4, "layers": 2, "norm": "none"},
        "augment": "color,translation",
        "lam": 10.0,
        "identity": False,
        "mirror": True,
        "features": 8,
    },
    "dualgan": {"generator": {"width": 4}, "discriminator": {"width": 4}},
    "dualgan clipped": {
        "generator": {"width": 4, "depth": 5, "norm": "none", "residual": True},
        "discriminator": {"width": 4, "layers": 3},
        "loss_options": {"gp": 0.0},
        "critics": 2,
        "clip": 0.01,
    },
    "pix2pix": {"generator": {"width": 4}, "discriminator": {"width": 4, "layers": 2}},
    "pix2pix ours": {
        "network": "resnet",
        "generator": {"width": 4, "blocks": 1, "stem": "patch", "up": "resize", "residual": True},
        "discriminator": {"width": 4, "layers": 2, "norm": "none"},
        "loss": "rpgan",
        "loss_options": {"r1": 1.0, "r2": 1.0, "share": 0.5},
        "augment": "translation",
    },
    "distillation": {
        "options": {"generator": {"width": 8, "blocks": 1}, "discriminator": {"width": 4}},
        "generator": {"width": 4},
    },
    "unit": {"generator": {"width": 4, "blocks": 4}, "discriminator": {"width": 4, "layers": 2}},
    "unit released": {
        "generator": {"width": 4, "blocks": 2, "stem": "patch", "up": "shuffle", "norm": "none"},
        "discriminator": {"width": 4, "layers": 2, "scales": 2},
        "shared": 0,
    },
}


def make(case: str) -> systems.System:
    torch.manual_seed(0)
    options = SMALL | CASES[case] if case in CASES else SMALL_PAIR | PAIRS[case]
    return systems.make(case.split()[0], **options)


def batch_of(system: systems.System, n: int = 6) -> dict[str, torch.Tensor]:
    g = torch.Generator().manual_seed(1)
    shape = (n, system.channels, system.size, system.size)
    batch = {k: torch.rand(shape, generator=g) * 2 - 1 for k in sorted(system.needs - {"y", "t"})}
    labels = {
        "y": torch.arange(n) % 2,
        "t": torch.stack([torch.arange(n) % k + 1 for k in (2, 3)], 1),
    }
    return batch | {k: v for k, v in labels.items() if k in system.needs}
