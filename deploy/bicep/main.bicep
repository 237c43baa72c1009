// Everything of one QuantX deployment, in one resource group. deploy/README.md says how to deploy it; deploy/check proves what can be
// proven of it without Azure. Plain resources, no registry modules: what is deployed stands here.
targetScope = 'resourceGroup'

@description('Region of all resources.')
param location string = resourceGroup().location

@description('Storage account of the lake: 3 to 24 lower-case letters and digits, unique in Azure.')
@minLength(3)
@maxLength(24)
param storageAccount string

@description('Storage account of the Functions host.')
@minLength(3)
@maxLength(24)
param hostStorageAccount string = '${take(storageAccount, 20)}host'

@description('Blob container of the lake.')
@minLength(3)
@maxLength(63)
param containerName string = 'market-data'

@description('Registry of the jobs\' image: 5 to 50 letters and digits, unique in Azure.')
@minLength(5)
@maxLength(50)
param acrName string = '${take(storageAccount, 47)}acr'

@description('Environment of Container Apps; also the beginning of the jobs\' names, which have 32 characters at most.')
@minLength(2)
@maxLength(23)
param acaEnvName string = 'quantx-jobs'

@description('Functions app: 2 to 58 characters, unique in Azure; the workspace is named after it and has 63 at most.')
@minLength(2)
@maxLength(58)
param functionAppName string

@description('What is deployed beside identity, lake and logs: functions, registry, job, monitoring.')
param parts array = ['functions', 'registry', 'job', 'monitoring']

@description('Plan of the Functions app. legacyConsumption is retired by Microsoft on 2028-09-30.')
@allowed(['flex', 'legacyConsumption'])
param plan string = 'flex'

@description('Memory of an instance of the Functions app in MB (Flex Consumption).')
@allowed([512, 2048, 4096])
param instanceMemoryMb int = 2048

@description('Instances of the Functions app at most (Flex Consumption).')
@minValue(40)
@maxValue(1000)
param maximumInstances int = 40

@description('Phase of config/universes.yaml that timers and jobs work on.')
param universePhase string = 'phase_1'

@description('Requests per second to the vendor, of one run altogether; a decimal number as text.')
param requestsPerSecond string = '2'

@description('Chunks of a run that may be under way at once; they share the rate.')
@minValue(1)
@maxValue(64)
param maxParallelChunks int = 4

@description('error, warn, info, debug or trace.')
@allowed(['error', 'warn', 'info', 'debug', 'trace'])
param logLevel string = 'info'

@description('NCRONTAB schedule of the daily update in UTC; by default that of config/settings.yaml.')
param dailySchedule string = loadYamlContent('../../config/settings.yaml').schedules.daily_data_update.cron

@description('NCRONTAB schedule of the universe refresh in UTC; by default that of config/settings.yaml.')
param weeklySchedule string = loadYamlContent('../../config/settings.yaml').schedules.weekly_universe_refresh.cron

@description('Image of the jobs, with its tag or digest.')
param image string = '${acrName}.azurecr.io/quantx:latest'

@description('Arguments of the backfill job.')
param backfillArguments array = ['backfill', '--phase', universePhase, '--start', '2010-01-01', '--end', utcNow('yyyy-MM-dd')]

@description('Whether a job runs the daily update, for those who do without the Functions app.')
param dailyJob bool = false

@description('Form of the messages to QUANTX_WEBHOOK_URL.')
@allowed(['generic', 'slack', 'teams'])
param webhookStyle string = 'generic'

@description('Vendor keys, and the addresses of heartbeat and webhook: objects of setting (an environment variable that the code reads) and secret (its name in the vault).')
param vendorKeys array = []

@description('Key vault, used if there are vendor keys: 3 to 24 characters, unique in Azure.')
@minLength(3)
@maxLength(24)
param keyVaultName string = '${take(storageAccount, 20)}keys'

@description('Object id of a person or group that operates the lake; empty for nobody.')
param operatorPrincipalId string = ''

@description('Kind of that principal.')
@allowed(['User', 'Group', 'ServicePrincipal'])
param operatorPrincipalType string = 'User'

@description('Days for which deleted or replaced blobs of the lake can be brought back.')
@minValue(1)
@maxValue(365)
param softDeleteDays int = 14

@description('Gigabytes of logs a day after which no more are taken in; a decimal number as text.')
param logsDailyCapGb string = '0.2'

