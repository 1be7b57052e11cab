"""A real browser for tests: Chromium as the distribution ships it, without network, and axe-core as a reader of pages.

On a machine without them the tests that need them skip and say what is missing; where `CI` is set that is a failure,
so that no run passes because it looked at nothing.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import BrowserContext, Page

# Read once, before any test changes the environment.
_REQUIRED: Final = os.environ.get("CI", "").lower() in {"1", "true", "yes"}
_PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_RULES: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice")
PHONE: Final = (390, 844)
DESKTOP: Final = (1280, 900)


def missing(what: str) -> NoReturn:
    """Skip the calling test, or in CI fail it."""
    message = f"browser tests need {what}"
    if _REQUIRED:
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


@contextlib.contextmanager
def browser(folder: Path) -> Iterator[BrowserContext]:
    """Run a browser with a profile of its own in a folder that is new."""
    program = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if program is None:
        missing("chromium on the path")
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415  # not everybody who runs the tests has it
    except ImportError:
        missing("playwright")
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            folder, executable_path=program, headless=True, args=list(_ARGUMENTS), offline=True
        )
        try:
            yield context
        finally:
            context.close()


def opened(context: BrowserContext, path: Path, *, size: tuple[int, int] = DESKTOP, dark: bool = False) -> Page:
    """Open a file in a page of a size."""
    page = context.new_page()
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.emulate_media(color_scheme="dark" if dark else "light")
    page.goto(path.as_uri())
    return page


def violations(page: Page) -> list[str]:
    """Give what axe-core finds wrong with a page, one line a finding."""
    page.evaluate(f"{_axe()};0")
    found: dict[str, Any] = page.evaluate(f"axe.run(document, {{runOnly: {list(_RULES)!r}}})")
    assert len(found["passes"]) > 10, "axe-core looked at nothing"
    return [f"{one['id']}: {node['html'][:200]}" for one in found["violations"] for node in one["nodes"]]


@functools.cache
def _axe() -> str:
    spec = importlib.util.find_spec("axe_playwright_python")
    if spec is None or spec.origin is None:
        missing("axe-core (axe-playwright-python)")
    return (Path(spec.origin).parent / "axe.min.js").read_text(encoding="utf-8")
