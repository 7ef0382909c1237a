// The container registry: images of online endpoints and batches, which Azure builds, and of the flow service.

@description('Region.')
param location string

@description('Tags of every resource.')
param tags object

@description('Name of the registry: 5 to 50 letters and digits, unique in Azure.')
@minLength(5)
@maxLength(50)
param name string

@description('Basic, Standard or Premium; private networks take Premium.')
param sku string

@description('Who has which role on the registry: objects with role (a key of roles.json), principalId and principalType.')
param access array

var roles = loadJsonContent('../roles.json')

resource registry 'Microsoft.ContainerRegistry/registries@2025-04-01' = {
  name: name
  location: location
  tags: tags
  sku: {
    name: sku
  }
  properties: {
    adminUserEnabled: false
    anonymousPullEnabled: false
  }
}

resource assignments 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for grant in access: {
  scope: registry
  name: guid(registry.id, grant.principalId, grant.role)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles[grant.role])
    principalId: grant.principalId
    principalType: grant.principalType
  }
}]

@description('Resource id of the registry.')
output id string = registry.id

@description('Login server of the registry.')
output loginServer string = registry.properties.loginServer
