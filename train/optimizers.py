"""Adam for every player, as the tables [optim] and [optim.<player>] have it."""

from functools import partial

import torch

from gan_demo.losses.schedule import at
from gan_demo.losses.techniques import HistoricalAdam
from gan_demo.spelling import near
from gan_demo.systems import Player, System
from train.config import ConfigError, Run


def check_players(run: Run, system: System) -> None:
    """
    Raises:
        ConfigError: a table for a player that the system does not have, or one that never moves.
    """
    players = system.players()
    known = [player.name for player in players]
    if still := [player.name for player in players if player.every < 1]:
        raise ConfigError(f"{still[0]} would never move: choose [model] critics = 1 or more.")
    if unknown := [name for name in run.optim.players if name not in known]:
        raise ConfigError(
            f"optim.{unknown[0]}: {run.system} has no such player.{near(unknown[0], known)}"
        )


def optimizer(run: Run, player: Player, device: torch.device) -> torch.optim.Optimizer:
    optim = run.optim.of(player.name)
    kind = partial(HistoricalAdam, history=optim.history) if optim.history else torch.optim.Adam
    return kind(
        [p for net in player.nets for p in net.parameters()],
        lr=at(optim.lr, 0.0),
        betas=(optim.betas[0], optim.betas[1]),
        eps=optim.eps,
        weight_decay=optim.weight_decay,
        fused=device.type in ("cpu", "cuda"),
    )
