"""Reading numbers as people type them, and showing them as people read them."""

from __future__ import annotations

import math
import re
from decimal import ROUND_HALF_UP, Decimal
from numbers import Integral
from numbers import Real as RealNumber

from optwidgets.errors import OptwidgetsError
from optwidgets.space.text import short

THIN = "\u202f"  # narrow no-break space, between groups of three digits
MINUS = "\u2212"
_DASHES = str.maketrans(dict.fromkeys("\u2212\u2010\u2011\u2012\u2013\ufe63\uff0d", "-"))
_BLANKS = str.maketrans(
    dict.fromkeys("\u00a0\u202f\u2009\u2007\u2004\u2005\u2006\u2008\u200a\u2002\u2003", " ")
)
_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_FROM_SUPERSCRIPT = str.maketrans(_SUPERSCRIPTS + "⁻⁺", "0123456789-+")
_TO_SUPERSCRIPT = str.maketrans("0123456789-", _SUPERSCRIPTS + "⁻")
_GROUP_BLANK = re.compile(r"(?<=[0-9])[ '\u2019](?=[0-9]{3}(?![0-9]))")
_POWER = re.compile(r"\s*[×x*·]\s*10\s*\^?\s*([-+⁻⁺]?[0-9⁰¹²³⁴⁵⁶⁷⁸⁹]+)$")
_NUMBER = re.compile(r"([-+]?)\s?([0-9][0-9.,]*|[.,][0-9]+)([eE][-+]?[0-9]+)?$")
_AMBIGUOUS = re.compile(r"[1-9][0-9]{0,2},[0-9]{3}$")
_LONGEST = 400  # a longer text is no number that anybody typed


def readings(text: str) -> tuple[float, ...]:
    """All ways to read a text as a number: none, one, or two.

    Understands the decimal comma, grouping by blanks, thin spaces, apostrophes,
    points or commas, the Unicode minus and powers of ten as this package
    writes them. Only ``1,234`` has two readings: 1.234 and 1234.

    Examples
    --------
    >>> readings("82,5"), readings("−1 234,5"), readings("1.2 × 10⁻⁵")
    ((82.5,), (-1234.5,), (1.2e-05,))
    >>> readings("1,234")
    (1.234, 1234.0)
    >>> readings("1o5"), readings("nan")
    ((), ())
    """
    if len(text) > _LONGEST:
        return ()
    cleaned = text.translate(_BLANKS).translate(_DASHES).strip()
    power = _POWER.search(cleaned)
    if power:
        exponent = power.group(1).translate(_FROM_SUPERSCRIPT)
        cleaned = f"{cleaned[: power.start()]}e{exponent}"
    cleaned = _GROUP_BLANK.sub("", cleaned)
    match = _NUMBER.fullmatch(cleaned)
    if match is None:
        return ()
    sign, mantissa, exponent = match.group(1), match.group(2), match.group(3) or ""
    candidates = [_mantissa(mantissa)]
    if _AMBIGUOUS.fullmatch(mantissa):
        candidates.append(mantissa.replace(",", ""))
    found = tuple(float(sign + plain + exponent) for plain in candidates if plain is not None)
    return tuple(number for number in found if math.isfinite(number))


def _mantissa(text: str) -> str | None:
    """Write a mantissa with a decimal point and without groups, or None."""
    points, commas = text.count("."), text.count(",")
    if points + commas == 0:
        return text
    if points and commas:
        decimal = max(text.rfind("."), text.rfind(","))
        group = "," if text[decimal] == "." else "."
        whole, fraction = text[:decimal], text[decimal + 1 :]
        if "." in fraction or "," in fraction or text[decimal] in whole:
            return None
        return f"{_groups(whole, group)}.{fraction}" if _groups(whole, group) else None
    mark = "." if points else ","
    if points + commas == 1:
        return text.replace(mark, ".")
    return _groups(text, mark)


def _groups(text: str, mark: str) -> str | None:
    first, *rest = text.split(mark)
    if 1 <= len(first) <= 3 and all(len(part) == 3 for part in rest):
        return first + "".join(rest)
    return None


def parse_number(text: str, name: str, *, low: float = -math.inf, high: float = math.inf) -> float:
    """Read one number, or say in a sentence why not.

    Parameters
    ----------
    text
        What was typed or pasted.
    name
        Name of the column, for the sentence.
    low, high
        Where the number is expected. They refuse nothing; they only decide
        between two readings of ``1,234``.

    Raises
    ------
    OptwidgetsError
        The text is empty, not a number, or has two readings.

    Examples
    --------
    >>> parse_number("82,5", "Yield")
    82.5
    >>> parse_number("1o5", "Temperature")
    Traceback (most recent call last):
    ...
    optwidgets.errors.OptwidgetsError: Temperature "1o5" is not a number.
    >>> parse_number("1,234", "Flow", low=0, high=5)
    1.234
    """
    if not text.strip():
        raise OptwidgetsError(f"{short(name)} is empty. Type a number.", column=name)
    found = readings(text)
    if not found:
        raise OptwidgetsError(
            f'{short(name)} "{short(text.strip())}" is not a number.', column=name
        )
    if len(found) == 2:
        inside = [number for number in found if low <= number <= high]
        if len(inside) == 1 and math.isfinite(high - low):
            return inside[0]
        raise OptwidgetsError(
            f'{short(name)} "{text.strip()}" can be read in two ways. '
            f"Type {plain(found[0])} or {plain(found[1])}.",
            column=name,
        )
    return found[0]


