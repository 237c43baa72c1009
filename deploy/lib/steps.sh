# shellcheck shell=bash
# The steps of a deployment, in their order. Each one may be repeated.

readonly ALL_STEPS=(account providers names group resources package upload image jobs health probe)
readonly PROVIDERS=(Microsoft.App Microsoft.ContainerRegistry Microsoft.Insights Microsoft.KeyVault Microsoft.ManagedIdentity
  Microsoft.Network Microsoft.OperationalInsights Microsoft.Storage Microsoft.Web)

# The steps of `--only`.
planned() {
  case "$ONLY" in
    "") printf '%s\n' "${ALL_STEPS[@]}" ;;
    functions) printf '%s\n' account providers names group resources package upload health ;;
    job) printf '%s\n' account providers names group resources image jobs probe ;;
    monitoring) printf '%s\n' account providers names group resources ;;
  esac
}

# What `resources` makes. The jobs come later: a job cannot be made of an image that is not in the registry yet.
parts() {
  case "$ONLY" in
    "") json_list functions registry monitoring ;;
    functions) json_list functions ;;
    job) json_list registry ;;
    monitoring) json_list monitoring ;;
  esac
}

deploy() {
  local step reached="${FROM:-account}" going="no"
  DONE=() CURRENT="" SECRETS=""
  mapfile -t STEPS < <(planned)
  [[ " ${STEPS[*]} " == *" $reached "* ]] || refuse "--from $reached: with --only $ONLY the steps are ${STEPS[*]}"
  trap 'told_end $?' EXIT
  for step in "${STEPS[@]}"; do
    # Who signs in is asked always: the steps after it need the subscription.
    [[ "$step" == "$reached" ]] && going="yes"
    [[ "$going" == yes || "$step" == account ]] || continue
    CURRENT="$step"
    say ""
    say "== $step"
    "step_$step"
    DONE+=("$step")
  done
  CURRENT=""
}

# Runs however the script ends: removes the file of secrets; after a failure says what is done, what is not, and how to go on.
told_end() {
  local status="$1" step rest=()
  [[ -z "$SECRETS" ]] || rm -f "$SECRETS"
  if [[ -z "$CURRENT" ]]; then
    [[ "$DRY_RUN" == yes ]] || say "done: ${DONE[*]}"
    return
  fi
  for step in "${STEPS[@]}"; do
    [[ " ${DONE[*]} $CURRENT " == *" $step "* ]] || rest+=("$step")
  done
  # Steps that `--from` left out were done before.
  [[ -z "$FROM" ]] || mapfile -t rest < <(after_current)
  say ""
  say "error: the step \`$CURRENT\` failed with status $status"
  say "  done     ${DONE[*]:-nothing}"
  say "  failed   $CURRENT"
  say "  not done ${rest[*]:-nothing}"
  say "  go on with"
  say "    $(typed_variables)./deploy/deploy_hybrid.sh${ONLY:+ --only $ONLY} --from $CURRENT"
}

after_current() {
  local step seen="no"
  for step in "${STEPS[@]}"; do
    [[ "$seen" == yes ]] && printf '%s\n' "$step"
    [[ "$step" == "$CURRENT" ]] && seen="yes"
  done
  return 0
}

# The variables that this deployment was asked for with. A secret is named and not shown.
typed_variables() {
  local variable
  for variable in STORAGE_ACCOUNT RESOURCE_GROUP LOCATION CONTAINER_NAME ACR_NAME ACA_ENV_NAME FUNCTION_APP_NAME STAGE PLAN \
    PRIVATE_NETWORK DAILY_JOB SUBSCRIPTION UNIVERSE_PHASE ALERT_EMAIL MONTHLY_BUDGET BACKFILL_ARGS VENDOR_KEYS OPERATOR_PRINCIPAL_ID \
    OPERATOR_PRINCIPAL_TYPE PACKAGE IMAGE IMAGE_TAG; do
    [[ -z "${!variable:-}" ]] || printf '%s=%s ' "$variable" "$(typed "${!variable}")"
  done
  [[ -z "${ALERT_WEBHOOK_URL:-}" ]] || printf 'ALERT_WEBHOOK_URL=... '
}

step_account() {
  [[ -z "${SUBSCRIPTION:-}" ]] || run az account set --subscription "$SUBSCRIPTION"
  SUBSCRIPTION_ID="$(ask "SUBSCRIPTION_ID" az account show --query id --output tsv)" || {
    say "az is not signed in: az login"
    return 1
  }
  # A service principal is no signed-in user: it names an operator, or there is none.
  if [[ -z "${OPERATOR_PRINCIPAL_ID+set}" ]]; then
    OPERATOR_PRINCIPAL_ID="$(ask "YOUR_OBJECT_ID" az ad signed-in-user show --query id --output tsv 2>/dev/null || true)"
  fi
}

step_providers() {
  local provider
  for provider in "${PROVIDERS[@]}"; do
    run az provider register --namespace "$provider" --wait
  done
}

