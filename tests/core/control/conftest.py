"""A stage for every test of the scheduler by itself."""

from __future__ import annotations

import pytest

from tests.core.control.stage import Stage


@pytest.fixture
def stage() -> Stage:
    """A held scheduler with one process."""
    return Stage()
