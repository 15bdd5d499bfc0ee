"""SpaceBuilder: what can be varied, built and changed in place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import traitlets

from optwidgets.errors import OptwidgetsError
from optwidgets.space.edits import (
    ConstraintAdded,
    ConstraintRemoved,
    VariableAdded,
    VariableChanged,
    VariableRemoved,
    VariablesReordered,
)
from optwidgets.space.scaling import with_scale_of
from optwidgets.space.variable import KINDS
from optwidgets.widgets._base import SessionWidget, intent
from optwidgets.widgets._space_forms import (
    ROLE_CHOICES,
    box_of,
    clean_form,
    convert_form,
    form_of,
    problems_of,
    variable_of,
)
from optwidgets.widgets._space_rules import rule_of_text, rule_views
from optwidgets.widgets._space_tables import MAX_VARIABLES, read_variables
from optwidgets.widgets._space_view import OutsideWatch, variable_views

if TYPE_CHECKING:
    from optwidgets.journal.state import SessionState
    from optwidgets.session import OptimizationSession


class SpaceBuilder(SessionWidget):
    """The variables of a session as an editable list.

    Parameters
    ----------
    session
        The session whose space is shown. Every change is one undoable step of
        its journal.

    Examples
    --------
    >>> from optwidgets.session import OptimizationSession
    >>> session = OptimizationSession()
    >>> session.add_variable("Flow", "real", bounds=(0.5, 20), unit="mL/min")
    >>> SpaceBuilder(session).variables[0]["form"]["max"]
    '20'
    """

    #: One dict per variable, in order; see ``js/src/widgets/space-builder/forms.ts``.
    variables = traitlets.List(traitlets.Dict()).tag(sync=True)
    #: Values outside the space, at most 50 of them, and the number of their rows.
    outside = traitlets.List(traitlets.Dict()).tag(sync=True)
    outside_rows = traitlets.Int(0).tag(sync=True)
    #: What follows from the variables, as formulas.
    derived = traitlets.List(traitlets.Unicode()).tag(sync=True)
    #: Rules between the variables: how each is called, and its formula.
    constraints = traitlets.List(traitlets.Dict()).tag(sync=True)
    #: Choices of the Kind box, read from the registry of kinds, and of the Role box.
    kinds = traitlets.List(traitlets.Dict()).tag(sync=True)
    roles = traitlets.List(traitlets.Dict()).tag(sync=True)

    def __init__(self, session: OptimizationSession, **options: Any) -> None:
        self._outside = OutsideWatch()
        super().__init__(session, **options)

    def project(self, state: SessionState) -> dict[str, Any]:
        """Return the traits for a state."""
        rows, listed = self._outside.look(state.space, state.table)
        return {
            "variables": variable_views(state.space, state.table),
            "outside": listed,
            "outside_rows": rows,
            "derived": [item.describe() for item in state.space.derived],
            "constraints": rule_views(state.space),
            "kinds": [{"name": name, "label": name.capitalize()} for name in KINDS],
            "roles": [{"name": name, "label": label} for name, label in ROLE_CHOICES.items()],
        }

    # ------------------------------------------------------------ intents

    @intent("save_variable")
    def _save_variable(
        self,
        form: Mapping[str, Any],
        name: str | None = None,
        changed: str | None = None,
        dry: bool = False,
    ) -> dict[str, Any]:
        """Add or change a variable, or say at which fields it is not possible yet."""
        space = self.session.state.space
        if name is not None:
            space[name]  # it may have been removed in another view
        texts = clean_form(form)
        taken = [other for other in space.names if other != name]
        problems = problems_of(texts, taken, changed)
        if not problems:
            # Whether it fits the others, such as the variable that its condition names.
            variable = variable_of(texts)
            if name is not None:
                variable = with_scale_of(space[name], variable)
            change = VariableAdded(variable) if name is None else VariableChanged(name, variable)
            try:
                change.apply(space)
            except OptwidgetsError as error:
                problems = {box_of(error, texts["kind"]): str(error)}
        if problems or dry:
            return {"saved": False, "problems": problems, "form": texts}
        if name is None or variable != space[name]:
            self.session.commit([change])
        return {"saved": True, "problems": {}, "form": form_of(variable)}

    @intent("convert")
    def _convert(self, form: Mapping[str, Any], kind: str) -> dict[str, Any]:
        """Return a form as another kind; changes nothing."""
        if kind not in KINDS:
            raise OptwidgetsError(f"There is no kind {kind!r}.", field="Kind")
        converted, dropped = convert_form(clean_form(form), kind)
        return {"form": converted, "dropped": dropped}

    @intent("remove_variable")
    def _remove_variable(self, name: str) -> None:
        """Remove a variable; what the rows say of it stays in them."""
        self.session.commit([VariableRemoved(name)])

    @intent("move_variable")
    def _move_variable(self, name: str, to: int) -> None:
        """Put a variable at another place, from 0."""
        names = list(self.session.state.space.names)
        if name not in names:
            self.session.state.space[name]
        names.remove(name)
        names.insert(max(0, min(int(to), len(names))), name)
        if tuple(names) != self.session.state.space.names:
            self.session.commit([VariablesReordered(tuple(names))])

    @intent("add_constraint")
    def _add_constraint(self, formula: str) -> dict[str, Any]:
        """Limit the settings by a formula, or say why it is none."""
        try:
            rule = rule_of_text(self.session.state.space, str(formula))
        except OptwidgetsError as error:
            return {"added": False, "problem": str(error)}
        self.session.commit([ConstraintAdded(rule)])
        return {"added": True, "problem": ""}

    @intent("remove_constraint")
    def _remove_constraint(self, name: str) -> None:
        """Remove a rule; undo brings it back."""
        self.session.commit([ConstraintRemoved(str(name))])

    @intent("read_table")
    def _read_table(self, text: str) -> dict[str, Any]:
        """Propose variables from pasted text; changes nothing."""
        state = self.session.state
        found = read_variables(str(text), state.table.target_names)
        for proposal in found["proposals"]:
            taken = proposal["form"]["name"]
            if proposal["error"] is None and taken in state.space:
                proposal |= {"error": f"{taken} exists already. Use another name.", "use": False}
        return found

    @intent("add_variables")
    def _add_variables(self, forms: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Add several variables as one step: all of them or, on an error, none."""
        if not 1 <= len(forms) <= MAX_VARIABLES:
            raise OptwidgetsError(f"Add from 1 to {MAX_VARIABLES} variables at once.")
        variables = [variable_of(clean_form(form)) for form in forms]
        self.session.commit([VariableAdded(variable) for variable in variables])
        return {"added": len(variables)}
