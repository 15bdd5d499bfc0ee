"""Reading the session file of ALchemist (JSON, version 1.1.0); see `session_file_writing`.

What we have no use for, such as the audit log or provenance, is kept in
``state.extras`` and written back. What ALchemist has no place for, such as excluded
rows and goals, stands under a key of our own, ``optwidgets``, which counts only while
the rest of the file is as we wrote it: a file that another program edited is read from
its public part.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from optwidgets.data.edits import ObjectivesSet, RowsAdded
from optwidgets.data.limits import with_limits
from optwidgets.data.row import Row
from optwidgets.data.table import DEFAULT_TARGET, Objective
from optwidgets.errors import OptwidgetsError
from optwidgets.journal.audit import read_decisions
from optwidgets.journal.changes import (
    Change,
    DecisionsLocked,
    ExtrasSet,
    MetadataChanged,
    ModelTrained,
    SettingsChanged,
)
from optwidgets.journal.queue import number_of_key, read_marks
from optwidgets.journal.session_file_constraints import read_constraints
from optwidgets.journal.session_file_derived import read_derived
from optwidgets.journal.session_file_own import KEY, trusted
from optwidgets.journal.session_file_rows import row_of_record, row_of_staged
from optwidgets.journal.session_file_writing import STAGED_STATES, VERSION
from optwidgets.space.edits import ConstraintAdded, added_in_order
from optwidgets.space.space import Space
from optwidgets.space.variable import variable_from_dict

_METADATA = ("name", "description", "author", "tags")
# Public keys that say what we say, too; all others are kept as they are.
_OURS = frozenset(
    {
        "version",
        "metadata",
        "search_space",
        "experiments",
        "staged_experiments",
        "outcome_constraints",
        "config",
    }
)
# What is kept with our rows, in ``state.extras``.
_KEPT = frozenset({"rows", "queue_items"})


def from_session_file(document: Any, *, name: str = "The file") -> tuple[list[Change], list[str]]:
    """Return the changes that make an empty session the one of a file, and messages.

    Parameters
    ----------
    document
        The parsed JSON.
    name
        What the sentences call the file.

    Raises
    ------
    OptwidgetsError
        When it is no session file, of a newer version, or has a value that is not possible.
    """
    _check_document(document, name)
    try:
        return _read(document, name)
    except OptwidgetsError:
        raise
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        # A value of a kind that no program writes there: whichever it is, the file is damaged.
        raise OptwidgetsError(
            f"{name} is damaged, or was written by a program that takes another form: {error!r:.80}"
            " came up while it was read. Restore a backup of it."
        ) from error


def _read(document: Mapping[str, Any], name: str) -> tuple[list[Change], list[str]]:
    changes: list[Change] = []
    messages: list[str] = []
    details = _details(document)
    if details:
        changes.append(MetadataChanged(details))
    variables, kept_space = _read_space(document)
    space = Space(tuple(variable_from_dict(data) for data in variables))
    changes += added_in_order(space.variables)
    rules = read_constraints(document, space, kept_space, messages)
    changes += [ConstraintAdded(rule) for rule in rules]
    changes += read_derived(space, kept_space, messages)
    own = trusted(document, name, messages)
    names = [str(data["name"]) for data in variables]
    if own is not None:
        objectives = tuple(Objective.from_dict(item) for item in own["objectives"])
        model = ModelTrained.from_dict({"record": own.get("model")}).record
    else:
        objectives = _read_objectives(document, messages)
        model = _read_model(document.get("model_config"))
    targets = [objective.name for objective in objectives] or [DEFAULT_TARGET]
    found = _read_rows(document, names, targets, own)
    if objectives:
        changes.append(ObjectivesSet(objectives))
    if found.rows:
        changes.append(RowsAdded(tuple(found.rows)))
    settings = {k: v for k, v in _object(document, "config").items() if v is not None}
    if settings:
        changes.append(SettingsChanged(settings))
    if model is not None:
        changes.append(ModelTrained(model))
    extras = _of_others(document, messages)
    extras["objective_metadata"] = dict(_object(document, "objective_metadata"))
    if not extras["objective_metadata"]:
        del extras["objective_metadata"]
    kept = {
        "search_space": kept_space,
        "rows": found.columns,
        "queue_items": found.queue_items,
        "staged_experiments": found.finished,
    }
    if own is not None:
        marks, kept["staged_experiments"] = read_marks(own.get("queue"), found.finished)
        extras |= marks
    extras |= {key: value for key, value in kept.items() if value}
    decisions, kept_audit = read_decisions(document, messages)
    extras.pop("audit_log", None)
    if kept_audit:
        extras["audit_log"] = kept_audit
    if decisions:
        changes.append(DecisionsLocked(decisions))
    if extras:
        changes.append(ExtrasSet(extras))
    return changes, messages


def _of_others(document: Mapping[str, Any], messages: list[str]) -> dict[str, Any]:
    """Return the public parts that are only kept, without names under which we keep our own."""
    extras = {k: v for k, v in document.items() if k not in _OURS and k != KEY}
    for name in [k for k in extras if k in _KEPT or number_of_key(k) is not None]:
        del extras[name]
        messages.append(
            f"The file's {name} is a part that no program writes there. It is left out."
        )
    return extras


def _details(document: Mapping[str, Any]) -> dict[str, Any]:
    metadata = _object(document, "metadata")
    found: dict[str, Any] = {
        key: str(metadata[key]) for key in _METADATA if key != "tags" and metadata.get(key)
    }
    tags = [str(tag) for tag in _list(metadata, "tags")]
    return found | ({"tags": tags} if tags else {})


def _check_document(document: Any, name: str) -> None:
    if not isinstance(document, Mapping) or not isinstance(document.get("search_space"), Mapping):
        raise OptwidgetsError(f"{name} is no session file: it has no search space.")
    version = str(document.get("version", "1.0.0"))
    major = version.split(".", 1)[0]
    if not major.isdigit() or int(major) > 1:
        raise OptwidgetsError(
            f"{name} has version {version[:20]}, and this version of optwidgets reads up to "
            f"{VERSION}. Update optwidgets."
        )


def _object(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = document.get(name) or {}
    if not isinstance(value, Mapping):
        raise OptwidgetsError(f"The file's {name} must be an object.")
    return value


def _list(document: Mapping[str, Any], name: str) -> list[Any]:
    value = document.get(name) or []
    if not isinstance(value, list):
        raise OptwidgetsError(f"The file's {name} must be a list.")
    return value


def _read_space(document: Mapping[str, Any]) -> tuple[list[Mapping[str, Any]], dict[str, Any]]:
    """Return the variables, and what of the space is only kept."""
    space = document["search_space"]
    variables = _list(space, "variables")
    if not all(isinstance(item, Mapping) and "name" in item for item in variables):
        raise OptwidgetsError("Every variable of the file needs a name and a type.")
    kept = {key: value for key, value in space.items() if key != "variables" and value}
    return variables, kept


def _read_objectives(document: Mapping[str, Any], messages: list[str]) -> tuple[Objective, ...]:
    described = _object(document, "objective_metadata")
    names = _target_columns(document)
    limited = bool(document.get("outcome_constraints"))
    if names == [DEFAULT_TARGET] and not described.get(DEFAULT_TARGET) and not limited:
        return ()
    found: list[Objective] = []
    for name in names:
        info = described.get(name) or {}
        label = str(info.get("label") or "")
        found.append(
            Objective(name, unit=str(info.get("unit") or ""), label="" if label == name else label)
        )
    return with_limits(found, document.get("outcome_constraints"), messages)


def _target_columns(document: Mapping[str, Any]) -> list[str]:
    experiments = _object(document, "experiments")
    names = experiments.get("target_columns")
    if names:
        return [names] if isinstance(names, str) else [str(name) for name in names]
    # Older files don't say. What is neither a variable nor bookkeeping was measured.
    from optwidgets.journal.session_file_rows import BOOKKEEPING

    variables = {item.get("name") for item in document["search_space"].get("variables", [])}
    records = [record for record in _list(experiments, "data") if isinstance(record, Mapping)]
    columns = dict.fromkeys(key for record in records for key in record)
    return [c for c in columns if c not in variables and c not in BOOKKEEPING] or [DEFAULT_TARGET]


@dataclass
class _Rows:
    """The rows of a file, and what of them is only kept."""

    rows: list[Row]
    columns: dict[str, Any]
    queue_items: dict[str, Any]
    finished: list[Any]


def _read_rows(
    document: Mapping[str, Any],
    variables: list[str],
    targets: list[str],
    own: Mapping[str, Any] | None,
) -> _Rows:
    """Return the rows of the public part, or those of our part with what is kept of them."""
    known = None if own is None else [Row.from_dict(item) for item in own["rows"]]
    found = _Rows([], {}, {}, [])
    done = None if known is None else [row.id for row in known if row.is_done]
    for place, record in enumerate(_list(_object(document, "experiments"), "data")):
        number = place + 1 if done is None else done[place]
        row, more = row_of_record(number, record, variables, targets)
        found.rows.append(row)
        if more:
            found.columns[str(number)] = more
    staged = None if known is None else [row.id for row in known if row.state in STAGED_STATES]
    for item in _list(document, "staged_experiments"):
        place = len(found.queue_items)
        number = len(found.rows) + 1 if staged is None else [*staged, 0][place] or 1
        pair = row_of_staged(number, item, variables)
        if pair is None:
            found.finished.append(item)
            continue
        found.rows.append(pair[0])
        found.queue_items[str(number)] = pair[1]
    if own is not None and known is not None:
        found.rows = known
        found.columns |= _beside_results(own.get("columns", {}), known)
    return found


def _beside_results(columns: Mapping[str, Any], rows: list[Row]) -> dict[str, Any]:
    """Return what is kept of rows without a result, which have no record in the public part."""
    numbers = (str(row.id) for row in rows if not row.is_done)
    return {number: dict(columns[number]) for number in numbers if number in columns}


def _read_model(config: Any) -> dict[str, Any] | None:
    """Return a model configuration that we can train, or None; others are only kept."""
    if not isinstance(config, Mapping) or str(config.get("backend")).lower() != "botorch":
        return None
    kernel = {"matern": "Matern", "rbf": "RBF"}.get(str(config.get("kernel")).lower())
    if kernel is None:
        return None
    params = config.get("kernel_params")
    nu = params.get("nu", 2.5) if isinstance(params, Mapping) else 2.5
    if nu not in {0.5, 1.5, 2.5}:
        return None
    return {"backend": "botorch", "kernel": kernel, "nu": float(nu), "noise": "infer"}
