"""Distillation: a narrow translator learns from a wide one's pictures instead of from a critic.

Hinton, Vinyals and Dean, "Distilling the Knowledge in a Neural Network", 2015,
https://arxiv.org/abs/1503.02531
Li, Lin, Ding, Liu, Zhu and Han, "GAN Compression: Efficient Architectures for Interactive
Conditional GANs", 2020, https://arxiv.org/abs/2003.08936

    min_S  Σ_to E |S_to(x) - T_to(x)|

S is the same system as its teacher T with other generators; x are the training pictures of the
other domain and, where the teacher knows the way there, its translations into it: the way back
starts from those. |.| is the mean absolute difference.
Differs from GAN Compression: no critic, no features of inner layers, no search for the widths; the
teacher's picture stands in for the missing pair, as there.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.nn.functional import l1_loss

from gan_demo import systems
from gan_demo.systems.base import Player, System, Translates
from gan_demo.types import Batch, Image, Terms


class Distillation(Translates):
    """x -> teacher, x -> student -> the same picture. What is published is the student alone.

    A run fills the teacher from its checkpoint, `init.teacher = "checkpoints/..."`.

    Args:
        size, channels, domains: of both.
        system: what both are, a translator of `gan_demo.systems`.
        options: its further options, as the teacher's config.json has them.
        generator: what is different in the student's, for instance {"width": 16}.
    """

    frozen = ("teacher",)

    def __init__(
        self,
        *,
        size: int = 64,
        channels: int = 3,
        domains: Sequence[str] = ("A", "B"),
        system: str = "cyclegan",
        options: dict | None = None,
        generator: dict | None = None,
    ):
        super().__init__(size, channels, domains)
        given = (options or {}) | {"size": size, "channels": channels, "domains": list(domains)}
        self.teacher = _translator(system, given).requires_grad_(False)
        narrower = (given.get("generator") or {}) | (generator or {})
        self.student = _translator(system, given | {"generator": narrower})
        self.stride = self.student.stride

    @property
    def targets(self) -> tuple[str, ...]:
        return self.student.targets

    @property
    def published(self) -> System:
        return self.student

    def generator(self, to: str) -> Callable[[Image], Image]:
        return self.student.generator(to)

    def train(self, mode: bool = True) -> "Distillation":
        super().train(mode)
        self.teacher.eval()  # or its batch norms would go on counting
        return self

    def players(self) -> list[Player]:
        return [Player("student", (self.student,), self.student_loss)]

    def student_loss(self, batch: Batch) -> Terms:
        given = dict(zip(self.domains, (batch["a"], batch["b"]), strict=True))
        with torch.no_grad():
            drawn = {to: self.teacher.translate(given[self.other(to)], to) for to in self.targets}
        terms: Terms = {}
        for to in self.targets:
            origin = self.other(to)
            x, wanted = given[origin], drawn[to]
            if origin in drawn:  # the way back
                x = torch.cat([x, drawn[origin]])
                with torch.no_grad():
                    wanted = torch.cat([wanted, self.teacher.translate(drawn[origin], to)])
            terms[to] = l1_loss(self.student.translate(x, to), wanted)
        return terms


def _translator(name: str, options: dict[str, Any]) -> Translates:
    """Without the critics: nobody asks them."""
    if not issubclass(systems.find(name), Translates):
        raise ValueError(f"system = {name!r} is no translator: only those can be distilled.")
    system = systems.make(name, **options)
    assert isinstance(system, Translates)  # that class
    for network in system.scaffold:
        delattr(system, network)
    return system
