#!/bin/sh
# `make image`: build the image with docker, podman or buildah, whichever works, and list what is in it (CycloneDX).
#
#   RELEASE      the release and the image's tag; default: the version in pyproject.toml
#   IMAGE        the image's name without a tag, for example registry.example.org/broadsheet; default: broadsheet
#   BASE_IMAGE   a Debian with Python 3.11 or newer; default: the one in the Dockerfile
#   ENGINE       docker, podman or buildah; default: the first of these that works
#   BUILD_FLAGS  further arguments for the engine's build, separated by spaces
#   SBOM         the file of the list; default: var/image/NAME-RELEASE.cdx.json
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
# The time of the commit and not of the build, so that builds of a commit have the same labels.
created=$(git log -1 --format=%cI 2>/dev/null || true)
epoch=$(git log -1 --format=%ct 2>/dev/null || true)
if [ -n "$(git status --porcelain -- Dockerfile .dockerignore manage.py apps blog_project requirements 2>/dev/null)" ]; then
  revision=$revision-dirty
fi

# The list is made by packages of the tests; what cannot be installed is told before the build.
tools/install.sh dev-without-driver
sbom=${SBOM:-var/image/$(basename "${IMAGE:-broadsheet}")-$release.cdx.json}
mkdir -p "$(dirname "$sbom")"

# HEALTHCHECK exists only in docker's image format.
case $engine in
  docker) set -- docker build ;;
  podman) set -- podman build --format docker ;;
  buildah) set -- buildah bud --layers --format docker ;;
esac
# The same time for all files that the build makes: builds of a commit have the same layers.
case $engine in
  docker) set -- "$@" ${epoch:+--build-arg "SOURCE_DATE_EPOCH=$epoch"} ;;
  *) set -- "$@" ${epoch:+--timestamp "$epoch"} ;;
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

archive=$(mktemp -d)
trap 'rm -rf "$archive"' EXIT
case $engine in
  docker) docker save --output "$archive/image.tar" "$name" ;;
  podman) podman save --quiet --format docker-archive --output "$archive/image.tar" "$name" ;;
  buildah) buildah push --quiet "$name" "docker-archive:$archive/image.tar" ;;
esac
.venv/bin/python -m tools.sbom "$archive/image.tar" "${IMAGE:-broadsheet}" "$release" "$sbom"
