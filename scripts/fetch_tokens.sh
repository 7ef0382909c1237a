#!/bin/sh
# Fetch tokens for the services that this repository talks to into the Azure CLI's cache, where they last an hour.
# A federated sign-in can only fetch new ones for the first minutes; whoever is signed in otherwise needs none of this.
set -eu
for resource in https://management.azure.com https://ml.azure.com https://cognitiveservices.azure.com \
  https://storage.azure.com; do
  az account get-access-token --resource "$resource" --output none
done
