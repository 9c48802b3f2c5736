"""What is installed works without the checkout."""

import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import gan_demo
from gan_demo import checkpoint
from gan_demo.files import checkpoints
from gan_demo.images import landmarks
from train import config

ROOT = Path(__file__).parent.parent
PROGRAM = """
import pathlib, sys
import gan_demo
from gan_demo import checkpoint, features
from gan_demo.files import checkpoints
from gan_demo.images import landmarks
from train import config

assert "site" in gan_demo.__file__, gan_demo.__file__
print(gan_demo.__version__, len(config.names()))
print([folder.name for folder in checkpoints.folders()])
print(landmarks.load().size, features.shipped(3).name)
print(checkpoint.load(sys.argv[1]).name)
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The package, installed in a folder of its own; built offline from a copy of the checkout,
    beside which a build leaves files."""
    for needed in ("pip", "setuptools"):
        if importlib.util.find_spec(needed) is None:
            pytest.skip(f"building a wheel needs {needed}, which this environment lacks")
    build = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["build-system"]
    least = int(re.search(r">=(\d+)", build["requires"][0])[1])
    if int(importlib.metadata.version("setuptools").split(".")[0]) < least:
        pytest.skip(f"building a wheel needs {build['requires'][0]}")
    folder = tmp_path_factory.mktemp("package")
    source, site = folder / "source", folder / "site"
    source.mkdir()
    for name in ("pyproject.toml", "setup.py", "requirements.txt", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for name in ("gan_demo", "train"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for network in (*ROOT.glob("checkpoints/features-*"), *ROOT.glob("checkpoints/points-*")):
        shutil.copytree(network, source / "checkpoints" / network.name)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    alone = ["--no-deps", "--no-index"]
    wheel = [*pip, "wheel", *alone, "--no-build-isolation", "-w", str(folder), str(source)]
    subprocess.run(wheel, check=True)
    [built] = folder.glob("*.whl")
    subprocess.run([*pip, "install", *alone, "--target", str(site), str(built)], check=True)
    return site


def test_an_installed_package_needs_no_checkout(site, request, tmp_path):
    environment = os.environ | {"PYTHONPATH": str(site)}
    environment.pop("GAN_DEMO_CHECKPOINTS", None)
    tiny = request.getfixturevalue("checkpoints") / "tiny-faces"
    command = [sys.executable, "-c", PROGRAM, str(tiny)]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        f"{gan_demo.__version__} {len(config.names())}",
        "['shipped']",
        "64 features-packs",
        "tiny-faces",
    ]


def test_the_package_has_the_commands_and_all_files(site):
    [installed] = importlib.metadata.distributions(name="gan-demo", path=[str(site)])
    assert installed.version == gan_demo.__version__
    for entry in installed.entry_points:
        module, function = entry.value.split(":")
        assert f"def {function}(" in (site / f"{module.replace('.', '/')}.py").read_text("utf-8")
    assert {entry.name for entry in installed.entry_points} == {"gan-demo", "gan-demo-train"}
    there = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    for package in ("gan_demo", "train"):
        for kind in ("py", "toml", "css", "js", "svg"):
            wanted = {p.relative_to(ROOT).as_posix() for p in (ROOT / package).rglob(f"*.{kind}")}
            assert wanted <= there
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    needed = [one for one in installed.requires or () if "extra ==" not in one]
    assert len(needed) == sum(not line.startswith("#") for line in lines if line)


def test_the_version_is_that_of_the_changelog():
    heads = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    dev = heads[0] == "Unreleased"
    assert (".dev" in gan_demo.__version__) == dev
    latest = [int(n) for n in heads[dev].split(".")]
    ours = [int(n) for n in gan_demo.__version__.split(".dev")[0].split(".")]
    assert ours > latest if dev else ours == latest


def test_checkpoints_are_found_by_name_wherever_they_lie(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoints, "CHECKOUT", tmp_path / "checkout")
    monkeypatch.delenv("GAN_DEMO_CHECKPOINTS", raising=False)
    monkeypatch.chdir(tmp_path)
    assert checkpoints.folders() == []
    assert checkpoints.locate("cats") == Path("cats")
    with pytest.raises(ValueError, match=r"points-faces is not here.*GAN_DEMO_CHECKPOINTS"):
        landmarks.load()
    for top in ("named", "checkout", "checkpoints"):
        (tmp_path / top / "cats").mkdir(parents=True)
        (tmp_path / top / top).mkdir()
    assert checkpoints.locate("cats") == tmp_path / "checkout" / "cats"
    assert checkpoints.network("checkpoints") == tmp_path / "checkpoints" / "checkpoints"
    monkeypatch.setenv("GAN_DEMO_CHECKPOINTS", str(tmp_path / "named"))
    assert checkpoints.locate("cats") == tmp_path / "named" / "cats"
    assert checkpoints.locate("checkout/cats") == Path("checkout/cats")  # a path is a path
    monkeypatch.setenv("GAN_DEMO_CHECKPOINTS", str(tmp_path / "nowhere"))
    assert checkpoints.folders() == [tmp_path / "nowhere"]
    with pytest.raises(ValueError, match="no folder"):
        checkpoint.find(*checkpoints.folders())
