"""What both versions of SigOpt's API do with experiments, on behalf of one principal."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from optwidgets.journal.acting import acting
from optwidgets.journal.entry import canonical_json
from optwidgets.server.answers import Answer, Once
from optwidgets.server.errors import NotAllowed, ServerError
from optwidgets.server.sigopt import records
from optwidgets.server.sigopt.definition import read_definition
from optwidgets.server.sigopt.experiment import Experiment, experiment_json
from optwidgets.server.sigopt.projects import check_project
from optwidgets.server.sigopt.rows import Marks
from optwidgets.server.sigopt.standing import progress_json, progress_of
from optwidgets.server.sigopt.updating import read_update

if TYPE_CHECKING:
    from optwidgets.server.auth import Principal
    from optwidgets.server.host import Host
    from optwidgets.server.transaction import Transaction
    from optwidgets.session import OptimizationSession

T = TypeVar("T")


@dataclass(frozen=True)
class Desk:
    """The experiments of a host, as far as a principal may see them.

    Parameters
    ----------
    host
        Keeps the sessions.
    principal
        Who asks.
    """

    host: Host
    principal: Principal

    # ------------------------------------------------------------ reading

    async def experiment(self, number: str) -> Experiment:
        """Return an experiment by the number in a route.

        Raises
        ------
        NotFound
            When there is none, or its session was deleted.
        NotAllowed
            When the token is for other sessions.
        """
        record = await self.host.read(lambda connection: records.find(connection, number))
        self.principal.check(record.session_id)
        return record.view(await self.host.state(record.session_id))

    async def marks(self, experiment: Experiment, numbers: Collection[int] | None = None) -> Marks:
        """Return the free data of rows."""
        session_id = experiment.session_id
        return await self.host.read(
            lambda connection: records.marks_of(connection, session_id, numbers)
        )

    async def shown(self, experiment: Experiment) -> dict[str, Any]:
        """Write an experiment with its progress."""
        return experiment_json(experiment, await self.progress(experiment))

    async def progress(self, experiment: Experiment) -> dict[str, Any]:
        """Write how far an experiment is."""
        found = progress_of(experiment)
        marks = await self.marks(experiment, found.shown) if found.shown else {}
        return progress_json(experiment, marks, found)

    async def listed(self, **which: Any) -> list[records.Record]:
        """Return the experiments that the principal may see, the newest first.

        Takes what `optwidgets.server.sigopt.records.list_records` takes.
        """
        sessions = self.principal.sessions
        if await self.host.read(records.has_unknown):
            await self.host.write(lambda tx: records.add_all(tx.connection))
        await self._look_for_runs()
        return await self.host.read(
            lambda connection: records.list_records(connection, sessions=sessions, **which)
        )

    async def _look_for_runs(self) -> None:
        """Write down which experiments are of training runs, where nobody looked yet."""
        found = {}
        for record in await self.host.read(records.undecided):
            view = record.view(await self.host.state(record.session_id))
            found[record.id] = int(bool(view.kept.get("runs_only")))

        def operation(tx: Transaction) -> None:
            for number, value in found.items():
                records.change(tx.connection, number, runs_only=value)

        if found:
            await self.host.write(operation)

    # ------------------------------------------------------------ writing

    def opened(
        self, tx: Transaction, number: str, *, alive: bool = True
    ) -> tuple[records.Record, OptimizationSession]:
        """Return an experiment and its session inside an operation.

        Raises
        ------
        ServerError
            With `alive`, for one that was deleted.
        """
        record = records.find(tx.beside, number)
        self.principal.check(record.session_id)
        tx.check_lock(record.session_id)
        if alive and record.deleted:
            raise ServerError(
                f"The experiment {record.id} was deleted. Set its state to active to go on."
            )
        return record, tx.session(record.session_id)

    async def once(
        self,
        operation: Callable[[Transaction], Mapping[str, Any]],
        key: str | None,
        *content: Any,
    ) -> dict[str, Any]:
        """Do an operation in the principal's name; with a key at most once.

        Parameters
        ----------
        operation
            Returns JSON values.
        key
            Idempotency key, or None.
        *content
            What was asked for: the same key with other content is refused.
        """

        def run(tx: Transaction) -> Answer:
            with acting(self.principal.actor()):
                return Answer(200, dict(operation(tx)))

        once = None
        if key is not None:
            once = Once(self.principal.id, f"sigopt {key}", canonical_json(list(content)))
        return dict((await self.host.write_once(run, once)).body)

    async def create(
        self,
        data: Any,
        *,
        client: str = records.FIRST_CLIENT,
        project: str | None = None,
        key: str | None = None,
    ) -> Experiment:
        """Make an experiment, which is a session.

        Parameters
        ----------
        data
            JSON object of the request.
        client, project
            Whose it is; a project in the object comes first.
        key
            Idempotency key, or None.

        Raises
        ------
        OptwidgetsError
            A rule of SigOpt is broken.
        """
        self.check_everywhere()
        definition = read_definition(data)
        belongs = definition.project or project

        def operation(tx: Transaction) -> dict[str, Any]:
            check_project(tx.connection, client, belongs)
            session = tx.create_session(definition.name)
            session.commit(definition.changes())
            number = records.add(
                tx.connection,
                session.id,
                client=client,
                project=belongs,
                runs_only=bool(definition.kept.get("runs_only")),
            )
            return {"id": str(number)}

        found = await self.once(operation, key, "create", client, project, data)
        return await self.experiment(found["id"])

    def check_everywhere(self) -> None:
        """Refuse a token that is for some sessions only.

        Raises
        ------
        NotAllowed
            With the way out.
        """
        if self.principal.sessions is not None:
            raise NotAllowed(
                f"The token {self.principal.name!r} is for some experiments only. Use one that "
                "is for all."
            )

    async def update(self, number: str, data: Any, *, key: str | None = None) -> Experiment:
        """Change an experiment as far as it can be changed."""

        def operation(tx: Transaction) -> dict[str, Any]:
            record, session = self.opened(tx, number, alive=False)
            update = read_update(data, record.view(session.state))
            values: dict[str, Any] = {}
            if update.deleted is not None:
                values["deleted"] = int(update.deleted)
            if update.project is not None:
                check_project(tx.connection, record.client, update.project)
                values["project"] = update.project
            if update.changes:
                session.commit(update.changes)
            records.change(tx.connection, record.id, **values)
            return {}

        await self.once(operation, key, "update", number, data)
        return await self.experiment(number)

    async def delete(self, number: str) -> None:
        """Delete an experiment for clients of SigOpt's API; the session stays."""

        def operation(tx: Transaction) -> dict[str, Any]:
            record, _ = self.opened(tx, number, alive=False)
            records.change(tx.connection, record.id, deleted=1)
            return {}

        await self.once(operation, None)
