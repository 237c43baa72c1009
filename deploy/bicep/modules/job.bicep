// Jobs of Container Apps: the command line tool in a container, started by hand or by the clock. A job that does not run costs nothing.
param environmentName string
param location string
param tags object

@description('Resource id of the user-assigned identity.')
param identityId string

@description('The image, with its registry and tag or digest.')
param image string

@description('The registry that the identity pulls from.')
param registryServer string

@description('Environment variables of every job: objects of name and value.')
param variables array

@description('Secrets in Key Vault: objects of name (of the variable), secretName and vaultUri.')
param vaultSecrets array

@description('Arguments of the backfill job.')
param backfillArguments array

@description('NCRONTAB schedule (six fields, UTC) of the daily job; empty for no daily job.')
param dailySchedule string

@description('Workspace that takes the logs.')
param workspaceId string

@description('Subnet of the environment, delegated to Microsoft.App/environments; empty for none.')
param subnetId string

var secrets = [
  for secret in vaultSecrets: {
    name: secret.secretName
    keyVaultUrl: '${secret.vaultUri}secrets/${secret.secretName}'
    identity: identityId
  }
]
var secretVariables = [
  for secret in vaultSecrets: {
    name: secret.name
    secretRef: secret.secretName
  }
]

// Container Apps know five fields: NCRONTAB's first one, the second of the minute, is left out.
var fiveFields = join(skip(split(dailySchedule, ' '), 1), ' ')

var manual = [
  {
    name: 'backfill'
    arguments: backfillArguments
    cpu: '2.0'
    memory: '4Gi'
    timeout: 7200
    retries: 1
  }
  {
    // Shows that the image starts, the identity signs in and the container is there; writes nothing and asks no vendor. Of the commands
    // that read, this is the one that takes an empty container for a lake.
    name: 'probe'
    arguments: ['plan', '--phase', 'sample', '--json']
    cpu: '0.5'
    memory: '1Gi'
    timeout: 300
    retries: 0
  }
]

resource jobEnvironment 'Microsoft.App/managedEnvironments@2024-03-01' = {
  name: environmentName
  location: location
  tags: tags
  properties: {
    // Through diagnostic settings: the other destination wants the key of the workspace in the template.
    appLogsConfiguration: { destination: 'azure-monitor' }
    workloadProfiles: [{ name: 'Consumption', workloadProfileType: 'Consumption' }]
    vnetConfiguration: empty(subnetId) ? null : { infrastructureSubnetId: subnetId, internal: true }
  }
}

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: jobEnvironment
  properties: {
    workspaceId: workspaceId
    logs: [
      { category: 'ContainerAppConsoleLogs', enabled: true }
      { category: 'ContainerAppSystemLogs', enabled: true }
    ]
  }
}

resource jobs 'Microsoft.App/jobs@2024-03-01' = [
  for job in manual: {
    name: '${environmentName}-${job.name}'
    location: location
    tags: tags
    identity: {
      type: 'UserAssigned'
      userAssignedIdentities: { '${identityId}': {} }
    }
    properties: {
      environmentId: jobEnvironment.id
      workloadProfileName: 'Consumption'
      configuration: {
        triggerType: 'Manual'
        replicaTimeout: job.timeout
        replicaRetryLimit: job.retries
        manualTriggerConfig: { parallelism: 1, replicaCompletionCount: 1 }
        registries: [{ server: registryServer, identity: identityId }]
        secrets: secrets
      }
      template: {
        containers: [
          {
            name: 'quantx'
            image: image
            args: job.arguments
            env: concat(variables, secretVariables)
            resources: { cpu: json(job.cpu), memory: job.memory }
          }
        ]
      }
    }
  }
]

resource daily 'Microsoft.App/jobs@2024-03-01' = if (!empty(dailySchedule)) {
  name: '${environmentName}-daily'
  location: location
  tags: tags
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    environmentId: jobEnvironment.id
    workloadProfileName: 'Consumption'
    configuration: {
      triggerType: 'Schedule'
      replicaTimeout: 7200
      // A second try asks the vendor again for what it has not brought, and writes nothing twice.
      replicaRetryLimit: 1
      scheduleTriggerConfig: {
        cronExpression: fiveFields
        parallelism: 1
        replicaCompletionCount: 1
      }
      registries: [{ server: registryServer, identity: identityId }]
      secrets: secrets
    }
    template: {
      containers: [
        {
          name: 'quantx'
          image: image
          args: ['update-daily']
          env: concat(variables, secretVariables)
          resources: { cpu: json('1.0'), memory: '2Gi' }
        }
      ]
    }
  }
}
