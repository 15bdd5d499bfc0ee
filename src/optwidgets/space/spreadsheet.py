r"""Text cells that a spreadsheet would run as a formula, made harmless and back."""

from __future__ import annotations

import re

# A cell that starts so is executed by spreadsheets (formula injection).
_FORMULA = re.compile(r"'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_GUARDED = re.compile(r"'+[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")


def guard(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would execute.

    Only for text cells: numbers are written as numbers.

    Examples
    --------
    >>> guard("=1+1"), guard("A"), guard("'=1")
    ("'=1+1", 'A', "''=1")
    """
    return "'" + text if _FORMULA.match(text) else text


def unguard(text: str) -> str:
    """Take the apostrophe away again.

    Examples
    --------
    >>> unguard(guard("-5 °C")), unguard("it's")
    ('-5 °C', "it's")
    """
    return text[1:] if _GUARDED.match(text) else text
