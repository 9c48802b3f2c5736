"""What the README promises, and the walls of the house."""

import ast
import json
import re
from pathlib import Path

from drawn import face
from huggingface_hub import SpaceCard
from packaging.requirements import Requirement
from PIL import Image as PILImage

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
LIBRARY = (ROOT / "docs/library.md").read_text("utf-8")
RESULTS = (ROOT / "docs/results.md").read_text("utf-8")


def requirement(name: str) -> Requirement:
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    wanted = [line.split("#")[0].strip() for line in lines]
    return next(r for r in map(Requirement, filter(None, wanted)) if r.name == name)


def test_a_space_gets_the_gradio_that_the_requirements_ask_for():
    card = SpaceCard.load(ROOT / "README.md").data
    assert card.sdk == "gradio"
    assert card.python_version == "3.12"
    assert (ROOT / card.app_file).exists()
    assert card.sdk_version in requirement("gradio").specifier


def test_the_ranges_admit_the_torch_of_a_cpu_and_of_a_gpu_machine():
    for torch, vision in (("2.11.0", "0.26.0"), ("2.14.0", "0.29.0")):
        assert torch in requirement("torch").specifier
        assert vision in requirement("torchvision").specifier


def test_the_tree_in_the_readme_is_the_tree():
    tree = README.split("## The tree")[1].split("```")[1]
    folder = ROOT
    for line in filter(None, tree.splitlines()):
        paths = next(word for word in line[:72].split("  ") if word.strip()).split()
        if not line.startswith(" "):
            folder = ROOT
        for path in paths:
            assert (folder / path).exists(), path
        if not line.startswith(" ") and paths[0].endswith("/"):
            folder = ROOT / paths[0]


def test_the_lines_of_the_library_run(checkpoints, tmp_path, monkeypatch):
    five, more = (part.split("```")[0] for part in LIBRARY.split("```python")[1:])
    assert five == README.split("```python")[1].split("```")[0]
    monkeypatch.chdir(tmp_path)
    face().save("me.jpg")
    face(background=200).save("you.jpg")
    made: dict = {}
    exec(five.replace("checkpoints/ogan-portraits", str(checkpoints / "tiny-faces")), made)
    exec(more, made)
    assert PILImage.open("again.png").size == (32, 32)
    assert PILImage.open("from-me-to-you.png").width > 8 * 32


def test_the_figures_of_the_smile_are_the_measured_ones():
    figures = json.loads((ROOT / "checkpoints/smile-cyclegan/metrics.json").read_text())
    for direction, target in (("neutral to smiling", "smiling"), ("smiling to neutral", "neutral")):
        rows = figures["Translation"][direction]
        fd = "FD-conv7-packs-525"
        assert f"**{rows['translated'][f'called {target}']:.1%}**" in RESULTS
        scale = (rows[row][fd] for row in ("identity map", "real val pictures"))
        assert "; ".join(f"{value:.1f}" for value in scale) in RESULTS
        assert f"{rows['translated'][fd]:.1f} |" in RESULTS


def test_files_named_in_the_readme_exist():
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        for path in re.findall(r"\]\(([^):#]+)\)", page.read_text("utf-8")):
            assert (page.parent / path).exists(), f"{page.name}: {path}"


def test_every_text_file_is_utf_8_whatever_the_locale_says():
    def silent(call: ast.Call) -> bool:
        name = getattr(call.func, "attr", "")
        stated = any(k.arg == "encoding" for k in call.keywords)
        if name == "open":
            mode = call.args[0] if call.args else ast.Constant("r")
            of = getattr(call.func, "value", None)
            module = isinstance(of, ast.Name) and of.id in ("os", "PILImage", "tarfile", "archive")
            return not stated and not module and "b" not in str(getattr(mode, "value", "b"))
        return not stated and len(call.args) < {"read_text": 1, "write_text": 2}.get(name, 0)

    code = [ROOT / "app.py", *(p for d in ("gan_demo", "train") for p in (ROOT / d).rglob("*.py"))]
    for path in code:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            assert not (isinstance(node, ast.Call) and silent(node)), f"{path}:{node.lineno}"


def test_nothing_large_or_pickled_is_shipped():
    files = [path for path in (ROOT / "checkpoints").rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 56 * 2**20
    assert max(path.stat().st_size for path in files) <= 10 * 2**20
    assert {path.suffix for path in files} <= {".safetensors", ".json", ".md", ".png", ".webp"}
