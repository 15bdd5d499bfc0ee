"""What stands in the boxes of the variable editor, and how it becomes a variable.

A form is what the user sees: texts, as typed. Keeping it apart from the
variable lets a half-written definition stay on the screen, with a sentence at
the field, while the last good variable stays in force.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from optwidgets.errors import OptwidgetsError
from optwidgets.space.conditions import condition_text
from optwidgets.space.numbers import finite_number, plain, readings
from optwidgets.space.text import short
from optwidgets.space.variable import Variable, make_variable

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

Form = dict[str, Any]

RANGED = ("real", "integer")
LISTED = ("discrete", "categorical")
CHOSEN = "easy"
#: What the Role box offers: how a setting comes about. The names are those of `CHANGES`, and one.
ROLE_CHOICES = {
    CHOSEN: "Chosen",
    "hard": "Chosen, hard to change",
    "very_hard": "Chosen, very hard to change",
    "observed": "Observed, not chosen",
}
#: Fields of the form by what a variable calls them.
BOXES = {"active_if": "Only if", "role": "Role", "observed": "Role", "changes": "Role"}
LIST_FIELDS = {"discrete": "Values", "categorical": "Categories"}


def blank_form() -> Form:
    """Return the form of a variable that nobody has described yet.

    Examples
    --------
    >>> blank_form()["kind"]
    'real'
    """
    return {
        "name": "",
        "kind": "real",
        "min": "",
        "max": "",
        "unit": "",
        "log": False,
        "values": [],
        "description": "",
        "role": CHOSEN,
        "condition": "",
    }


def clean_form(raw: Mapping[str, Any]) -> Form:
    """Return a form made of what a view sent, every entry of the right type.

    Parameters
    ----------
    raw
        Any mapping; unknown entries are left out, missing ones are blank.

    Examples
    --------
    >>> clean_form({"name": " Flow ", "values": "no list", "other": 1})["name"]
    'Flow'
    """
    form = blank_form()
    for key, blank in form.items():
        value = raw.get(key, blank)
        if isinstance(blank, bool):
            form[key] = value is True
        elif isinstance(blank, list):
            items = value if isinstance(value, (list, tuple)) else []
            form[key] = [_text(item) for item in items]
        else:
            form[key] = _text(value)
    form["kind"] = form["kind"].casefold()
    return form


def form_of(variable: Variable) -> Form:
    """Return the texts that describe a variable, unrounded.

    Examples
    --------
    >>> from optwidgets.space.variable import Real
    >>> form = form_of(Real("Flow", 0.5, 20.0, log=True, unit="mL/min"))
    >>> form["min"], form["max"], form["log"]
    ('0.5', '20', True)
    """
    form = blank_form()
    form["name"] = variable.name
    form["kind"] = variable.kind
    form["unit"] = getattr(variable, "unit", "")
    form["description"] = str(getattr(variable, "description", ""))
    form["role"] = "observed" if variable.observed else variable.changes
    if variable.active_if is not None:
        form["condition"] = condition_text(variable.active_if)
    if variable.kind in RANGED:
        if not variable.is_open_ended:
            form["min"], form["max"] = (plain(float(end)) for end in variable.bounds)
        form["log"] = bool(getattr(variable, "log", False))
    elif variable.kind == "discrete":
        form["values"] = [plain(value) for value in getattr(variable, "values", ())]
    else:
        form["values"] = [str(label) for label in getattr(variable, "categories", ())]
    return form


def variable_of(form: Mapping[str, Any], changed: str | None = None) -> Variable:
    """Return the variable that a form describes.

    Parameters
    ----------
    form
        Texts, as `clean_form` returns them.
    changed
        The field the user just left. When two fields contradict each other,
        the sentence is about this one.

    Raises
    ------
    OptwidgetsError
        With ``field`` set to the label of the field at fault.

    Examples
    --------
    >>> form = blank_form() | {"name": "Flow", "min": "0,5", "max": "20"}
    >>> variable_of(form).bounds
    (0.5, 20.0)
    """
    kind = str(form["kind"])
    if not form["name"]:
        raise OptwidgetsError("A variable needs a name.", field="Name")
    options: dict[str, Any] = {"description": form["description"], **_roles(form)}
    if kind in RANGED and _needs_no_bounds(form):
        options |= {"unit": form["unit"], "log": bool(form["log"])}
    elif kind in RANGED:
        low = _bound(form["min"], "Minimum", whole=kind == "integer")
        high = _bound(form["max"], "Maximum", whole=kind == "integer")
        if low >= high and changed == "Minimum":
            raise OptwidgetsError(
                f"Minimum must be below the maximum, {plain(high)}.", field="Minimum"
            )
        options |= {"min": low, "max": high, "unit": form["unit"], "log": bool(form["log"])}
    elif kind == "discrete":
        options |= {"values": form["values"], "unit": form["unit"]}
    elif kind == "categorical":
        options["categories"] = form["values"]
    return make_variable(form["name"], kind, **options)


def problems_of(
    form: Mapping[str, Any], taken: Collection[str] = (), changed: str | None = None
) -> dict[str, str]:
    """Return what is wrong with a form, one sentence per field.

    Parameters
    ----------
    form
        Texts, as `clean_form` returns them.
    taken
        Names of the other variables.
    changed
        The field the user just left, see `variable_of`.

    Returns
    -------
    dict
        Sentences by the label of the field; empty when the form is a variable.

    Examples
    --------
    >>> problems_of(blank_form() | {"name": "Flow", "min": "2", "max": "1o"}, ["Flow"])
    {'Name': 'Flow exists already. Use another name.', 'Maximum': 'Maximum "1o" is not a number.'}
    """
    kind = str(form["kind"])
    problems: dict[str, str] = {}
    if form["name"] in taken:
        problems["Name"] = f"{form['name']} exists already. Use another name."
    elif not form["name"]:
        problems["Name"] = "A variable needs a name."
    if kind in RANGED and not _needs_no_bounds(form):
        for key, field in (("min", "Minimum"), ("max", "Maximum")):
            try:
                _bound(form[key], field, whole=kind == "integer")
            except OptwidgetsError as error:
                problems[field] = str(error)
    if "Minimum" in problems or "Maximum" in problems:
        return problems
    # The name is judged above, so that the rest can be judged without one.
    named = dict(form) | ({"name": "x"} if "Name" in problems else {})
    try:
        variable_of(named, changed)
    except OptwidgetsError as error:
        problems.setdefault(box_of(error, kind), str(error))
    return problems


def box_of(error: OptwidgetsError, kind: str) -> str:
    """Return the label of the box that an error of a variable is about.

    Examples
    --------
    >>> box_of(OptwidgetsError("Momentum cannot depend on itself.", field="active_if"), "real")
    'Only if'
    """
    field = error.field or LIST_FIELDS.get(kind, "Name")
    return BOXES.get(field, field)


def convert_form(form: Mapping[str, Any], kind: str) -> tuple[Form, str]:
    """Return the form as another kind, with what had to go in words.

    What fits stays: the range from real to integer, the levels of a discrete
    variable as categories, numbers among categories as levels.

    Parameters
    ----------
    form
        Texts, as `clean_form` returns them.
    kind
        The kind to change to.

    Returns
    -------
    tuple
        The new form, and a sentence about what was dropped or ``""``.

    Examples
    --------
    >>> form, words = convert_form(blank_form() | {"min": "0.5", "max": "20"}, "integer")
    >>> form["min"], form["max"], words
    ('1', '20', 'Minimum 0.5 became 1.')
    """
    new = blank_form() | dict(form) | {"kind": kind}
    lost: list[str] = []
    was_ranged = form["kind"] in RANGED
    if kind in RANGED:
        if not was_ranged:
            lost += _range_from_list(new)
        if kind == "integer":
            lost += _whole_range(new)
    else:
        if was_ranged:
            lost += _list_from_range(new)
        if kind == "discrete":
            lost += _numbers_only(new)
        else:
            if new["unit"]:
                lost.append(f"Unit {new['unit']} was dropped.")
            new["unit"] = ""
    return new, " ".join(lost)


def read_number(text: str) -> float | None:
    """Return the number in a text, decimal comma included, else ``None``.

    Examples
    --------
    >>> read_number("0,5"), read_number("−3"), read_number("1o5"), read_number("nan")
    (0.5, -3.0, None, None)
    """
    found = readings(text)
    return found[0] if found else None


def _roles(form: Mapping[str, Any]) -> dict[str, Any]:
    role = form["role"]
    if role not in ROLE_CHOICES:
        raise OptwidgetsError(
            f"Role must be one of {', '.join(ROLE_CHOICES)}, not {short(role)}.", field="Role"
        )
    options: dict[str, Any] = {"active_if": form["condition"] or None}
    if role == "observed":
        return options | {"observed": True}
    return options | {"changes": role}


def _needs_no_bounds(form: Mapping[str, Any]) -> bool:
    return form["role"] == "observed" and not form["min"] and not form["max"]


def _text(value: object) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return plain(value) if math.isfinite(value) else str(value)
    return ""


def _bound(text: str, field: str, *, whole: bool) -> float:
    if not text:
        raise OptwidgetsError(f"Give a {field.lower()}.", field=field)
    number = finite_number(text, field, field=field)
    if whole and not number.is_integer():
        raise OptwidgetsError(f"Use whole numbers, such as {math.floor(number)}.", field=field)
    return int(number) if whole else number


def _range_from_list(form: Form) -> list[str]:
    numbers = [read_number(text) for text in form["values"]]
    finite = [number for number in numbers if number is not None]
    lost = []
    if finite:
        form["min"], form["max"] = plain(min(finite)), plain(max(finite))
    between = [text for text in form["values"] if text not in (form["min"], form["max"])]
    if between:
        lost.append(_dropped(between))
    form["values"] = []
    return lost


def _list_from_range(form: Form) -> list[str]:
    ends = [text for text in (form["min"], form["max"]) if text]
    form["values"] = list(dict.fromkeys([*form["values"], *ends]))
    lost = ["Log scale was dropped."] if form["log"] else []
    form["min"], form["max"], form["log"] = "", "", False
    return lost


def _numbers_only(form: Form) -> list[str]:
    words = [text for text in form["values"] if read_number(text) is None]
    form["values"] = [text for text in form["values"] if read_number(text) is not None]
    return [_dropped(words)] if words else []


def _whole_range(form: Form) -> list[str]:
    lost = []
    for key, field, whole in (("min", "Minimum", math.ceil), ("max", "Maximum", math.floor)):
        number = read_number(form[key])
        if number is not None and not number.is_integer():
            lost.append(f"{field} {form[key]} became {whole(number)}.")
            form[key] = str(whole(number))
    return lost


def _dropped(texts: Sequence[str]) -> str:
    shown = ", ".join(short(text) for text in texts[:5])
    more = f" and {len(texts) - 5} more" if len(texts) > 5 else ""
    return f"{shown}{more} {'was' if len(texts) == 1 else 'were'} dropped."
