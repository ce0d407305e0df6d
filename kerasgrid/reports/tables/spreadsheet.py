"""Tables as CSV that spreadsheets open as data, not as formulas.

Excel and LibreOffice take a cell that begins with ``=``, ``+``, ``-`` or ``@`` for a formula, quoted or not, and some
formulas run programs or send what stands beside them (OWASP, *CSV Injection*). An apostrophe before such a text makes
it a text. Numbers stay as they are, and so do names such as ``-1`` or ``-a``, which can do nothing.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_FORMULA = r"[=@\t\r＝＠]|[+\-＋－](?s:.*)[(|!=]"
"""What may do something: behind a sign only what calls a function, or names another program or sheet."""


def csv_text(table: pd.DataFrame, *, header: bool = True) -> str:
    """Return a table as CSV in which no text is a formula.

    Args:
        table: Names of columns, and their cells.
        header: Whether the names of the columns stand in the first line.
    """
    import numpy as np
    import pandas as pd

    made, has_returns = table.copy(deep=False), False
    for name in made.columns:
        cells = made[name]
        if pd.api.types.is_numeric_dtype(cells.dtype) or pd.api.types.is_datetime64_any_dtype(cells.dtype):
            continue
        is_text = cells.map(lambda cell: isinstance(cell, str)).to_numpy(dtype=bool)
        texts = cells[is_text].astype(object)
        has_returns = has_returns or bool(texts.str.contains("\r", regex=False).any())
        is_formula = texts.str.match(_FORMULA).to_numpy(dtype=bool)
        if is_formula.any():
            mended = cells.astype(object).to_numpy(copy=True)
            mended[np.flatnonzero(is_text)[is_formula]] = "'" + texts.to_numpy()[is_formula]
            made[name] = mended
    if header:
        heads = pd.Series([str(name) for name in made.columns], dtype=object)
        made.columns = pd.Index(("'" + heads).where(heads.str.match(_FORMULA), heads))
        has_returns = has_returns or bool(heads.str.contains("\r", regex=False).any())
    # Python's writer leaves a lone carriage return unquoted, and readers take it for the end of a line.
    if has_returns:
        return str(made.to_csv(index=False, header=header, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC))
    return str(made.to_csv(index=False, header=header, lineterminator="\n"))
