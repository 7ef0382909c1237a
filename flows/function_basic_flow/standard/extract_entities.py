"""Entity extraction as a flex flow: one asynchronous function that asks the OpenAI client."""

import json
from pathlib import Path
from typing import Optional

from promptflow.tracing import trace

FOLDER = Path(__file__).parent


@trace
async def extract_entities(
    entity_type: str,
    text: str,
    deployment: str = "gpt-5.6-luna",
    connection: str = "aoai_connection",
    parameters: Optional[dict] = None,
    prompt: Optional[str] = None,
):
    """Extract the entities of one type from a text.

    Args:
        entity_type: what to look for, such as "job title".
        text: where to look for it.
        deployment: the name of the chat model's deployment.
        connection: the name of the Prompt flow connection to the model endpoint.
        parameters: what else goes into the request, such as {"max_completion_tokens": 1000}; Azure gives it as JSON.
        prompt: the file of the system message, beside this one or with its full path.

    Returns:
        {"answer": [entities]} in the order of the text; the list is empty when there is none.
    """
    # Prompt flow reads this signature before it has put what the flow includes beside it.
    from entity_answers import read_list
    from model_endpoint import shared_client, whole_answer

    instructions = (FOLDER / (prompt or "extract_entities.md")).read_text(encoding="utf-8").strip()
    client = await shared_client(connection)
    completion = await client.chat.completions.create(
        model=deployment,
        messages=[
            {"role": "system", "content": instructions},
            {"role": "user", "content": f"Entity type: {entity_type}\nText: {text}\nEntities:"},
        ],
        **(json.loads(parameters) if isinstance(parameters, str) else parameters or {}),
    )
    return {"answer": read_list(whole_answer(completion), text)}
