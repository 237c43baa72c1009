// What tells a person: rules on the logs, a metric rule, a budget, a workbook. docs/runbook.md says of each what to do.
param namePrefix string
param location string
param tags object
param workspaceId string
param componentId string

@description('Address of the lake\'s account.')
param dataAccountId string

@description('Address that mails go to; empty: rules and budget are made and tell nobody but the portal.')
param email string

@description('URL that alerts are posted to (Teams, Slack by a Logic App, a pager); empty for none.')
@secure()
param webhookUrl string

@description('Names of the rules that are on.')
param enabledRules array

@description('NCRONTAB schedule of the daily update, whose day and hour the missing run is judged by.')
param dailySchedule string

@description('Budget of the resource group for a month, in the currency of the subscription; 0 for none.')
param monthlyBudget int

@description('First day of a month: where the budget begins. The service refuses to change it afterwards.')
param budgetStart string

@description('URL of the health check, asked every 15 minutes from one place; empty for none.')
param healthUrl string

@description('Web page of docs/runbook.md; empty: mails name the file.')
param runbookUrl string

var runbook = empty(runbookUrl) ? 'docs/runbook.md' : runbookUrl
var lines = loadTextContent('../../monitoring/lines.kql')
var schedule = replace(loadTextContent('../../monitoring/no_daily_run.kql'), '0 0 5 * * 2-6', dailySchedule)
var rules = loadJsonContent('../../monitoring/rules.json')
var queries = {
  no_daily_run: schedule
  run_red: loadTextContent('../../monitoring/run_red.kql')
  failure_rate: loadTextContent('../../monitoring/failure_rate.kql')
  throttled: loadTextContent('../../monitoring/throttled.kql')
  coverage: loadTextContent('../../monitoring/coverage.kql')
  error_lines: loadTextContent('../../monitoring/error_lines.kql')
  failed_orchestration: loadTextContent('../../monitoring/failed_orchestration.kql')
  health_5xx: loadTextContent('../../monitoring/health_5xx.kql')
  blind: loadTextContent('../../monitoring/blind.kql')
}

resource group 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: '${namePrefix}-people'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'quantx'
    emailReceivers: empty(email) ? [] : [{ name: 'mail', emailAddress: email, useCommonAlertSchema: true }]
    webhookReceivers: empty(webhookUrl) ? [] : [{ name: 'webhook', serviceUri: webhookUrl, useCommonAlertSchema: true }]
  }
}

resource logRules 'Microsoft.Insights/scheduledQueryRules@2022-06-15' = [
  for rule in rules: {
    name: '${namePrefix}-${rule.name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: 'QuantX: ${rule.title}'
      description: '${rule.meaning} What to do: ${runbook}#${rule.anchor}'
      severity: rule.severity
      enabled: contains(enabledRules, rule.name)
      scopes: [workspaceId]
      evaluationFrequency: rule.every
      windowSize: rule.window
      // Only where it is longer than the window: the service wants no second word for the same.
      overrideQueryTimeRange: rule.looksBack == rule.window ? null : rule.looksBack
      criteria: {
        allOf: [
          {
            query: '${lines}\n${queries[rule.name]}'
            timeAggregation: 'Count'
            operator: 'GreaterThan'
            threshold: 0
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      autoMitigate: true
      // A table that nothing was written to yet is no error of the query (lines.kql), nor of making the rule.
      skipQueryValidation: true
      checkWorkspaceAlertsStorageConfigured: false
      actions: {
        actionGroups: [group.id]
        customProperties: { runbook: '${runbook}#${rule.anchor}' }
      }
    }
  }
]

resource throttled 'Microsoft.Insights/metricAlerts@2018-03-01' = if (contains(enabledRules, 'store_throttled')) {
  name: '${namePrefix}-store_throttled'
  location: 'global'
  tags: tags
  properties: {
    description: 'The storage account of the lake turned requests away. What to do: ${runbook}#store-throttled'
    severity: 3
    enabled: true
    scopes: [dataAccountId]
    evaluationFrequency: 'PT15M'
    windowSize: 'PT1H'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          name: 'turned-away'
          criterionType: 'StaticThresholdCriterion'
          metricNamespace: 'Microsoft.Storage/storageAccounts'
          metricName: 'Transactions'
          operator: 'GreaterThan'
          threshold: 100
          timeAggregation: 'Total'
          dimensions: [
            {
              name: 'ResponseType'
              operator: 'Include'
              values: ['ServerBusyError', 'ClientThrottlingError', 'ClientAccountRequestThrottlingError']
            }
          ]
        }
      ]
    }
    actions: [{ actionGroupId: group.id, webHookProperties: { runbook: '${runbook}#store-throttled' } }]
  }
}

resource healthTest 'Microsoft.Insights/webtests@2022-06-15' = if (!empty(healthUrl)) {
  name: '${namePrefix}-health'
  location: location
  tags: union(tags, { 'hidden-link:${componentId}': 'Resource' })
  kind: 'standard'
  properties: {
    SyntheticMonitorId: '${namePrefix}-health'
    Name: '${namePrefix}-health'
    Enabled: true
    // One place, every 15 minutes: every question starts an instance for a second at least.
    Frequency: 900
    Timeout: 60
    Kind: 'standard'
    RetryEnabled: true
    Locations: [{ Id: 'emea-nl-ams-azr' }]
    Request: { RequestUrl: healthUrl, HttpVerb: 'GET', ParseDependentRequests: false }
    ValidationRules: { ExpectedHttpStatusCode: 200, SSLCheck: true, SSLCertRemainingLifetimeCheck: 7 }
  }
}

resource budget 'Microsoft.Consumption/budgets@2023-11-01' = if (monthlyBudget > 0) {
  name: '${namePrefix}-monthly'
  properties: {
    category: 'Cost'
    amount: monthlyBudget
    timeGrain: 'Monthly'
    timePeriod: { startDate: budgetStart }
    notifications: {
      actual_80: {
        enabled: true
        operator: 'GreaterThanOrEqualTo'
        threshold: 80
        thresholdType: 'Actual'
        contactEmails: empty(email) ? [] : [email]
        contactGroups: [group.id]
      }
      forecast_100: {
        enabled: true
        operator: 'GreaterThan'
        threshold: 100
        thresholdType: 'Forecasted'
        contactEmails: empty(email) ? [] : [email]
        contactGroups: [group.id]
      }
    }
  }
}

resource workbook 'Microsoft.Insights/workbooks@2022-04-01' = {
  name: guid(resourceGroup().id, namePrefix, 'workbook')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'QuantX'
    category: 'workbook'
    sourceId: workspaceId
    serializedData: replace(loadTextContent('../../monitoring/workbook.json'), '/workspace-id/', workspaceId)
  }
}
