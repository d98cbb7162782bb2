# Benchcoach in a container: not as root, on a read-only root, with a health check. compose.yaml runs it.
# The base is named by its tag; pin it by digest in your own registry.
FROM python:3.11.13-slim-bookworm AS build
WORKDIR /src
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY requirements/ requirements/
# Every package is checked against its hash, the weights of the embedded model among them.
RUN python -m venv /opt/benchcoach \
 && /opt/benchcoach/bin/pip install --require-hashes -r requirements/uv.txt \
 && VIRTUAL_ENV=/opt/benchcoach /opt/benchcoach/bin/uv pip sync --require-hashes --no-cache requirements/lock.txt requirements/embedder.txt
COPY . .
RUN VIRTUAL_ENV=/opt/benchcoach /opt/benchcoach/bin/uv pip install --no-deps --no-build-isolation --no-cache . \
 && /opt/benchcoach/bin/python -m compileall -q /opt/benchcoach

FROM python:3.11.13-slim-bookworm
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin bench \
 && install -d -o bench -g bench -m 0700 /var/lib/benchcoach
COPY --from=build /opt/benchcoach /opt/benchcoach
ENV BENCHCOACH_HOME=/var/lib/benchcoach \
    PATH=/opt/benchcoach/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    ANONYMIZED_TELEMETRY=False GRADIO_ANALYTICS_ENABLED=False ORT_DISABLE_TELEMETRY=1
USER 10001
VOLUME /var/lib/benchcoach
EXPOSE 7860
# Liveness alone: while the model loads, /readyz says 503 and the proxy waits.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:7860/healthz', timeout=4)"]
# Without a login in the settings this refuses to start: an address that others reach needs one.
CMD ["benchcoach", "serve", "--host", "0.0.0.0", "--port", "7860"]
