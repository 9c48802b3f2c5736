"""Adversarial losses by name, and what training adds to one."""

from gan_demo.losses.adversarial import LOSSES, Adversarial, Critic, gradient_norm2, make

__all__ = ["LOSSES", "Adversarial", "Critic", "gradient_norm2", "make"]
