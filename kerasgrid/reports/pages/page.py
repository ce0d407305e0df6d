"""A page of our own: one file that carries its data, scripts and pictures, asks for nothing else, and runs no data.

Data are JSON in a block that no script parses as code, and texts are escaped. A Content-Security-Policy lets only our
scripts run, by their hashes, so that even a value that slipped through would stay text. Pictures are part of the file
(``data:`` addresses, which HiPlot's own logo needs already): the policy then opens no folder, and the page can be sent
to somebody as it is.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib import resources
from string import Template
from typing import Any

from kerasgrid.system.words import counted

_POLICY = {
    "default-src": "'none'",
    "style-src": "'unsafe-inline'",
    "img-src": "data:",
    "font-src": "data:",
    "base-uri": "'none'",
    "form-action": "'none'",
}
_COLORMAPS_BUG = '"inverse"==t){var e=i;i=function(t){return e(-t)}}'
_COLORMAPS_MENDED = (
    '"inverse"==t){var e=i;i=function(t){return e(1-t)}}'
    'else if("lower"==t||"upper"==t){var n=i,r="lower"==t?0:.4;i=function(t){return n(r+.6*t)}}'
)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture for a page.

    Attributes:
        file: Its name in the folder of the page.
        title: What stands below it.
        content: The PNG file.
        is_view: Whether the page shows the same as a view, so that the picture is folded away.
    """

    file: str
    title: str
    content: bytes
    is_view: bool = False

    @property
    def source(self) -> str:
        """The picture as an address that holds it."""
        return f"data:image/png;base64,{base64.b64encode(self.content).decode()}"


@dataclass(frozen=True, slots=True)
class JsonText:
    """What a page's scripts read of something, as text: of many trials it takes much less memory than what it tells.

    Attributes:
        text: JSON that may stand in a script.
    """

    text: str

    @classmethod
    def of(cls, value: Any) -> JsonText:
        """Return the text of anything of JSON without NaN and infinities."""
        if isinstance(value, JsonText):
            return value
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return cls(text.replace("<", "\\u003c"))


def page(
    title: str,
    header: str,
    main: str,
    data: Mapping[str, Any],
    scripts: Sequence[str],
    *,
    live: bool = False,
) -> str:
    """Return the whole page.

    Args:
        title: Its title, as plain text.
        header: Its header, as HTML.
        main: What follows, as HTML.
        data: What its scripts read; anything of JSON without NaN and infinities, some of it as its text already.
        scripts: The source of each of its scripts, in order; they must not hold ``</script``.
        live: Whether the page may ask the server that it came from for more.
    """
    pieces: list[str] = []
    for name, value in data.items():
        pieces += [",", JsonText.of(name).text, ":", JsonText.of(value).text]
    text = "".join(["{", *pieces[1:], "}"])
    return Template(resource("page.html")).substitute(
        policy=policy(scripts, live=live),
        title=escape(title),
        style=resource("page.css"),
        header=header,
        main=main,
        data=text,
        scripts="\n".join(f"<script>{script}</script>" for script in scripts),
    )


def policy(scripts: Sequence[str], *, live: bool = False) -> str:
    """Return the Content-Security-Policy of :func:`page`, for a server to send as a header, too."""
    hashes = " ".join(_source_hash(script) for script in scripts)
    directives = {**_POLICY, "script-src": hashes, **({"connect-src": "'self'"} if live else {})}
    return "; ".join(f"{name} {value}" for name, value in directives.items())


def resource(name: str, package: str = "kerasgrid.reports.pages") -> str:
    """Return a text file of a package: a style, a template, a script."""
    return resources.files(package).joinpath(name).read_text(encoding="utf-8")


def hiplot_bundle() -> str:
    """Return HiPlot's script, mended: 0.1.33 turns a colormap over by looking left of its beginning.

    It also learns to take the ``lower`` or the ``upper`` three fifths of a colormap: the others are too faint to see on
    a dark page, or on a light one.
    """
    # Importing hiplot to find a file of it costs 60 ms, which no other command should pay.
    bundle = resources.files("hiplot").joinpath("static/built/hiplot.bundle.js").read_text(encoding="utf-8")
    return bundle.replace(_COLORMAPS_BUG, _COLORMAPS_MENDED)


def pictures_html(pictures: Sequence[Picture]) -> str:
    """Return the section of the pictures; empty and hidden without any."""
    if not pictures:
        return '<section class="pictures" id="pictures" hidden></section>'
    shown, folded = ([_figure(one) for one in pictures if one.is_view is is_view] for is_view in (False, True))
    if folded:
        summary = f"<summary>The views as {counted(len(folded), 'picture')}, for a text of your own</summary>"
        shown.append(f"<details>{summary}{''.join(folded)}</details>")
    return "\n".join(['<section class="pictures" id="pictures">', "<h2>Pictures</h2>", *shown, "</section>"])


def _figure(picture: Picture) -> str:
    title = escape(picture.title)
    image = f'<img src="{picture.source}" alt="{title}">'
    return f"<figure>{image}<figcaption>{title} ({escape(picture.file)})</figcaption></figure>"


def _source_hash(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
