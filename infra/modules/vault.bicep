// The hub's key vault, in which the project keeps the secrets of its connections. Its own identity reads them.

@description('Region.')
param location string

@description('Tags of every resource.')
param tags object

@description('Name of the vault: 3 to 24 letters, digits and hyphens, unique in Azure.')
@minLength(3)
@maxLength(24)
param name string

@description('Whether nobody, an owner included, can remove a deleted vault before its seven days are over.')
param purgeProtection bool

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: {
      family: 'A'
      name: 'standard'
    }
    enableRbacAuthorization: true
    enableSoftDelete: true
    // Whatever the vault holds can be written again: connections, from .env. So seven days, the least there is.
    softDeleteRetentionInDays: 7
    // Azure refuses false: the property is true, or not there.
    enablePurgeProtection: purgeProtection ? true : null
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: 'Allow'
    }
  }
}

@description('Resource id of the vault.')
output id string = vault.id
