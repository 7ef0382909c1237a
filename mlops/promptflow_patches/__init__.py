"""Patches of Prompt flow 1.18.5: settings (`setup`), faults (`fixes`, `cancellation`) and slow paths (`speedups`).

Prompt flow takes no more features, and the lock file pins its version. Each patch states its fault, the version that
has it, and the check of tests/mlops/promptflow_patches/promptflow_faults.py that finds it in an unpatched Prompt flow.
When test_promptflow_faults.py fails for a check, Prompt flow has fixed the fault, and the patch can go.

Two kinds of patches are elsewhere. What travels with a deployed flow cannot import this package, and is in
`model_endpoint`. What adds something of our own, and repairs nothing, is with its subject, such as the spans of
`src.flow_service.telemetry.flows`.
"""
