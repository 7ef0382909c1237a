"""The emulator behind the environment `local`: where it gets its answers, and the configuration that points to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pydantic import SecretStr

from mlops.common.errors import UserError
from mlops.common.names import fresh_identifier
from mlops.common.paths import CONFIG_FILE, DOCUMENTS, RECORDINGS, display_path
from mlops.configuration.endpoints import AoaiConfig, EmulatorConfig, SearchConfig

if TYPE_CHECKING:
    from src.emulator.answers import Answerer
    from src.emulator.server import Emulator
    from src.emulator.settings import EmulatorSettings

NOT_RECORDED = "not recorded"  # among the counts of answers


def recordings(flow: str | None = None) -> Answerer:
    """Return what plays recorded answers back: those of a flow, where it has any, before those of all others.

    Raises:
        UserError: there are no recordings, or a file of them is damaged.
    """
    from src.emulator.answers import RecordingError, Recordings, recording_files

    try:
        files = recording_files(RECORDINGS)
        return Recordings(sorted(files, key=lambda file: file.stem != flow))
    except RecordingError as error:
        raise UserError(str(error)) from None


def emulator_settings(config: EmulatorConfig, answerer: Answerer) -> EmulatorSettings:
    """Return the settings of an emulator that behaves as config.yaml says.

    Raises:
        UserError: the configured faults are invalid.
    """
    from src.emulator.faults import parse_fault
    from src.emulator.settings import EmulatorSettings

    try:
        return EmulatorSettings(
            latency_ms=config.latency_ms,
            seed=config.seed,
            faults=tuple(parse_fault(fault) for fault in config.faults.split()),
            api_key=None,
            documents=DOCUMENTS,
            answerer=answerer,
        )
    except ValueError as error:
        raise _refused(error) from None


@contextmanager
def running_emulator(config: EmulatorConfig, answerer: Answerer) -> Iterator[Emulator]:
    """Run the emulator in this process, on a free port.

    Raises:
        UserError: it cannot start.
    """
    from src.emulator.server import Emulator

    try:
        emulator = Emulator(emulator_settings(config, answerer))
    except ValueError as error:
        raise _refused(error) from None
    with emulator:
        yield emulator


def _refused(error: ValueError) -> UserError:
    return UserError(f"the emulator of {display_path(CONFIG_FILE)} cannot start; check EMULATOR_FAULTS: {error}")


def models_of_emulator(aoai: AoaiConfig, emulator: str) -> AoaiConfig:
    """Return the configuration of the model endpoint, pointing to an emulator."""
    return aoai.model_copy(update={"endpoint": emulator, "api_key": SecretStr(fresh_identifier())})


def search_of_emulator(search: SearchConfig, aoai: AoaiConfig) -> SearchConfig:
    """Return the search configuration, pointing to the emulator."""
    return search.model_copy(
        update={
            "provider": "bing",
            "endpoint": f"{aoai.endpoint}/v7.0/search",
            "wikipedia_endpoint": f"{aoai.endpoint}/w/api.php",
            "api_key": aoai.api_key,
            "allow_loopback": True,
        }
    )


def counted(counts: Counter[str]) -> str:
    """Summarise where an emulator's answers came from: who gave the recorded ones, and how many are missing."""
    answered = sum(counts.values()) - counts[NOT_RECORDED]
    sources = ", ".join(f"{number} by {by}" for by, number in sorted(counts.items()) if by != NOT_RECORDED)
    text = f"{answered} answers played back" + (f" ({sources})" if sources else "")
    return f"{text}, {counts[NOT_RECORDED]} requests not recorded" if counts[NOT_RECORDED] else text
