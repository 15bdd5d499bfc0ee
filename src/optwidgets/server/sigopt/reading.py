"""Reading what a client of SigOpt's API sends: strict JSON, known keys, checked types."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping
from typing import Any

from optwidgets.errors import OptwidgetsError
from optwidgets.space.text import enumerate_words, short

#: Longest name of an experiment, a parameter, a metric.
MAX_NAME = 100
MAX_METADATA = 100
MAX_METADATA_TEXT = 500
#: Nothing that SigOpt's clients send is deeper, and a parser is not to run out of stack.
MAX_DEPTH = 32


def read_json(text: str | bytes) -> Any:
    """Read JSON as SigOpt does: without double keys, NaN, infinite numbers and NUL.

    Raises
    ------
    OptwidgetsError
        One sentence that says what is wrong.

    Examples
    --------
    >>> read_json('{"name": "Franke"}')
    {'name': 'Franke'}
    >>> read_json('{"a": 1, "a": 2}')
    Traceback (most recent call last):
    ...
    optwidgets.errors.OptwidgetsError: The key "a" stands twice in the JSON. Send it once.
    """
    try:
        written = text.decode() if isinstance(text, bytes) else text
        _check_depth(written)
        found = json.loads(
            written,
            object_pairs_hook=_without_doubles,
            parse_constant=_no_constant,
            parse_float=_finite,
        )
    except OptwidgetsError:
        raise
    except (ValueError, RecursionError) as error:
        raise OptwidgetsError(f"The body is not JSON: {short(error, 80)}.") from error
    if "\\u0000" in written and _has_nul(found):
        raise OptwidgetsError("Texts must not hold NUL characters.")
    return found


def _check_depth(text: str) -> None:
    # An upper bound is enough to be quick: brackets inside of texts are rare.
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    depth, in_text, escaped = 0, False, False
    for letter in text:
        if in_text:
            if not escaped and letter == '"':
                in_text = False
            escaped = letter == "\\" and not escaped
        elif letter == '"':
            in_text = True
        elif letter in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise OptwidgetsError(f"The JSON is nested deeper than {MAX_DEPTH} levels.")
        elif letter in "]}":
            depth -= 1


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        double = next(key for key in keys if keys.count(key) > 1)
        raise OptwidgetsError(f'The key "{short(double)}" stands twice in the JSON. Send it once.')
    return found


def _no_constant(name: str) -> Any:
    raise OptwidgetsError(f"{name} is not a number that JSON knows. Leave it out.")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise OptwidgetsError(f"{short(text)} is too large a number.")
    return number


def _has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, Mapping):
        return any(_has_nul(key) or _has_nul(item) for key, item in value.items())
    return isinstance(value, list) and any(_has_nul(item) for item in value)


class Fields:
    """One JSON object and the checks of its fields; keys that nobody knows are refused.

    Parameters
    ----------
    data
        The object.
    what
        How it is called in sentences, such as ``"The parameter x"``.
    known
        Its keys; None knows all.

    Examples
    --------
    >>> fields = Fields({"name": "x", "scale": 2}, "The prior", ("name", "scale"))
    >>> fields.text("name"), fields.number("scale")
    ('x', 2.0)
    >>> Fields({"nmae": "x"}, "The prior", ("name",))
    Traceback (most recent call last):
    ...
    optwidgets.errors.OptwidgetsError: The prior has an unknown key "nmae". Its key is name.
    """

    def __init__(self, data: Any, what: str, known: Collection[str] | None = None) -> None:
        if not isinstance(data, Mapping):
            raise OptwidgetsError(f"{what} must be a JSON object, not {short(json_text(data))}.")
        self.what = what
        self.data: dict[str, Any] = dict(data)
        if known is not None:
            unknown = [key for key in self.data if key not in known]
            if unknown:
                keys = "key is" if len(known) == 1 else "keys are"
                raise OptwidgetsError(
                    f'{what} has an unknown key "{short(unknown[0])}". '
                    f"Its {keys} {enumerate_words(known, limit=20)}.",
                    field=str(unknown[0]),
                )

    def has(self, key: str) -> bool:
        """Whether a key is there with a value other than null."""
        return self.data.get(key) is not None

    def require(self, key: str) -> Any:
        """Value of a key that must be there."""
        if not self.has(key):
            raise OptwidgetsError(f"{self.what} needs the key {key}.", field=key)
        return self.data[key]

    def text(self, key: str, *, longest: int = MAX_NAME) -> str | None:
        """Text of 1 to so many characters, or None."""
        value = self.data.get(key)
        if value is None:
            return None
        if not isinstance(value, str) or not 1 <= len(value) <= longest:
            raise self.wrong(key, f"a text of 1 to {longest} characters")
        return value

    def number(self, key: str) -> float | None:
        """Finite number, or None."""
        value = self.data.get(key)
        if value is None:
            return None
        if not is_number(value):
            raise self.wrong(key, "a number")
        return float(value)

    def integer(self, key: str, *, least: int | None = None) -> int | None:
        """Whole number, or None."""
        value = self.data.get(key)
        if value is None:
            return None
        if not is_number(value) or int(value) != value or abs(value) > 2**53:
            raise self.wrong(key, "a whole number")
        if least is not None and value < least:
            raise self.wrong(key, f"a whole number of at least {least}")
        return int(value)

    def flag(self, key: str) -> bool:
        """Read true or false; missing is false."""
        value = self.data.get(key)
        if value is not None and not isinstance(value, bool):
            raise self.wrong(key, "true or false")
        return bool(value)

    def choice(self, key: str, options: Collection[str], default: str) -> str:
        """One of a few words."""
        value = self.data.get(key)
        if value is None:
            return default
        if not isinstance(value, str) or value not in options:
            raise self.wrong(key, f"one of {enumerate_words(options)}")
        return value

    def items(self, key: str) -> list[Any] | None:
        """List, or None."""
        value = self.data.get(key)
        if value is not None and not isinstance(value, list):
            raise self.wrong(key, "a list")
        return value

    def object(self, key: str) -> dict[str, Any] | None:
        """Object, or None."""
        value = self.data.get(key)
        if value is not None and not isinstance(value, Mapping):
            raise self.wrong(key, "a JSON object")
        return None if value is None else dict(value)

    def metadata(self) -> dict[str, Any]:
        """Free data of a client: texts and numbers; what is null is dropped."""
        return read_metadata(self.object("metadata") or {}, self.what)

    def wrong(self, key: str, wanted: str) -> OptwidgetsError:
        """Return the sentence about a value of the wrong kind."""
        given = short(json_text(self.data.get(key)), 60)
        return OptwidgetsError(
            f"{key} of {_inside(self.what)} must be {wanted}, not {given}.", field=key
        )


def read_metadata(data: Mapping[str, Any], what: str) -> dict[str, Any]:
    """Check the free data of a client.

    Examples
    --------
    >>> read_metadata({"team": "a", "gone": None}, "The experiment")
    {'team': 'a'}
    """
    if len(data) > MAX_METADATA:
        raise OptwidgetsError(
            f"The metadata of {_inside(what)} have {len(data)} keys. Use at most {MAX_METADATA}.",
            field="metadata",
        )
    for key, value in data.items():
        fits = len(key) <= MAX_NAME and (
            value is None
            or is_number(value)
            or (isinstance(value, str) and len(value) <= MAX_METADATA_TEXT)
        )
        if not fits:
            raise OptwidgetsError(
                f"The metadata of {_inside(what)} must be texts of at most {MAX_METADATA_TEXT} "
                f"characters or numbers, under keys of at most {MAX_NAME}: look at "
                f'"{short(key)}".',
                field="metadata",
            )
    return {key: value for key, value in data.items() if value is not None}


def is_number(value: Any) -> bool:
    """Whether a JSON value is a finite number (true and false are none).

    Examples
    --------
    >>> is_number(1.5), is_number(True), is_number("1"), is_number(10**400)
    (True, False, False, False)
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def json_text(value: Any) -> str:
    """Write a value as JSON, for a sentence."""
    try:
        return json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        return str(value)


def _inside(what: str) -> str:
    return what[:1].lower() + what[1:] if what.startswith(("The ", "A ")) else what
