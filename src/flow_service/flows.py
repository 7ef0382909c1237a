"""The flows that are served: what each takes and gives, and how it is loaded, once, with what all its calls share.

Whatever a flow takes besides its caller's inputs (deployments, limits, connections, permissions) is put in here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Literal

from mlops.common.paths import REPOSITORY
from src.flow_service.connections import Connections
from src.flow_service.dag import importing_from, load_dag
from src.flow_service.documents import DocumentStore
from src.flow_service.schemas import (
    ChatInputs,
    ChatOutputs,
    ExtractionInputs,
    ExtractionOutputs,
    Inputs,
    PlanInputs,
    PlanOutputs,
    Result,
)
from src.flow_service.settings import Settings

CHAT_FOLDER = REPOSITORY / "flows" / "chat_with_pdf" / "standard"
PLAN_FOLDER = REPOSITORY / "flows" / "class_plan_and_execute" / "standard"
PROMPTFLOW = ("promptflow.core", "promptflow.tracing", "openai", "aiohttp", "azure.identity")
TEXT = {"entity_type": "job title", "text": "The chief executive and a software engineer presented the results."}
QUESTION_OF_LOCAL = "How many more stations than the Halsen Coast Line does the Lumeth Metro have?"

# A flow's inputs to its outputs; `allow_generator_output=True` asks chat_with_pdf for its answer as a stream.
Invoke = Callable[..., Awaitable[dict[str, Any]]]


@dataclass(frozen=True)
class Surroundings:
    """What flows are loaded with."""

    settings: Settings
    connections: Connections
    documents: DocumentStore


@dataclass(frozen=True)
class Flow:
    """A flow as it is served.

    Attributes:
        name: the flow's name.
        description: what it does, in a sentence.
        inputs: the model of its inputs.
        outputs: the model of its outputs.
        sample: inputs to try it with.
        needs: the packages without which it can't be loaded.
        load: returns it as an asynchronous function.
        events: what it can tell while it runs, to callers that take events.
    """

    name: str
    description: str
    inputs: type[Inputs]
    outputs: type
    sample: dict[str, Any]
    needs: Sequence[str]
    load: Callable[[Surroundings], Invoke]
    events: Literal["deltas", "plan"] | None = None

    @property
    def result(self) -> type:
        """The model of what a caller gets."""
        return Result[self.outputs]

    def missing(self) -> list[str]:
        """Return the packages that are not installed."""
        return [name for name in self.needs if not _installed(name)]

    def sample_for(self, settings: Settings) -> dict[str, Any]:
        """Return inputs to try it with: on `local`, where the emulator answers, about the emulator's world."""
        if self.events == "plan" and settings.aoai.emulator:
            return {"question": QUESTION_OF_LOCAL}
        return self.sample


def load_flows(surroundings: Surroundings) -> dict[str, Invoke]:
    """Return the flows whose packages are installed, each as the function that it was loaded as."""
    return {flow.name: flow.load(surroundings) for flow in FLOWS if not flow.missing()}


def _installed(name: str) -> bool:
    with suppress(ModuleNotFoundError):  # of the package around it
        return find_spec(name) is not None
    return False


def _load_class_basic_flow(around: Surroundings) -> Invoke:
    from promptflow.core import AzureOpenAIModelConfiguration

    from flows.class_basic_flow.standard.entity_extractor import EntityExtractor

    config = around.settings.flows["class_basic_flow"]
    model = AzureOpenAIModelConfiguration.from_connection(around.connections.models, config.model.deployment)
    return EntityExtractor(model, config.model.parameters(), config.prompt)


def _load_function_basic_flow(around: Surroundings) -> Invoke:
    from flows.function_basic_flow.standard.extract_entities import extract_entities

    config = around.settings.flows["function_basic_flow"]
    fixed = {
        "connection": around.connections.models_name,
        "deployment": config.model.deployment,
        "parameters": config.model.parameters(),
        "prompt": config.prompt,
    }

    async def invoke(entity_type: str, text: str) -> dict[str, Any]:
        return await extract_entities(entity_type, text, **fixed)

    return invoke


def _load_yaml_basic_flow(around: Surroundings) -> Invoke:
    config = around.settings.flows["yaml_basic_flow"]
    parameters = {name: str(value) for name, value in config.model.parameters().items()}
    fixed = {
        "deployment_name": config.model.deployment,
        "temperature": float(parameters.get("temperature", 1.0)),
        "max_tokens": parameters.get("max_tokens", "inf"),
        "max_completion_tokens": parameters.get("max_completion_tokens", "inf"),
    }
    connections = {"aoai_connection": around.connections.models}
    return load_dag(config.flow_path, connections, {"extract_entities": fixed})


