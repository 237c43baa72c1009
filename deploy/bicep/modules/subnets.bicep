// The subnets. Before app and jobs, which lie in them; the private endpoints come after the stores (network.bicep).
param name string
param location string
param tags object

resource network 'Microsoft.Network/virtualNetworks@2023-11-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: ['10.90.0.0/16'] }
    subnets: [
      {
        name: 'functions'
        properties: {
          addressPrefix: '10.90.0.0/24'
          delegations: [{ name: 'app', properties: { serviceName: 'Microsoft.App/environments' } }]
        }
      }
      {
        // Flex Consumption cannot share its subnet with an environment of Container Apps.
        name: 'jobs'
        properties: {
          addressPrefix: '10.90.2.0/23'
          delegations: [{ name: 'app', properties: { serviceName: 'Microsoft.App/environments' } }]
        }
      }
      {
        name: 'private-endpoints'
        properties: { addressPrefix: '10.90.4.0/24' }
      }
    ]
  }
}
