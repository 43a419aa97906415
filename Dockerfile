# The sandbox as a container. How to build and run it: docs/sandbox.md
FROM python:3.13-slim-trixie AS build

WORKDIR /source
COPY requirements-sandbox.txt ./
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --require-hashes -r requirements-sandbox.txt
COPY . .
RUN /opt/venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.13-slim-trixie

RUN useradd --system --uid 10001 --no-create-home sandbox
COPY --from=build /opt/venv /opt/venv
USER 10001
EXPOSE 8080
# A preflight takes no token, is in no log of the sandbox and uses up no fault that a test ordered.
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s CMD ["/opt/venv/bin/python", "-c", "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8080, timeout=2); c.request('OPTIONS', '/v1/me', headers={'Origin': 'http://127.0.0.1', 'Access-Control-Request-Method': 'GET'}); raise SystemExit(c.getresponse().status != 204)"]
ENTRYPOINT ["/opt/venv/bin/pytest-spotify", "sandbox", "--host", "0.0.0.0", "--port", "8080"]