@description('Days that logs are kept.')
@minValue(30)
@maxValue(730)
param logsRetentionDays int = 30

@description('Address that alerts and the budget are mailed to; empty for nobody.')
param alertEmail string = ''

@description('URL that alerts are posted to; empty for none.')
@secure()
param alertWebhookUrl string = ''

@description('Rules of deploy/monitoring/rules.json, and store_throttled, that are on.')
param enabledRules array = ['no_daily_run', 'run_red', 'error_lines', 'blind']

@description('Whether the health check is asked every 15 minutes from one place.')
param healthTest bool = false

@description('Budget of the resource group for a month, in the currency of the subscription; 0 for none.')
@minValue(0)
param monthlyBudget int = 10

@description('First day of the month in which the budget begins; that of an existing budget has to stay.')
param budgetStart string = utcNow('yyyy-MM-01')

@description('Web page of docs/runbook.md; empty: alerts name the file.')
param runbookUrl string = ''

@description('Whether the stores answer inside a network of their own only.')
param privateNetwork bool = false

@description('Tags of all resources.')
param tags object = {}

var prefix = 'quantx'
var hasFunctions = contains(parts, 'functions')
var hasVault = !empty(vendorKeys)
var packageContainer = 'packages'
var networkName = '${functionAppName}-network'
// Known before anything is deployed, so that nothing asks for the outputs of what may not be deployed.
var hostBlobs = 'https://${hostStorageAccount}.blob.${environment().suffixes.storage}'

module identity 'modules/identity.bicep' = {
  name: 'identity'
  params: { name: '${functionAppName}-identity', location: location, tags: tags }
}

module data 'modules/data.bicep' = {
  name: 'data'
  params: {
    name: storageAccount
    location: location
    tags: tags
    containerName: containerName
    principalId: identity.outputs.principalId
    operatorPrincipalId: operatorPrincipalId
    operatorPrincipalType: operatorPrincipalType
    softDeleteDays: softDeleteDays
    isPrivate: privateNetwork
  }
}

module logs 'modules/logs.bicep' = {
  name: 'logs'
  params: {
    workspaceName: '${functionAppName}-logs'
    componentName: '${functionAppName}-insights'
    location: location
    tags: tags
    principalId: identity.outputs.principalId
    dailyCapGb: logsDailyCapGb
    retentionDays: logsRetentionDays
  }
}

module vault 'modules/keyvault.bicep' = if (hasVault) {
  name: 'vault'
  params: {
    name: keyVaultName
    location: location
    tags: tags
    principalId: identity.outputs.principalId
    operatorPrincipalId: operatorPrincipalId
    operatorPrincipalType: operatorPrincipalType
    isPurgeProtected: privateNetwork
    isPrivate: privateNetwork
  }
}

module subnets 'modules/subnets.bicep' = if (privateNetwork) {
  name: 'subnets'
  params: { name: networkName, location: location, tags: tags }
}

module host 'modules/host.bicep' = if (hasFunctions) {
  name: 'host'
  params: {
    name: hostStorageAccount
    location: location
    tags: tags
    packageContainerName: packageContainer
    principalId: identity.outputs.principalId
    operatorPrincipalId: operatorPrincipalId
    operatorPrincipalType: operatorPrincipalType
    isPrivate: privateNetwork
  }
}

module network 'modules/network.bicep' = if (privateNetwork) {
  name: 'network'
  params: {
    name: networkName
    location: location
    tags: tags
    dataAccountId: data.outputs.id
    hostAccountId: hasFunctions ? resourceId('Microsoft.Storage/storageAccounts', hostStorageAccount) : ''
    vaultId: hasVault ? resourceId('Microsoft.KeyVault/vaults', keyVaultName) : ''
  }
  dependsOn: [subnets, host, vault]
}

// What app and jobs are told alike; docs/configuration.md says what each means.
var lakeSettings = {
  AZURE_STORAGE_ACCOUNT: storageAccount
  AZURE_CONTAINER_NAME: containerName
  AZURE_CREATE_CONTAINER: 'false'
  AZURE_STORAGE_BLOB_ENDPOINT: 'https://${storageAccount}.blob.${environment().suffixes.storage}'
  USE_MANAGED_IDENTITY: 'true'
  AZURE_IDENTITY: 'managed'
  AZURE_CLIENT_ID: identity.outputs.clientId
  UNIVERSE_PHASE: universePhase
  QUANTX_REQUESTS_PER_SECOND: requestsPerSecond
  QUANTX_LOG_LEVEL: logLevel
  QUANTX_WEBHOOK_STYLE: webhookStyle
  QUANTX_RUNBOOK_URL: runbookUrl
}

