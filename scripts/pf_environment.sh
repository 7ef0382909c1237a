# For a shell in which `pf` is to use this repository's state: source scripts/pf_environment.sh
_root="$(cd "$(dirname "${BASH_SOURCE[0]:-$0}")/.." && pwd)"
export PF_HOME_DIRECTORY="$_root/.promptflow"
export PYTHON_KEYRING_BACKEND=keyrings.alt.file.PlaintextKeyring
export KEYRING_PROPERTY_FILE_PATH="$PF_HOME_DIRECTORY/keyring.cfg"
export PF_TRACING_SKIP_LOCAL_SETUP=true
export APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED=true APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL=true
export PATH="$_root/.venv/bin:$PATH"
(cd "$_root" && .venv/bin/python -c "from mlops.promptflow_patches.setup import set_up_promptflow; set_up_promptflow()")
