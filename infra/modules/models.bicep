// The model resource and its deployments, each named after its model.

@description('Region.')
param location string

@description('Tags of every resource.')
param tags object

@description('Name of the resource, and of its host: 2 to 64 letters, digits and hyphens, unique in Azure.')
@minLength(2)
@maxLength(64)
param name string

@description('Names of the models to deploy, each once.')
param models array

@description('Kind of the deployments, such as GlobalStandard, DataZoneStandard or Standard.')
param sku string

@description('Thousands of tokens a minute that each deployment may use.')
@minValue(1)
param capacity int

@description('Whether callers sign in with Entra ID alone; false lets them use keys, too.')
param disableLocalAuth bool = true

@description('Who has which role on the resource: objects with role (a key of roles.json), principalId and principalType.')
param access array

var roles = loadJsonContent('../roles.json')

resource account 'Microsoft.CognitiveServices/accounts@2025-06-01' = {
  name: name
  location: location
  tags: tags
  kind: 'AIServices'
  sku: {
    name: 'S0'
  }
  identity: {
    type: 'SystemAssigned'
  }
  properties: {
    customSubDomainName: name
    disableLocalAuth: disableLocalAuth
    publicNetworkAccess: 'Enabled'
  }
}

// One at a time: the resource refuses a change while another is under way. Without a version Azure takes the model's default.
@batchSize(1)
resource deployments 'Microsoft.CognitiveServices/accounts/deployments@2025-06-01' = [for model in models: {
  parent: account
  name: model
  sku: {
    name: sku
    capacity: capacity
  }
  properties: {
    model: {
      format: 'OpenAI'
      name: model
    }
  }
}]

resource assignments 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for grant in access: {
  scope: account
  name: guid(account.id, grant.principalId, grant.role)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles[grant.role])
    principalId: grant.principalId
    principalType: grant.principalType
  }
}]

@description('Address of the resource, as an Azure OpenAI connection takes it.')
output endpoint string = 'https://${name}.openai.azure.com'
