"""Where things are in this repository, whatever the working directory."""

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
CONFIG_FILE = REPOSITORY / "config" / "config.yaml"
DATA_CONFIG_FILE = REPOSITORY / "config" / "data_config.yaml"
ENV_FILE = REPOSITORY / ".env"
OUTPUTS = REPOSITORY / "outputs"
PROMPTFLOW_HOME = REPOSITORY / ".promptflow"


def shown(path: Path) -> str:
    """Return a path as a user would type it: relative to the repository where it is inside."""
    path = Path(path).resolve()
    return str(path.relative_to(REPOSITORY)) if path.is_relative_to(REPOSITORY) else str(path)
