"""python -m train.publish CHECKPOINT hub:owner/name [--private] [--dry-run]: put it on the Hub.

Sends the weights with their config, figures, sheets and moves of the code, and a card that the Hub
can search: tags, task, licence, data, figures. First it says what that will be. The files go as one
commit, so others see all of the old or all of the new; those that have arrived before an
interruption are not sent again. `python app.py --checkpoints hub:owner/name` is the way back.
"""

import argparse
import contextlib
import json
import re
import shutil
import sys
import tempfile
from collections.abc import Generator, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import huggingface_hub
from huggingface_hub import EvalResult, HfApi, constants
from huggingface_hub.errors import HfHubHTTPError, HFValidationError
from huggingface_hub.utils import validate_repo_id

from gan_demo import checkpoint
from gan_demo.checkpoint import Checkpoint, card
from gan_demo.checkpoint.markdown import parted
from gan_demo.checkpoint.sheets import SHEETS, sheets_in
from gan_demo.codes import attributes
from gan_demo.metrics import calibration

OWN_ROW = "translated"  # of a table that compares a model with others
ABOUT = (calibration.TITLE, "Protocol")  # titles that say something of the measures


class PublishError(ValueError):
    """Why nothing was sent, and what to do."""


def repository(target: str) -> str:
    """owner/name, of hub:owner/name.

    Raises:
        PublishError: no such name.
    """
    prefix, _, repo = target.partition(":")
    try:
        validate_repo_id(repo)
    except HFValidationError:
        repo = ""
    if prefix != "hub" or repo.count("/") != 1:
        raise PublishError(f"{target[:80]!r} is no place on the Hub: write hub:owner/name.")
    return repo


def results(loaded: Checkpoint) -> Iterator[EvalResult]:
    """The model's own figures, for the Hub's model-index."""
    about = loaded.metrics.get("Protocol", {})
    known = about.get("data") if isinstance(about, Mapping) else None
    data = str(known or loaded.config["training"].get("data") or "not recorded")
    for title, measured in loaded.metrics.items():
        if title in ABOUT or not isinstance(measured, Mapping):
            continue
        plain, tables = parted(measured)
        rows = {title: plain} | {name: table.get(OWN_ROW, {}) for name, table in tables.items()}
        for where, row in rows.items():
            for figure, value in _numbers(row):
                yield EvalResult(
                    task_type=loaded.system.task or "other",
                    dataset_type=re.sub(r"^\w+:|\W.*", "", Path(data).name) or "other",
                    dataset_name=data,
                    dataset_split="val",
                    metric_type=_slug(figure),
                    metric_name=f"{where}: {figure}",
                    metric_value=value,
                )


def prepare(loaded: Checkpoint, repo: str, folder: Path) -> list[Path]:
    """Puts into an empty folder what is to be sent: the checkpoint's own files, no others that lie
    beside them, without the paths of this machine, under a card for the Hub."""
    sheets = sheets_in(loaded.path)
    for path in (loaded.path / checkpoint.WEIGHTS, loaded.path / attributes.FILE, *sheets):
        if path.is_file():
            shutil.copyfile(path, folder / path.name)
    loaded = replace(loaded, config=bare(loaded.config), metrics=bare(loaded.metrics))
    facts = {checkpoint.CONFIG: loaded.config, checkpoint.METRICS: loaded.metrics}
    for name, content in facts.items():
        (folder / name).write_text(json.dumps(content, indent=2) + "\n", "utf-8")
    text = card.card(
        loaded.system,
        loaded.config,
        loaded.metrics,
        repo.partition("/")[2],
        [sheet.name for sheet in sheets],
        source=f"hub:{repo}",
        results=list(results(loaded)),
    )
    (folder / checkpoint.CARD).write_text(text, "utf-8")
    return sorted(folder.iterdir())


def bare(facts: Any) -> Any:
    """JSON in which folder:/home/me/cats is folder:cats: a path tells of the machine and its owner,
    and nobody else can use it."""
    if isinstance(facts, Mapping):
        return {key: bare(value) for key, value in facts.items()}
    if isinstance(facts, list):
        return [bare(value) for value in facts]
    return " and ".join(map(_last, facts.split(" and "))) if isinstance(facts, str) else facts


def told(files: list[Path], repo: str, private: bool | None) -> str:
    """What will be sent, and where."""
    kind = " (private, where it is new)" if private else ""
    sizes = [path.stat().st_size for path in files]
    lines = [f"To hub:{repo}{kind}, {len(files)} files, {_size(sum(sizes))}:"]
    width = max(len(path.name) for path in files)
    lines += [f"  {p.name:<{width}}  {_size(n):>9}" for p, n in zip(files, sizes, strict=True)]
    return "\n".join(lines)


