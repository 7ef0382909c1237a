"""The application of src/flow_service in Azure Functions."""
