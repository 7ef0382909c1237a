// Where logs, metrics and traces go: Application Insights, on a Log Analytics workspace.

@description('Region.')
param location string

@description('Tags of every resource.')
param tags object

@description('What the names of the resources end with.')
param suffix string

@description('Days for which logs are kept; 30 is the least, and included in the price of taking them in.')
param retentionInDays int = 30

resource logs 'Microsoft.OperationalInsights/workspaces@2025-02-01' = {
  name: 'log-${suffix}'
  location: location
  tags: tags
  properties: {
    sku: {
      name: 'PerGB2018'
    }
    retentionInDays: retentionInDays
    features: {
      enableLogAccessUsingOnlyResourcePermissions: true
      disableLocalAuth: true
    }
  }
}

// The exporters of the flow service and of online endpoints sign in with the connection string, not with Entra ID.
resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: 'appi-${suffix}'
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: logs.id
    IngestionMode: 'LogAnalytics'
  }
}

@description('Resource id of Application Insights.')
output insightsId string = insights.id

@description('Name of Application Insights.')
output insightsName string = insights.name
