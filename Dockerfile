# Atlas as a service: the same steps as `make run`, as an ordinary user.
FROM python:3.12-slim

RUN useradd --uid 10001 --create-home atlas && install --directory --owner atlas /app /app/.atlas
USER atlas
WORKDIR /app

# What the lock files bring changes seldom: the layers above the code are kept between builds.
COPY --chown=atlas LICENSE README.md pyproject.toml requirements.lock ./
COPY --chown=atlas tools tools
COPY --chown=atlas backend/app/__init__.py backend/app/__init__.py
ENV UV_CACHE_DIR=/app/.cache
RUN sh tools/environment.sh run && rm -rf .venv-tools .cache

COPY --chown=atlas docs/openapi.json docs/openapi.json
COPY --chown=atlas frontend frontend
RUN sh tools/dashboard.sh build && rm -rf .venv-node .venv-tools .cache .npm frontend/node_modules

COPY --chown=atlas migrations migrations
COPY --chown=atlas backend/app backend/app

ENV ATLAS_HOST=0.0.0.0
ENV ATLAS_LOG_FORMAT=json
ENV PATH=/app/.venv/bin:$PATH
VOLUME /app/.atlas
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health', timeout=4)"]
CMD ["atlas", "serve"]
