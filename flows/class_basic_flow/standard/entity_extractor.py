"""Entity extraction as a flex flow: a class that loads a Prompty once, and calls it for every text."""

from pathlib import Path
from typing import Optional

from promptflow.core import AsyncPrompty
from promptflow.tracing import trace

FOLDER = Path(__file__).parent


class EntityExtractor:
    """Extracts the entities of one type from a text.

    Args:
        connection: the name of the Prompt flow connection to the model endpoint.
        deployment: the name of the chat model's deployment.
        parameters: what else goes into the request, such as {"max_completion_tokens": 1000}.
        prompt: the Prompty file, beside this one or with its full path.
        structured_output: whether the endpoint takes a JSON schema; one that does not is asked for a list.
    """

    def __init__(
        self,
        connection: str = "aoai_connection",
        deployment: str = "gpt-5.6-luna",
        parameters: Optional[dict] = None,
        prompt: Optional[str] = None,
        structured_output: bool = True,
    ):
        # Prompt flow reads this signature before it has put what the flow includes beside it.
        from entity_answers import RESPONSE_FORMAT
        from model_endpoint import model_configuration

        self.structured_output = structured_output
        parameters = {**(parameters or {}), **({"response_format": RESPONSE_FORMAT} if structured_output else {})}
        self.prompty = AsyncPrompty.load(
            source=FOLDER / (prompt or f"extract_entities{'' if structured_output else '_list'}.prompty"),
            model={"configuration": model_configuration(connection, deployment), "parameters": parameters},
        )

    @trace
    async def __call__(self, entity_type: str, text: str):
        """Return {"answer": [entities]} in the order of the text; the list is empty when there is none."""
        from entity_answers import read_json, read_list

        answer = await self.prompty(entity_type=entity_type, text=text)
        return {"answer": read_json(answer) if self.structured_output else read_list(answer, text)}
