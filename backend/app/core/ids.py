"""The identities of things, each a type of its own so that none is taken for another."""

from typing import NewType
from uuid import UUID

WorkspaceId = NewType("WorkspaceId", UUID)
SourceId = NewType("SourceId", UUID)
DestinationId = NewType("DestinationId", UUID)
ConnectionId = NewType("ConnectionId", UUID)
RunId = NewType("RunId", UUID)
RemoteId = NewType("RemoteId", UUID)
TagId = NewType("TagId", UUID)
TransformationId = NewType("TransformationId", UUID)

JobId = NewType("JobId", int)
AttemptId = NewType("AttemptId", int)
StreamId = NewType("StreamId", int)
BatchId = NewType("BatchId", int)
WorkerId = NewType("WorkerId", int)
TransformationRunId = NewType("TransformationRunId", int)
