"""A run that has ended, kept as a file: the Lab opens on the one that lies here, which

    python -m train.experiments.lab --seeds 2 --iterations 10000 \\
        --keep gan_demo/lab/opening.safetensors

has made. So its points are translated, and its figures measured, by networks that learned it.
"""

from pathlib import Path

import torch
from safetensors.torch import load, save

from gan_demo.lab.experiment import Experiment

FILE = Path(__file__).with_name("opening.safetensors")


def keep(experiment: Experiment, file: Path) -> None:
    """Writes the networks of the experiment's last seed."""
    games, modes = experiment.games, len(experiment.a.means)
    weights = {
        f"{kind}.{name}": weight[:, -1:].contiguous()
        for kind, net in (("G", games.G), ("D", games.D))
        for name, weight in net.state_dict().items()
    }
    weights["seed, modes, iteration"] = torch.tensor([games.seeds[-1], modes, games.iteration])
    file.write_bytes(save(weights))


def kept(file: Path = FILE) -> Experiment:
    """The experiment of one seed as it stood when it was kept."""
    weights = load(file.read_bytes())
    seed, modes, iteration = weights.pop("seed, modes, iteration").tolist()
    experiment = Experiment([seed], modes)
    games = experiment.games
    for kind, net in (("G", games.G), ("D", games.D)):
        net.load_state_dict({name: weights[f"{kind}.{name}"] for name in net.state_dict()})
    games.iteration = iteration
    return experiment
