# One image for all roles: ROLE says which of them a container is. `make image` builds it with docker, podman or buildah.
#
# The base is any Debian with Python 3.11 or newer. The digest makes two builds start from the same bytes; to renew it,
# pull the tag and take the digest that `docker image inspect --format '{{.RepoDigests}}'` shows.
ARG BASE_IMAGE=python:3.13.16-slim-bookworm@sha256:a1165e272e578941b84abc79e4ab38a0305cd12803a5c4247979ac7655f4d641

# --- The builder: the compiler and what it makes ---
FROM ${BASE_IMAGE} AS builder

# Debian's own Python comes without headers and venv; others bring them along.
RUN set -eu; \
    packages="gcc libc6-dev libmariadb-dev pkg-config"; \
    [ -e "$(python3 -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h" ] || packages="$packages python3-dev"; \
    python3 -c 'import ensurepip' 2>/dev/null || packages="$packages python3-venv"; \
    apt-get update; \
    DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends $packages

# pip stays outside the environment that it fills.
RUN python3 -m venv /opt/pip && python3 -m venv --without-pip /opt/broadsheet
COPY requirements/base.txt requirements/production.txt /requirements/
# A package index of your own is named by a pip.conf, and its authority by a file, that are seen by this command alone:
#   BUILD_FLAGS="--secret id=pip.conf,src=pip.conf --secret id=ca.pem,src=ca.pem"   with cert = /run/secrets/ca.pem
# Of what was installed, the sources of translations are a tenth and read by nobody. Debug information would contain the name of
# the temporary folder in which the MySQL driver is compiled, another one in each build.
RUN --mount=type=secret,id=pip.conf,target=/etc/pip.conf --mount=type=secret,id=ca.pem set -eu; \
    CFLAGS=-g0 /opt/pip/bin/python -m pip --python /opt/broadsheet/bin/python install --disable-pip-version-check --no-cache-dir \
    --no-compile --require-hashes --requirement /requirements/base.txt --requirement /requirements/production.txt; \
    find /opt/broadsheet -name '*.po' -delete

WORKDIR /srv/broadsheet
COPY manage.py ./
COPY apps apps
COPY blog_project blog_project
# The key is made for this command, which signs nothing with it, and is kept nowhere.
RUN ROLE=all STATIC_ROOT=/srv/static DATABASE_URL=sqlite://:memory: PYTHONDONTWRITEBYTECODE=1 \
    SECRET_KEY="$(python3 -c 'import secrets; print(secrets.token_urlsafe(50))')" \
    /opt/broadsheet/bin/python manage.py collectstatic --noinput --verbosity 0
# Nobody can write bytecode into a read-only image later. It is not checked against its source, whose time a builder may
# change: the image is both.
RUN /opt/broadsheet/bin/python -m compileall -q --invalidation-mode unchecked-hash /opt/broadsheet/lib apps blog_project

# --- The image: the driver's library, the environment and the code ---
FROM ${BASE_IMAGE}

# Python's own library is compiled too, where the base leaves that to the first start.
RUN set -eu; \
    apt-get update; \
    DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends ca-certificates libmariadb3; \
    apt-get clean; \
    rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/*; \
    python3 -m compileall -q -x '/(test|tests|idlelib|site-packages|dist-packages)/' \
      "$(python3 -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')"; \
    groupadd --gid 10001 broadsheet; \
    useradd --uid 10001 --gid 10001 --no-log-init --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin broadsheet

COPY --from=builder /opt/broadsheet /opt/broadsheet
COPY --from=builder /srv/static /srv/static
COPY --from=builder /srv/broadsheet /srv/broadsheet

WORKDIR /srv/broadsheet
# MALLOC_ARENA_MAX: threads that wait for the database need no heap of their own each, which saves 2 to 4 MB.
ENV PATH=/opt/broadsheet/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    STATIC_ROOT=/srv/static \
    BIND=0.0.0.0 \
    PORT=8000 \
    METRICS_PORT=9090 \
    MALLOC_ARENA_MAX=2
EXPOSE 8000 9090
# A number, because Kubernetes' runAsNonRoot cannot tell who a name is.
USER 10001:10001

# http.client and not urllib, which would ask a proxy that the environment names.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, sys; from http.client import HTTPConnection; c = HTTPConnection('127.0.0.1', int(os.environ['PORT']), timeout=4); c.request('GET', '/livez'); sys.exit(c.getresponse().status != 200)"]

# No ROLE and no SECRET_KEY: without them a container stops and says so.
CMD ["gunicorn", "--config", "blog_project/gunicorn.conf.py", "blog_project.asgi:application"]

# Last, so that a new release with the same code and packages is a new label on the same layers.
ARG RELEASE=dev
ARG REVISION=unknown
ARG CREATED=
ENV RELEASE=${RELEASE}
LABEL org.opencontainers.image.title="Broadsheet" \
      org.opencontainers.image.description="A blog that runs as one process, or as one Kubernetes deployment per operation." \
      org.opencontainers.image.version="${RELEASE}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}"
