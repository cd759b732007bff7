"""The witness: OpenLineage events; watches, and never stops a sync."""
