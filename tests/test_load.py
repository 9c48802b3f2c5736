"""The benchmark of many people at once gives figures however slow the app is."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from benchmarks.load import Seen, leave


def test_who_has_no_answer_is_counted_and_leaves():
    async def crowd(seen):
        for_ever, at_once = asyncio.Event().wait(), asyncio.sleep(0)
        await leave(seen, [asyncio.create_task(one) for one in (for_ever, at_once)], 0.1)

    with ThreadPoolExecutor() as apart:  # the browser's tests leave a running loop in this thread
        apart.submit(asyncio.run, crowd(seen := Seen())).result(60)
    assert seen.errors == ["no answer"]
