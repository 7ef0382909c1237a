import json

import openai
import pytest
from emulator_clients import azure

from src.emulator.conversation import Reply, ToolCall

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Current weather in a city",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "unit": {"enum": ["C", "F"]}},
            "required": ["city"],
        },
    },
}
USER = {"role": "user", "content": "What is the weather in Oslo and in Rome?"}
CALLS = tuple(ToolCall("get_weather", json.dumps({"city": city})) for city in ("Oslo", "Rome"))


def weather(conversation):
    """Call the tool for each city; once there are results, repeat them."""
    results = [message.text for message in conversation.messages if message.role == "tool"]
    return " ".join(results) if results else Reply("", CALLS)


@pytest.fixture
def client(start):
    with azure(start(weather)) as opened:
        yield opened


@pytest.fixture
def ask(client):
    def create(messages=(USER,), **options):
        return client.chat.completions.create(
            **{"model": "gpt-4.1", "messages": messages, "tools": [WEATHER], **options}
        )

    return create


def test_calls_of_tools_have_identifiers_of_their_own(ask):
    choice = ask().choices[0]
    assert choice.finish_reason == "tool_calls" and choice.message.content is None
    calls = choice.message.tool_calls
    assert [json.loads(call.function.arguments)["city"] for call in calls] == ["Oslo", "Rome"]
    assert calls[0].id != calls[1].id


def test_results_of_tools_reach_the_function(ask):
    message = ask().choices[0].message
    results = [
        {"role": "tool", "tool_call_id": call.id, "content": f"{position} degrees."}
        for position, call in enumerate(message.tool_calls)
    ]
    answer = ask([USER, message.model_dump(exclude_none=True), *results])
    assert answer.choices[0].message.content == "0 degrees. 1 degrees."


def test_the_function_sees_the_tools_and_the_choice(start):
    seen = []
    client = azure(start(lambda conversation: seen.append(conversation) or "Seen."))
    choice = {"type": "function", "function": {"name": "get_weather"}}
    client.chat.completions.create(model="gpt-5.4-mini", messages=[USER], tools=[WEATHER], tool_choice=choice)
    assert (seen[0].tools, seen[0].tool_choice) == ((WEATHER,), choice)
    assert (seen[0].model, seen[0].family, seen[0].user) == ("gpt-5.4-mini", "reasoning", USER["content"])


def test_streamed_calls_add_up_to_the_whole_ones(client):
    with client.chat.completions.stream(model="gpt-4.1", messages=[USER], tools=[WEATHER]) as stream:
        stream.until_done()
        streamed = stream.get_final_completion().choices[0].message.tool_calls
    assert tuple(ToolCall(call.function.name, call.function.arguments) for call in streamed) == CALLS


def test_functions_of_older_clients_get_a_function_call(client):
    choice = client.chat.completions.create(model="gpt-4.1", messages=[USER], functions=[WEATHER["function"]]).choices[
        0
    ]
    assert choice.finish_reason == "function_call" and choice.message.tool_calls is None
    assert json.loads(choice.message.function_call.arguments) == {"city": "Oslo"}


def test_arguments_over_the_limit_are_cut(ask):
    choice = ask(max_tokens=2).choices[0]
    assert choice.finish_reason == "length"
    with pytest.raises(json.JSONDecodeError):
        json.loads(choice.message.tool_calls[0].function.arguments)


def test_a_strict_tool_has_to_have_a_strict_schema(ask):
    strict = {"type": "function", "function": {**WEATHER["function"], "strict": True}}
    with pytest.raises(openai.BadRequestError, match="additionalProperties") as error:
        ask(tools=[strict])
    assert error.value.param == "tools[0].function.parameters"
