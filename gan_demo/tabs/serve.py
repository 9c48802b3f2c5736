"""The demo: a studio of checkpoints and one tab per ability.

gan-demo, or python app.py
    [--checkpoints DIR|hub:owner/name ...] [--device auto|cpu|cuda|mps] [--host HOST] [--port PORT]
    [--share] [--root-path PATH] [--mcp]
"""

import argparse
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import gradio as gr
import torch

from gan_demo import allocator, devices, tabs
from gan_demo.actions.first_look import first_look
from gan_demo.actions.train.plan import OUT, RUNS
from gan_demo.actions.train.runs import Runs
from gan_demo.actions.train.workshop import Workshop
from gan_demo.files.checkpoints import PACKED, folders
from gan_demo.studio import Studio
from gan_demo.tabs import api
from gan_demo.ui import agents, hero, page, preview, surroundings, theme
from gan_demo.ui.guard import LOOPBACK, GuardedApp
from gan_demo.ui.shell import Shell

FAVICON = Path(__file__).parents[1] / "ui" / "favicon.svg"
SESSIONS = 200  # whose settings and history are kept; the oldest is forgotten first


def build(
    sources: Iterable[str] = (),
    device: devices.Device = devices.CPU,
    training: Workshop | None = None,
) -> gr.Blocks:
    """The page for the checkpoints found in `sources`, drawn on `device`, see `Studio`; with the
    tab Train where it may train."""
    studio = Studio(sources, device=device)
    with page.Page(title=page.TITLE, delete_cache=(3600, 3600)) as demo:
        shell = Shell(studio, training)
        shell.backstage.render()
        demo.keep(page.header())
        head = hero.hero(first_look(studio), train=training is not None)
        shell.my_photo.chip.render()
        notice = page.notice(studio)
        shell.tabs.render()
        with shell.tabs:
            for tab in tabs.ALL:
                if tab is not tabs.train or training:
                    shell.add(tab)
        api.build(studio, shell)
        shell.finish(demo, notice, head)
    return demo


def launch_options(
    hosts: Iterable[str] | None = LOOPBACK, tools: bool = False, training: Workshop | None = None
) -> dict[str, Any]:
    """What `launch` needs so that the page looks and behaves as meant.

    Args:
        hosts: the names it answers to, None for any.
        tools: whether agents are served, too, see `agents.ready`.
        training: whose pictures are sent in one go, as one zip or many files.
    """
    guarded = GuardedApp(hosts, training.heaviest) if training else GuardedApp(hosts)
    preview.offer(guarded, page.TITLE, page.SENTENCE)
    return {
        "theme": theme.theme(),
        "css": theme.CSS,
        "favicon_path": str(FAVICON),
        "footer_links": ["api"],
        "run_history": False,
        "enable_monitoring": False,
        "max_file_size": training.heaviest if training else "20mb",
        "state_session_capacity": SESSIONS,
        "mcp_server": tools,
        "ssr_mode": False,  # needs Node, and the page is quick without
        "_app": guarded,
        "_frontend": False,  # on a busy machine its own question to itself comes too late
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="See, touch and train GANs that encode.")
    parser.add_argument("--checkpoints", nargs="+", default=[], metavar="SOURCE")
    parser.add_argument(
        "--device", default="auto", help="cpu, cuda or mps; default: the faster, measured"
    )
    parser.add_argument(
        "--host",
        type=host,
        default=os.environ.get("GRADIO_SERVER_NAME") or None,
        help="address to listen on, default 127.0.0.1",
    )
    parser.add_argument("--port", type=port, default=None, help="default: the first free from 7860")
    parser.add_argument("--share", action="store_true", help="a public link for 72 hours")
    parser.add_argument(
        "--root-path", default=None, metavar="PATH", help="the path that a proxy serves it under"
    )
    parser.add_argument(
        "--allow-host", nargs="+", default=[], metavar="NAME", help="names that a proxy gives it"
    )
    parser.add_argument(
        "--allow-training", action="store_true", help="the tab Train, also for other machines"
    )
    parser.add_argument(
        "--mcp", action="store_true", help="the API's functions as tools for agents, too"
    )
    asked = parser.parse_args()
    allocator.bound()
    allocator.trim_for_ever()
    torch.set_num_threads(1)  # small networks: a second thread costs more than it brings
    hosts = LOOPBACK.union(asked.allow_host) if local(asked.host) and not asked.share else None
    try:
        device = devices.choose(asked.device)
        tools = asked.mcp and agents.ready()
    except ValueError as error:
        parser.error(str(error))
    print(device.why)
    alone = hosts is not None and not asked.allow_host
    training = workshop(asked.checkpoints, alone) if alone or asked.allow_training else None
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())  # what is to be removed at the end is
    if training:
        threading.Thread(target=training.watch, daemon=True).start()
    build(asked.checkpoints, device, training).launch(
        server_name=asked.host,
        server_port=asked.port and free(asked.port),
        share=asked.share,
        root_path=asked.root_path,
        **launch_options(hosts, tools, training),
    )


def workshop(sources: Sequence[str], local: bool, runs: str | Path = RUNS) -> Workshop:
    """Trains into the first folder of checkpoints, which is then in every list.

    Args:
        local: whether only this machine can reach the page.
    """
    named = [Path(source) for source in sources if not source.startswith("hub:")]
    known = [*named, *(folder for folder in folders() if folder != PACKED.resolve())]
    out = known[0] if known else OUT
    return Workshop(Runs(Path(runs)), out, Path(os.environ["GRADIO_TEMP_DIR"]), local)


def free(port: int) -> int:
    """The port, or else the next that nobody listens at."""
    for candidate in range(port, min(port + 100, 2**16)):
        with socket.socket() as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind(("127.0.0.1", candidate))
            except OSError:
                continue
        if candidate != port:
            print(f"Port {port} is taken or not yours to take: using {candidate}.")
        return candidate
    raise SystemExit(f"No port from {port} on is free. Choose another with --port.")


def host(given: str) -> str:
    """An address of this machine, as Gradio wants it.

    Raises:
        argparse.ArgumentTypeError: it is another's, or none.
    """
    bare = given.strip("[]")
    try:
        family, kind, _, _, address = socket.getaddrinfo(bare, 0, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as tried:
            tried.bind(address)
    except (OSError, UnicodeError):
        raise argparse.ArgumentTypeError(
            f"{given[:80]!r} is no address of this machine: 127.0.0.1 is for itself alone, 0.0.0.0 "
            "for all who reach it."
        ) from None
    return f"[{bare}]" if ":" in bare else bare


def port(given: str) -> int:
    """
    Raises:
        argparse.ArgumentTypeError: no port.
    """
    try:
        return surroundings.port(given)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def local(host: str | None) -> bool:
    """Whether only this machine can reach the app."""
    return (host or "127.0.0.1").strip("[]") in LOOPBACK
