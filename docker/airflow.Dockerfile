# Airflow with the DAGs of orchestration/airflow, and dbt in an environment of its own beside it.
FROM python:3.12-slim

RUN useradd --uid 10002 --create-home airflow && install --directory --owner airflow /app /app/airflow
USER airflow
WORKDIR /app

COPY --chown=airflow tools/environment.sh tools/environment.sh
COPY --chown=airflow orchestration/airflow/requirements.lock orchestration/airflow/requirements.lock
COPY --chown=airflow orchestration/dbt/requirements.lock orchestration/dbt/requirements.lock
ENV UV_CACHE_DIR=/app/.cache
RUN sh tools/environment.sh airflow && sh tools/environment.sh dbt && rm -rf .venv-tools .cache

COPY --chown=airflow orchestration orchestration
# The DAG is drawn by dbt's manifest: it is made once, here, and connects to nothing.
RUN cd orchestration/dbt && /app/.venv-dbt/bin/dbt parse --profiles-dir . --quiet

ENV AIRFLOW_HOME=/app/airflow
ENV AIRFLOW__CORE__DAGS_FOLDER=/app/orchestration/airflow/dags
ENV AIRFLOW__CORE__LOAD_EXAMPLES=False
ENV AIRFLOW__COSMOS__ENABLE_TELEMETRY=False
ENV AIRFLOW__USAGE_DATA_COLLECTION__ENABLED=False
ENV PATH=/app/.venv-airflow/bin:$PATH
VOLUME /app/airflow
EXPOSE 8080
CMD ["airflow", "standalone"]
