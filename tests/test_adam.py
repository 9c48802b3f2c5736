"""Adam's steps without PyTorch's compiler."""

import subprocess
import sys

import pytest
import torch

from gan_demo.adam import Adam

PROGRAM = """
import sys
from gan_demo import systems
from gan_demo.codes.inversion import Weights, finished, invert
from gan_demo.lab.games import Games
from gan_demo.lab.mixtures import domains
Games(*domains(4), [5]).step()
small = {"size": 32, "channels": 1, "z_dim": 8}
system = systems.make("ogan", **small, generator={"width": 4}, encoder={"width": 4})
finished(invert(system, system.sample(1, 0), steps=1, weights=Weights(pooled=0.0)))
print("torch._dynamo" in sys.modules)
"""


@pytest.mark.parametrize("fused", [False, True])
def test_its_steps_are_those_of_the_class(fused):
    start = torch.randn(3, 4, generator=torch.Generator().manual_seed(0))
    own, theirs = (start.clone().requires_grad_() for _ in range(2))
    adam = Adam([own], 0.1, (0.5, 0.99), fused=fused)
    known = torch.optim.Adam([theirs], 0.1, (0.5, 0.99), fused=fused)
    for step in range(5):
        adam.lr = known.param_groups[0]["lr"] = 0.1 / (1 + step)
        adam.step(torch.autograd.grad(own.sin().sum(), own))
        known.zero_grad()
        theirs.sin().sum().backward()
        known.step()
    assert torch.equal(own, theirs)


def test_neither_the_lab_nor_a_search_imports_the_compiler():
    said = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)
    assert said.stdout.strip() == "False", said.stderr
