#!/bin/sh
# The jobs need the image, and the image needs the registry: the first `azd up` makes the image after the registry and provisions once
# more. Later ones find QUANTX_HAS_IMAGE set.
set -eu
if [ "${QUANTX_HAS_IMAGE:-false}" = true ]; then
  exit 0
fi
if [ -n "${IMAGE:-}" ]; then
  az acr import --name "$AZURE_CONTAINER_REGISTRY_NAME" --source "$IMAGE" --image quantx:latest --force
else
  az acr build --registry "$AZURE_CONTAINER_REGISTRY_NAME" --image quantx:latest --file deploy/Dockerfile --timeout 7200 .
fi
azd env set QUANTX_HAS_IMAGE true
azd provision --no-prompt