def finite_number(value: object, name: str, *, field: str | None = None) -> float:
    """Turn any number of Python or NumPy, or a text, into a finite float.

    Raises
    ------
    OptwidgetsError
        Not a number, or not a finite one. Truth values are no numbers here.

    Examples
    --------
    >>> finite_number(3, "Yield"), finite_number("3,5", "Yield")
    (3.0, 3.5)
    >>> finite_number(float("nan"), "Yield")
    Traceback (most recent call last):
    ...
    optwidgets.errors.OptwidgetsError: Yield must be a finite number, not nan.
    """
    if isinstance(value, str):
        lowered = value.strip().lower().lstrip("+-−")
        if lowered in {"nan", "inf", "infinity", "∞"}:
            raise OptwidgetsError(
                f'{short(name)} must be a finite number, not "{value.strip()}".',
                field=field,
                column=name,
            )
        try:
            return parse_number(value, name)
        except OptwidgetsError as error:
            error.field = field
            raise
    item = getattr(value, "item", None)
    if item is not None and getattr(value, "ndim", None) == 0:
        value = item()  # a NumPy scalar becomes the Python value
    if isinstance(value, bool) or not isinstance(value, (RealNumber, Decimal)):
        raise OptwidgetsError(
            f"{short(name)} must be a number, not {short(repr(value))}.", field=field, column=name
        )
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        shown = short(value) if not isinstance(value, Integral) else "one beyond 1.8e308"
        raise OptwidgetsError(
            f"{short(name)} must be a finite number, not {shown}.", field=field, column=name
        )
    return number + 0.0  # no negative zero: it would show as "-0"


def plain(value: float) -> str:
    """Shortest exact text of a number, as it stands in a sentence or a copy.

    Examples
    --------
    >>> plain(60.0), plain(0.5), plain(1e-7), plain(200)
    ('60', '0.5', '1e-07', '200')
    """
    number = float(value)
    if number.is_integer() and abs(number) < 1e15:
        return str(int(number))
    return repr(number)


def typed_decimals(value: float) -> int:
    """Count the decimals that somebody must have typed to get this number.

    Examples
    --------
    >>> typed_decimals(60.0), typed_decimals(0.25), typed_decimals(1e-5)
    (0, 2, 5)
    """
    exponent = Decimal(repr(float(value))).normalize().as_tuple().exponent
    return max(0, -int(exponent))


def display_step(low: float, high: float) -> float:
    """Step of display: a thousandth of the range, rounded up to 1, 2 or 5 × 10^k.

    Examples
    --------
    >>> display_step(60, 140), display_step(0.5, 20), display_step(0, 1)
    (0.1, 0.02, 0.001)
    """
    raw = (high - low) / 1000
    power = math.floor(math.log10(raw))
    for digit in (1, 2, 5, 10):
        step = float(f"{digit}e{power}")
        if step >= raw * (1 - 1e-9):
            return step
    return float(f"1e{power + 1}")  # pragma: no cover  (10e(power) is always enough)


def significant_decimals(value: float, digits: int) -> int:
    """Decimals that show a number with so many significant digits.

    Examples
    --------
    >>> significant_decimals(2.0666, 3), significant_decimals(18.66, 3), significant_decimals(0, 3)
    (2, 1, 2)
    """
    if value == 0:
        return digits - 1
    return max(0, digits - 1 - math.floor(math.log10(abs(value))))


def show(value: float, decimals: int) -> str:
    r"""Write a number for people: groups from 10 000, powers outside 10⁻⁴ … 10⁶, a true minus.

    Halves are rounded away from zero, as the browser does it.

    Examples
    --------
    >>> show(111, 1), show(-0.04, 1), show(12345.6, 0)
    ('111.0', '0.0', '12\u202f346')
    >>> show(1.2e-5, 8), show(-2.5e7, 0)
    ('1.2\u202f×\u202f10⁻⁵', '\u22122.5\u202f×\u202f10⁷')
    """
    size = abs(value)
    if size and not 1e-4 <= size <= 1e6:
        exponent = math.floor(math.log10(size))
        digits = min(max(decimals + exponent, 1), 3)
        mantissa = Decimal(size).scaleb(-exponent)
        text = str(mantissa.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP))
        if text.startswith("10"):
            text, exponent = "1", exponent + 1
        text = text.rstrip("0").rstrip(".") if "." in text else text
        body = f"{text}{THIN}×{THIN}10{str(exponent).translate(_TO_SUPERSCRIPT)}"
    else:
        body = str(Decimal(size).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))
        whole, point, fraction = body.partition(".")
        if len(whole) > 4:
            whole = f"{int(whole):,}".replace(",", THIN)
        body = whole + point + fraction
        if not any(digit in body for digit in "123456789"):
            return body
    return (MINUS if value < 0 else "") + body
