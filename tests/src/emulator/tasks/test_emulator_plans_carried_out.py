"""Plans of the emulator, carried out with the shipped articles by a small driver that only the tests have."""

import ast
import operator

import pytest
from plan_prompts import LOOK_UPS, REFERENCE, arithmetic, expression_for, plan, request, solution

from src.emulator.encyclopedia.articles import SHIPPED, load_articles
from src.emulator.text import content_words

OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}
TITLE_WEIGHT = 5


@pytest.fixture(scope="module")
def articles():
    return [(article.title, set(content_words(article.title)), set(content_words(article.prose)), article.text)
            for article in load_articles(SHIPPED)]


def computed(node: ast.expr) -> float:
    if isinstance(node, ast.BinOp):
        return OPERATORS[type(node.op)](computed(node.left), computed(node.right))
    return node.value


def looked_up(query: str, articles) -> str:
    words = set(content_words(query))
    best = max(articles, key=lambda one: TITLE_WEIGHT * len(words & one[1]) / len(one[1] or {""}) + len(words & one[2]))
    return f"{best[0]}\n{best[3]}"


def carried_out(question: str, articles) -> str:
    steps, results, failed = plan(question), {}, {}
    for step in steps:
        given = {name: REFERENCE.sub(lambda found: results[found.group()], text)
                 for name, text in step["arguments"].items()}
        if step["tool"] in LOOK_UPS:
            result = looked_up(given["query"], articles)
        elif step["tool"] == "llm_tool":
            result = request(given["request"], given["context"])
        elif expression := expression_for(given["request"]):
            result = f"{computed(ast.parse(expression, mode='eval').body):,.10g}"
        else:
            result = failed[step["id"]] = arithmetic(given["request"]).text
        results[step["id"]] = result
    return solution(question, steps, results, failed)


@pytest.mark.parametrize(("question", "said"), [
    ("How long is the Haldane?", "The Haldane is 228 kilometres long."),
    ("Is Ben Torrach higher than Greywether?", "No, Greywether is higher than Ben Torrach, by 573 metres"),
    ("How old was Edvin Sorrel when he died?", "Edvin Sorrel was 74 years old."),
    ("What is the population of the capital of Brannoch?", "The population of Caldmouth is 243,100."),
    ("In which year was the designer of the Halsen Strait Bridge born?", "Bram Otterley was born in 1941."),
    ("How many inhabitants do Gravenholt and Caldmouth have together?", "Together it is 534,850 inhabitants"),
    ("How much do 6 tickets for the Halsen Coast Line cost?", "228 crowns"),
    ("Who is the mayor of Lumeth?", "The mayor of Lumeth could not be found"),
])
def test_a_plan_that_is_carried_out_answers_the_question(question, said, articles):
    assert said in carried_out(question, articles)
