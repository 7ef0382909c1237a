"""Where things are in this repository, whatever the working directory.

Four places can be moved with environment variables: ENV_FILE (.env), OUTPUTS_DIRECTORY (outputs/),
RECORDINGS_DIRECTORY (data/recordings/) and Prompt flow's own PF_HOME_DIRECTORY (.promptflow/).
"""

import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
CONFIG_FILE = REPOSITORY / "config" / "config.yaml"
MODELS_FILE = REPOSITORY / "config" / "models.yaml"
DATA_CONFIG_FILE = REPOSITORY / "config" / "data_config.yaml"
DOCUMENTS = REPOSITORY / "data" / "documents"
RECORDINGS = Path(os.environ.get("RECORDINGS_DIRECTORY") or REPOSITORY / "data" / "recordings").resolve()
ENV_FILE = Path(os.environ.get("ENV_FILE") or REPOSITORY / ".env")
OUTPUTS = Path(os.environ.get("OUTPUTS_DIRECTORY") or REPOSITORY / "outputs").resolve()
PROMPTFLOW_HOME = Path(os.environ.get("PF_HOME_DIRECTORY") or REPOSITORY / ".promptflow").resolve()


def display_path(path: Path) -> str:
    """Return a path as a user would type it: relative to the repository where it is inside."""
    path = Path(path).resolve()
    return str(path.relative_to(REPOSITORY)) if path.is_relative_to(REPOSITORY) else str(path)
