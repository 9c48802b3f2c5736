"""GANs that encode and translate: models, losses, data and checkpoints, free of any UI."""

__version__ = "0.4.0.dev0"
