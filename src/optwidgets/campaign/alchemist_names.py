"""The other names that ALchemist's users know a session by, as thin delegations."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from optwidgets.errors import OptwidgetsError
from optwidgets.journal.changes import MetadataChanged, SettingsChanged

if TYPE_CHECKING:
    import threading
    from os import PathLike

    from optwidgets.data.experiment_manager import ExperimentManager
    from optwidgets.journal.entry import Entry
    from optwidgets.journal.state import SessionState
    from optwidgets.journal.store import Changes
    from optwidgets.space.search_space import SearchSpace

_METADATA = ("name", "description", "tags", "author")


class AlchemistNames:
    """Method names of ALchemist 0.4.0 (``OptimizationSession``); mixed into ours.

    Examples
    --------
    >>> from optwidgets import OptimizationSession
    >>> session = OptimizationSession()
    >>> session.add_variable("temperature", "real", bounds=(20, 100))
    >>> session.update_metadata(name="Reactor", tags=["yield"])
    >>> session.get_search_space_summary()["n_variables"], session.metadata["name"]
    (1, 'Reactor')
    """

    if TYPE_CHECKING:
        lock: threading.RLock
        search_space: SearchSpace
        experiment_manager: ExperimentManager

        @property
        def state(self) -> SessionState: ...  # noqa: D102
        def commit(self, changes: Changes) -> list[Entry]: ...  # noqa: D102

    # ------------------------------------------------------------ details of the session

    @property
    def metadata(self) -> dict[str, Any]:
        """Id, name, description, author, tags and time of creation."""
        return dict(self.state.metadata)

    @property
    def config(self) -> dict[str, Any]:
        """Settings of the session, such as ``random_state``."""
        return dict(self.state.settings)

    def update_metadata(
        self,
        name: str | None = None,
        description: str | None = None,
        tags: Sequence[str] | None = None,
        author: str | None = None,
    ) -> None:
        """Change name, description, tags or author; what is None stays."""
        given = {"name": name, "description": description, "tags": tags, "author": author}
        fields: dict[str, Any] = {}
        for field, value in given.items():
            if value is None:
                continue
            fields[field] = _text(field, value) if field != "tags" else _tags(value)
        if "name" in fields and not fields["name"].strip():
            raise OptwidgetsError("A session needs a name.", field="Session name")
        before = self.state.metadata
        fields = {key: value for key, value in fields.items() if before.get(key) != value}
        if fields:
            self.commit([MetadataChanged(fields)])

    def set_config(self, **settings: Any) -> None:
        """Change settings, such as ``random_state=7``."""
        if "random_state" in settings:
            seed = settings["random_state"]
            if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 1 << 32:
                raise OptwidgetsError(
                    f"random_state must be a whole number from 0 to {(1 << 32) - 1}, not {seed!r}.",
                    field="random_state",
                )
        self.commit([SettingsChanged(settings)])

    # ------------------------------------------------------------ objectives

    @property
    def objective_names(self) -> list[str]:
        """Names of the outputs."""
        return list(self.state.table.target_names)

    @property
    def n_objectives(self) -> int:
        """Number of outputs."""
        return len(self.state.table.target_names)

    @property
    def is_multi_objective(self) -> bool:
        """Whether there is more than one output."""
        return self.n_objectives > 1

    # ------------------------------------------------------------ data

    def load_data(
        self,
        filepath: str | PathLike[str],
        target_columns: str | Sequence[str] = "Output",
        noise_column: str | None = None,
    ) -> None:
        """Import a table; columns are matched by their names.

        What is noticeable about the table is a warning.
        """
        mapping: dict[str, str | None] = {noise_column: "Noise"} if noise_column else {}
        names = [target_columns] if isinstance(target_columns, str) else list(target_columns)
        known = self.state.table.target_names
        if len(names) == 1 and len(known) == 1:
            mapping[names[0]] = known[0]
        report = self.experiment_manager.import_table(filepath, mapping or None)
        for remark in report.remarks:
            warnings.warn(remark, stacklevel=2)

    def load_search_space(self, filepath: str | PathLike[str]) -> None:
        """Load variables from a JSON file, in place of those there are."""
        self.search_space.load_from_json(filepath)

    def get_search_space_summary(self) -> dict[str, Any]:
        """Return the variables: ``n_variables``, ``variables`` and which are categorical."""
        space = self.state.space
        return {
            "n_variables": len(space),
            "variables": space.to_dict(),
            "categorical_variables": [v.name for v in space if v.kind == "categorical"],
        }

    def get_data_summary(self) -> dict[str, Any]:
        """Return counts and, for each output, its range: ``n_experiments``, ``target_stats``."""
        table = self.state.table
        stats: dict[str, dict[str, float]] = {}
        for name in table.target_names:
            values = [row.outputs[name] for row in table.done() if name in row.outputs]
            if values:
                mean = sum(values) / len(values)
                spread = sum((value - mean) ** 2 for value in values) / max(1, len(values) - 1)
                stats[name] = {
                    "min": min(values),
                    "max": max(values),
                    "mean": mean,
                    "std": spread**0.5,
                }
        return {
            "n_experiments": table.counts["done"],
            "has_data": bool(table.counts["done"]),
            "has_noise": any(row.noise is not None for row in table.done()),
            "target_columns": list(table.target_names),
            "feature_names": list(self.state.space.names),
            "target_stats": stats,
            "counts": table.counts,
        }

    def get_model_summary(self) -> dict[str, Any] | None:
        """Return the record of the last training, or None."""
        record = self.state.model
        return None if record is None else dict(record)

    def get_last_training_config(self) -> dict[str, Any] | None:
        """Return the arguments that train the same model again, or None."""
        record = self.state.model
        if record is None:
            return None
        return {
            "backend": record["backend"],
            "kernel": record["kernel"],
            "kernel_params": {
                name: record[name]
                for name, kernel in (("nu", "Matern"), ("depth", "IBNN"))
                if record["kernel"] == kernel
            },
        }

    # ------------------------------------------------------------ staged experiments

    def add_staged_experiment(self, inputs: Mapping[str, Any]) -> int:
        """Put a point into the table as a suggested row and return its number."""
        return self.experiment_manager.add_experiment(inputs, state="suggested", reason="Staged")

    def get_staged_experiments(self) -> list[dict[str, Any]]:
        """Return the inputs of all suggested and running rows."""
        return [dict(row.inputs) for row in self.state.table.pending()]

    @property
    def staged_experiments(self) -> list[dict[str, Any]]:
        """Inputs of all suggested and running rows."""
        return self.get_staged_experiments()

    def clear_staged_experiments(self) -> int:
        """Remove all suggested and running rows and return how many they were."""
        with self.lock:
            ids = [row.id for row in self.state.table.pending()]
            self.experiment_manager.delete(ids)
            return len(ids)

    def move_staged_to_experiments(
        self,
        outputs: Sequence[float],
        noises: Sequence[float] | None = None,
        iteration: int | None = None,
        reason: str | None = None,
    ) -> int:
        """Record the results of all suggested and running rows, in their order."""
        with self.lock:
            rows = self.state.table.pending()
            if len(outputs) != len(rows) or (noises is not None and len(noises) != len(rows)):
                raise OptwidgetsError(
                    f"{len(rows)} points are staged, but there are {len(outputs)} results. Give "
                    "one result for each point."
                )
            name = self.state.table.target_names[0]
            fields: dict[str, Any] = {"Iteration": iteration, "Reason": reason}
            fields = {key: value for key, value in fields.items() if value is not None}
            edits: dict[int, dict[str, Any]] = {}
            for place, (row, output) in enumerate(zip(rows, outputs, strict=True)):
                noise = {"Noise": noises[place]} if noises is not None else {}
                edits[row.id] = {name: output, **noise, **fields}
            self.experiment_manager.edit_rows(edits)
            return len(rows)


def _text(field: str, value: Any) -> str:
    if not isinstance(value, str) or len(value) > 10_000:
        raise OptwidgetsError(f"The {field} must be a text of at most 10,000 characters.")
    return value.strip() if field == "name" else value


def _tags(value: Any) -> list[str]:
    if isinstance(value, str) or not all(isinstance(tag, str) for tag in value):
        raise OptwidgetsError('Tags must be a list of texts, such as ["catalyst", "2026"].')
    return list(value)
