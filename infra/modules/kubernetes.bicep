// A cluster for the flow service, as docs/kubernetes.md asks for it: workload identity, and network policies that hold.

@description('Region.')
param location string

@description('Tags of every resource.')
param tags object

@description('Name of the cluster.')
param name string

@description('Free, or Standard with an agreement on the availability of the API server.')
@allowed(['Free', 'Standard'])
param tier string

@description('Size of the nodes, one with a local disk that holds the operating system.')
param nodeSize string

@description('Fewest nodes.')
@minValue(1)
param leastNodes int = 2

@description('Most nodes, when the autoscaler asks for them.')
param mostNodes int = 5

@description('Name of the identity under which the flow service asks models.')
param identityName string

@description('Namespace of the flow service, whose service account may sign in as that identity.')
param namespace string

@description('Who has which role on the cluster: objects with role (a key of roles.json), principalId and principalType.')
param access array

var roles = loadJsonContent('../roles.json')

resource cluster 'Microsoft.ContainerService/managedClusters@2025-05-01' = {
  name: name
  location: location
  tags: tags
  sku: {
    name: 'Base'
    tier: tier
  }
  identity: {
    type: 'SystemAssigned'
  }
  properties: {
    dnsPrefix: name
    enableRBAC: true
    disableLocalAccounts: true
    aadProfile: {
      managed: true
      enableAzureRBAC: true
    }
    oidcIssuerProfile: {
      enabled: true
    }
    securityProfile: {
      workloadIdentity: {
        enabled: true
      }
    }
    autoUpgradeProfile: {
      upgradeChannel: 'stable'
      nodeOSUpgradeChannel: 'NodeImage'
    }
    networkProfile: {
      networkPlugin: 'azure'
      networkPluginMode: 'overlay'
      networkDataplane: 'cilium'
      networkPolicy: 'cilium'
      loadBalancerSku: 'standard'
    }
    agentPoolProfiles: [
      {
        name: 'system'
        mode: 'System'
        osType: 'Linux'
        osSKU: 'AzureLinux'
        vmSize: nodeSize
        osDiskType: 'Ephemeral'
        maxPods: 110
        enableAutoScaling: true
        count: leastNodes
        minCount: leastNodes
        maxCount: mostNodes
        upgradeSettings: {
          maxSurge: '33%'
        }
      }
    ]
  }
}

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identityName
}

resource federation 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@2024-11-30' = {
  parent: identity
  name: 'flow-service'
  properties: {
    issuer: cluster.properties.oidcIssuerProfile.issuerURL
    subject: 'system:serviceaccount:${namespace}:flow-service'
    audiences: [
      'api://AzureADTokenExchange'
    ]
  }
}

resource assignments 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for grant in access: {
  scope: cluster
  name: guid(cluster.id, grant.principalId, grant.role)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles[grant.role])
    principalId: grant.principalId
    principalType: grant.principalType
  }
}]

@description('Name of the cluster.')
output name string = cluster.name

@description('Object id of the identity with which the nodes pull images.')
output kubeletPrincipalId string = cluster.properties.identityProfile.kubeletidentity.objectId
