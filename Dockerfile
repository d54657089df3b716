FROM python:3.11-slim-bookworm

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app
# Lists on their way in lie here, encrypted; a volume mounted over it takes the folder's owner.
RUN useradd --system --home-dir /app cts && install -d -m 700 -o cts /data/uploads

COPY requirements-server.lock .
RUN pip install --require-hashes -r requirements-server.lock

COPY manage.py ./
COPY config config
COPY tenants tenants
COPY consent consent
COPY campaigns campaigns
COPY compliance compliance
COPY messaging messaging
COPY templates templates
COPY static static
COPY locale locale
COPY CHANGELOG.md ./
# Settings only for this step: nothing of them stays in the image.
RUN SECRET_KEY=only-for-this-step-and-never-in-the-image PUBLIC_URL=https://build.invalid DATABASE_URL=postgres://build@build.invalid/build \
    REDIS_URL=redis://build.invalid HASH_KEYS=1:0000000000000000000000000000000000000000000000000000000000000000 \
    FIELD_ENCRYPTION_KEYS=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= \
    python manage.py collectstatic --noinput

USER cts
EXPOSE 8000
CMD ["gunicorn", "config.wsgi:application", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--no-control-socket"]
