"""What the environment says to Gradio, which reads it when it is imported: set right before."""

import importlib
import os
import sys
from pathlib import Path

import httpx

from gan_demo.files import check_writable, temporary

PORTS = range(1, 2**16)
PROXIES = ("all_proxy", "http_proxy", "https_proxy")


def prepare() -> None:
    """
    Raises:
        SystemExit: a value that Gradio would stumble over, in a sentence.
    """
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    # every so many answers Gradio sums up all before, for a page that is off, and the answer waits
    os.environ.setdefault("GRADIO_ANALYTICS_CACHE_FREQUENCY", str(2**31))
    os.environ.update(  # Gradio asks itself when it starts, never through a proxy
        (name, ",".join(filter(None, [os.environ.get(name), "127.0.0.1,localhost"])))
        for name in ("NO_PROXY", "no_proxy")
    )
    _leave_out_proxies()
    try:
        if given := os.environ.get("GRADIO_SERVER_PORT"):
            port(given)
        if folder := os.environ.get("GRADIO_TEMP_DIR"):
            check_writable(Path(folder))
        else:  # Gradio's own may belong to another user
            os.environ["GRADIO_TEMP_DIR"] = temporary.folder()
    except (ValueError, OSError) as error:
        raise SystemExit(f"GRADIO_SERVER_PORT or GRADIO_TEMP_DIR: {error}") from None
    _import_pandas()


def port(given: str) -> int:
    """
    Raises:
        ValueError: no port.
    """
    if not given.isdecimal() or int(given[:6]) not in PORTS:
        raise ValueError(f"{given[:40]!r} is no port: choose a number from 1 to {PORTS[-1]}.")
    return int(given)


def _leave_out_proxies() -> None:
    """Those of a kind that cannot be used here: already an import of Gradio would end in them."""
    for name in [name for name in os.environ if name.lower() in PROXIES]:
        address = os.environ[name]
        try:
            if address:
                httpx.Client(proxy=address if "://" in address else f"http://{address}").close()
        except Exception as error:  # SOCKS without its package, an address that is none
            print(f"The proxy in {name} is left out: {error}")
            del os.environ[name]


def _import_pandas() -> None:
    """Which Gradio does. It does without pyarrow, but takes it where it is installed: 36 MB that
    only a table of pictures is worth, see `gan_demo.data.table`."""
    if {"pandas", "pyarrow"} & sys.modules.keys():
        return
    sys.modules["pyarrow"] = None  # pyright: ignore[reportArgumentType]  # how an import is refused
    try:
        importlib.import_module("pandas")
    finally:
        del sys.modules["pyarrow"]
