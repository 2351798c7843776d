# Sourced by the scripts that need a minimal Debian: debootstrap creates it, and an archive of it is cached.

work=$(mktemp -d)
cache=${CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/broadsheet-ci}

fail() { echo "broadsheet: $*" >&2; exit 1; }
step() { echo "== $1 ($((SECONDS / 60)) min $((SECONDS % 60)) s)"; }
# Run a command; show the end of its output only if it fails.
quietly() { "$@" >"$work/log" 2>&1 || { tail -n 30 "$work/log" >&2; fail "'$1' failed."; }; }

# install_missing PROGRAM:PACKAGE …: install the programs that the script itself uses, from Debian.
install_missing() {
  local pair missing=()
  for pair; do
    command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
  done
  ((${#missing[@]})) || return 0
  export DEBIAN_FRONTEND=noninteractive
  quietly apt-get update
  quietly apt-get install --yes --no-install-recommends "${missing[@]}"
}

# bare_debian SUITE PACKAGES: set `archive` to a tar archive of a minimal Debian with these packages.
bare_debian() {
  local suite=$1 packages=$2 here mirror
  archive=$cache/$suite-$(cksum <<<"$packages" | cut -d ' ' -f 1).tar
  [[ ! -s $archive ]] || return 0
  # The mirror from which this machine gets its own packages.
  here=$(. /etc/os-release && echo "$VERSION_CODENAME")
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Codename: $here" 'Component: main' | head -n 1)
  quietly debootstrap --variant=minbase --include="$packages" "$suite" "$work/base" ${mirror:+"$mirror"}
  rm -rf "$work"/base/var/cache/apt/* "$work"/base/var/lib/apt/lists/* "$work"/base/var/log/*
  mkdir -p "$cache"
  tar --create --directory "$work/base" --file "$archive.new" .
  mv "$archive.new" "$archive"
  rm -rf "$work/base"
}
