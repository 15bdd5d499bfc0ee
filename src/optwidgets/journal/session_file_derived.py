"""The derived variables of a session file: formulas count, functions have to be given again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optwidgets.errors import OptwidgetsError
from optwidgets.space.derived import derived_from_dict
from optwidgets.space.derived_edits import DerivedAdded
from optwidgets.space.text import enumerate_words, short

if TYPE_CHECKING:
    from optwidgets.space.space import Space


def read_derived(
    space: Space, kept_space: dict[str, Any], messages: list[str]
) -> list[DerivedAdded]:
    """Return the derived variables of a file; what does not fit the variables is only kept, and said so.

    Parameters
    ----------
    space
        The variables of the file.
    kept_space
        What is kept of the file's space; changed in place.
    messages
        Sentences for the user; added to.
    """
    given = kept_space.pop("derived_variables", None)
    found: list[DerivedAdded] = []
    kept: list[Any] = []
    for item in given if isinstance(given, list) else []:
        try:
            derived = derived_from_dict(item)
            space = space.derive(derived)
            found.append(DerivedAdded(derived))
        except OptwidgetsError as error:
            kept.append(item)
            messages.append(f"A derived variable of the file is kept, but does not count: {error}")
    waiting = [edit.derived.name for edit in found if not edit.derived.is_known]
    if waiting:
        messages.append(
            f"Functions are not saved with a session: give {enumerate_words(waiting)} again with "
            f"add_derived({short(waiting[0])!r}, function), or remove it, to train a model."
        )
    if kept:
        kept_space["derived_variables"] = kept
    return found
