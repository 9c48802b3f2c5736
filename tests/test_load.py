"""The benchmark of many people at once gives figures however slow the app is."""

import asyncio

from benchmarks.load import Seen, leave


def test_who_has_no_answer_is_counted_and_leaves():
    async def crowd(seen):
        for_ever, at_once = asyncio.Event().wait(), asyncio.sleep(0)
        await leave(seen, [asyncio.create_task(one) for one in (for_ever, at_once)], 0.1)

    asyncio.run(asyncio.wait_for(crowd(seen := Seen()), 60))
    assert seen.errors == ["no answer"]
