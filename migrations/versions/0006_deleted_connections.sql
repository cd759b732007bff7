-- A deleted connection is kept as deprecated, the word of Airbyte's clients: its jobs, books and tables stay.
ALTER TABLE pipeline.connections
    DROP CONSTRAINT connections_status_check,
    ADD CONSTRAINT connections_status_check CHECK (status IN ('active', 'inactive', 'deprecated'));
