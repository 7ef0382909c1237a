// Hub and project of Foundry (classic): where batches and online endpoints run.

@description('Region.')
param location string

@description('Tags of every resource.')
param tags object

@description('Name of the hub: 3 to 33 letters, digits, hyphens and underscores.')
@minLength(3)
@maxLength(33)
param hubName string

@description('Name of the project, likewise.')
@minLength(3)
@maxLength(33)
param projectName string

@description('Resource id of the storage account.')
param storageId string

@description('Whether the storage account takes keys, which datastores then use.')
param storageKeys bool

@description('Resource id of the key vault.')
param vaultId string

@description('Resource id of the container registry.')
param registryId string

@description('Resource id of Application Insights.')
param insightsId string

@description('Resource id of the identity under which batches run. Serverless compute has none of its own.')
param batchIdentityId string

@description('Who has which role on the project: objects with role (a key of roles.json), principalId and principalType.')
param access array

var roles = loadJsonContent('../roles.json')

resource hub 'Microsoft.MachineLearningServices/workspaces@2025-06-01' = {
  name: hubName
  location: location
  tags: tags
  kind: 'Hub'
  sku: {
    name: 'Basic'
    tier: 'Basic'
  }
  identity: {
    type: 'SystemAssigned'
  }
  properties: {
    friendlyName: hubName
    storageAccount: storageId
    keyVault: vaultId
    containerRegistry: registryId
    applicationInsights: insightsId
    systemDatastoresAuthMode: storageKeys ? 'AccessKey' : 'Identity'
    publicNetworkAccess: 'Enabled'
    v1LegacyMode: false
  }
}

resource project 'Microsoft.MachineLearningServices/workspaces@2025-06-01' = {
  name: projectName
  location: location
  tags: tags
  kind: 'Project'
  sku: {
    name: 'Basic'
    tier: 'Basic'
  }
  identity: {
    type: 'SystemAssigned,UserAssigned'
    userAssignedIdentities: {
      '${batchIdentityId}': {}
    }
  }
  properties: {
    friendlyName: projectName
    hubResourceId: hub.id
    publicNetworkAccess: 'Enabled'
    v1LegacyMode: false
  }
}

resource assignments 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for grant in access: {
  scope: project
  name: guid(project.id, grant.principalId, grant.role)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles[grant.role])
    principalId: grant.principalId
    principalType: grant.principalType
  }
}]

@description('Name of the hub.')
output hubName string = hub.name

@description('Name of the project.')
output projectName string = project.name