# A name that somebody else has is told before anything is made.
step_names() {
  local account free
  for account in "$STORAGE_ACCOUNT" "$HOST_STORAGE_ACCOUNT"; do
    free="$(ask true az storage account check-name --name "$account" --query nameAvailable --output tsv)"
    [[ "$free" != true ]] || continue
    if ask "" az storage account show --name "$account" --resource-group "$RESOURCE_GROUP" --output none 2>/dev/null; then continue; fi
    say "the storage account name $account is taken and not in $RESOURCE_GROUP: choose another STORAGE_ACCOUNT"
    return 1
  done
  [[ "$ONLY" != functions && "$ONLY" != monitoring ]] || return 0
  free="$(ask true az acr check-name --name "$ACR_NAME" --query nameAvailable --output tsv)"
  [[ "$free" != true ]] || return 0
  if ask "" az acr show --name "$ACR_NAME" --resource-group "$RESOURCE_GROUP" --output none 2>/dev/null; then return 0; fi
  say "the registry name $ACR_NAME is taken and not in $RESOURCE_GROUP: choose another ACR_NAME"
  return 1
}

step_group() {
  run az group create --name "$RESOURCE_GROUP" --location "$LOCATION" --output none
}

# Every parameter of main.bicep that the environment decides. In PARAMETERS.
take_parameters() {
  local start
  PARAMETERS=(--parameters "@$ROOT/deploy/bicep/$STAGE.parameters.json" --parameters
    "location=$LOCATION" "storageAccount=$STORAGE_ACCOUNT" "hostStorageAccount=$HOST_STORAGE_ACCOUNT" "containerName=$CONTAINER_NAME"
    "acrName=$ACR_NAME" "acaEnvName=$ACA_ENV_NAME" "functionAppName=$FUNCTION_APP_NAME" "keyVaultName=$KEY_VAULT_NAME" "plan=$PLAN"
    "privateNetwork=$PRIVATE_NETWORK" "dailyJob=$DAILY_JOB" "vendorKeys=$(vendor_keys_json)"
    "operatorPrincipalId=${OPERATOR_PRINCIPAL_ID:-}" "operatorPrincipalType=${OPERATOR_PRINCIPAL_TYPE:-User}")
  [[ -z "${UNIVERSE_PHASE:-}" ]] || PARAMETERS+=("universePhase=$UNIVERSE_PHASE")
  [[ -z "${ALERT_EMAIL:-}" ]] || PARAMETERS+=("alertEmail=$ALERT_EMAIL")
  [[ -z "$MONTHLY_BUDGET" ]] || PARAMETERS+=("monthlyBudget=$MONTHLY_BUDGET")
  if [[ -n "${BACKFILL_ARGS:-}" ]]; then
    local words
    read -r -a words <<<"$BACKFILL_ARGS"
    PARAMETERS+=("backfillArguments=$(json_list "${words[@]}")")
  fi
  # The start of a budget that is there cannot be changed.
  start="$(ask "" az resource show --api-version 2023-11-01 --query properties.timePeriod.startDate --output tsv --ids \
    "/subscriptions/$SUBSCRIPTION_ID/resourceGroups/$RESOURCE_GROUP/providers/Microsoft.Consumption/budgets/quantx-monthly" 2>/dev/null || true)"
  [[ -z "$start" ]] || PARAMETERS+=("budgetStart=${start:0:10}")
  if [[ -n "${ALERT_WEBHOOK_URL:-}" ]]; then
    # A word of a command is seen by everybody on the machine, a file is not.
    if [[ "$DRY_RUN" == yes ]]; then
      PARAMETERS+=(--parameters "@FILE_WITH_alertWebhookUrl")
    else
      [[ -n "$SECRETS" ]] || SECRETS="$(mktemp)"
      printf '{"%s":"%s","contentVersion":"1.0.0.0","parameters":{"alertWebhookUrl":{"value":"%s"}}}\n' "\$schema" \
        "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#" "$ALERT_WEBHOOK_URL" >"$SECRETS"
      PARAMETERS+=(--parameters "@$SECRETS")
    fi
  fi
}

step_resources() {
  take_parameters
  run az deployment group create --resource-group "$RESOURCE_GROUP" --name quantx-resources \
    --template-file "$ROOT/deploy/bicep/main.bicep" "${PARAMETERS[@]}" "parts=$(parts)" --output none
  if [[ -n "${VENDOR_KEYS:-}" ]]; then
    say "put the keys in, one by one: az keyvault secret set --vault-name $KEY_VAULT_NAME --name SECRET_NAME --file FILE"
  fi
}

step_package() {
  if [[ -n "${PACKAGE:-}" ]]; then
    ZIP="$PACKAGE"
  else
    run cargo xtask package --target x86_64-unknown-linux-gnu.2.28
    ZIP="${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/quantx/target}/package/quantx-functions.zip"
  fi
  # The host starts nothing that lost its executable bit.
  run python3 "$ROOT/deploy/check/zip_modes.py" "$ZIP"
}

