// Everything that docs/azure.md needs in a subscription, in one resource group. Who may do what is in this file: each
// resource gets a list `access`, with the roles that docs/azure.md, docs/scale_out.md and docs/online_endpoints.md name.

targetScope = 'subscription'

@description('Name of the environment, such as llmops-dev. Names of resources end with it, or with a hash of it.')
@minLength(3)
@maxLength(25)
param environmentName string

@description('Region, one that has the models and quota for them.')
param location string

@description('Object id of who works with the project: whoever signed in to azd.')
param principalId string

@description('What that is.')
@allowed(['User', 'Group', 'ServicePrincipal'])
param principalType string = 'User'

@description('Model that answers, in all flows.')
param chatModel string = 'gpt-5.6-luna'

@description('Model that plans and solves, in the plan-and-execute flows.')
param largeChatModel string = 'gpt-5.6-sol'

@description('Model that embeds, in chat_with_pdf.')
param embeddingModel string = 'text-embedding-3-small'

@description('Model that judges answers, in evaluations.')
param judgeModel string = 'gpt-5.6-terra'

@description('Kind of the model deployments.')
param modelSku string = 'GlobalStandard'

@description('Thousands of tokens a minute of each model deployment.')
param modelCapacity int = 50

@description('Whether models take keys besides Entra ID.')
param modelKeys bool = false

@description('Redundancy of the storage account.')
param storageSku string = 'Standard_LRS'

@description('Whether the storage account takes keys besides Entra ID. A hub on storage without keys is a preview of Microsoft.')
param storageKeys bool = false

@description('Price tier of the container registry.')
@allowed(['Basic', 'Standard', 'Premium'])
param registrySku string = 'Basic'

@description('Whether a deleted key vault keeps its name for seven days, whatever an owner does; it cannot be turned off.')
param purgeProtection bool = true

@description('Whether to set up a Kubernetes cluster for the flow service.')
param deployAks bool = false

@description('Namespace of the flow service in it.')
param kubernetesNamespace string = 'flow-service-dev'

@description('Price tier of the cluster.')
@allowed(['Free', 'Standard'])
param kubernetesTier string = 'Free'

@description('Size of its nodes.')
param kubernetesNodeSize string = 'Standard_D4ads_v5'

@description('Whether to set up a function app for the flow service.')
param deployFunctions bool = false

@description('Section of config.yaml that the function app serves.')
@allowed(['dev', 'prod'])
param serviceEnvironment string = 'dev'

@description('Issuer of the tokens that callers of the function app send: https://login.microsoftonline.com/<tenant>/v2.0.')
param serviceIssuer string = ''

@description('Id of the application that the tokens are for.')
param serviceAudience string = ''

@description('Roles of which a caller needs one, separated by commas.')
param serviceRoles string = ''

var deployService = deployAks || deployFunctions
var token = uniqueString(subscription().id, environmentName, location)
var tags = {
  'azd-env-name': environmentName
}

resource group 'Microsoft.Resources/resourceGroups@2024-11-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  scope: group
  params: {
    location: location
    tags: tags
    suffix: environmentName
  }
}

// Batches on many nodes run under it.
module batchIdentity 'modules/identity.bicep' = {
  name: 'batch-identity'
  scope: group
  params: {
    location: location
    tags: tags
    name: 'id-batches-${environmentName}'
  }
}

// Online endpoints run under it, so that its roles hold before the first of them exists.
module endpointIdentity 'modules/identity.bicep' = {
  name: 'endpoint-identity'
  scope: group
  params: {
    location: location
    tags: tags
    name: 'id-endpoints-${environmentName}'
    access: [
      {
        role: 'Managed Identity Operator'
        principalId: principalId
        principalType: principalType
      }
    ]
  }
}

// The flow service asks models with it, in Kubernetes and in Functions.
module serviceIdentity 'modules/identity.bicep' = if (deployService) {
  name: 'service-identity'
  scope: group
  params: {
    location: location
    tags: tags
    name: 'id-service-${environmentName}'
  }
}

