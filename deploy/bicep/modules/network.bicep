// A network of the deployment's own: the stores answer inside it only. Optional: it adds the price of four or five private endpoints.
param name string
param location string
param tags object

@description('Resource id of the lake\'s account.')
param dataAccountId string

@description('Resource id of the host\'s account; empty where there is no Functions app.')
param hostAccountId string

@description('Resource id of the vault; empty where there is none.')
param vaultId string

var blobZone = 'privatelink.blob.${environment().suffixes.storage}'
var queueZone = 'privatelink.queue.${environment().suffixes.storage}'
var tableZone = 'privatelink.table.${environment().suffixes.storage}'
var vaultZone = 'privatelink.vaultcore.azure.net'
var zoneNames = [blobZone, queueZone, tableZone, vaultZone]

var always = [{ name: 'lake-blob', target: dataAccountId, group: 'blob', zone: 0 }]
var ofHost = [
  { name: 'host-blob', target: hostAccountId, group: 'blob', zone: 0 }
  { name: 'host-queue', target: hostAccountId, group: 'queue', zone: 1 }
  { name: 'host-table', target: hostAccountId, group: 'table', zone: 2 }
]
var ofVault = [{ name: 'vault', target: vaultId, group: 'vault', zone: 3 }]
var endpoints = concat(always, empty(hostAccountId) ? [] : ofHost, empty(vaultId) ? [] : ofVault)

resource network 'Microsoft.Network/virtualNetworks@2023-11-01' existing = {
  name: name

  resource private 'subnets' existing = {
    name: 'private-endpoints'
  }
}

resource zones 'Microsoft.Network/privateDnsZones@2020-06-01' = [
  for zone in zoneNames: {
    name: zone
    location: 'global'
    tags: tags
  }
]

resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2020-06-01' = [
  for (zone, at) in zoneNames: {
    parent: zones[at]
    name: 'quantx'
    location: 'global'
    properties: {
      registrationEnabled: false
      virtualNetwork: { id: network.id }
    }
  }
]

resource privateEndpoints 'Microsoft.Network/privateEndpoints@2023-11-01' = [
  for endpoint in endpoints: {
    name: '${name}-${endpoint.name}'
    location: location
    tags: tags
    properties: {
      subnet: { id: network::private.id }
      privateLinkServiceConnections: [
        {
          name: endpoint.name
          properties: {
            privateLinkServiceId: endpoint.target
            groupIds: [endpoint.group]
          }
        }
      ]
    }
  }
]

resource zoneGroups 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2023-11-01' = [
  for (endpoint, at) in endpoints: {
    parent: privateEndpoints[at]
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [
        {
          name: endpoint.group
          properties: { privateDnsZoneId: zones[endpoint.zone].id }
        }
      ]
    }
  }
]
