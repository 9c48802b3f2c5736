"""Two worlds whose difference is plain to see: one square on a dark and on a light ground."""

import torch

from gan_demo.systems import Translates


def pictures(n: int, ground: float, size: int = 16) -> torch.Tensor:
    """(n, 1, size, size): a square, lighter than the ground by 0.6, anywhere."""
    x = torch.full((n, 1, size, size), ground)
    third = size // 3
    for picture in x:
        top, left = torch.randint(0, size - third, (2,))
        picture[:, top : top + third, left : left + third] += 0.6
    return x


def learn(system: Translates, steps: int, lr: float = 2e-3, batch: int = 8) -> None:
    """Train to carry dark to light and, where it can, back, as the loop does."""
    players = system.players()
    optimizers = [
        torch.optim.Adam([p for net in player.nets for p in net.parameters()], lr, (0.5, 0.99))
        for player in players
    ]
    for _ in range(steps):
        ab = {"a": pictures(batch, -0.8), "b": pictures(batch, 0.2)}
        for player, optimizer in zip(players, optimizers, strict=True):
            for other in players:
                for net in other.nets:
                    net.requires_grad_(other is player)
            torch.stack(list(player.loss(ab).values())).sum().backward()
            optimizer.step()
            optimizer.zero_grad()
    system.eval()


@torch.no_grad()
def seen(system: Translates) -> tuple[float, float]:
    """Mean brightness of dark pictures drawn as light ones (dark is -0.73, light 0.27), and the
    correlation of each with what it was drawn from."""
    x = pictures(32, -0.8)
    y = system.translate(x, system.domains[1])
    pairs = torch.stack([x.flatten(1), y.flatten(1)], 1)
    return float(y.mean()), float(sum(torch.corrcoef(p)[0, 1] for p in pairs) / len(pairs))
