"""The playground's forms, answers, plans and problems, in a browser and against a real service."""

import json

import pytest
from playground_page import Page
from running_service import BASIC, PLANNING, answering, running, settings_for
from selenium.webdriver.common.by import By
from service_answers import ENTITY

from src.flow_service.settings import load_settings

pytestmark = pytest.mark.browser

HOSTILE = "<img src=x onerror=\"document.title='pwned'\"><script>document.title='pwned'</script> a nurse & a judge"


@pytest.fixture(scope="module")
def slow_service(tmp_path_factory):
    """A service whose models take their time."""
    with answering(latency_ms=700) as emulator:
        with running(settings_for(emulator.endpoint, tmp_path_factory.mktemp("slow"))) as client:
            yield client


@pytest.mark.parametrize("flow", BASIC)
def test_a_sample_is_answered_with_entities_time_and_tokens(browser, service, flow):
    page = Page(browser, service, flow)
    page.press("Run")
    page.wait_for(".entities")
    found = ENTITY.findall(page.one("[name=text]").get_attribute("value"))
    assert [entity.text for entity in page.all(".entities li")] == found and len(found) > 1
    assert [mark.text for mark in page.all("mark")] == found
    source, time, read, written = [part.text for part in page.all(".costs span")]
    assert source == "a recording, no model"
    assert page.text("#note") == "Recorded answers are played back here: no model is asked."
    assert time.endswith("s") and int(read.split()[0]) > 20 and int(written.split()[0]) > 3
    assert page.complaints() == []


def test_with_a_model_no_answer_is_said_to_be_a_recording(browser, world, tmp_path):
    settings = settings_for(world.endpoint, tmp_path)
    settings = settings.with_endpoints(settings.aoai.model_copy(update={"emulator": None}), settings.search)
    with running(settings) as client:
        page = Page(browser, client, "class_basic_flow")
        page.press("Run")
        page.wait_for(".entities")
        assert page.all(".recorded") == [] and page.all("#note") == [] and "ecord" not in page.text("body")


def test_what_is_not_recorded_is_reported_with_what_to_do(browser, tmp_path):
    with running(load_settings("local", variables={"FLOW_SERVICE_DOCUMENTS": str(tmp_path)})) as client:
        page = Page(browser, client, "class_basic_flow")
        page.fill("text", "Nobody has asked this.")
        page.press("Run")
        text = page.wait_for(".problem").text
    assert "No answer to this request is recorded" in text and "422 not_recorded" in text
    assert "--environment_name laptop" in text and page.all(".problem button") == []


def test_every_flow_is_listed_and_opens(browser, service):
    page = Page(browser, service)
    listed = [link.get_attribute("data-flow") for link in page.all("nav a")]
    assert listed == [flow["name"] for flow in service.get("/flows").json()]
    for name in listed:
        page.one(f"nav a[data-flow={name}]").click()
        page.wait_for(f"nav a[data-flow={name}][aria-current=page]")
        assert page.script("return document.activeElement.tagName") == "H1"


def test_an_empty_list_is_said_to_be_one(browser, service):
    page = Page(browser, service, "class_basic_flow")
    page.fill("text", "There is nobody here.")
    page.press("Run")
    assert "None: the list is empty." in page.wait_for(".answer").text


def test_what_was_entered_is_kept_while_another_flow_is_looked_at(browser, service):
    page = Page(browser, service, "class_basic_flow")
    page.fill("text", "A nurse sings.")
    page.one("nav a[data-flow=yaml_basic_flow]").click()
    page.wait(lambda: "YAML" in page.text("h1"))
    page.one("nav a[data-flow=class_basic_flow]").click()
    page.wait(lambda: "Class" in page.text("h1"))
    assert page.one("[name=text]").get_attribute("value") == "A nurse sings."


def test_a_wrong_field_is_marked_and_has_the_focus(browser, service):
    page = Page(browser, service, "function_basic_flow")
    page.fill("text", " ")
    page.press("Run")
    page.wait_for(".problem")
    field = page.one("[name=text]")
    assert field.get_attribute("aria-invalid") == "true" and page.browser.switch_to.active_element == field
    described = field.get_attribute("aria-describedby").split()
    assert any(page.all(f"#{name}.error") for name in described)
    assert page.one("[name=entity_type]").get_attribute("aria-invalid") is None
    page.fill("text", "A nurse sings.")
    page.press("Run")
    page.wait_for(".entities")
    assert page.all(".error") == [] and page.all("[aria-invalid]") == []


def test_markup_in_a_text_and_in_an_answer_is_shown_as_text(browser, service):
    page = Page(browser, service, "class_basic_flow")
    page.fill("text", HOSTILE)
    page.press("Run")
    assert page.wait_for(".source").text == HOSTILE
    assert len(page.browser.find_elements(By.CSS_SELECTOR, "main img, main script")) == 0
    assert "pwned" not in page.browser.title
    page = Page(browser, service, "class_plan_and_execute")
    page.fill("question", HOSTILE)
    page.press("Run")
    page.wait_for(".outcome > .costs, .outcome > .problem")
    assert len(page.browser.find_elements(By.CSS_SELECTOR, "main img, main script")) == 0
    assert page.complaints() == []


