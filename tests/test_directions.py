"""The strongest directions are the ones a known generator was built from."""

import pytest
import torch

from gan_demo.codes import directions
from gan_demo.systems import Samples


class Linear(Samples):
    """x = tanh(z A) with orthogonal rows of falling length: row k is the k-th direction."""

    def __init__(self, z_dim: int = 8, bend: bool = False):
        super().__init__(4, 3)
        self.z_dim, self.bend, self.calls = z_dim, bend, 0
        rows = torch.linalg.qr(torch.randn(48, z_dim, generator=torch.Generator().manual_seed(0)))
        lengths = 0.5 ** torch.arange(z_dim)
        # orthogonal to (1, ..., 1), where N(z) never goes
        basis = torch.linalg.qr(torch.cat([torch.ones(z_dim, 1), torch.eye(z_dim)[:, 1:]], 1))[0]
        self.truth = torch.nn.Parameter(basis[:, 1:].T)
        self.A = torch.nn.Parameter(self.truth.T @ (lengths[:-1, None] * rows.Q.T[:-1]))

    def decode(self, z):
        self.calls += 1
        x = (z @ self.A).unflatten(1, (3, 4, 4))
        return torch.tanh(x) + x.square() if self.bend else x


@pytest.mark.parametrize("bend", [False, True])
def test_finds_them_in_order(bend):
    system = Linear(bend=bend).requires_grad_(False)
    moves = directions.find(system).moves[:3]
    assert (moves * system.truth[:3]).sum(1).abs().min() > (0.97 if bend else 0.9999)


def test_shares_are_those_of_the_variance():
    shares = directions.find(Linear().requires_grad_(False)).shares
    truth = 0.25 ** torch.arange(7)
    torch.testing.assert_close(shares[:7], truth / truth.sum(), rtol=1e-3, atol=1e-5)


def test_to_the_right_is_brighter():
    system = Linear().requires_grad_(False)
    moves = directions.strongest(system, 3).moves
    z = system.prior(1, seed=5)
    for move in moves:
        assert system.decode(z + move).mean() > system.decode(z - move).mean()


def test_found_once():
    system = Linear().requires_grad_(False)
    directions.strongest(system, 2)
    calls = system.calls
    assert directions.strongest(system, 5).moves.shape == (5, 8)
    assert system.calls == calls


def test_a_move_stays_on_the_shell():
    system = Linear().requires_grad_(False)
    z, found = system.prior(1, seed=0), directions.strongest(system, 2)
    moved = directions.moved(z, found.moves, (3.0, -2.0))
    assert moved.mean().abs() < 1e-5 and moved.square().mean().sub(1).abs() < 1e-4
    torch.testing.assert_close(directions.moved(z, found.moves, (0.0, 0.0)), z)
