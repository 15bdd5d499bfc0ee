"""Routes for rows with results, and for how objectives are called."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, File, Query, Response, UploadFile

from optwidgets.campaign.auditing import provenance_of
from optwidgets.server.errors import NotFound
from optwidgets.server.faces.alchemist import results
from optwidgets.server.faces.alchemist.access import Reads, Writes, with_variables
from optwidgets.server.faces.alchemist.csv_files import preview, read_csv
from optwidgets.server.faces.alchemist.describing import (
    data_summary,
    experiments_text,
    objective_metadata,
)
from optwidgets.server.faces.alchemist.provenance import provenance_records
from optwidgets.server.faces.alchemist.schemas import experiments as bodies
from optwidgets.server.faces.alchemist.training import Trains
from optwidgets.server.faces.alchemist.variables import NOT_FOUND
from optwidgets.session import OptimizationSession

router = APIRouter(prefix="/api/v1/sessions/{session_id}", tags=["Experiments"])


@router.post("/experiments", responses=NOT_FOUND)
async def add_experiment(
    experiment: bodies.AddExperimentRequest, writes: Writes, trains: Trains
) -> bodies.ExperimentResponse:
    """Record one result; several objectives take an object as ``output``."""

    def add(session: OptimizationSession) -> dict[str, Any]:
        results.add(with_variables(session), experiment)
        return {"n_experiments": session.state.table.counts["done"]}

    body = await writes.write(add)
    return bodies.ExperimentResponse(
        message="Experiment added successfully", **body, **await trains.run(writes)
    )


@router.post("/experiments/batch", responses=NOT_FOUND)
async def add_experiments(
    batch: bodies.AddExperimentsBatchRequest, writes: Writes, trains: Trains
) -> bodies.ExperimentResponse:
    """Record several results, all or none."""

    def add(session: OptimizationSession) -> dict[str, Any]:
        results.add_many(with_variables(session), batch.experiments)
        return {"n_experiments": session.state.table.counts["done"]}

    body = await writes.write(add)
    return bodies.ExperimentResponse(
        message=f"Added {len(batch.experiments)} experiments successfully",
        **body,
        **await trains.run(writes),
    )


@router.get("/experiments", responses=NOT_FOUND, response_model=bodies.ExperimentsListResponse)
async def list_experiments(reads: Reads) -> Response:
    """Return all rows with results."""
    text = await asyncio.to_thread(experiments_text, await reads.state(), reads.texts)
    return Response(text, media_type="application/json")


@router.get("/experiments/summary", responses=NOT_FOUND)
async def summarise_experiments(reads: Reads) -> bodies.ExperimentsSummaryResponse:
    """Return counts, and the range of the first objective."""
    return bodies.ExperimentsSummaryResponse(**data_summary(await reads.state()))


@router.post("/experiments/preview", responses=NOT_FOUND)
async def preview_file(reads: Reads, file: Annotated[UploadFile, File()]) -> bodies.PreviewResponse:
    """Return the columns of a CSV file; nothing is changed."""
    await reads.state()
    found = await asyncio.to_thread(preview, await file.read())
    return bodies.PreviewResponse(**found)


@router.post("/experiments/upload", responses=NOT_FOUND)
async def upload_file(
    writes: Writes,
    file: Annotated[UploadFile, File()],
    target_columns: Annotated[str, Query(max_length=10_000)] = "Output",
) -> bodies.UploadResponse:
    """Take the results of a CSV file in place of those there are; one step that can be undone."""
    state = await writes.state()
    content = await file.read()
    taken = await asyncio.to_thread(read_csv, content, target_columns, state)

    def upload(session: OptimizationSession) -> dict[str, Any]:
        with_variables(session)
        session.commit(taken.changes)
        count = session.state.table.counts["done"]
        return {"message": f"Loaded {count} experiments successfully", "n_experiments": count}

    return bodies.UploadResponse(**await writes.write(upload))


@router.get("/experiments/provenance", responses=NOT_FOUND)
async def list_provenance(reads: Reads) -> bodies.ProvenanceListResponse:
    """Return for each result what was suggested against what was done."""
    found = await _provenance(reads)
    return bodies.ProvenanceListResponse(
        records=[bodies.ProvenanceRecordResponse(**record) for record in found],
        n_records=len(found),
    )


@router.get("/experiments/provenance/{provenance_id}", responses=NOT_FOUND)
async def get_provenance(provenance_id: str, reads: Reads) -> bodies.ProvenanceRecordResponse:
    """Return the record of one result."""
    for record in await _provenance(reads):
        if record["id"] == provenance_id:
            return bodies.ProvenanceRecordResponse(**record)
    raise NotFound(f"There is no provenance record {provenance_id[:80]!r} in this session.")


@router.get("/objective-metadata", responses=NOT_FOUND)
async def get_objective_metadata(reads: Reads) -> bodies.ObjectiveMetadataResponse:
    """Return label and unit of the objectives."""
    return bodies.ObjectiveMetadataResponse(metadata=objective_metadata(await reads.state()))


@router.put("/objective-metadata", responses=NOT_FOUND)
async def set_objective_metadata(
    asked: bodies.SetObjectiveMetadataRequest, writes: Writes
) -> bodies.ObjectiveMetadataResponse:
    """Set label and unit of objectives; what is left out stays."""

    def change(session: OptimizationSession) -> dict[str, Any]:
        results.describe_objectives(session, asked.metadata)
        return {"metadata": objective_metadata(session.state)}

    return bodies.ObjectiveMetadataResponse(**await writes.write(change))


async def _provenance(reads: Reads) -> list[dict[str, Any]]:
    entries = await reads.entries()
    state = await reads.state()

    def records() -> list[dict[str, Any]]:
        return provenance_records(state, provenance_of(state.table, entries))

    return await asyncio.to_thread(records)
