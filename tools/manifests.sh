#!/bin/bash
# `make manifests`: render every overlay and example into var/manifests/, then check all of them.
# `tools/manifests.sh DIRECTORY` renders one to standard output.
set -euo pipefail
cd "$(dirname "$0")/.."
if [[ $# -eq 0 ]]; then
  tools/prepare.sh manifests
  # Programs that Debian does not package are installed there.
  PATH=$PWD/.venv/bin:$PATH
fi

# Choose the first of the two renderers that contains Kustomize 5 or newer.
render=
for candidate in "kustomize build" "kubectl kustomize"; do
  case $candidate in
    # A kustomize that `go install` has built reports no version.
    kustomize*) version=$(kustomize version 2>/dev/null | sed 's/^(devel)$/v5./' || true) ;;
    *) version=$(kubectl version --client 2>/dev/null | sed -n 's/^Kustomize Version: //p' || true) ;;
  esac
  [[ $version =~ v([0-9]+)\. ]] && ((BASH_REMATCH[1] >= 5)) && { render=$candidate; break; }
done
[[ -n $render ]] || { echo "broadsheet: Neither kustomize nor kubectl with Kustomize 5.0 or newer is installed, so nothing can be rendered." >&2; exit 127; }

if [[ $# -gt 0 ]]; then
  exec $render "$1"
fi

mkdir -p var/manifests
for directory in deploy/kustomize/overlays/* deploy/kustomize/examples/*; do
  # Components are rendered as part of the overlays that use them.
  ! grep --quiet '^kind: Component$' "$directory/kustomization.yaml" || continue
  $render "$directory" >"var/manifests/${directory##*/}.yaml"
  echo "-- ${directory#deploy/kustomize/}: var/manifests/${directory##*/}.yaml"
  # A registry can put another image under the same tag. Not an error: whoever owns the overlay chooses the digest.
  unpinned=$(sed -n 's/^[- ]*image: //p' "var/manifests/${directory##*/}.yaml" | grep -v '@sha256:' | sort -u | xargs) || true
  [[ -z $unpinned ]] || echo "   images without a digest: $unpinned"
done
.venv/bin/python -m pytest tests/manifests --quiet -n "${TEST_WORKERS:-auto}" --dist loadfile
