#!/usr/bin/env bash
# Deploys QuantX into one resource group: the Functions app on its timers, the jobs of Container Apps, the lake, alerts and budget.
# Every step may be repeated. deploy/README.md is the guide; `--help` says everything about this script.
set -euo pipefail

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
readonly ROOT
# shellcheck source=deploy/lib/talk.sh
source "$ROOT/deploy/lib/talk.sh"
# shellcheck source=deploy/lib/names.sh
source "$ROOT/deploy/lib/names.sh"
# shellcheck source=deploy/lib/steps.sh
source "$ROOT/deploy/lib/steps.sh"
# shellcheck source=deploy/lib/destroy.sh
source "$ROOT/deploy/lib/destroy.sh"

usage() {
  cat <<'HELP'
usage: STORAGE_ACCOUNT=mylake [VARIABLE=value ...] ./deploy/deploy_hybrid.sh [flags]

  --only functions|job|monitoring   that part only, with what all parts share (identity, lake, logs)
  --from STEP       goes on with a step after a failure; the steps before it are left out
  --what-if         asks Azure what would change, changes nothing
  --dry-run         prints every command with its parameters, runs none; needs no az
  --destroy         deletes everything but the lake's storage account; asks for the group's name
  --with-data       with --destroy: deletes the lake too
  --help            this text

steps   account providers names group resources package upload image jobs health probe

  STORAGE_ACCOUNT     of the lake: 3 to 24 lower-case letters and digits, unique in Azure. Required
  RESOURCE_GROUP      [quantx]                LOCATION         [westus2]
  CONTAINER_NAME      [market-data]           ACA_ENV_NAME     [quantx-jobs]
  ACR_NAME            [STORAGE_ACCOUNT, acr]  FUNCTION_APP_NAME [STORAGE_ACCOUNT, -app]
  STAGE               dev or prod: deploy/bicep/STAGE.parameters.json [prod]
  SUBSCRIPTION        subscription, if not the current one of az
  UNIVERSE_PHASE      phase of config/universes.yaml [that of the stage]
  ALERT_EMAIL         who is mailed; ALERT_WEBHOOK_URL: where alerts are posted to (never printed)
  MONTHLY_BUDGET      in the currency of the subscription [that of the stage]
  PLAN                flex or legacyConsumption (retired 2028-09-30) [flex]
  PRIVATE_NETWORK     true: the stores answer in a network of their own only [false]
  DAILY_JOB           true: a job runs the daily update, for who does without Functions [false]
  BACKFILL_ARGS       arguments of the backfill job, as "backfill --phase phase_1 --start 2015-01-01 --end 2024-12-31"
  VENDOR_KEYS         VARIABLE=secret-name words: read from Key Vault; the values are put in by you
  OPERATOR_PRINCIPAL_ID  who may read and mend the lake [who runs this; empty for nobody]
  PACKAGE             zip of `cargo xtask package`, else it is built     IMAGE   image to import, else it is built by the registry
HELP
}

ONLY="" FROM="" MODE="deploy" WITH_DATA="no" DRY_RUN="no"
while (($#)); do
  case "$1" in
    --only)
      ONLY="${2:-}"
      [[ "$ONLY" =~ ^(functions|job|monitoring)$ ]] || refuse "--only takes functions, job or monitoring, not \`${2:-}\`"
      shift
      ;;
    --from)
      FROM="${2:-}"
      [[ " ${ALL_STEPS[*]} " == *" ${FROM:-?} "* ]] || refuse "--from takes one of: ${ALL_STEPS[*]}; not \`${2:-}\`"
      shift
      ;;
    --what-if) MODE="what-if" ;;
    --dry-run) DRY_RUN="yes" ;;
    --destroy) MODE="destroy" ;;
    --with-data) WITH_DATA="yes" ;;
    --help | -h)
      usage
      exit 0
      ;;
    *) refuse "unknown flag \`$1\`; --help lists all" ;;
  esac
  shift
done
[[ "$WITH_DATA" == no || "$MODE" == destroy ]] || refuse "--with-data goes with --destroy"

take_names
[[ "$DRY_RUN" == yes ]] || command -v az >/dev/null || refuse "az is not installed; --dry-run works without it"

case "$MODE" in
  destroy) destroy ;;
  what-if) what_if ;;
  deploy) deploy ;;
esac
