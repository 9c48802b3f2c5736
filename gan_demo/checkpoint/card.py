"""The model card: what a checkpoint is, how to use it, what it was trained on, how it scores."""

import importlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from huggingface_hub import EvalResult, ModelCardData
from torch.nn import Module

from gan_demo import systems
from gan_demo.checkpoint.markdown import flat, markdown, parted, turned
from gan_demo.systems import Samples, System, Translates

MOMENTS = 12  # rows at most in the table of a run
LISTED = 12  # parts of a list that are shown
ABOUT_DATA = ("data", "data_source", "data_licence", "licence")


def card(
    system: System,
    config: Mapping,
    metrics: Mapping,
    name: str,
    sheets: Iterable[str],
    *,
    source: str = "",
    results: Sequence[EvalResult] = (),
) -> str:
    """The README.md of the checkpoint `name`, in Markdown with the Hub's front matter.

    Args:
        config: its "training" may tell "data", "data_source" and "data_licence" in free words, as
            "licence" the Hub's identifier for the licence of the weights, and as "curve" a list of
            figures during the run, one mapping a moment.
        sheets: the picture files beside the card.
        source: where it is loaded from; "" for checkpoints/name.
        results: the figures that the Hub shows in its own way.
    """
    training = config["training"]
    parts = [
        f"---\n{_front_matter(system, config, name, results)}\n---",
        f"# {name}",
        _introduction(system, config),
        *(f"![{_title(sheet)}]({sheet})" for sheet in sheets),
        "## Use",
        _use(system, source or f"checkpoints/{name}"),
        "## Data",
        _data(training),
        "## Figures",
        _figures(metrics, name),
        "## Training",
        _training(training),
        "## Model",
        _table("Option", {"system": config["system"], **config["model"]}),
    ]
    return "\n\n".join(parts) + "\n"


def method(system: str) -> tuple[str, str]:
    """The first line of a system's file, and the paragraph that names its paper."""
    module = importlib.import_module(f"{systems.__name__}.{system}")
    title, *paragraphs = (module.__doc__ or system).strip().split("\n\n")
    return title, next((p for p in paragraphs if "http" in p), "")


def abilities(system: System) -> list[str]:
    """What it can do, in words that go on from "It"."""
    declared = (ability for ability in type(system).__mro__ if vars(ability).get("does"))
    return [a.does for a in sorted(declared, key=lambda a: len(a.__mro__))]  # the plainest first


def thinned(curve: Sequence[Any], most: int) -> list[Any]:
    """Every n-th moment, so few that there are at most so many, the last among them."""
    return list(curve[::-1][:: max(1, -(-len(curve) // most))][::-1])


def _front_matter(system: System, config: Mapping, name: str, results: Sequence[EvalResult]) -> str:
    training = config["training"]
    licence = training.get("licence")
    sources = re.findall(r"hub:([\w.-]+/[\w.-]+)", str(training.get("data", "")))
    return ModelCardData(
        license=licence or "other",
        license_name="see-data" if licence in (None, "", "other") else None,
        library_name="gan-demo",
        pipeline_tag=system.task,
        tags=list(dict.fromkeys(["gan", config["system"], "pytorch"])),
        datasets=sources or None,
        model_name=name if results else None,
        eval_results=list(results) or None,
    ).to_yaml()


def weights(system: Module) -> dict[str, int]:
    """How many each network has."""
    counted: dict[str, int] = {}
    for name, weight in system.named_parameters():
        network = name.partition(".")[0]
        counted[network] = counted.get(network, 0) + weight.numel()
    return counted


def _introduction(system: System, config: Mapping) -> str:
    title, paper = method(config["system"])
    can = abilities(system)
    kept = sum(n for network, n in weights(system).items() if network not in system.scaffold)
    colour = "grey" if system.channels == 1 else "colour"
    said = f" It {' and '.join(can)}." if can else ""
    size = f"{system.size} x {system.size} {colour} pixels, {kept / 1e6:.1f} million weights."
    return f"{title}\n\n{paper}\n\n{size}{said}".replace("\n\n\n\n", "\n\n")


def _use(system: System, source: str) -> str:
    browser = f"""```sh
python app.py --checkpoints {source}
```"""
    if isinstance(system, Translates):
        use = f"""from gan_demo import checkpoint, images
from gan_demo.data import decode

system = checkpoint.load("{source}").system
x = images.from_pil(decode.photo("picture.png"), system.size, system.channels)
images.grid(system.translate(x, to="{system.targets[-1]}")).save("translated.png")"""
    elif isinstance(system, Samples):
        use = f"""from gan_demo import checkpoint, images

system = checkpoint.load("{source}").system
images.grid(system.sample(16, seed=0)).save("samples.png")"""
    else:
        return browser
    return f"{browser}\n\n```python\n{use}\n```"


def _data(training: Mapping) -> str:
    source = training.get("data_source") or training.get("data") or "not recorded"
    licence = training.get("data_licence") or "not recorded"
    return f"Trained on: {source}\n\nLicence of the data: {licence}"


def _figures(metrics: Mapping, name: str) -> str:
    command = f"```sh\npython -m train.evaluate checkpoints/{name}\n```"
    if not metrics:
        return f"Not measured yet. To measure:\n\n{command}"
    plain, parts = dict(metrics), []
    for title, measured in metrics.items():
        if isinstance(measured, Mapping):
            plain[title], tables = parted(measured)
            for name, rows in tables.items():
                parts += [f"{title}, {name}:", markdown("Figure", turned(rows))]
    parts += [_table("Figure", plain), "Measured by:", command]
    return "\n\n".join(parts)


def _training(training: Mapping) -> str:
    plain = (str, int, float)
    facts = {k: v for k, v in training.items() if k not in ABOUT_DATA and isinstance(v, plain)}
    parts = [_table("Fact", facts), "Every setting is in `config.json`."]
    for change in training.get("changes", []):
        were = (f"`{key}` was {_text(value)}" for key, value in change["settings were"].items())
        parts.append(f"Until step {change['until step']:,} {' and '.join(were)}.")
    if curve := training.get("curve"):
        shown = thinned(curve, MOMENTS)
        columns = list(shown[-1])
        lines = [columns, ["---"] * len(columns)]
        lines += [[_text(moment.get(c, "")) for c in columns] for moment in shown]
        parts += ["Measured during training:", "\n".join(f"| {' | '.join(x)} |" for x in lines)]
    return "\n\n".join(parts)


def _table(head: str, values: Mapping) -> str:
    rows = "\n".join(f"| {key} | {_text(value)} |" for key, value in flat(values).items())
    return f"| {head} | Value |\n|---|---|\n{rows}" if rows else "Not recorded."


def _text(value: object) -> str:
    """A value for a cell of a table."""
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    if isinstance(value, list | tuple) and len(value) > LISTED:
        head = json.dumps(value[:LISTED], default=str)[:-1]
        return f"{_text(head)}, ... {len(value):,} in all"
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text.replace("|", r"\|").replace("\n", " ")


def _title(sheet: str) -> str:
    return sheet.rpartition(".")[0].replace("-", " ").replace("_", " ").capitalize()
