#!/bin/sh
# `make image`: build the image with docker, podman or buildah, whichever is there.
#
#   RELEASE      the release and the image's tag; the version in pyproject.toml, if unset
#   IMAGE        the image's name without a tag, for example registry.example.org/broadsheet; broadsheet, if unset
#   BASE_IMAGE   a Debian with Python 3.11 or newer instead of the one that the Dockerfile names
#   ENGINE       docker, podman or buildah, where several are there
#   BUILD_FLAGS  further arguments for the engine's build, separated by spaces
set -eu
cd "$(dirname "$0")/.."

fail() { echo "broadsheet: $*" >&2; exit 1; }

# A docker client without a daemon builds nothing.
works() {
  case $1 in
    docker) docker info >/dev/null 2>&1 ;;
    podman) podman info >/dev/null 2>&1 ;;
    buildah) buildah info >/dev/null 2>&1 ;;
    *) fail "ENGINE=$1 is none of docker, podman and buildah." ;;
  esac
}

engine=
for candidate in ${ENGINE:-docker podman buildah}; do
  if works "$candidate"; then engine=$candidate; break; fi
done
[ -n "$engine" ] || fail "An image is built by ${ENGINE:-docker, podman or buildah}, which is not installed or not running."

release=${RELEASE:-$(sed -n 's/^version = "\(.*\)"$/\1/p' pyproject.toml)}
case $release in
  '' | [.-]* | *[!A-Za-z0-9_.-]*) fail "RELEASE='$release' cannot be an image's tag: it takes letters, digits, dots, dashes and underscores." ;;
esac
name=${IMAGE:-broadsheet}:$release
revision=$(git rev-parse HEAD 2>/dev/null || echo unknown)
# The commit's time rather than the clock's, so that the same commit makes the same labels.
created=$(git log -1 --format=%cI 2>/dev/null || true)
if [ -n "$(git status --porcelain -- Dockerfile .dockerignore manage.py apps blog_project requirements 2>/dev/null)" ]; then
  revision=$revision-dirty
fi

# HEALTHCHECK exists in docker's format alone, which docker writes anyway.
case $engine in
  docker) set -- docker build ;;
  podman) set -- podman build --format docker ;;
  buildah) set -- buildah bud --layers --format docker ;;
esac
set -- "$@" --tag "$name" --build-arg RELEASE="$release" --build-arg REVISION="$revision" --build-arg CREATED="$created"
[ -z "${BASE_IMAGE:-}" ] || set -- "$@" --build-arg BASE_IMAGE="$BASE_IMAGE"
echo "Building $name with $engine"
# shellcheck disable=SC2086
"$@" ${BUILD_FLAGS:-} . || fail "The image was not built; $engine says why above."

case $engine in
  buildah) size=$(buildah images --format '{{.Size}}' "$name") ;;
  *) size="$(($("$engine" image inspect --format '{{.Size}}' "$name") / 1000000)) MB" ;;
esac
echo "$name  $size"
