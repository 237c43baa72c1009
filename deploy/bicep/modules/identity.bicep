// One user-assigned identity for the Functions app and the jobs. It exists, with its roles, before either starts, so that no first
// start loses a race against a role assignment.
param name string
param location string
param tags object

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: name
  location: location
  tags: tags
}

output id string = identity.id
output principalId string = identity.properties.principalId
output clientId string = identity.properties.clientId