@pytest.mark.parametrize("flow", PLANNING)
def test_a_plan_is_seen_while_it_runs(browser, slow_service, flow):
    page = Page(browser, slow_service, flow)
    page.press("Run")
    page.wait_for(".step")
    page.wait(lambda: page.all(".step[data-status=running]") and page.all(".step[data-status=waiting]"))
    page.wait(lambda: page.all(".step[data-status=done]") and page.all(".step[data-status=waiting]"))
    assert page.all(".costs") == []  # no answer yet
    assert "69" in page.wait_for(".answer").text
    steps = page.all(".step")
    assert {step.get_attribute("data-status") for step in steps} == {"done"}
    assert page.text(".count") == f"{len(steps)} of {len(steps)} steps"
    assert "after #E2, #E4" in page.one(".step[data-id='#E5']").text
    assert page.script("return document.querySelectorAll('.lines path').length") == 4
    y = {step.get_attribute("data-id"): step.rect["y"] for step in steps}
    assert y["#E1"] == y["#E3"] < y["#E2"] == y["#E4"] < y["#E5"]  # what may run at the same time stands side by side
    page.one(".step[data-id='#E5'] summary").click()
    assert "69" in page.one(".step[data-id='#E5'] dl").text


def test_steps_that_fail_and_those_that_need_them_say_why(browser, world, tmp_path):
    settings = settings_for(world.endpoint, tmp_path)
    settings = settings.with_endpoints(
        settings.aoai, settings.search.model_copy(update={"wikipedia_endpoint": f"{world.endpoint}/nowhere"})
    )
    with running(settings) as client:
        page = Page(browser, client, "plan_and_execute")
        page.press("Run")
        page.wait_for(".outcome > .costs, .outcome > .problem")
        assert {step.get_attribute("data-status") for step in page.all(".step")} == {"failed"}
        assert page.text(".step[data-id='#E2'] .error") == "skipped, since it needs the result of #E1"
        assert page.text(".step[data-id='#E1'] .error") != ""


def test_a_flow_is_cancelled(browser, slow_service):
    page = Page(browser, slow_service, "class_plan_and_execute")
    page.press("Run")
    page.wait_for(".step")
    page.press("Cancel")
    page.wait(lambda: "Cancelled." in page.text(".outcome"))
    assert {step.get_attribute("data-status") for step in page.all(".step")} <= {"done", "stopped"}
    assert page.browser.switch_to.active_element.text == "Run"
    counted = 'flow_requests_total{flow="class_plan_and_execute",status="499"}'
    page.wait(lambda: counted in slow_service.get("/metrics").text)  # the service has stopped too
    assert page.complaints() == []


def test_a_caller_who_asks_too_often_sees_how_long_to_wait(browser, world, tmp_path):
    limits = {"requests_per_minute": 20, "burst": 2}
    with running(settings_for(world.endpoint, tmp_path, limits=limits)) as client:
        page = Page(browser, client, "class_basic_flow")
        page.press("Run")
        page.wait_for(".entities")
        page.press("Run")
        assert "429 caller_rate_limited" in page.wait_for(".problem").text
        waiting = page.one(".problem button")
        assert not waiting.is_enabled() and waiting.text in ("Try again in 3 s", "Try again in 2 s")
        page.wait(waiting.is_enabled)
        waiting.click()
        page.wait_for(".entities")


def test_a_service_that_has_stopped_is_distinguished_from_one_that_refuses(browser, world, tmp_path):
    with running(settings_for(world.endpoint, tmp_path)) as client:
        page = Page(browser, client, "class_basic_flow")
    page.press("Run")
    text = page.wait_for(".problem").text
    assert "The service does not answer." in text and "make serve" in text
    assert page.button("Try again").is_enabled() and page.button("Run").is_enabled()


def test_a_model_that_fails_is_reported_with_a_remedy(browser, tmp_path):
    from src.emulator.faults import parse_fault

    with answering(faults=(parse_fault("500:1"),)) as emulator:
        settings = settings_for(emulator.endpoint, tmp_path, limits={"model_retries": 0})
        with running(settings) as client:
            page = Page(browser, client, "yaml_basic_flow")
            page.press("Run")
            text = page.wait_for(".problem").text
    assert "502 model_unavailable" in text and "tell the operator" in text


def test_nothing_is_fetched_from_elsewhere(browser, service):
    page = Page(browser, service, "class_plan_and_execute")
    page.press("Run")
    page.wait_for(".costs")
    messages = [json.loads(entry["message"])["message"] for entry in page.browser.get_log("performance")]
    urls = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
    own = f"http://127.0.0.1:{service.port}/"
    assert len(urls) > 10 and [url for url in urls if not url.startswith(own)] == []
    assert page.complaints() == []


def test_no_script_but_its_own_runs_and_no_text_becomes_markup(browser, service):
    page = Page(browser, service)
    page.script("""
        const script = document.createElement("script");
        try { script.textContent = "window.ran = true"; document.body.append(script); } catch { }
    """)
    assert page.script("return window.ran === undefined")
    refused = "try { document.body.innerHTML = '<b>x</b>'; return false } catch { return true }"
    assert page.script(refused)
    policy = service.get("/").headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy


@pytest.mark.parametrize("name", ["..%2f__init__.py", "..%2f..%2fguard.py", "nope.js", "static", ".", "%00"])
def test_nothing_but_the_pages_files_is_served(service, name):
    assert service.get(f"/playground/{name}").status_code == 404
