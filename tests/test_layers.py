"""The house by its imports: no circle, and each points down."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parent.parent
LAYERS = [  # an import points to a layer above in this list, or stays in its room
    "types spelling allocator adam files faults",
    "validate",
    "options",
    "latent gaussian images losses lab",
    "networks data features",
    "systems devices",
    "codes",
    "metrics checkpoint",
    "studio train",
    "actions train.experiments",
    "library ui",
    "tabs",
    "app",
]
LAYER = {room: layer for layer, rooms in enumerate(LAYERS) for room in rooms.split()}
PAGE = {"ui", "tabs"}
FILES = [*(ROOT / "gan_demo").rglob("*.py"), *(ROOT / "train").rglob("*.py"), ROOT / "app.py"]


def module(file: Path) -> str:
    name = ".".join(file.relative_to(ROOT).with_suffix("").parts)
    return name.removesuffix(".__init__")


SOURCES = {module(file): ast.parse(file.read_text("utf-8")) for file in FILES}


def room(name: str) -> str:
    first, *rest = name.split(".")
    if first == "gan_demo":
        return rest[0] if rest else ""
    return "train.experiments" if rest[:1] == ["experiments"] else first


def imports(node: ast.AST, late: bool = True) -> Iterator[str]:
    """What it names, with the submodule where it is one; `late`: also inside of functions."""
    for part in ast.iter_child_nodes(node):
        if isinstance(part, ast.Import):
            yield from (a.name for a in part.names)
        elif isinstance(part, ast.ImportFrom):
            assert not part.level, "imports are absolute"
            for a in part.names:
                whole = f"{part.module}.{a.name}"
                yield whole if whole in SOURCES else str(part.module)
        elif late or not isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from imports(part, late)


def test_every_room_has_its_layer():
    rooms = {room(name) for name in SOURCES} - {""}
    assert rooms == set(LAYER)


def test_no_modules_import_each_other_in_a_circle():
    graph = {
        name: {wanted for wanted in imports(tree, late=False) if wanted in SOURCES}
        for name, tree in SOURCES.items()
    }
    TopologicalSorter(graph).prepare()  # raises CycleError, which names them


def test_an_import_points_down():
    up = [
        f"{name} -> {wanted}"
        for name, tree in SOURCES.items()
        for wanted in imports(tree)
        if wanted in SOURCES and room(name) and room(wanted)
        if room(name) != room(wanted) and LAYER[room(wanted)] >= LAYER[room(name)]
    ]
    assert not up


def test_gradio_stays_on_the_page():
    """Models and training do without it."""
    having = {
        room(name)
        for name, tree in SOURCES.items()
        if any(wanted.split(".")[0] == "gradio" for wanted in imports(tree))
    }
    assert having == PAGE


def test_a_package_hands_on_no_name_of_its_own_module():
    """Which the module would take the place of, once it is imported."""
    for name, tree in SOURCES.items():
        own = {m.rpartition(".")[2] for m in SOURCES if m.rpartition(".")[0] == name}
        given = {
            a.asname or a.name
            for part in tree.body
            if isinstance(part, ast.ImportFrom) and part.module != name
            for a in part.names
        }
        given |= {part.name for part in tree.body if isinstance(part, ast.FunctionDef)}
        assert not own & given, name
