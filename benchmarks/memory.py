"""Memory and disk of the server while it answers live frames.

python -m benchmarks.memory [--checkpoints DIR ...] [--events 10000]
"""

import argparse
from pathlib import Path

import httpx

from benchmarks import served

PEOPLE = 20  # sessions that take turns


def megabytes(app: served.Served) -> float:
    """Resident memory of the server and what it started."""
    processes = [app.process, *app.process.children(recursive=True)]
    return sum(p.memory_info().rss for p in processes) / 1e6


def kilobytes(folder: Path) -> float:
    return sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) / 1e3


def ask(client: httpx.Client, component: dict, session: int, t: float) -> int:
    """One live frame, as the page asks for it: the bytes that came over the wire."""
    scene = component["props"]["value"]["scene"] | {"at": [t]}
    message = {"data": scene, "component_id": component["id"], "fn_name": "frame"}
    message["session_hash"] = f"person{session}"
    answer = client.post("gradio_api/component_server/", json=message).raise_for_status()
    if answer.json()["error"]:
        raise SystemExit(answer.json()["error"])
    return answer.num_bytes_downloaded


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoints", nargs="+", default=[], metavar="SOURCE")
    parser.add_argument("--events", type=int, default=10_000)
    asked = parser.parse_args()
    print(served.machine())
    rows = []
    with (
        served.checkpoints(asked.checkpoints) as sources,
        served.app(sources) as app,
        httpx.Client(base_url=app.url, timeout=60) as client,
    ):
        parts = client.get("config").json()["components"]
        live = next(p for p in parts if p["props"].get("elem_id") == "live")
        choices = next(p for p in parts if p["props"].get("label") == "Model")["props"]["choices"]
        live["props"]["value"]["scene"]["model"] = choices[0][1]
        for event in range(asked.events + 1):
            if event % max(1, asked.events // 10) == 0:
                row = [f"{event:,}", f"{megabytes(app):.0f}", f"{kilobytes(app.temporary):.0f}"]
                rows.append(row)
            ask(client, live, event % PEOPLE, event % 101 / 100)
    print(served.table(["live events", "memory, MB", "files, kB"], rows))


if __name__ == "__main__":
    main()
