"""1-NN in the space of codes."""

import pytest
import torch

from gan_demo.metrics import Reference, Unavailable, neighbours
from gan_demo.systems import Encodes


class Corner(Encodes):
    """A code that is two pixels of the picture."""

    z_dim = 2

    def __init__(self):
        super().__init__(32, 1)
        self.weight = torch.nn.Parameter(torch.zeros(()))

    def encode(self, x):
        return x[:, 0, 0, :2] + self.weight


def pictures(*corners):
    x = torch.full((len(corners), 1, 32, 32), 128, dtype=torch.uint8)
    x[:, 0, 0, :2] = torch.tensor(corners, dtype=torch.uint8)
    return x


def test_a_val_photo_takes_the_label_of_the_nearest_train_photo():
    """[-1, 1]: the third val photo is nearest to class 0, but lies in the direction of class 1."""
    train = pictures((255, 128), (128, 255), (0, 0), (128, 230))
    val = pictures((250, 130), (130, 250), (128, 140), (5, 1))
    system, labels = Corner(), torch.tensor([0, 1, 2, 1])
    known = Reference(train, val, labels, val_labels=torch.tensor([0, 1, 1, 2]))
    assert neighbours.measure(system, known) == {
        "1-NN Euclid": 1.0,
        "1-NN cosine": 1.0,
        "largest class": 0.5,
    }
    train[3, 0, 0, :2] = torch.tensor([160, 128])  # near the middle, on the way to class 0
    found = neighbours.measure(
        system, Reference(train, val, torch.tensor([0, 1, 2, 0]), val_labels=known.val_labels)
    )
    assert found == {"1-NN Euclid": 0.75, "1-NN cosine": 1.0, "largest class": 0.25}


@pytest.mark.parametrize(("known", "asked"), [(None, [0, 1]), ([0, 1], None), ([1, 1], [0, 1])])
def test_without_two_classes_there_is_nothing_to_tell(known, asked):
    labels, val_labels = (None if y is None else torch.tensor(y) for y in (known, asked))
    x = pictures((0, 0), (255, 255))
    with pytest.raises(Unavailable, match="no labels"):
        neighbours.measure(Corner(), Reference(x, x, labels, val_labels=val_labels))
