import json

import openai
import pytest

WEATHER = {"type": "function", "function": {
    "name": "get_weather", "description": "Current weather in a city",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}, "unit": {"enum": ["C", "F"]}},
                   "required": ["city"]}}}
MAIL = {"type": "function", "function": {"name": "sendMail", "description": "Send a message to a colleague"}}
QUESTION = "What is the weather now? city: Oslo"


def test_a_tool_is_called_that_fits_the_words(ask):
    choice = ask(QUESTION, tools=[MAIL, WEATHER]).choices[0]
    assert choice.finish_reason == "tool_calls" and choice.message.content is None
    call = choice.message.tool_calls[0]
    assert call.function.name == "get_weather"
    assert json.loads(call.function.arguments) == {"city": "Oslo"}


def test_no_tool_is_called_that_does_not_fit(ask):
    choice = ask("Sing a song about bees.", tools=[MAIL, WEATHER]).choices[0]
    assert choice.message.tool_calls is None and choice.message.content


def test_none_forbids_and_required_and_a_name_force_a_call(ask):
    assert ask(QUESTION, tools=[WEATHER], tool_choice="none").choices[0].message.tool_calls is None
    assert ask("Bees.", tools=[WEATHER], tool_choice="required").choices[0].message.tool_calls
    named = ask(QUESTION, tools=[WEATHER, MAIL], tool_choice={"type": "function", "function": {"name": "sendMail"}})
    assert named.choices[0].message.tool_calls[0].function.name == "sendMail"


def test_after_the_tools_result_the_answer_is_text_about_it(ask):
    call = ask(QUESTION, tools=[WEATHER]).choices[0].message.tool_calls[0]
    answer = ask([{"role": "user", "content": QUESTION},
                  {"role": "assistant", "content": None, "tool_calls": [call.model_dump()]},
                  {"role": "tool", "tool_call_id": call.id, "content": "Rain, 8 degrees."}], tools=[WEATHER])
    assert "Rain, 8 degrees" in answer.choices[0].message.content


def test_a_streamed_call_adds_up_to_the_whole_one(client):
    options = {"model": "gpt-4.1", "messages": [{"role": "user", "content": QUESTION}], "tools": [WEATHER]}
    whole = client.chat.completions.create(**options).choices[0].message.tool_calls[0].function
    with client.chat.completions.stream(**options) as stream:
        stream.until_done()
        streamed = stream.get_final_completion().choices[0].message.tool_calls[0].function
    assert (streamed.name, streamed.arguments) == (whole.name, whole.arguments)


def test_functions_of_older_clients_get_a_function_call(client):
    message = client.chat.completions.create(
        model="gpt-4.1", messages=[{"role": "user", "content": QUESTION}], functions=[WEATHER["function"]],
        function_call={"name": "get_weather"}).choices[0].message
    assert json.loads(message.function_call.arguments)["city"] == "Oslo"
    assert message.tool_calls is None


def test_arguments_over_the_limit_are_cut(ask):
    choice = ask(QUESTION, tools=[WEATHER], max_tokens=2).choices[0]
    assert choice.finish_reason == "length"
    with pytest.raises(json.JSONDecodeError):
        json.loads(choice.message.tool_calls[0].function.arguments)


def test_a_strict_tool_has_to_have_a_strict_schema(ask):
    strict = {"type": "function", "function": {**WEATHER["function"], "strict": True}}
    with pytest.raises(openai.BadRequestError, match="additionalProperties") as error:
        ask(QUESTION, tools=[strict])
    assert error.value.param == "tools[0].function.parameters"
