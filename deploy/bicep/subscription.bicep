// For azd, which makes the resource group too: the same main.bicep inside a group of its own.
targetScope = 'subscription'

@description('Name of the azd environment; the resource group is quantx-<name>.')
@minLength(1)
@maxLength(40)
param environmentName string

@description('Region.')
param location string

@description('Who runs azd; becomes the operator of the lake.')
param principalId string = ''

@description('Kind of that principal: User, or ServicePrincipal in a pipeline.')
@allowed(['User', 'Group', 'ServicePrincipal'])
param principalType string = 'User'

@description('Whether the image is in the registry: the jobs are made by the hook after the image is.')
param hasImage bool = false

@description('First day of the month in which the budget begins; written down by the hook, because it cannot be changed.')
param budgetStart string = utcNow('yyyy-MM-01')

@description('Phase of config/universes.yaml.')
param universePhase string = 'phase_1'

@description('Address that alerts are mailed to; empty for nobody.')
param alertEmail string = ''

var token = toLower(uniqueString(subscription().id, environmentName, location))
var tags = { 'azd-env-name': environmentName }

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: 'quantx-${environmentName}'
  location: location
  tags: tags
}

module main 'main.bicep' = {
  name: 'quantx'
  scope: group
  params: {
    location: location
    storageAccount: 'qx${token}'
    functionAppName: 'quantx-${token}'
    parts: hasImage ? ['functions', 'registry', 'job', 'monitoring'] : ['functions', 'registry', 'monitoring']
    universePhase: universePhase
    budgetStart: budgetStart
    alertEmail: alertEmail
    operatorPrincipalId: principalId
    operatorPrincipalType: principalType
    tags: tags
  }
}

output AZURE_RESOURCE_GROUP string = group.name
output AZURE_CONTAINER_REGISTRY_NAME string = main.outputs.acrName
output AZURE_FUNCTION_APP_NAME string = main.outputs.functionAppName
output AZURE_STORAGE_ACCOUNT string = main.outputs.storageAccountName
output BACKFILL_JOB_NAME string = main.outputs.backfillJobName
output HEALTH_URL string = main.outputs.healthUrl
