"""Long work delays and refuses nobody else, and ends when nobody waits for it."""

import json
import threading
import time

import gradio as gr
import httpx
import pytest
import torch
from conftest import until

from gan_demo.ui import lanes, streams
from gan_demo.ui.lanes import LONG, QUICK, long_if, wanted
from gan_demo.ui.page import Page

STEP = 0.02  # seconds
running = set()
most = 0


class Slow(torch.nn.Module):
    def forward(self, x):
        running.add(me := threading.get_ident())
        time.sleep(STEP)
        running.discard(me)
        return x


def work(steps):
    """Counts how many long ones run at once."""
    global most
    if not steps:
        return
    if steps < 0:  # one step, of so many layers
        yield torch.nn.Sequential(*(Slow() for _ in range(-steps)))(0)
        return
    running.add(me := threading.get_ident())
    most = max(most, len(running))
    try:
        for i in range(steps):
            time.sleep(STEP)
            yield i
    finally:
        running.discard(me)


@pytest.fixture(scope="module")
def served():
    """An app with an event that may be quick or long, its queue, and its address."""

    @long_if(lambda given: bool(given[0]))
    def endpoint(steps: int):
        return sum(1 for _ in wanted(work(steps)))

    with Page() as demo:
        gr.Button().click(endpoint, gr.Number(precision=0), gr.Number(), api_name="work")
    _, url, _ = demo.launch(prevent_thread_lock=True, quiet=True, _frontend=False)
    with httpx.Client(base_url=f"{url}gradio_api/", timeout=60) as http:
        yield demo._queue, http
    demo.close(verbose=False)


def join(http, steps, session=""):
    """Asks as a page does, or for "" as a program without a session."""
    if not session:
        return http.post("call/work", json={"data": [steps]})
    return http.post("queue/join", json={"data": [steps], "fn_index": 0, "session_hash": session})


def answer(http, joined):
    said = http.get(f"call/work/{joined.json()['event_id']}").text
    return json.loads(said.partition("event: complete\ndata: ")[2])


def test_a_quick_call_passes_long_ones_which_run_one_at_a_time(served):
    queue, http = served
    first, second = (join(http, 100) for _ in range(2))
    until(lambda: running)
    assert answer(http, join(http, 0)) == [0]
    assert len(queue.event_queue_per_concurrency_id[LONG].queue) == 1  # the second waits still
    assert answer(http, first) == answer(http, second) == [100]
    assert most == 1


@pytest.mark.parametrize("steps", [100_000, -1000])
def test_work_ends_when_its_caller_has_left_also_between_layers(served, steps):
    queue, http = served
    join(http, steps, "leaver")
    with http.stream("GET", "queue/data", params={"session_hash": "leaver"}) as waiting:
        until(lambda: running)
        waiting.close()
    left = time.monotonic()
    until(lambda: queue.event_queue_per_concurrency_id[LONG].current_concurrency == 0)
    assert time.monotonic() - left < 2 and not running


def test_work_ends_when_it_is_called_off(served):
    _, http = served
    event = join(http, 100_000, "changer").json()["event_id"]
    until(lambda: running)
    wish = {"session_hash": "changer", "fn_index": 0, "event_id": event}
    http.post("cancel", json=wish).raise_for_status()
    until(lambda: not running, 2)


def test_a_lane_is_full_for_itself_alone_and_says_so(served, monkeypatch):
    _, http = served
    monkeypatch.setitem(lanes.ROOM, LONG, (3, 3))
    jobs = [join(http, 100_000, "a")]
    until(lambda: running)
    jobs += [join(http, 100_000, "b") for _ in range(3)]
    refused = join(http, 100_000, "c")
    assert refused.status_code == 429
    assert refused.json()["detail"].startswith("Too busy: 3 calls wait before yours.")
    assert answer(http, join(http, 0)) == [0]
    for job, session in zip(jobs, "abbb", strict=True):
        wish = {"session_hash": session, "fn_index": 0, "event_id": job.json()["event_id"]}
        http.post("cancel", json=wish).raise_for_status()
    until(lambda: not running)


def test_one_caller_cannot_fill_a_lane_that_takes_a_crowd(served, monkeypatch):
    queue, http = served
    monkeypatch.setitem(lanes.ROOM, QUICK, (256, 2))
    queue.create_event_queue_for_fn(queue.blocks.fns[0])
    lane = queue.event_queue_per_concurrency_id[QUICK]
    monkeypatch.setattr(lane, "current_concurrency", lane.concurrency_limit)  # all of them wait
    codes = [join(http, 0, "greedy").status_code for _ in range(3)]
    others = [join(http, 0) for _ in range(70)]
    assert codes == [200, 200, 429] and {other.status_code for other in others} == {200}
    monkeypatch.undo()
    assert answer(http, others[-1]) == [0]


def test_what_may_take_long_takes_the_long_lane(checkpoints):
    from gan_demo.tabs import serve

    demo = serve.build([str(checkpoints)])
    for api in ("reconstruct", "translate"):
        fn = next(fn for fn in demo.fns.values() if fn.api_name == api)
        demo._queue.create_event_queue_for_fn(fn)
        nothing = [None] * (len(fn.inputs) - 1)
        assert demo._queue.lane(fn, [*nothing, 0]) == QUICK
        assert demo._queue.lane(fn, [*nothing, 1]) == LONG


def heard(http, session):
    """What a page hears on its stream, as it comes."""
    with http.stream("GET", "queue/data", params={"session_hash": session}) as stream:
        for line in stream.iter_lines():
            if line.startswith("data:"):
                yield json.loads(line.removeprefix("data:"))


def test_an_event_that_follows_the_last_answer_is_heard_on_the_same_stream(served, monkeypatch):
    monkeypatch.setattr(streams, "PAUSE", 0.5)
    _, http = served
    page = {"x-gradio-user": "app"}
    body = {"data": [0], "fn_index": 0, "session_hash": "visitor"}
    ids = [http.post("queue/join", json=body, headers=page).json()["event_id"]]
    done = []
    for said in heard(http, "visitor"):
        if said["msg"] == "process_completed" and said["event_id"] == ids[-1]:
            done.append(said["event_id"])
            if len(ids) < 3:
                ids.append(http.post("queue/join", json=body, headers=page).json()["event_id"])
        if said["msg"] == "close_stream":
            break
    assert done == ids and len(ids) == 3
    began = time.monotonic()  # the end is on its way to the page
    http.post("queue/join", json=body, headers=page)
    assert time.monotonic() - began > streams.ARRIVAL / 2


def test_the_stream_of_a_program_ends_with_its_last_answer(served):
    _, http = served
    began = time.monotonic()
    answer(http, join(http, 0))
    assert time.monotonic() - began < streams.PAUSE / 2
