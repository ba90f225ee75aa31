"""The other part: pytest-asyncio runs these."""

import asyncio

import pytest


@pytest.mark.asyncio
async def test_tasks_meet():
    event = asyncio.Event()
    waiting = asyncio.create_task(event.wait(), name="meets")
    await asyncio.sleep(0)
    event.set()
    assert await waiting
