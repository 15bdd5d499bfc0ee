"""The rules for names and short texts, one place for every field that takes one."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable

from optwidgets.errors import OptwidgetsError

MAX_NAME = 256
MAX_UNIT = 64
MAX_DESCRIPTION = 10_000

#: Columns that the table keeps beside variables and objectives, and those that
#: ALchemist reserves: a variable of that name would be shadowed on export.
RESERVED_NAMES: frozenset[str] = frozenset(
    {
        "State",
        "Noise",
        "Note",
        "Iteration",
        "Reason",
        "Created",
        "Finished",
        "row",
        "WholePlot",
        "Subplot",
        "RunOrder",
        "ProvenanceId",
    }
)

# Marks that reorder the text around them, or show nothing: a name could show as another one.
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_CONTROL_BUT_BREAKS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def short(text: object, limit: int = 40) -> str:
    """Text cut to its beginning, to quote inside a sentence.

    Examples
    --------
    >>> short("Temperature")
    'Temperature'
    >>> short("x" * 10_000, limit=6)
    'xxxxxx…'
    """
    words = _CONTROL.sub(" ", _SURROGATE.sub("\ufffd", str(text)))
    return words if len(words) <= limit else words[:limit] + "…"


def plain_key(name: object) -> str:
    """Name as it is looked up: whatever its case, blanks, hyphens and underscores.

    Examples
    --------
    >>> plain_key("q-Log EI"), plain_key("gp_hedge")
    ('qlogei', 'gphedge')
    """
    return "".join(str(name).lower().split()).replace("-", "").replace("_", "")


def clean_label(text: object, *, field: str, empty: str, what: str, limit: int = MAX_NAME) -> str:
    """Check a one-line text and return it without surrounding blanks.

    Composed and decomposed accents become the same text (NFC), so that two
    names that look the same are the same.

    Parameters
    ----------
    text
        What was given; only ``str`` is accepted.
    field
        Name of the form field, carried by the error.
    empty
        Sentence to raise when nothing is left.
    what
        Noun for the sentences, for example ``"The name"``.
    limit
        Largest number of characters.

    Raises
    ------
    OptwidgetsError
        Empty, too long, not text, or with control or direction marks.

    Examples
    --------
    >>> clean_label(" Yield ", field="Name", empty="A variable needs a name.", what="The name")
    'Yield'
    """
    if not isinstance(text, str):
        raise OptwidgetsError(f"{what} must be text, not {short(repr(text))}.", field=field)
    label = text.strip()
    if not label:
        raise OptwidgetsError(empty, field=field)
    if len(label) > limit:
        raise OptwidgetsError(
            f'{what} "{short(label)}" has {len(label)} characters. Use at most {limit}.',
            field=field,
        )
    if _CONTROL.search(label) or _SURROGATE.search(label):
        raise OptwidgetsError(
            f'{what} "{short(label)}" contains a line break or a control character. '
            "Write it on one line.",
            field=field,
        )
    if _BIDI.search(label):
        shown = short(_BIDI.sub("", label))
        raise OptwidgetsError(
            f'{what} "{shown}" contains an invisible direction mark. '
            "Type it without; right-to-left letters need none.",
            field=field,
        )
    return unicodedata.normalize("NFC", label)


def clean_name(name: object, *, what: str = "A variable") -> str:
    """Check the name of a variable or an objective.

    Examples
    --------
    >>> clean_name(" Temperature ")
    'Temperature'
    >>> clean_name("")
    Traceback (most recent call last):
    ...
    optwidgets.errors.OptwidgetsError: A variable needs a name.
    >>> clean_name("State")
    Traceback (most recent call last):
    ...
    optwidgets.errors.OptwidgetsError: State is a column of the table already. Use another name.
    """
    label = clean_label(name, field="Name", empty=f"{what} needs a name.", what="The name")
    if label in RESERVED_NAMES:
        raise OptwidgetsError(
            f"{label} is a column of the table already. Use another name.", field="Name"
        )
    return label


def clean_optional(text: object, *, field: str, what: str, limit: int) -> str:
    """Check a text that may be empty: a unit or a description.

    Examples
    --------
    >>> clean_optional(None, field="Unit", what="The unit", limit=64)
    ''
    """
    if text is None or (isinstance(text, str) and not text.strip()):
        return ""
    return clean_label(text, field=field, empty="", what=what, limit=limit)


def clean_rule_name(name: object) -> str:
    """Check the name of a constraint, which may have none.

    Examples
    --------
    >>> clean_rule_name(" mixture "), clean_rule_name(" "), clean_rule_name(None)
    ('mixture', '', '')
    """
    return clean_optional(name, field="name", what="The name of a constraint", limit=MAX_NAME)


def clean_note(text: object, *, field: str = "Note", limit: int = MAX_DESCRIPTION) -> str:
    r"""Check a text of several lines, such as a note or a reason.

    Control characters other than line breaks and tabs mean nothing in a note
    and break spreadsheets, so they become blanks.

    Examples
    --------
    >>> clean_note("stirrer stopped\x07")
    'stirrer stopped '
    """
    if text is None:
        return ""
    if not isinstance(text, str):
        raise OptwidgetsError(f"{field} must be text, not {short(repr(text))}.", field=field)
    if text.isprintable() and len(text) <= limit:
        return text
    if len(text) > limit:
        raise OptwidgetsError(
            f"{field} has {len(text)} characters. Use at most {limit}.", field=field
        )
    return _CONTROL_BUT_BREAKS.sub(" ", _SURROGATE.sub("\ufffd", text))


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """Sentence for a name that nobody knows, with the nearest known one.

    Examples
    --------
    >>> did_you_mean("Presure", ["Temperature", "Pressure"])
    "I don't know Presure. Did you mean Pressure?"
    >>> did_you_mean("Color", ["Temperature", "Pressure"])
    "I don't know Color. There are Temperature and Pressure."
    """
    names = list(known)
    folded = {other.casefold(): other for other in names}
    near = difflib.get_close_matches(str(name)[:MAX_NAME].casefold(), folded, n=1)
    if near:
        return f"I don't know {short(name)}. Did you mean {short(folded[near[0]])}?"
    if not names:
        return f"I don't know {short(name)}. There are no variables yet."
    return f"I don't know {short(name)}. There are {enumerate_words(names)}."


def enumerate_words(words: Iterable[str], limit: int = 8) -> str:
    """Words as a list in a sentence.

    Examples
    --------
    >>> enumerate_words(["A", "B", "C"])
    'A, B and C'
    """
    shown = [short(word) for word in words]
    if len(shown) > limit:
        return ", ".join(shown[:limit]) + f" and {len(shown) - limit} more"
    if len(shown) < 2:
        return "".join(shown)
    return ", ".join(shown[:-1]) + " and " + shown[-1]
