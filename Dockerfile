# One image for every role: web, worker, bulk, beat, migrate, and the mock CPO of the demo. compose.yaml says who runs what.
FROM debian:bookworm-slim AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 python3-venv \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY requirements.txt ./
RUN python3 -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --disable-pip-version-check -r requirements.txt \
 && find /venv -depth -type d \( -name pip -o -name 'pip-*' -o -name setuptools -o -name 'setuptools-*' \) -exec rm -rf {} +
COPY . .
# The key is for this step alone: files are collected, nothing is signed or encrypted.
RUN SECRET_KEY=collects-static-files-and-nothing-else /venv/bin/python manage.py collectstatic --no-input --verbosity 0 \
 && /venv/bin/python -m compileall -q /app

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates python3 tini \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin emsp
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 ENVIRONMENT=production
WORKDIR /app
COPY --from=build /venv /venv
COPY --from=build /app /app
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s CMD ["python", "deploy/healthcheck.py", "web"]
ENTRYPOINT ["tini", "--"]
CMD ["sh", "deploy/run.sh", "web"]
