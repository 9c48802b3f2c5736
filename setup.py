"""What pyproject.toml cannot say: the small networks of `checkpoints/`, without which no face is
found, go along inside the package."""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["gan_demo*", "train*"]), "gan_demo.shipped"],
    package_dir={"gan_demo.shipped": "checkpoints"},
)
