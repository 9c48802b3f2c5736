"""Many people at once: how long a picture that follows a slider, and a quick call, take.

    python -m benchmarks.load [--checkpoints DIR ...] [--people 50] [--seconds 60] [--long 0]

Each person drags for two seconds, a frame after the other and at most 30 a second, then asks for
a sheet of pictures, looks at it for four seconds, and starts again. `--long` of them do nothing
but search for codes, one search after the other. Whoever has no answer half a minute after the end
leaves, and is counted among the errors.
"""

import argparse
import asyncio
import base64
import contextlib
import io
import json
import random
import time
from collections.abc import Awaitable
from dataclasses import dataclass, field

import httpx
import numpy as np
import psutil
from PIL import Image as PILImage

from benchmarks import served

DRAG, LOOK, RATE = 2.0, 4.0, 30  # seconds, seconds, frames a second
PICTURES, STEPS = 8, 1000  # of a sheet; of a search
LATE = 30.0  # seconds after the end


@dataclass
class Seen:
    """Seconds of each answer, and what went wrong."""

    frames: list[float] = field(default_factory=list)
    quick: list[float] = field(default_factory=list)
    long: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


async def call(http: httpx.AsyncClient, api: str, data: list) -> None:
    """
    Raises:
        ValueError: what the app said.
    """
    joined = await http.post(f"gradio_api/call/{api}", json={"data": data})
    if joined.status_code != 200:
        raise ValueError(f"{api}: {joined.status_code} {joined.text[:100]}")
    answer = await http.get(f"gradio_api/call/{api}/{joined.json()['event_id']}")
    if "event: complete" not in answer.text:
        raise ValueError(f"{api}: {answer.text[:100]}")


async def frame(http: httpx.AsyncClient, live: dict, session: str, t: float) -> None:
    scene = live["props"]["value"]["scene"] | {"at": [t]}
    message = {"data": scene, "component_id": live["id"], "fn_name": "frame"}
    answer = await http.post(
        "gradio_api/component_server/", json=message | {"session_hash": session}
    )
    if answer.status_code != 200 or answer.json()["error"]:
        raise ValueError(f"frame: {answer.status_code} {answer.text[:100]}")


async def timed(seen: Seen, into: list[float], work: Awaitable[None]) -> None:
    began = time.monotonic()
    try:
        await work
        into.append(time.monotonic() - began)
    except (ValueError, httpx.HTTPError) as error:
        seen.errors.append(str(error) or repr(error))


async def person(
    http: httpx.AsyncClient, seen: Seen, live: dict, model: str, i: int, end: float
) -> None:
    rng = random.Random(i)
    await asyncio.sleep(rng.uniform(0, DRAG + LOOK))  # they did not come all at once
    while time.monotonic() < end:
        until = time.monotonic() + DRAG
        while time.monotonic() < until:
            pause = asyncio.create_task(asyncio.sleep(1 / RATE))
            await timed(seen, seen.frames, frame(http, live, f"person{i}", rng.random()))
            await pause
        await timed(seen, seen.quick, call(http, "sample", [model, str(i), PICTURES, 1]))
        await asyncio.sleep(LOOK)


async def searcher(http: httpx.AsyncClient, seen: Seen, model: str, end: float) -> None:
    file = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    PILImage.fromarray(noise).save(file, "PNG")
    photo = {"url": f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"}
    photo |= {"meta": {"_type": "gradio.FileData"}}
    given = [model, photo, False, False, 1, STEPS]
    while time.monotonic() < end:
        await timed(seen, seen.long, call(http, "reconstruct", given))


async def crowd(url: str, people: int, long: int, seconds: float) -> Seen:
    seen, limits = Seen(), httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=url, timeout=served.PATIENCE, limits=limits) as http:
        parts = (await http.get("config")).json()["components"]
        live = next(p for p in parts if p["props"].get("elem_id") == "live")
        choices = next(p for p in parts if p["props"].get("label") == "Model")["props"]["choices"]
        live["props"]["value"]["scene"]["model"] = model = choices[0][1]
        end = time.monotonic() + seconds
        all_of_them = [person(http, seen, live, model, i, end) for i in range(people)]
        all_of_them += [searcher(http, seen, model, end) for _ in range(long)]
        await leave(seen, [asyncio.create_task(one) for one in all_of_them], seconds + LATE)
    return seen


async def leave(seen: Seen, everybody: list[asyncio.Task[None]], after: float) -> None:
    """When all are done, or after so many seconds."""
    gone, waiting = await asyncio.wait(everybody, timeout=after)
    for one in gone:
        one.result()
    for one in waiting:
        one.cancel()
        seen.errors.append("no answer")


def row(what: str, taken: list[float], seconds: float) -> list[str]:
    if not taken:
        return [what, "0", "", "", ""]
    middle, slow = np.quantile(taken, [0.5, 0.95])
    rate = f"{len(taken) / seconds:.1f}"
    return [what, str(len(taken)), rate, f"{middle:.3f} s", f"{slow:.3f} s"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoints", nargs="+", default=[], metavar="SOURCE")
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--long", type=int, default=0, metavar="PEOPLE")
    asked = parser.parse_args()
    print(served.machine())
    with served.checkpoints(asked.checkpoints) as sources, served.app(sources) as app:
        seen = asyncio.run(crowd(app.url, asked.people, asked.long, asked.seconds))
        with contextlib.suppress(psutil.Error):  # it is gone, which the errors tell
            times = app.process.cpu_times()
            print(f"the server's processor time: {times.user + times.system:.1f} s")
    kinds = {"frames": seen.frames, "quick calls": seen.quick, "long calls": seen.long}
    rows = [row(what, taken, asked.seconds) for what, taken in kinds.items()]
    print(served.table(["what", "answers", "a second", "median", "95 %"], rows))
    print(f"{len(seen.errors)} errors", json.dumps(sorted(set(seen.errors))[:5]))


if __name__ == "__main__":
    main()
