"""Errors that a user can meet, each one clear sentence with a way out."""

from __future__ import annotations


class OptwidgetsError(ValueError):
    """Bad input, or a state in which a request cannot be met.

    A ``ValueError``, so that code written against scikit-optimize or ALchemist
    catches it too. The place is carried beside the sentence, so that a widget
    can show the sentence where the user is.

    Parameters
    ----------
    message
        One sentence that names the field, the value and the way out.
    field
        Name of the form field or argument that is at fault, if there is one.
    row
        Number of the table row that is at fault, if there is one.
    column
        Name of the table column that is at fault, if there is one.

    Examples
    --------
    >>> error = OptwidgetsError("Maximum must be above the minimum, 60.", field="Maximum")
    >>> str(error), error.field
    ('Maximum must be above the minimum, 60.', 'Maximum')
    """

    def __init__(
        self,
        message: str,
        *,
        field: str | None = None,
        row: int | None = None,
        column: str | None = None,
    ) -> None:
        super().__init__(message)
        self.field = field
        self.row = row
        self.column = column


class InfeasibleRegionError(OptwidgetsError):
    """No point keeps all constraints, with the variables that are held.

    Examples
    --------
    >>> issubclass(InfeasibleRegionError, ValueError)
    True
    """


class DesignNotEstimableError(OptwidgetsError):
    """Constraints take runs from a design that its model needs.

    Examples
    --------
    >>> issubclass(DesignNotEstimableError, ValueError)
    True
    """
