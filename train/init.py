"""Where networks start: in a run's table [init], each from the same network of a checkpoint.

    [init]
    G = "dcgan-faces"

A folder, `hub:owner/name`, or a bare name, which is looked for where the run publishes, then among
the checkpoints that ship. Good for fine-tuning, for growing, and needed for what a system calls
`frozen`. A network that can grow (`gan_demo.networks.grown`) also starts from a smaller one: what
it has on top stays as it is made, and gives nothing at first. What is itself a system, such as the
teacher of `gan_demo.systems.distillation`, starts from all that a checkpoint holds. Weights are
copied once, before the first step: the run's own state and checkpoint hold them and need no other.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from gan_demo import checkpoint
from gan_demo.checkpoint import Checkpoint
from gan_demo.systems import Samples, System
from train.config import ConfigError


def fill(system: System, init: Mapping[str, Any], out: str = "checkpoints") -> int:
    """Copies weights into the networks that `init` names.

    Args:
        out: where the run publishes.

    Returns:
        How many pictures those that go on learning had seen; of several, the most.

    Raises:
        ConfigError: a network that one of the two lacks, or with other options; a frozen network
            that nobody names, or that draws from another prior.
        CheckpointError: no checkpoint there.
    """
    seen = 0
    for name, source in init.items():
        counts = _start(system, name, source, out).config["training"]
        if name not in system.frozen:
            told = [counts.get(key) for key in ("images_seen", "images_seen_before")]
            seen = max(seen, sum(n for n in told if isinstance(n, int)))
    if missing := [name for name in system.frozen if name not in init]:
        name = missing[0]
        raise ConfigError(
            f"This system does not train {name}: name the checkpoint that has it, "
            f'for instance init.{name}="checkpoints/dcgan-faces".'
        )
    return seen


def _start(system: System, name: str, source: Any, out: str) -> Checkpoint:
    if not isinstance(source, str):
        raise ConfigError(f'init.{name} is the folder of a checkpoint: "checkpoints/...".')
    loaded = checkpoint.load(_place(source, out))
    other = loaded.system
    network = _network(system, name, "This system")
    weights = _weights(other, source, name, isinstance(network, System))
    on_top = {k: v for k, v in network.state_dict().items() if k.startswith(_grown(network))}
    try:
        network.load_state_dict(on_top | weights)
    except RuntimeError as error:  # other names or shapes, one a line
        first = str(error).splitlines()[1].strip()
        raise ConfigError(
            f"init.{name}: {source} was built with other options ({first}) State those of its "
            "config.json in [model]."
        ) from None
    if name in system.frozen and _priors_differ(system, other):
        raise ConfigError(f"init.{name}: {source} draws from another prior: state its own.")
    return loaded


def _place(source: str, out: str) -> str:
    own = Path(out) / source
    return str(own) if (own / checkpoint.CONFIG).is_file() else source


def _grown(network: nn.Module) -> tuple[str, ...]:
    """Where the weights are that a smaller network of its kind may lack."""
    return getattr(network, "on_top", ())


def _network(system: System, name: str, whose: str) -> nn.Module:
    try:
        return system.get_submodule(name)
    except AttributeError:
        known = ", ".join(n for n, m in system.named_children() if [*m.parameters()])
        raise ConfigError(f"{whose} has no network {name!r}. It has {known}.") from None


def _weights(other: System, source: str, name: str, whole: bool) -> dict[str, Tensor]:
    if not whole:
        return _network(other, name, source).state_dict()
    state = other.state_dict()
    return {k: v for k, v in state.items() if k.partition(".")[0] not in other.scaffold}


def _priors_differ(a: System, b: System) -> bool:
    if not (isinstance(a, Samples) and isinstance(b, Samples)):
        return False
    return not torch.equal(a.prior(1, 0), b.prior(1, 0))
