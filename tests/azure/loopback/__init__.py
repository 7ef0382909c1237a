"""A loopback Azure: what the commands of this repository ask of Azure, answered on 127.0.0.1.

The commands run unmodified, with the real SDKs and a real DefaultAzureCredential. Their way out is a proxy that leads
Azure's host names to one TLS server here (and the storage account's to Azurite) and refuses every other host.

To add a service, write a module with a class whose `routes()` returns Starlette routes, and name it in
`azure.LoopbackAzure`. Paths under management.azure.com are given without the workspace's own path; other hosts'
paths are given whole. Before a request gets to a route, `gate` has checked its token, its api-version and its caller,
and `conformance` its body; every request can be made to fail by `LoopbackAzure.fail`. Errors are made by
`faults.error`, or by `faults.service_error` on the workspace's own host; lists by `paging.page_of`.
"""