step_upload() {
  [[ -n "${ZIP:-}" ]] || step_package
  if [[ "$PLAN" == flex ]]; then
    patiently az functionapp deployment source config-zip --resource-group "$RESOURCE_GROUP" --name "$FUNCTION_APP_NAME" \
      --src "$ZIP" --output none
    return
  fi
  patiently az storage blob upload --account-name "$HOST_STORAGE_ACCOUNT" --container-name packages --name quantx-functions.zip \
    --file "$ZIP" --overwrite --auth-mode login --output none
  run az functionapp restart --resource-group "$RESOURCE_GROUP" --name "$FUNCTION_APP_NAME"
  run az rest --method post --url \
    "/subscriptions/$SUBSCRIPTION_ID/resourceGroups/$RESOURCE_GROUP/providers/Microsoft.Web/sites/$FUNCTION_APP_NAME/syncfunctiontriggers?api-version=2024-04-01"
}

# A role that was just given counts after some minutes: three tries, a minute apart.
patiently() {
  local try
  for try in 1 2 3; do
    if run "$@"; then return 0; fi
    ((try == 3)) || sleep "${RETRY_SECONDS:-60}"
  done
  return 1
}

tag() {
  printf '%s' "${IMAGE_TAG:-$(git -C "$ROOT" describe --always --dirty --abbrev=12)}"
}

step_image() {
  local name
  name="quantx:$(tag)"
  if [[ -n "${IMAGE:-}" ]]; then
    run az acr import --name "$ACR_NAME" --source "$IMAGE" --image "$name" --force
    return
  fi
  if [[ "$name" != *-dirty ]] && [[ -n "$(ask "" az acr repository show --name "$ACR_NAME" --image "$name" --query name --output tsv 2>/dev/null || true)" ]]; then
    say "$name is in the registry already"
    return
  fi
  run az acr build --registry "$ACR_NAME" --image "$name" --file "$ROOT/deploy/Dockerfile" --timeout 7200 "$ROOT"
}

step_jobs() {
  # Again, because `--from jobs` comes without the step before.
  take_parameters
  run az deployment group create --resource-group "$RESOURCE_GROUP" --name quantx-jobs \
    --template-file "$ROOT/deploy/bicep/main.bicep" "${PARAMETERS[@]}" "parts=$(json_list job)" \
    "image=$ACR_NAME.azurecr.io/quantx:$(tag)" --output none
}

# A new lake answers 503 with `last_run` among its reasons: the app is there. What is no JSON is not the handler.
step_health() {
  local try answer="" url="https://$FUNCTION_APP_NAME.azurewebsites.net/api/health"
  for try in 1 2 3 4 5 6 7 8; do
    answer="$(ask '{"status":"ok"}' curl --silent --max-time 60 "$url" || true)"
    if [[ "$answer" == *'"status"'* ]]; then
      say "$answer"
      break
    fi
    ((try < 8)) || {
      say "no answer of the handler at $url; the last was: ${answer:0:300}"
      say "look: az functionapp function list --resource-group $RESOURCE_GROUP --name $FUNCTION_APP_NAME --output table; deploy/README.md, \"When it does not start\""
      return 1
    }
    sleep "${RETRY_SECONDS:-30}"
  done
  local expected listed
  expected="$(find "$ROOT/functions" -mindepth 2 -maxdepth 2 -name function.json | wc -l)"
  listed="$(ask "$expected" az functionapp function list --resource-group "$RESOURCE_GROUP" --name "$FUNCTION_APP_NAME" --query 'length(@)' --output tsv)"
  ((listed == expected)) || {
    say "Azure lists $listed functions, the package has $((expected))"
    return 1
  }
}

# The image starts, the identity signs in, the lake is there.
step_probe() {
  local try state="" execution
  execution="$(ask "EXECUTION" az containerapp job start --resource-group "$RESOURCE_GROUP" --name "$ACA_ENV_NAME-probe" --query name --output tsv)"
  for try in {1..20}; do
    state="$(ask Succeeded az containerapp job execution show --resource-group "$RESOURCE_GROUP" --name "$ACA_ENV_NAME-probe" \
      --job-execution-name "$execution" --query properties.status --output tsv)"
    case "$state" in
      Succeeded) return 0 ;;
      Failed | Degraded | Stopped) break ;;
    esac
    ((try == 20)) || sleep "${RETRY_SECONDS:-15}"
  done
  say "the probe $execution is $state; its log: az containerapp job logs show --resource-group $RESOURCE_GROUP --name $ACA_ENV_NAME-probe --execution $execution --container quantx"
  return 1
}

what_if() {
  DONE=() CURRENT="what-if" STEPS=("what-if") SECRETS=""
  trap 'rm -f "$SECRETS"' EXIT
  step_account
  if [[ "$(ask true az group exists --name "$RESOURCE_GROUP" --output tsv)" != true ]]; then
    say "the group $RESOURCE_GROUP does not exist: everything would be new; --dry-run prints the commands"
    return 0
  fi
  take_parameters
  local all
  case "$ONLY" in
    "") all="$(json_list functions registry job monitoring)" ;;
    job) all="$(json_list registry job)" ;;
    *) all="$(parts)" ;;
  esac
  run az deployment group what-if --resource-group "$RESOURCE_GROUP" --template-file "$ROOT/deploy/bicep/main.bicep" \
    "${PARAMETERS[@]}" "parts=$all"
}
