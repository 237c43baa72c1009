#!/bin/sh
# Builds the Functions app and lays it where azure.yaml looks for it.
set -eu
cargo xtask package --target x86_64-unknown-linux-gnu.2.28
target="${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/quantx/target}"
python3 deploy/check/zip_modes.py "$target/package/quantx-functions.zip"
rm -rf deploy/.azd
mkdir -p deploy/.azd
cp -Rp "$target/package/app" deploy/.azd/app
