"""GANs that encode and translate: models, losses, data and checkpoints, free of any UI."""