module storage 'modules/storage.bicep' = {
  name: 'storage'
  scope: group
  params: {
    location: location
    tags: tags
    name: 'st${token}'
    sku: storageSku
    keys: storageKeys
    access: [
      {
        role: 'Storage Blob Data Contributor'
        principalId: principalId
        principalType: principalType
      }
      {
        role: 'Storage File Data Privileged Contributor'
        principalId: principalId
        principalType: principalType
      }
      {
        role: 'Storage Blob Data Contributor'
        principalId: batchIdentity.outputs.principalId
        principalType: 'ServicePrincipal'
      }
      {
        role: 'Storage Blob Data Reader'
        principalId: endpointIdentity.outputs.principalId
        principalType: 'ServicePrincipal'
      }
    ]
  }
}

module vault 'modules/vault.bicep' = {
  name: 'vault'
  scope: group
  params: {
    location: location
    tags: tags
    name: 'kv-${token}'
    purgeProtection: purgeProtection
  }
}

module registry 'modules/registry.bicep' = {
  name: 'registry'
  scope: group
  params: {
    location: location
    tags: tags
    name: 'cr${token}'
    sku: registrySku
    access: concat([
      {
        role: 'AcrPull'
        principalId: batchIdentity.outputs.principalId
        principalType: 'ServicePrincipal'
      }
      {
        role: 'AcrPull'
        principalId: endpointIdentity.outputs.principalId
        principalType: 'ServicePrincipal'
      }
    ], deployAks ? [
      {
        role: 'AcrPull'
        principalId: kubernetes!.outputs.kubeletPrincipalId
        principalType: 'ServicePrincipal'
      }
    ] : [])
  }
}

module models 'modules/models.bicep' = {
  name: 'models'
  scope: group
  params: {
    location: location
    tags: tags
    name: 'models-${token}'
    models: union([chatModel], [largeChatModel], [embeddingModel], [judgeModel])
    sku: modelSku
    capacity: modelCapacity
    disableLocalAuth: !modelKeys
    access: concat([
      {
        role: 'Cognitive Services OpenAI User'
        principalId: principalId
        principalType: principalType
      }
      {
        role: 'Cognitive Services OpenAI User'
        principalId: batchIdentity.outputs.principalId
        principalType: 'ServicePrincipal'
      }
      {
        role: 'Cognitive Services OpenAI User'
        principalId: endpointIdentity.outputs.principalId
        principalType: 'ServicePrincipal'
      }
    ], deployService ? [
      {
        role: 'Cognitive Services OpenAI User'
        principalId: serviceIdentity!.outputs.principalId
        principalType: 'ServicePrincipal'
      }
    ] : [])
  }
}

module workspaces 'modules/workspaces.bicep' = {
  name: 'workspaces'
  scope: group
  params: {
    location: location
    tags: tags
    hubName: 'hub-${environmentName}'
    projectName: 'project-${environmentName}'
    storageId: storage.outputs.id
    storageKeys: storageKeys
    vaultId: vault.outputs.id
    registryId: registry.outputs.id
    insightsId: monitoring.outputs.insightsId
    batchIdentityId: batchIdentity.outputs.id
    access: [
      {
        role: 'AzureML Data Scientist'
        principalId: principalId
        principalType: principalType
      }
      {
        role: 'Azure Machine Learning Workspace Connection Secrets Reader'
        principalId: batchIdentity.outputs.principalId
        principalType: 'ServicePrincipal'
      }
      {
        role: 'Azure Machine Learning Workspace Connection Secrets Reader'
        principalId: endpointIdentity.outputs.principalId
        principalType: 'ServicePrincipal'
      }
    ]
  }
}

module kubernetes 'modules/kubernetes.bicep' = if (deployAks) {
  name: 'kubernetes'
  scope: group
  params: {
    location: location
    tags: tags
    name: 'aks-${environmentName}'
    tier: kubernetesTier
    nodeSize: kubernetesNodeSize
    identityName: serviceIdentity!.outputs.name
    namespace: kubernetesNamespace
    access: [
      {
        role: 'Azure Kubernetes Service RBAC Cluster Admin'
        principalId: principalId
        principalType: principalType
      }
    ]
  }
}

