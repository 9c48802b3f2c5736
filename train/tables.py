"""A configuration file as a table. A base of `train/configs/bases`, named as `base = "small"`,
completes it: what both say is as the file has it, table by table.
"""

import tomllib
from pathlib import Path
from typing import Any

from gan_demo import files
from gan_demo.spelling import near

BASES = Path(__file__).parent / "configs" / "bases"
UTF_16 = (b"\xff\xfe", b"\xfe\xff")  # how such a file begins


class ConfigError(ValueError):
    """What is wrong with a configuration, in one sentence."""


def unwritten(error: UnicodeEncodeError) -> str:
    """The sentence for text that no file here can be called."""
    shown = files.sendable(error.object)[:80]
    hint = "" if error.encoding == "utf-8" else ", or set PYTHONUTF8=1 for all there are"
    return (
        f"{shown!r} holds letters that {error.encoding} does not have, in which this terminal "
        f"names files: choose others{hint}."
    )


def read(path: Path, what: str, name: str, known: list[str]) -> dict[str, Any]:
    """
    Args:
        what, name, known: for the sentence about a file that is not there: what is looked for,
            how it was called, and what there is.

    Raises:
        ConfigError: a file or base that is not there, or cannot be read.
    """
    try:
        raw = path.read_bytes()
        table = tomllib.loads(raw.decode("utf-16" if raw[:2] in UTF_16 else "utf-8-sig"))
    except OSError:
        raise ConfigError(f"There is no {what} {name!r}.{near(name, known)}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not text in UTF-8: save it as such.") from None
    except (ValueError, RecursionError) as error:  # also numbers and lists beyond all measure
        raise ConfigError(f"{path} is not valid TOML: {error}.") from None
    if "base" not in table:
        return table
    base, bases = str(table.pop("base")), sorted(file.stem for file in BASES.glob("*.toml"))
    return over(read(BASES / f"{base}.toml", "base", base, bases), table)


def over(base: dict[str, Any], table: dict[str, Any]) -> dict[str, Any]:
    """The table, completed by what only its base has."""
    both = {k: v for k, v in table.items() if isinstance(v, dict) and isinstance(base.get(k), dict)}
    return base | table | {k: over(base[k], v) for k, v in both.items()}
