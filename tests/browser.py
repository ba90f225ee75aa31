"""A real Chromium without a window, driven by Playwright, for what is made to be opened in a browser.

Where there is none the tests that ask for it are skipped and say so. ``CONCVIZ_CHROMIUM`` names another one.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

try:
    from playwright.async_api import Browser, Page, async_playwright, expect
except ImportError:  # a platform it is not made for
    pytest.skip("Playwright is not installed here", allow_module_level=True)

__all__ = ["Browser", "Page", "chromium", "expect"]

_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
_ASKED = os.environ.get("CONCVIZ_CHROMIUM")  # now: a test's environment is cleaned before it begins
_OPTIONS = ("--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars", "--force-color-profile=srgb")


def _executable() -> str:
    found = _ASKED or next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        pytest.skip("no Chromium on PATH (Debian: apt-get install chromium)")
    return found


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Start a browser, and end it."""
    executable = _executable()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=[*_OPTIONS])
        try:
            yield browser
        finally:
            await browser.close()
