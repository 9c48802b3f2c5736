"""What one live frame costs the server: its processor time, and the parts of it.

python -m benchmarks.frame [--checkpoints DIR ...] [--frames 300]

Frames are asked for one after another as a browser asks, answers compressed as it accepts them.
Processor time, unlike the time that passes, is hardly another on a busy machine.
"""

import argparse
import time
from collections.abc import Callable

import httpx
import torch

from benchmarks import served
from benchmarks.memory import ask
from gan_demo import images
from gan_demo.actions import interpolate
from gan_demo.actions.interpolate import Walk
from gan_demo.studio import Studio
from gan_demo.systems import Samples
from gan_demo.ui.live import frame_uri

BROWSER = {"accept-encoding": "gzip, deflate, br, zstd", "accept": "*/*"}
WARM = 30  # frames before it counts


def cpu(app: served.Served) -> float:
    """Milliseconds of processor time so far."""
    times = app.process.cpu_times()
    return 1000 * (times.user + times.system)


def asked_for(sources: list[str], frames: int) -> tuple[str, float, float]:
    """The model that draws first, the server's milliseconds a frame, and bytes of an answer."""
    with served.app(sources) as app, httpx.Client(base_url=app.url, headers=BROWSER) as client:
        parts = client.get("config").json()["components"]
        live = next(p for p in parts if p["props"].get("elem_id") == "live")
        choices = next(p for p in parts if p["props"].get("label") == "Model")["props"]["choices"]
        live["props"]["value"]["scene"]["model"] = choices[0][1]
        sizes = [ask(client, live, 0, i % 101 / 100) for i in range(WARM)]
        before = cpu(app)
        for i in range(frames):
            ask(client, live, 0, i % 101 / 100)
        return choices[0][1], (cpu(app) - before) / frames, sum(sizes) / len(sizes)


def taken(work: Callable[[], object], times: int = 100) -> str:
    """Milliseconds of processor time of a piece of work."""
    work()
    before = time.process_time()
    for _ in range(times):
        work()
    return f"{1000 * (time.process_time() - before) / times:.2f}"


def parts(sources: list[str], model: str) -> list[list[str]]:
    """The same without a server, piece by piece."""
    torch.set_num_threads(1)
    system = Studio(sources).able(model, Samples)
    scene = Walk(model, "slerp", (0, 1), (0.5,)).to_json()
    with torch.inference_mode():
        z = interpolate.place(system, Walk.from_json(scene))
        x = system.decode(z)
        picture = images.to_arrays(x)[0]
        return [
            [
                "the place on the walk",
                taken(lambda: interpolate.place(system, Walk.from_json(scene))),
            ],
            ["G", taken(lambda: system.decode(z))],
            ["to 8 bits", taken(lambda: images.to_arrays(x))],
            ["JPEG and base64", taken(lambda: frame_uri(picture))],
        ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoints", nargs="+", default=[], metavar="SOURCE")
    parser.add_argument("--frames", type=int, default=300)
    asked = parser.parse_args()
    print(served.machine())
    with served.checkpoints(asked.checkpoints) as sources:
        model, whole, size = asked_for(sources, asked.frames)
        rows = [*parts(sources, model), ["all of the server", f"{whole:.2f}"]]
    print(f"{model}, {size / 1000:.1f} kB an answer")
    print(served.table(["a live frame", "processor time, ms"], rows))


if __name__ == "__main__":
    main()
