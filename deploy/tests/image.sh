#!/usr/bin/env bash
# Builds deploy/Dockerfile without a container engine and runs the image as its user: Debian's buildah on a base made by mmdebstrap.
#   deploy/tests/image.sh PATH_TO_QUANTX PATH_TO_LICENCES      (cargo xtask deploy-check --image PATH_TO_QUANTX makes the second)
# The binary is not compiled in the image: the build argument BINARY names an image that has it. The stages that compile are the one part
# that is not run here.
set -euo pipefail

binary="${1:?usage: image.sh PATH_TO_QUANTX PATH_TO_LICENCES}"
licences="${2:?usage: image.sh PATH_TO_QUANTX PATH_TO_LICENCES}"
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
for tool in buildah mmdebstrap; do
  command -v "$tool" >/dev/null || {
    echo "error: $tool is not installed: apt-get install buildah mmdebstrap" >&2
    exit 3
  }
done
[[ -x "$binary" ]] || {
  echo "error: $binary is no program" >&2
  exit 2
}

scratch="$(mktemp -d)"
trap 'chmod -R u+w "$scratch"; rm -rf "$scratch"' EXIT
export BUILDAH_ISOLATION=chroot TMPDIR="$scratch"
build() { buildah --storage-driver vfs --root "$scratch/images" --runroot "$scratch/run" "$@"; }

echo "== base"
# Exit code 3: this machine can build no image at all, so nothing is known of ours.
cannot() {
  echo "error: no image can be built here: $1" >&2
  exit 3
}
mmdebstrap --quiet --variant=essential --include=ca-certificates,libgcc-s1 bookworm "$scratch/base.tar" || cannot mmdebstrap
base="$(build from scratch)" || cannot 'buildah from'
build add --quiet "$base" "$scratch/base.tar" / >/dev/null || cannot 'buildah add'
build run "$base" -- true || cannot 'buildah run'
build commit --quiet "$base" localhost/base >/dev/null || cannot 'buildah commit'
build rm "$base" >/dev/null
rm "$scratch/base.tar"

echo "== binary"
carrier="$(build from scratch)"
strip -o "$scratch/quantx" "$binary"
chmod 0755 "$scratch/quantx"
build copy --quiet "$carrier" "$scratch/quantx" /out/quantx >/dev/null
build copy --quiet --chmod 0644 "$carrier" "$licences" /out/THIRD-PARTY-LICENSES.txt >/dev/null
build commit --quiet "$carrier" localhost/binary >/dev/null
build rm "$carrier" >/dev/null

echo "== image"
build build --quiet --file "$root/deploy/Dockerfile" --ignorefile "$root/.dockerignore" --tag localhost/quantx \
  --build-arg BUILD_IMAGE=localhost/base --build-arg RUNTIME_IMAGE=localhost/base --build-arg BINARY=localhost/binary \
  --build-arg VERSION=0.0.0-test --build-arg REVISION=test "$root" >/dev/null

inspect() { build inspect --type image --format "$1" localhost/quantx; }
user="$(inspect '{{.OCIv1.Config.User}}')"
entry="$(inspect '{{index .OCIv1.Config.Entrypoint 0}}')"
version="$(inspect '{{index .OCIv1.Config.Labels "org.opencontainers.image.version"}}')"
[[ "$user" == 65532:65532 ]] || { echo "error: the user is $user" >&2; exit 1; }
[[ "$entry" == quantx ]] || { echo "error: the entry point is $entry" >&2; exit 1; }
[[ "$version" == 0.0.0-test ]] || { echo "error: the label of the version is $version" >&2; exit 1; }

echo "== run"
container="$(build from localhost/quantx)"
inside() { build run "$container" -- "$@"; }
[[ "$(inside id -u)" == 65532 ]] || { echo "error: it runs as $(inside id -u)" >&2; exit 1; }
inside quantx version
inside grep -q 'Third-party licences of QuantX' /usr/share/doc/quantx/THIRD-PARTY-LICENSES.txt || { echo "error: the image has no licences of others" >&2; exit 1; }
backfill=(quantx backfill --phase sample --provider sample --start 2010-01-04 --end 2013-03-01 --use-local --quiet --json)
# Into a file first: a reader that ends early would end what it reads from.
inside "${backfill[@]}" >"$scratch/first.json"
head -c 200 "$scratch/first.json"
echo
grep -q '"verdict": *"green"' "$scratch/first.json" || { echo "error: the first run is not green" >&2; exit 1; }
inside quantx verify --deep --use-local --quiet
# The exit code is the health: settings that are wrong are 2.
status=0
build run --env MAX_WORKERS=many "$container" -- quantx show-manifest --use-local >/dev/null 2>&1 || status=$?
[[ "$status" == 2 ]] || { echo "error: wrong settings end with $status" >&2; exit 1; }
echo "the image runs as 65532, fills a lake, proves it, and tells wrong settings by exit code 2"
