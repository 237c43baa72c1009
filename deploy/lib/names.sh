# shellcheck shell=bash
# Names and choices from the environment, checked before anything is asked of Azure.

# check_name VARIABLE PATTERN RULE
check_name() {
  local value="${!1}"
  [[ "$value" =~ $2 ]] || PROBLEMS+=("$1 is \`$value\` (${#value} characters): $3")
}

# one_of VARIABLE WORD...
one_of() {
  local variable="$1" value="${!1}"
  shift
  [[ " $* " == *" $value "* ]] || PROBLEMS+=("$variable is \`$value\`: one of $*")
}

take_names() {
  [[ -n "${STORAGE_ACCOUNT:-}" ]] || refuse "set STORAGE_ACCOUNT, the name of the lake's storage account: unique in Azure, 3 to 24 lower-case letters and digits"
  RESOURCE_GROUP="${RESOURCE_GROUP:-quantx}"
  LOCATION="${LOCATION:-westus2}"
  CONTAINER_NAME="${CONTAINER_NAME:-market-data}"
  ACA_ENV_NAME="${ACA_ENV_NAME:-quantx-jobs}"
  ACR_NAME="${ACR_NAME:-${STORAGE_ACCOUNT}acr}"
  FUNCTION_APP_NAME="${FUNCTION_APP_NAME:-${STORAGE_ACCOUNT}-app}"
  HOST_STORAGE_ACCOUNT="${STORAGE_ACCOUNT:0:20}host"
  KEY_VAULT_NAME="${STORAGE_ACCOUNT:0:20}keys"
  STAGE="${STAGE:-prod}"
  PLAN="${PLAN:-flex}"
  PRIVATE_NETWORK="${PRIVATE_NETWORK:-false}"
  DAILY_JOB="${DAILY_JOB:-false}"
  MONTHLY_BUDGET="${MONTHLY_BUDGET:-}"

  PROBLEMS=()
  check_name STORAGE_ACCOUNT '^[a-z0-9]{3,24}$' "3 to 24 lower-case letters and digits"
  check_name RESOURCE_GROUP '^[A-Za-z0-9_().-]{0,89}[A-Za-z0-9_()-]$' "1 to 90 letters, digits and _ ( ) . -, no dot at the end"
  check_name LOCATION '^[a-z0-9]+$' "a region as \`az account list-locations --query [].name\` writes it"
  check_name CONTAINER_NAME '^[a-z0-9](-?[a-z0-9]){2,62}$' "3 to 63 lower-case letters, digits and single hyphens"
  ((${#CONTAINER_NAME} <= 63)) || PROBLEMS+=("CONTAINER_NAME has ${#CONTAINER_NAME} characters: 63 at most")
  check_name ACR_NAME '^[A-Za-z0-9]{5,50}$' "5 to 50 letters and digits"
  check_name ACA_ENV_NAME '^[a-z]([a-z0-9]|-[a-z0-9]){1,22}$' "2 to 23 lower-case letters, digits and single hyphens, a letter first: the jobs' names begin with it and have 32 at most"
  ((${#ACA_ENV_NAME} <= 23)) || PROBLEMS+=("ACA_ENV_NAME has ${#ACA_ENV_NAME} characters: 23 at most")
  check_name FUNCTION_APP_NAME '^[A-Za-z0-9][A-Za-z0-9-]{0,56}[A-Za-z0-9]$' "2 to 58 letters, digits and hyphens, none at the ends"
  one_of STAGE dev prod
  one_of PLAN flex legacyConsumption
  one_of PRIVATE_NETWORK true false
  one_of DAILY_JOB true false
  [[ -z "$MONTHLY_BUDGET" || "$MONTHLY_BUDGET" =~ ^[0-9]+$ ]] || PROBLEMS+=("MONTHLY_BUDGET is \`$MONTHLY_BUDGET\`: a whole number")
  [[ -z "${ALERT_WEBHOOK_URL:-}" || "$ALERT_WEBHOOK_URL" =~ ^https://[^[:space:]\"\\]+$ ]] || PROBLEMS+=("ALERT_WEBHOOK_URL is no https address")
  [[ -z "${ALERT_EMAIL:-}" || "$ALERT_EMAIL" =~ ^[^@[:space:]\"]+@[^@[:space:]\"]+$ ]] || PROBLEMS+=("ALERT_EMAIL is \`$ALERT_EMAIL\`: no mail address")
  [[ "${BACKFILL_ARGS:-}" != *[\"\\]* ]] || PROBLEMS+=("BACKFILL_ARGS must have no quotes and no backslashes")
  [[ -z "${PACKAGE:-}" || -f "$PACKAGE" ]] || PROBLEMS+=("PACKAGE is \`$PACKAGE\`: there is no such file")
  if [[ "$PLAN" == legacyConsumption && "$PRIVATE_NETWORK" == true ]]; then
    PROBLEMS+=("PLAN=legacyConsumption has no network of its own: PRIVATE_NETWORK needs flex")
  fi
  local key
  for key in ${VENDOR_KEYS:-}; do
    [[ "$key" =~ ^[A-Z][A-Z0-9_]*=[a-z][a-z0-9-]{0,126}$ ]] || PROBLEMS+=("VENDOR_KEYS has \`$key\`: VARIABLE=secret-name, lower-case with hyphens")
  done
  local problem
  if ((${#PROBLEMS[@]})); then
    for problem in "${PROBLEMS[@]}"; do say "error: $problem"; done
    exit 2
  fi
}

# A JSON list of the words.
json_list() {
  local list="" word
  for word in "$@"; do list+="${list:+,}\"$word\""; done
  printf '[%s]' "$list"
}

vendor_keys_json() {
  local list="" key
  for key in ${VENDOR_KEYS:-}; do
    list+="${list:+,}{\"setting\":\"${key%%=*}\",\"secret\":\"${key#*=}\"}"
  done
  printf '[%s]' "$list"
}
