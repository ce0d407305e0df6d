"""Links and pictures of the pages; anchors, too."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.pages import ROOT, anchors, links, pages

import kerasgrid

LARGEST = 150_000
PAGES = pages()


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_there_are_pages() -> None:
    if not (ROOT / "docs").exists():
        pytest.skip("there is no documentation here")
    assert len(PAGES) > 30
    assert sum(len(links(page)) for page in PAGES) > 100


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page: Path) -> None:
    for link in links(page):
        name, _, anchor = link.partition("#")
        # The site has the notebooks inside.
        name = name.replace("tutorials/notebooks/", "../notebooks/")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        assert target.is_relative_to(ROOT), link
        if anchor and target.suffix == ".md":
            assert anchor in anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_a_page_has_one_title(page: Path) -> None:
    lines = page.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("# ")


@pytest.mark.parametrize("path", sorted((ROOT / "docs" / "pictures").glob("*")), ids=named)
def test_pictures_are_small_and_shown(path: Path) -> None:
    assert path.stat().st_size < LARGEST
    assert any(path.name in page.read_text(encoding="utf-8") for page in PAGES)


def test_every_room_is_in_the_plan() -> None:
    rooms = {path.name for path in (ROOT / "kerasgrid").iterdir() if (path / "__init__.py").exists()}
    plan = (ROOT / "docs" / "pictures" / "plan.svg").read_text(encoding="utf-8")
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert rooms
    assert not [room for room in rooms if f">{room}</text>" not in plan or f"`{room}`" not in text]


def test_the_version_is_cited_and_its_changes_are_told() -> None:
    assert f"\nversion: {kerasgrid.__version__}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\n## {kerasgrid.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
