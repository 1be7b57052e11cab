"""The pages of the view in a real browser: read by everybody, at every width, and nothing runs or is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.browser import DESKTOP, PHONE, browser, opened, violations
from support.demo import demo_archive
from support.hostile import M, P, hostile
from support.view import pages

from projections.export.view import Proof

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import BrowserContext

pytestmark = pytest.mark.browser

# The pages that are looked at: two proposals, all on one page, a meeting, a list, hostile texts.
KINDS = ("vorlage-0640", "vorlage-12-2023", "alle", "sitzung", "register", "boese-vorlage", "boese-sitzung")
_CHECKPOINT = "ursprung\n181\n" + "x" * 200 + "=\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the pages of all kinds."""
    root = tmp_path_factory.mktemp("ansicht")
    made: dict[str, dict[str, bytes]] = {}
    with demo_archive(tmp_path_factory.mktemp("demo")).open() as archive:
        for name, reference in (("vorlage-0640", "0640"), ("vorlage-12-2023", "12/2023")):
            found = archive.find("proposal", {"reference": reference})
            made[name] = pages(archive, *found, proof=Proof(size=181, checkpoint=_CHECKPOINT))
        made["alle"] = pages(archive, *archive.streams("proposal"))
        made["sitzung"] = pages(archive, *archive.find("meeting", {"number": "1/2023"}))
        made["register"] = pages(archive)
    made["boese-vorlage"] = pages(hostile().archive(), P)
    made["boese-sitzung"] = pages(hostile().archive(), M)
    for kind, files in made.items():
        (root / kind / "ansicht").mkdir(parents=True)
        for name, data in files.items():
            (root / kind / "ansicht" / name).write_bytes(data)
    return root


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    with browser(tmp_path_factory.mktemp("profil")) as running:
        yield running


def index(folder: Path, kind: str) -> Path:
    return folder / kind / "ansicht" / "index.html"


@pytest.mark.parametrize(
    ("size", "dark"),
    [
        pytest.param(PHONE, True, id="Telefon-dunkel"),
        pytest.param(DESKTOP, False, id="Bildschirm-hell"),
        pytest.param(PHONE, False, id="Telefon-hell", marks=pytest.mark.long),
        pytest.param(DESKTOP, True, id="Bildschirm-dunkel", marks=pytest.mark.long),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_axe_finds_nothing(
    context: BrowserContext, folder: Path, kind: str, size: tuple[int, int], *, dark: bool
) -> None:
    page = opened(context, index(folder, kind), size=size, dark=dark)
    assert violations(page) == []
    page.close()


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_wider_than_the_window(context: BrowserContext, folder: Path, kind: str, width: int) -> None:
    page = opened(context, index(folder, kind), size=(width, 800))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_requested_nothing_runs_and_the_policy_is_not_broken(
    context: BrowserContext, folder: Path, kind: str
) -> None:
    page = context.new_page()
    requests: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.on("pageerror", lambda error: said.append(str(error)))
    address = index(folder, kind).as_uri()
    page.goto(address)
    assert requests == [address]
    assert said == []
    # The style sheet holds: the policy names its digest.
    assert page.evaluate("getComputedStyle(document.querySelector('.sprung')).position") == "absolute"
    page.close()


def test_policy_keeps_out_what_the_page_does_not_have(context: BrowserContext, folder: Path) -> None:
    page = opened(context, index(folder, "vorlage-0640"))
    ran = page.evaluate(
        """() => {
            const script = document.createElement('script');
            script.textContent = 'window.lief = 1';
            document.head.append(script);
            return window.lief === 1;
        }"""
    )
    assert ran is False
    page.close()


def test_skip_link_is_first_shows_itself_and_leads_to_the_content(context: BrowserContext, folder: Path) -> None:
    page = opened(context, index(folder, "vorlage-0640"))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Zum Inhalt springen"
    box = page.locator(".sprung").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "inhalt"
    page.close()


def test_changed_words_are_told_to_who_cannot_see_them(context: BrowserContext, folder: Path) -> None:
    page = opened(context, index(folder, "vorlage-12-2023"))
    told = page.locator(".vergleich").first.aria_snapshot()
    assert "deletion" in told
    assert "insertion" in told
    assert "entfernt: 31.12.2028 (Ende)" in told
    assert "eingefügt: 31.12.2026 (Ende)" in told
    shown = page.locator("ins .nur-vorlesen").first.bounding_box()
    assert shown is not None
    assert shown["width"] <= 1
    page.close()


def test_chart_is_an_image_with_a_name_and_its_numbers(context: BrowserContext, folder: Path) -> None:
    page = opened(context, index(folder, "vorlage-12-2023"))
    chart = page.get_by_role("img", name="Stimmen als Balkendiagramm 32 dafür, 9 dagegen, 4 Enthaltungen.")
    assert chart.count() == 1
    bars = chart.locator("rect").evaluate_all("all => all.map(one => one.getBoundingClientRect().width)")
    assert bars == sorted(bars, reverse=True)
    assert bars[0] > 3 * bars[1] > 0
    page.close()


def test_mark_of_an_event_leads_to_it(context: BrowserContext, folder: Path) -> None:
    page = opened(context, index(folder, "vorlage-0640"))
    page.locator("a.beleg").first.click()
    assert page.evaluate("document.querySelector(':target').id") == "eintrag-8"
    page.close()


def test_printed_page_has_all_of_its_text_and_no_navigation(context: BrowserContext, folder: Path) -> None:
    page = opened(context, index(folder, "vorlage-0640"))
    page.emulate_media(media="print")
    assert not page.locator("nav").is_visible()
    assert page.get_by_role("heading", name="Selbst prüfen").is_visible()
    assert page.get_by_text("BEISPIEL (kein amtlicher Bestand)", exact=True).first.is_visible()
    assert page.pdf(format="A4").startswith(b"%PDF")
    page.close()


def test_axe_would_find_a_field_without_a_label(context: BrowserContext, folder: Path) -> None:
    page = opened(context, index(folder, "vorlage-0640"))
    page.evaluate("document.querySelector('main').append(document.createElement('input'))")
    assert [one for one in violations(page) if one.startswith("label")]
    page.close()
