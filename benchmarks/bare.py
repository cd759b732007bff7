"""What FastAPI itself costs here: one operation that fetches a row by its key and does nothing else.

No token, no role, no row-level security, no limits, no documents: what Atlas's answers are held against, since a
machine's speed counts for both. It runs as a process of its own, with a port; the database's DSN is in its environment.
"""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import uvicorn
from fastapi import FastAPI

DSN = "BENCH_DSN"
_ROW = """
SELECT job_id, connection_id::text, job_type, status, mode, created_at::text, ended_at::text
FROM pipeline.jobs WHERE job_id = $1
"""


@asynccontextmanager
async def _with_pool(app: FastAPI) -> AsyncIterator[None]:
    async with asyncpg.create_pool(os.environ[DSN], min_size=4, max_size=4) as pool:
        app.state.pool = pool
        yield


app = FastAPI(lifespan=_with_pool)


@app.get("/health")
async def health() -> dict[str, bool]:
    return {"available": True}


@app.get("/jobs/{job_id}")
async def job(job_id: int) -> dict[str, object]:
    row = await app.state.pool.fetchrow(_ROW, job_id)
    return dict(row)


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), http="httptools", log_level="error", access_log=False)