var vaultReferences = toObject(
  vendorKeys,
  key => key.setting,
  key => '@Microsoft.KeyVault(VaultName=${keyVaultName};SecretName=${key.secret})'
)

var appSettings = union(lakeSettings, vaultReferences, {
  DAILY_SCHEDULE: dailySchedule
  WEEKLY_SCHEDULE: weeklySchedule
  FETCHER_MAX_PARALLEL_CHUNKS: string(maxParallelChunks)
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identity.outputs.clientId
  AzureWebJobsStorage__blobServiceUri: hostBlobs
  AzureWebJobsStorage__queueServiceUri: 'https://${hostStorageAccount}.queue.${environment().suffixes.storage}'
  AzureWebJobsStorage__tableServiceUri: 'https://${hostStorageAccount}.table.${environment().suffixes.storage}'
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identity.outputs.clientId};Authorization=AAD'
})

module functions 'modules/functions.bicep' = if (hasFunctions && plan == 'flex') {
  name: 'functions'
  params: {
    name: functionAppName
    planName: '${functionAppName}-plan'
    location: location
    tags: tags
    identityId: identity.outputs.id
    settings: appSettings
    componentName: logs.outputs.componentName
    packageContainerUrl: '${hostBlobs}/${packageContainer}'
    instanceMemoryMb: instanceMemoryMb
    maximumInstances: maximumInstances
    subnetId: privateNetwork ? resourceId('Microsoft.Network/virtualNetworks/subnets', networkName, 'functions') : ''
  }
  dependsOn: [host, vault, network]
}

module functionsLegacy 'modules/functions_legacy.bicep' = if (hasFunctions && plan == 'legacyConsumption') {
  name: 'functions-legacy'
  params: {
    name: functionAppName
    planName: '${functionAppName}-plan'
    location: location
    tags: tags
    identityId: identity.outputs.id
    settings: appSettings
    componentName: logs.outputs.componentName
    packageContainerUrl: '${hostBlobs}/${packageContainer}'
  }
  dependsOn: [host, vault]
}

module registry 'modules/registry.bicep' = if (contains(parts, 'registry')) {
  name: 'registry'
  params: { name: acrName, location: location, tags: tags, principalId: identity.outputs.principalId }
}

var jobVariables = union(lakeSettings, { QUANTX_LOG_FORMAT: 'json' })

module job 'modules/job.bicep' = if (contains(parts, 'job')) {
  name: 'job'
  params: {
    environmentName: acaEnvName
    location: location
    tags: tags
    identityId: identity.outputs.id
    image: image
    registryServer: '${acrName}.azurecr.io'
    variables: map(items(jobVariables), it => { name: it.key, value: it.value })
    vaultSecrets: map(vendorKeys, key => {
      name: key.setting
      secretName: key.secret
      vaultUri: 'https://${keyVaultName}${environment().suffixes.keyvaultDns}/'
    })
    backfillArguments: backfillArguments
    dailySchedule: dailyJob ? dailySchedule : ''
    workspaceId: logs.outputs.workspaceId
    subnetId: privateNetwork ? resourceId('Microsoft.Network/virtualNetworks/subnets', networkName, 'jobs') : ''
  }
  dependsOn: [registry, vault, network]
}

module alerts 'modules/alerts.bicep' = if (contains(parts, 'monitoring')) {
  name: 'alerts'
  params: {
    namePrefix: prefix
    location: location
    tags: tags
    workspaceId: logs.outputs.workspaceId
    componentId: logs.outputs.componentId
    dataAccountId: data.outputs.id
    email: alertEmail
    webhookUrl: alertWebhookUrl
    enabledRules: enabledRules
    dailySchedule: dailySchedule
    monthlyBudget: monthlyBudget
    budgetStart: budgetStart
    healthUrl: healthTest ? 'https://${functionAppName}.azurewebsites.net/api/health' : ''
    runbookUrl: runbookUrl
  }
}

output storageAccountName string = data.outputs.name
output identityClientId string = identity.outputs.clientId
output functionAppName string = functionAppName
output acrName string = acrName
output backfillJobName string = '${acaEnvName}-backfill'
output healthUrl string = 'https://${functionAppName}.azurewebsites.net/api/health'
