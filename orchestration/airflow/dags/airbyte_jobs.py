"""The few requests of Airbyte's public API that a DAG makes, to Airbyte Cloud or to Atlas alike.

The provider's SDK refuses statuses that it does not know, such as Airbyte Cloud's `queued`; so the credentials are
those of the provider's connection, and the requests are our own.
"""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from airflow.sdk import BaseHook, Connection

log = logging.getLogger(__name__)

Job = Mapping[str, Any]

CREATE_S = 150.0
"""Airbyte Cloud has taken two minutes to answer that a job was made."""
ANSWER_S = 60.0
AGAIN_S = (2.0, 5.0, 15.0)
BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
FAILED, CANCELLED, SUCCEEDED = "failed", "cancelled", "succeeded"
IN_PROGRESS = frozenset({"pending", "running", "queued", "incomplete"})


class AirbyteRefused(Exception):
    """Airbyte answered, and the answer will be the same the next time."""


class AirbyteUnreachable(Exception):
    """Nothing that can be used was answered; asking again may help."""


@dataclass(kw_only=True)
class AirbyteJobs:
    """Jobs of one Airbyte. Shape: `parent_run` names the task that asks, as OpenLineage does; Airbyte ignores it."""

    http: httpx.Client
    client_id: str
    client_secret: str
    token_path: str
    parent_run: str | None = None
    _token: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, conn_id: str, parent_run: str | None = None) -> "AirbyteJobs":
        return cls.on(BaseHook.get_connection(conn_id), parent_run)

    @classmethod
    def on(cls, connection: Connection, parent_run: str | None = None) -> "AirbyteJobs":
        """Errors: AirbyteRefused for a connection that cannot work, before anything is asked."""
        host = (connection.host or "").rstrip("/")
        if not host.startswith(("http://", "https://")) or not host.endswith("/v1"):
            raise AirbyteRefused(
                "The connection's host must have its scheme and end with /v1: https://api.airbyte.com/v1, "
                f"or http://atlas:8000/api/public/v1. It is {host!r}."
            )
        if not connection.login or not connection.password:
            raise AirbyteRefused(
                "The connection has no client id as its login, or no client secret as its password. "
                "Those in `extra` have not been read since version 4 of the provider."
            )
        timeout = float(connection.extra_dejson.get("timeout") or ANSWER_S)
        return cls(
            http=httpx.Client(base_url=host, timeout=timeout, follow_redirects=False),
            client_id=connection.login,
            client_secret=connection.password,
            token_path=connection.schema or "applications/token",
            parent_run=parent_run,
        )

    def get(self, job_id: int) -> Job:
        return self._ask("GET", f"jobs/{job_id}")

    def since(self, connection_id: str, job_id: int) -> list[Job]:
        """The jobs of a connection from one on, the newest first."""
        query = {"connectionId": connection_id, "orderBy": "createdAt|DESC", "limit": 20}
        listed = self._ask("GET", "jobs", params=query)["data"]
        return [job for job in listed if int(job["jobId"]) >= job_id]

    def newest(self, connection_id: str) -> Job | None:
        return next(iter(self.since(connection_id, 0)), None)

    def start(self, connection_id: str) -> Job:
        """Begin a sync, once.

        Shape:  a lost answer is looked for before another is begun, and a sync that runs already is the one that is
                followed: Airbyte runs one at a time.
        """
        before = self.newest(connection_id)
        if before is not None and not is_over(before):
            log.info("Job %s of this connection runs already: it is followed.", before["jobId"])
            return before
        try:
            return self._once(
                "POST", "jobs", json={"connectionId": connection_id, "jobType": "sync"}, timeout=CREATE_S
            )  # fmt: skip
        except AirbyteUnreachable as lost:
            after = self.newest(connection_id)
            if after is None or (before is not None and after["jobId"] == before["jobId"]):
                raise
            log.warning(
                "The answer was lost (%s), job %s was made all the same.", lost, after["jobId"]
            )
            return after
        except AirbyteConflict:
            after = self.newest(connection_id)
            if after is None or is_over(after):
                raise AirbyteUnreachable(
                    "Airbyte says that a job runs already, and lists none."
                ) from None
            return after

    def cancel(self, job_id: int) -> Job:
        return self._ask("DELETE", f"jobs/{job_id}")

    def tested(self) -> str:
        """What was answered to a token and to a first list of jobs."""
        listed = self._ask("GET", "jobs", params={"limit": 1})["data"]
        return f"{self.http.base_url} knows this client; {'there are jobs' if listed else 'no job yet'}."

    # ── one request ───────────────────────────────────────────────────────────────────────────────

    def _ask(self, method: str, path: str, **request: Any) -> Any:
        """Ask, and ask again where that may help. Only for what may be asked twice."""
        for wait_s in AGAIN_S:
            try:
                return self._once(method, path, **request)
            except AirbyteUnreachable as failure:
                log.warning("%s; again in %g s", failure, wait_s)
                time.sleep(wait_s)
        return self._once(method, path, **request)

    def _once(self, method: str, path: str, **request: Any) -> Any:
        """Errors: AirbyteUnreachable, AirbyteConflict, AirbyteRefused."""
        for is_last in (False, True):
            answer = self._sent(method, path, headers=self._headers(), **request)
            if answer.status_code != httpx.codes.UNAUTHORIZED or is_last:
                break
            self._token = None  # Airbyte's are good for three minutes
        if answer.status_code in BUSY:
            raise AirbyteUnreachable(f"{method} {path}: {answer.status_code}")
        if answer.status_code == httpx.codes.CONFLICT:
            raise AirbyteConflict(_said(answer))
        if answer.is_error:
            raise AirbyteRefused(f"{method} {path}: {answer.status_code} {_said(answer)}")
        return _json(answer, f"{method} {path}")

    def _headers(self) -> dict[str, str]:
        if self._token is None:
            answer = self._sent(
                "POST",
                self.token_path,
                json={
                    "client_id": self.client_id,
                    "client_secret": self.client_secret,
                    "grant-type": "client_credentials",
                },
            )
            if answer.status_code in BUSY:
                raise AirbyteUnreachable(f"no token: {answer.status_code}")
            if answer.is_error:
                raise AirbyteRefused(
                    f"No token: {answer.status_code}. Look at the connection's login and password."
                )
            self._token = str(_json(answer, "The token's address")["access_token"])
        named = {} if self.parent_run is None else {"Atlas-Parent-Run": self.parent_run}
        return {"Authorization": f"Bearer {self._token}", **named}

    def _sent(self, method: str, path: str, **request: Any) -> httpx.Response:
        try:
            return self.http.request(method, path, **request)
        except httpx.TransportError as failure:
            raise AirbyteUnreachable(f"{method} {path}: {type(failure).__name__}") from failure


class AirbyteConflict(AirbyteRefused):
    """A job of the connection runs already."""


def is_over(job: Job) -> bool:
    """Shape: a status that nobody has told us of is in progress, and is said."""
    status = job["status"]
    if status in (SUCCEEDED, FAILED, CANCELLED):
        return True
    if status not in IN_PROGRESS:
        log.warning("Job %s is %r, which is new to us: it is taken for being in progress.", job["jobId"], status)  # fmt: skip
    return False


def _json(answer: httpx.Response, what: str) -> Any:
    """Errors: AirbyteRefused for a page, say of a proxy that wants somebody to sign in."""
    try:
        return answer.json()
    except ValueError:
        kind = answer.headers.get("content-type", "nothing named")
        raise AirbyteRefused(
            f"{what} answered {kind} and no JSON: is the connection's host that of the API?"
        ) from None


def _said(answer: httpx.Response) -> str:
    """The problem's own words, if it has any."""
    try:
        found = answer.json()
    except ValueError:
        return ""
    return str(found.get("detail") or found.get("title") or "") if isinstance(found, dict) else ""
