"""What Train shows before any training."""

import numpy as np
from conftest import tiny
from PIL import Image as PILImage

from gan_demo import checkpoint, systems
from gan_demo.actions.models import Catalogue
from gan_demo.studio import Studio
from gan_demo.ui.endings import endings


def test_the_first_that_encodes_and_the_first_that_translates(tmp_path):
    seas = systems.make(
        "cyclegan",
        size=32,
        domains=["calm <sea>", "storm"],
        generator={"width": 4, "blocks": 1},
        discriminator={"width": 4},
    )
    training = {"images_seen": 640, "steps": 10, "data_source": "my <b>holidays</b>"}
    for name, system in (("faces", tiny()), ("bare", tiny(size=64)), ("sea", seas)):
        checkpoint.save(tmp_path / name, system, training=training)
    grey = PILImage.fromarray(np.full((280, 280, 3), 99, np.uint8))
    for name in ("faces", "sea"):
        grey.save(tmp_path / name / "samples.png")
    shown = endings(Catalogue(Studio([str(tmp_path)])))
    faces, sea = shown.split("<figure>")[1:]  # the largest that encodes has no sheet
    assert "Made by faces (O-GAN)." in faces and "data:image/" in faces
    assert "Made by sea (CycleGAN). Trained on: my &lt;b&gt;holidays" in sea
    assert "Pictures seen: 640 in 10 steps." in sea
    assert endings(Catalogue(Studio([str(tmp_path / "none")]))) == ""
