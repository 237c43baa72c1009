#!/bin/sh
# The start of a budget cannot be changed once it is made: the first provisioning writes it down.
set -eu
if [ -z "${QUANTX_BUDGET_START:-}" ]; then
  azd env set QUANTX_BUDGET_START "$(date -u +%Y-%m-01)"
fi