module functionStorage 'modules/storage.bicep' = if (deployFunctions) {
  name: 'function-storage'
  scope: group
  params: {
    location: location
    tags: tags
    name: 'stf${token}'
    sku: storageSku
    access: [
      {
        role: 'Storage Blob Data Owner'
        principalId: serviceIdentity!.outputs.principalId
        principalType: 'ServicePrincipal'
      }
    ]
  }
}

module functions 'modules/functions.bicep' = if (deployFunctions) {
  name: 'functions'
  scope: group
  params: {
    location: location
    tags: tags
    name: 'func-${token}'
    storageName: functionStorage!.outputs.name
    insightsName: monitoring.outputs.insightsName
    identityName: serviceIdentity!.outputs.name
    settings: [
      {
        name: 'FLOW_SERVICE_ENVIRONMENT'
        value: serviceEnvironment
      }
      {
        name: 'FLOW_SERVICE_ISSUER'
        value: serviceIssuer
      }
      {
        name: 'FLOW_SERVICE_AUDIENCE'
        value: serviceAudience
      }
      {
        name: 'FLOW_SERVICE_ROLES'
        value: serviceRoles
      }
      {
        name: 'AOAI_BASE_ENDPOINT'
        value: models.outputs.endpoint
      }
      {
        name: 'AOAI_CHAT_DEPLOYMENT'
        value: chatModel
      }
      {
        name: 'AOAI_LARGE_CHAT_DEPLOYMENT'
        value: largeChatModel
      }
      {
        name: 'AOAI_EMBEDDING_DEPLOYMENT'
        value: embeddingModel
      }
    ]
  }
}

// The variables of .env; `azd env get-values` prints them.

@description('The subscription.')
output SUBSCRIPTION_ID string = subscription().subscriptionId

@description('The resource group.')
output RESOURCE_GROUP_NAME string = group.name

@description('The hub, which has to be removed before its name can be used again.')
output HUB_NAME string = workspaces.outputs.hubName

@description('The project.')
output PROJECT_NAME string = workspaces.outputs.projectName

@description('Address of the models.')
output AOAI_BASE_ENDPOINT string = models.outputs.endpoint

@description('Deployment that answers.')
output AOAI_CHAT_DEPLOYMENT string = chatModel

@description('Deployment that plans and solves.')
output AOAI_LARGE_CHAT_DEPLOYMENT string = largeChatModel

@description('Deployment that embeds.')
output AOAI_EMBEDDING_DEPLOYMENT string = embeddingModel

@description('Deployment that judges.')
output AOAI_JUDGE_DEPLOYMENT string = judgeModel

@description('What the names of online endpoints begin with; they are unique in a region.')
output ENDPOINT_PREFIX string = 'llmops-${take(token, 6)}'

@description('Resource id of the identity of online endpoints.')
output ENDPOINT_IDENTITY string = endpointIdentity.outputs.id

@description('Its client id.')
output ENDPOINT_IDENTITY_CLIENT_ID string = endpointIdentity.outputs.clientId

@description('Client id of the identity of batches on many nodes.')
output SCALE_OUT_IDENTITY string = batchIdentity.outputs.clientId

// Variables of the pipelines; docs/pipelines.md says what each means.

@description('Login server of the container registry.')
output CONTAINER_REGISTRY string = registry.outputs.loginServer

@description('The cluster; empty: none.')
output KUBERNETES_CLUSTER string = deployAks ? kubernetes!.outputs.name : ''

@description('Its resource group.')
output KUBERNETES_RESOURCE_GROUP string = deployAks ? group.name : ''

@description('Client id of the identity of the flow service; empty: none.')
output SERVICE_IDENTITY_CLIENT_ID string = deployService ? serviceIdentity!.outputs.clientId : ''

@description('The function app; empty: none.')
output FUNCTION_APP_NAME string = deployFunctions ? functions!.outputs.name : ''

@description('Its resource group.')
output FUNCTION_APP_RESOURCE_GROUP string = deployFunctions ? group.name : ''
