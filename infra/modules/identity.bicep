// A user-assigned identity: one that can have its roles before anything runs as it.

@description('Region.')
param location string

@description('Tags of every resource.')
param tags object

@description('Name of the identity.')
param name string

@description('Who has which role on the identity: objects with role (a key of roles.json), principalId and principalType.')
param access array = []

var roles = loadJsonContent('../roles.json')

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: name
  location: location
  tags: tags
}

resource assignments 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for grant in access: {
  scope: identity
  name: guid(identity.id, grant.principalId, grant.role)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles[grant.role])
    principalId: grant.principalId
    principalType: grant.principalType
  }
}]

@description('Resource id of the identity.')
output id string = identity.id

@description('Name of the identity.')
output name string = identity.name

@description('Client id of the identity, which programs name when they sign in.')
output clientId string = identity.properties.clientId

@description('Object id of the identity, which roles are assigned to.')
output principalId string = identity.properties.principalId