def send(folder: Path, repo: str, private: bool | None, token: str = "") -> str:
    """The address of the repository, which is made where there is none.

    Args:
        token: in place of that of this machine; used, and kept nowhere.

    Raises:
        PublishError: nobody is logged in, the Hub refuses, or it cannot be reached.
    """
    if not token and huggingface_hub.get_token() is None:
        raise PublishError(
            "Nobody is logged in: make a token that may write at "
            f"{constants.ENDPOINT}/settings/tokens, then run `hf auth login` or set HF_TOKEN."
        )
    if not re.fullmatch(r"[!-~]*", token):  # or what sends it would tell it in an error
        raise PublishError("This is no token: it has letters that none has. Copy it once more.")
    api = HfApi(library_name="gan-demo", token=token or None)
    try:
        url = api.create_repo(repo, private=private, exist_ok=True)
        api.upload_folder(
            repo_id=repo,
            folder_path=folder,
            commit_message="A checkpoint of gan-demo",
            delete_patterns=[attributes.FILE, *SHEETS],  # those of an earlier one
        )
    except HfHubHTTPError as error:
        raise PublishError(_refusal(error, repo)) from error
    except Exception as error:  # those of connections share no base class with their library's
        reason = str(error).strip().partition("\n")[0][:200] or type(error).__name__
        raise PublishError(
            f"{constants.ENDPOINT} cannot be reached ({reason}). Check the connection: the same "
            "command goes on."
        ) from error
    return str(url)


def publish(
    source: str | Path, target: str, private: bool | None = None, token: str = ""
) -> Generator[str, None, None]:
    """What will be sent, and where; who asks for more sends it, and gets its address.

    Args:
        source: a checkpoint.
        target: hub:owner/name.

    Raises:
        OSError, ValueError: as `checkpoint.load`, `repository` and `send`.
    """
    repo, loaded = repository(target), checkpoint.load(source)
    with tempfile.TemporaryDirectory() as folder:
        yield told(prepare(loaded, repo, Path(folder)), repo, private)
        url = send(Path(folder), repo, private, token)
    yield f"It is at {url}. Open it: python app.py --checkpoints hub:{repo}"


def _refusal(error: HfHubHTTPError, repo: str) -> str:
    status = error.response.status_code
    if status == 401:
        return "The Hub does not know this token: run `hf auth login`, or set another HF_TOKEN."
    if status in (403, 404):
        owner = repo.partition("/")[0]
        return (
            f"This token may not write to {repo}: take a token with write access, and an owner "
            f"that it belongs to instead of {owner!r}."
        )
    said = (error.server_message or str(error)).strip().partition("\n")[0][:300].rstrip(".")
    return f"The Hub answered with {status}: {said}. The same command goes on."


def _last(path: str) -> str:
    """The last part of a source's path, or of one that does not begin here; other words stay."""
    kind = re.match(r"(?:folder|zip|tar):|", path)[0]  # pyright: ignore[reportOptionalSubscript]
    rest = path.removeprefix(kind)
    if not kind and not re.match(r"[/~\\]|\.\.[/\\]|[A-Za-z]:[/\\]", rest):
        return path
    return kind + re.split(r"[/\\]", rest.rstrip("/\\"))[-1]


def _numbers(row: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for name, value in row.items():
        if isinstance(value, int | float) and not isinstance(value, bool) and name[-1:] != "±":
            yield name, value


def _slug(words: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")


def _size(n: int) -> str:
    return f"{n / 1e6:.1f} MB" if n >= 1e5 else f"{n / 1e3:.1f} KB"


def main(argv: list[str] | None = None) -> None:
    about, *more = (__doc__ or "").split("\n\n")
    parser = argparse.ArgumentParser(
        prog="python -m train.publish", description=about.partition(": ")[2], epilog=" ".join(more)
    )
    parser.add_argument("checkpoint", help="a folder, or its name in checkpoints/")
    parser.add_argument("target", metavar="hub:owner/name")
    parser.add_argument(
        "--private", action="store_true", default=None, help="where it is new, for you alone"
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would be sent, no more")
    args = parser.parse_args(argv)
    try:
        with contextlib.closing(publish(args.checkpoint, args.target, args.private)) as steps:
            print(next(steps), flush=True)
            print("Nothing was sent: --dry-run." if args.dry_run else next(steps))
    except (OSError, ValueError) as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit("\nStopped. The same command goes on.")


if __name__ == "__main__":
    main()
