#!/bin/sh
# azd packs the folder itself, and whether it keeps the executable bit is not known. The zip of xtask does: it is sent once more.
set -eu
target="${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/quantx/target}"
az functionapp deployment source config-zip --resource-group "$AZURE_RESOURCE_GROUP" --name "$AZURE_FUNCTION_APP_NAME" \
  --src "$target/package/quantx-functions.zip" --output none
printf 'health: %s\n' "$HEALTH_URL"