def _load_chat_with_pdf(around: Surroundings) -> Invoke:
    config, documents = around.settings.flows["chat_with_pdf"], around.documents
    settings = {
        "chat_deployment": config.model.deployment,
        "chat_family": config.model.family,
        "temperature": config.model.temperature,
        "max_completion_tokens": config.model.max_output_tokens,
        **config.retrieval.model_dump(exclude={"allow_loopback"}),
    }
    with importing_from(config.flow_path):
        dag = load_dag(
            config.flow_path,
            {"aoai_connection": around.connections.models},
            nodes={"download_document": {"data_folder": "${inputs.data_folder}"}},
            variants={"download_document": "loopback" if config.retrieval.allow_loopback else "guarded"},
        )
    samples = str(REPOSITORY / "data")

    async def invoke(pdf_url: str, allow_generator_output: bool = False, **inputs: Any) -> dict[str, Any]:
        folder, path = documents.folder_and_path(pdf_url) or (samples, pdf_url)
        given = {"pdf_url": path, "data_folder": str(folder), "config": settings, "streaming": allow_generator_output}
        return await dag(allow_generator_output=allow_generator_output, **given, **inputs)

    return invoke


def _plan_config(around: Surroundings, name: str) -> dict[str, Any]:
    config = around.settings.flows[name]
    return {
        "model": config.model.model_dump(),
        "tool_model": config.planning.tool_model.model_dump(),
        "limits": config.planning.model_dump(exclude={"tool_model"}),
    }


def _load_class_plan_and_execute(around: Surroundings) -> Invoke:
    from flows.class_plan_and_execute.standard.plan_and_execute_flow import PlanAndExecute

    _import_plan_and_execute()
    connections = around.connections
    config = _plan_config(around, "class_plan_and_execute")
    return PlanAndExecute(connections.models_name, connections.search_name, config)


def _load_plan_and_execute(around: Surroundings) -> Invoke:
    _import_plan_and_execute()
    config = _plan_config(around, "plan_and_execute")
    connections = {"aoai_connection": around.connections.models, "search_connection": around.connections.search}
    with importing_from(PLAN_FOLDER, CHAT_FOLDER):
        dag = load_dag(around.settings.flows["plan_and_execute"].flow_path, connections)

    async def invoke(question: str) -> dict[str, Any]:
        return await dag(question=question, config=config)

    return invoke


def _import_plan_and_execute() -> None:
    """Import all that the flow's methods use; AutoGen takes seconds, for which no request should wait."""
    with importing_from(PLAN_FOLDER, CHAT_FOLDER):
        for module in ("planner", "executor", "solver", "surroundings", "agents"):
            import_module(f"plan_and_execute.{module}")


EXTRACTION = "Extracts the entities of one type from a text; "
PLANNING = "Answers a question that takes several steps: plans, executes and solves; "
AGENTS = (*PROMPTFLOW, "autogen_agentchat", "autogen_ext", "ddgs", "lxml", "jinja2")
FLOWS = (
    Flow("class_basic_flow", EXTRACTION + "a flow that is a class.", ExtractionInputs, ExtractionOutputs, TEXT,
         PROMPTFLOW, _load_class_basic_flow),
    Flow("function_basic_flow", EXTRACTION + "a flow that is a function.", ExtractionInputs, ExtractionOutputs, TEXT,
         PROMPTFLOW, _load_function_basic_flow),
    Flow("yaml_basic_flow", EXTRACTION + "a flow that is a DAG.", ExtractionInputs, ExtractionOutputs, TEXT,
         PROMPTFLOW, _load_yaml_basic_flow),
    Flow("chat_with_pdf", "Answers questions about a PDF, with the pages that the answer rests on.", ChatInputs,
         ChatOutputs, {"pdf_url": "data/documents/larkmoor_handbook.pdf",
                       "question": "What does a public night cost for an adult?", "chat_history": []},
         (*PROMPTFLOW, "pypdfium2", "semantic_text_splitter", "numpy", "filelock"), _load_chat_with_pdf, "deltas"),
    Flow("class_plan_and_execute", PLANNING + "a flow that is a class.", PlanInputs, PlanOutputs,
         {"question": "Which is longer, the Danube or the Rhine, and by how much?"}, AGENTS,
         _load_class_plan_and_execute, "plan"),
    Flow("plan_and_execute", PLANNING + "a flow that is a DAG.", PlanInputs, PlanOutputs,
         {"question": "Which is longer, the Danube or the Rhine, and by how much?"}, AGENTS,
         _load_plan_and_execute, "plan"),
)
