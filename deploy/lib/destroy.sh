# shellcheck shell=bash
# Takes a deployment away again. The lake is not part of it unless that is said.

# What needs another is deleted before it.
readonly TYPES=(Microsoft.App/jobs Microsoft.App/managedEnvironments Microsoft.Web/sites Microsoft.Web/serverFarms
  Microsoft.Insights/scheduledQueryRules Microsoft.Insights/metricAlerts Microsoft.Insights/webtests Microsoft.Insights/workbooks
  Microsoft.Insights/actionGroups Microsoft.Insights/components Microsoft.OperationalInsights/workspaces
  Microsoft.ContainerRegistry/registries Microsoft.KeyVault/vaults Microsoft.Network/privateEndpoints
  Microsoft.Network/privateDnsZones/virtualNetworkLinks Microsoft.Network/privateDnsZones Microsoft.Network/virtualNetworks
  Microsoft.ManagedIdentity/userAssignedIdentities Microsoft.Storage/storageAccounts)

destroy() {
  local typed_name="" ids id type
  if [[ "$WITH_DATA" == yes ]]; then
    say "This deletes the resource group $RESOURCE_GROUP with everything in it, THE LAKE in $STORAGE_ACCOUNT included."
  else
    say "This deletes everything in the resource group $RESOURCE_GROUP but the storage account $STORAGE_ACCOUNT of the lake."
  fi
  if [[ "$DRY_RUN" == no ]]; then
    printf 'Type the name of the resource group to go on: ' >&2
    read -r typed_name || true
    [[ "$typed_name" == "$RESOURCE_GROUP" ]] || refuse "that is not $RESOURCE_GROUP: nothing was deleted"
  fi
  [[ -z "${SUBSCRIPTION:-}" ]] || run az account set --subscription "$SUBSCRIPTION"
  if [[ "$WITH_DATA" == yes ]]; then
    run az group delete --name "$RESOURCE_GROUP" --yes
    return
  fi
  # Without the lake's account a group of the same name is another one.
  ask "" az storage account show --name "$STORAGE_ACCOUNT" --resource-group "$RESOURCE_GROUP" --output none || {
    say "error: there is no storage account $STORAGE_ACCOUNT in $RESOURCE_GROUP: nothing was deleted"
    exit 1
  }
  for type in "${TYPES[@]}"; do
    ids="$(ask "ID_OF_${type//\//_}" az resource list --resource-group "$RESOURCE_GROUP" --resource-type "$type" --query '[].id' --output tsv)"
    while IFS= read -r id; do
      [[ -n "$id" && "$id" != */storageAccounts/"$STORAGE_ACCOUNT" ]] || continue
      run az resource delete --ids "$id" --output none
    done <<<"$ids"
  done
  local subscription
  subscription="$(ask SUBSCRIPTION_ID az account show --query id --output tsv)"
  run az rest --method delete --url \
    "/subscriptions/$subscription/resourceGroups/$RESOURCE_GROUP/providers/Microsoft.Consumption/budgets/quantx-monthly?api-version=2023-11-01" ||
    say "there was no budget"
  say "deleted; the lake is still in $STORAGE_ACCOUNT"
}
