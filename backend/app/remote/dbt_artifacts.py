"""What dbt has written of a run: its results, and the project that they are of.

Source: dbt's artifacts, run_results v5 and v6, manifest v11 and v12.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from app.core.remote_failures import (
    DbtSpeaksOtherwise,
)
from app.core.transformations import Assertion, NodeResult, NodeStatus
from app.remote.dbt_log import without_values

_VERSION = re.compile(r"/(run-results|manifest)/v(\d+)\.json$")
_KNOWN = {"run-results": range(5, 7), "manifest": range(11, 13)}
_TESTS = frozenset({"test", "unit_test"})


class _Metadata(msgspec.Struct):
    dbt_schema_version: str
    dbt_version: str = ""
    adapter_type: str | None = None


class _Result(msgspec.Struct):
    unique_id: str
    status: str
    execution_time: float = 0.0
    message: str | None = None
    failures: int | None = None
    adapter_response: dict[str, object] = {}


class _RunResults(msgspec.Struct):
    metadata: _Metadata
    results: list[_Result]


class _DependsOn(msgspec.Struct):
    nodes: list[str] = []


class _TestMetadata(msgspec.Struct):
    name: str


class _Config(msgspec.Struct):
    materialized: str | None = None
    severity: str | None = None


class _Node(msgspec.Struct):
    resource_type: str
    name: str
    database: str | None = None
    schema: str | None = None
    alias: str | None = None
    identifier: str | None = None
    depends_on: _DependsOn = msgspec.field(default_factory=_DependsOn)
    config: _Config = msgspec.field(default_factory=_Config)
    attached_node: str | None = None
    column_name: str | None = None
    test_metadata: _TestMetadata | None = None


class _Manifest(msgspec.Struct):
    metadata: _Metadata
    nodes: dict[str, _Node]
    sources: dict[str, _Node]


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """The tables of a project, and which is made of which.

    Shape: `relations` by unique id as `database.schema.name`; `parents` the tables that a node is made of, also through
           nodes that are none (`ephemeral`).
    """

    adapter: str
    relations: Mapping[str, str] = field(default_factory=dict)
    nodes: Mapping[str, _Node] = field(default_factory=dict)

    def parents(self, unique_id: str) -> Sequence[str]:
        found: dict[str, None] = {}
        seen, waiting = {unique_id}, [unique_id]
        while waiting:
            node = self.nodes.get(waiting.pop())
            for parent in node.depends_on.nodes if node else ():
                if parent in seen:
                    continue
                seen.add(parent)
                if parent in self.relations:
                    found[self.relations[parent]] = None
                else:
                    waiting.append(parent)
        return list(found)

    def assertions(self, results: Sequence[NodeResult]) -> Sequence[Assertion]:
        """What the tests among these nodes have asserted, each of the table that it stands at."""
        found = []
        for result in results:
            node = self.nodes.get(result.unique_id)
            if (
                node is None
                or node.resource_type not in _TESTS
                or result.status is NodeStatus.SKIPPED
            ):
                continue
            subjects = [node.attached_node] if node.attached_node else node.depends_on.nodes
            found += [
                Assertion(
                    name=node.test_metadata.name if node.test_metadata else node.name,
                    relation=self.relations[subject],
                    column=node.column_name,
                    is_met=result.status is NodeStatus.PASS,
                    severity=node.config.severity.lower() if node.config.severity else None,
                )
                for subject in subjects
                if subject in self.relations
            ]
        return found


def project_of(manifest: bytes) -> Project:
    """Errors: DbtSpeaksOtherwise."""
    found = _decoded(manifest, _Manifest, "manifest")
    nodes = {**found.nodes, **found.sources}
    relations = {
        unique_id: ".".join(part for part in (node.database, node.schema, _table(node)) if part)
        for unique_id, node in nodes.items()
        if _makes_table(node)
    }
    return Project(adapter=found.metadata.adapter_type or "", relations=relations, nodes=nodes)


def results_of(run_results: bytes, project: Project) -> Sequence[NodeResult]:
    """What became of each node, in the order in which they ended. Errors: DbtSpeaksOtherwise."""
    found = _decoded(run_results, _RunResults, "run-results")
    return [_node_result(result, project) for result in found.results]


def version_of(run_results: bytes) -> str | None:
    """The dbt that wrote them. Errors: DbtSpeaksOtherwise."""
    return _decoded(run_results, _RunResults, "run-results").metadata.dbt_version or None


def fit_to_keep(run_results: str) -> str | None:
    """The same without what a database quoted of rows in its messages; nothing of what cannot be looked through.

    Shape: all else is as it was, so that `dbt retry` goes on from it.
    """
    try:
        written = json.loads(run_results)
        for result in written["results"]:
            said = result.get("message")
            result["message"] = without_values(said) if isinstance(said, str) else None
        return json.dumps(written)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _node_result(result: _Result, project: Project) -> NodeResult:
    kind = result.unique_id.partition(".")[0]
    node = project.nodes.get(result.unique_id)
    rows = result.adapter_response.get("rows_affected")
    makes_rows = kind not in _TESTS
    try:
        status = NodeStatus(result.status)
    except ValueError:
        raise DbtSpeaksOtherwise("dbt has a status of a node that Atlas does not know.") from None
    return NodeResult(
        unique_id=result.unique_id,
        kind=kind,
        name=node.name if node else result.unique_id.rpartition(".")[2],
        status=status,
        message=without_values(result.message) if result.message else None,
        rows=rows if makes_rows and isinstance(rows, int) and rows >= 0 else None,
        failures=result.failures if kind in _TESTS else None,
        seconds=result.execution_time,
        relation=project.relations.get(result.unique_id),
        inputs=project.parents(result.unique_id),
    )


def _makes_table(node: _Node) -> bool:
    if node.resource_type == "model":
        return node.config.materialized != "ephemeral"
    return node.resource_type in ("source", "seed", "snapshot")


def _table(node: _Node) -> str:
    return node.identifier or node.alias or node.name


_Artifact = TypeVar("_Artifact", _RunResults, _Manifest)


def _decoded(content: bytes, kind: type[_Artifact], name: str) -> _Artifact:
    try:
        found = msgspec.json.decode(content, type=kind)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        raise DbtSpeaksOtherwise(f"dbt's {name} is not as Atlas knows it.") from None
    version = _VERSION.search(found.metadata.dbt_schema_version)
    if version is None or version[1] != name or int(version[2]) not in _KNOWN[name]:
        raise DbtSpeaksOtherwise(
            f"dbt's {name} is of version {found.metadata.dbt_schema_version.rpartition('/')[2][:20]}, which Atlas does "
            "not know."
        )
    return found
