"""report.html in a browser: nothing is fetched, rows sort and filter, and it reads on every screen and on paper."""

import base64
import json
from dataclasses import replace

import pytest
from browser_fixtures import CONTRAST, set_media, set_width
from report_samples import ATTACKS, realistic_evaluation, sample_row, small_evaluation

pytestmark = pytest.mark.browser

KEYS = {"enter": "\ue007", "space": " ", "tab": "\ue004"}


def rows_shown(browser) -> list[int]:
    """Return the lines' numbers that are in sight, from top to bottom."""
    script = "return [...document.querySelectorAll('#rows tbody:not([hidden]) [data-value]:first-child')]"
    return browser.execute_script(script + ".filter(e => e.checkVisibility()).map(e => +e.textContent)")


def field(browser, name: str):
    return browser.find_element("css selector", f".filters [name={name}]")


def head(browser, text: str):
    return next(e for e in browser.find_elements("css selector", "#rows thead button") if e.text.startswith(text))


def five_rows():
    scores = (0.5, None, 1.0, 0.0, float("nan"))
    rows = [sample_row(n, score, f"text number {n}") for n, score in enumerate(scores, 1)]
    return small_evaluation(*rows, failures=("line 2: match.f1 is missing",))


@pytest.mark.parametrize("several", [False, True])
def test_it_opens_without_a_complaint_and_fetches_nothing(opened, several):
    evaluation = realistic_evaluation()
    browser = opened(*[evaluation] * (2 if several else 1))
    assert browser.get_log("browser") == []
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    requests = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
    assert requests == [browser.current_url]
    assert browser.execute_script("return performance.getEntriesByType('resource').length") == 0


def test_a_script_that_does_not_belong_to_it_would_not_run(opened):
    browser = opened(five_rows())
    browser.execute_script("""
        const script = document.createElement("script");
        script.textContent = "window.ran = true";
        document.body.append(script);
    """)
    assert browser.execute_script("return window.ran === undefined")
    assert "Content Security Policy" in browser.get_log("browser")[0]["message"]


@pytest.mark.parametrize("several", [False, True])
def test_hostile_data_is_shown_as_text(opened, several):
    rows = [sample_row(n, 0.0, text, error=text, notes={"reason": text}) for n, text in enumerate(ATTACKS, 1)]
    evaluation = small_evaluation(*rows, flow=ATTACKS[0], failures=ATTACKS, about={"commit": ATTACKS[1]})
    browser = opened(*[evaluation] * (2 if several else 1))
    assert browser.get_log("browser") == []
    assert browser.execute_script("return document.scripts.length") == 1
    assert browser.execute_script("return document.images.length") == 0
    body = browser.find_element("tag name", "body").text
    assert all(attack in body for attack in ATTACKS[:5])


def test_rows_are_worst_first(opened):
    assert rows_shown(opened(five_rows())) == [2, 5, 4, 1, 3]


def test_a_click_on_a_heading_sorts_up_then_down_with_unscored_rows_last(opened):
    browser = opened(five_rows())
    head(browser, "match.f1").click()
    assert rows_shown(browser) == [4, 1, 3, 2, 5]
    head(browser, "match.f1").click()
    assert rows_shown(browser) == [3, 1, 4, 2, 5]
    head(browser, "Line").click()
    assert rows_shown(browser) == [1, 2, 3, 4, 5]
    sorts = [e.get_attribute("aria-sort") for e in browser.find_elements("css selector", "#rows thead th[data-column]")]
    assert sorts == ["ascending", None, None, None]
    field(browser, "first").click()
    assert rows_shown(browser) == [2, 5, 4, 1, 3]


def test_headings_sort_by_keyboard_and_focus_is_visible(opened):
    from selenium.webdriver import ActionChains

    browser = opened(five_rows())
    field(browser, "first").send_keys(KEYS["tab"])  # from the filters into the table
    for _ in range(4):
        if browser.switch_to.active_element.tag_name == "button":
            break
        ActionChains(browser).send_keys(KEYS["tab"]).perform()
    focused = browser.switch_to.active_element
    assert focused.text.startswith("Line")
    assert focused.value_of_css_property("outline-style") == "solid"
    focused.send_keys(KEYS["enter"])
    assert rows_shown(browser) == [1, 2, 3, 4, 5]
    focused.send_keys(KEYS["space"])
    assert rows_shown(browser) == [5, 4, 3, 2, 1]


def test_search_finds_rows_also_by_what_is_folded(opened):
    browser = opened(small_evaluation(sample_row(1), sample_row(2, outputs={"answer": "Grace HOPPER"})))
    field(browser, "text").send_keys("hopper grace")
    assert rows_shown(browser) == [2]
    assert browser.find_element("css selector", ".filters output").text == "1 of 2 rows"


def test_filters_keep_failed_rows_and_rows_below_a_score(opened):
    browser = opened(five_rows())
    field(browser, "failed").click()
    assert rows_shown(browser) == [2, 5]
    field(browser, "failed").click()
    field(browser, "below").send_keys("0.6")
    assert rows_shown(browser) == [4, 1]
    field(browser, "text").send_keys(KEYS["enter"])  # which must not send the form anywhere
    assert rows_shown(browser) == [4, 1]


def test_below_a_score_means_the_chosen_metric(opened):
    browser = opened(realistic_evaluation(broken=False))
    field(browser, "metric").send_keys("json_schema.valid")
    field(browser, "below").send_keys("1")
    assert rows_shown(browser) == []
    field(browser, "metric").send_keys("match.exact")
    assert 0 < len(rows_shown(browser)) < 48


def test_a_comparison_can_be_reduced_to_disagreements(opened):
    one = small_evaluation(*(sample_row(n, 1.0) for n in (1, 2, 3)))
    browser = opened(one, small_evaluation(*(sample_row(n, n / 3) for n in (1, 2, 3))))
    assert rows_shown(browser) == [1, 2, 3]
    field(browser, "odd").click()
    assert rows_shown(browser) == [1, 2]
    head(browser, "B").click()
    head(browser, "B").click()
    assert rows_shown(browser) == [2, 1]


@pytest.mark.parametrize("script", [True, False])
def test_a_long_value_unfolds_by_mouse_and_keyboard_with_and_without_javascript(opened, browser, script):
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not script})
    opened(small_evaluation(sample_row(1, outputs={"answer": "word " * 100 + "end"})))
    assert field(browser, "text").is_displayed() is script
    whole, summary = (browser.find_element("css selector", f"#rows .long {part}") for part in (".whole", "summary"))
    assert not whole.is_displayed() and summary.text.endswith("word… more")
    summary.click()
    assert whole.text.endswith("word end") and summary.text == "less"
    summary.send_keys(KEYS["enter"])
    assert not whole.is_displayed()


@pytest.mark.parametrize("width", [1280, 700, 390])
def test_a_long_reason_is_in_sight_beside_a_table_with_many_metrics(opened, browser, width):
    set_width(browser, width)
    names = [f"evaluator_{number}.a_long_name" for number in range(14)]
    row = sample_row(
        1,
        scores=dict.fromkeys(names, 0.5),
        outputs={"context": "word " * 2_000},
        notes={"evaluator_0.reason": "Let me think. " * 400, "evaluator_1.reason": "x" * 3_000},
    )
    metrics = tuple(replace(small_evaluation().metrics[0], name=name) for name in names)
    opened(small_evaluation(row, metrics=metrics))
    for summary in browser.find_elements("css selector", "#rows .long summary"):
        summary.click()
    script = "return [...document.querySelectorAll('.parts > section')].map(e => e.getBoundingClientRect())"
    sections = browser.execute_script(script)
    assert len(sections) == 3
    assert all(0 <= each["left"] and each["right"] <= width and each["height"] < 1_000 for each in sections)


def edges(browser, selector: str) -> list[dict]:
    return browser.execute_script(
        "return [...document.querySelectorAll(arguments[0])].map(e => e.getBoundingClientRect())", selector
    )


METRIC_NAMES = (
    "plan_schema.valid_schema",
    "plan_execution.completion",
    "match.exact_match",
    "match.precision",
    "match.recall",
    "match.f1",
    "groundedness.groundedness",
    "relevance.relevance",
    "similarity.similarity",
)


@pytest.mark.parametrize("several", [False, True])
def test_at_1280_pixels_nothing_of_a_plan_evaluation_is_cut_and_no_name_is_broken(opened, browser, several):
    row = sample_row(1, scores=dict.fromkeys(METRIC_NAMES, 0.5))
    metrics = tuple(replace(small_evaluation().metrics[0], name=name) for name in METRIC_NAMES)
    evaluation = small_evaluation(row, metrics=metrics, flow="function_basic_flow")
    opened(*[evaluation] * (3 if several else 1))
    page = browser.execute_script("const e = document.documentElement; return [e.scrollWidth, e.clientWidth]")
    assert page[0] == page[1]
    if not several:
        assert all(each["right"] <= page[1] for each in edges(browser, "#rows th, #rows td"))
        assert not browser.find_element("css selector", ".cue").is_displayed()


@pytest.mark.parametrize("width", [1280, 500])
def test_names_break_at_their_joints(opened, browser, width):
    set_width(browser, width)
    metrics = tuple(replace(small_evaluation().metrics[0], name=name) for name in METRIC_NAMES)
    opened(*[small_evaluation(metrics=metrics, flow="function_basic_flow")] * 6)
    broken = """
      const parts = (node) => [...node.childNodes].filter((child) => child.nodeType === 3 && child.data.trim());
      return [...document.querySelectorAll("h1, h3, th")].flatMap(parts).filter((text) => text.data.trim().split(" ")
        .some((word) => {
          const range = document.createRange(), start = text.data.indexOf(word);
          range.setStart(text, start);
          range.setEnd(text, start + word.length);
          return range.getClientRects().length > 1;
        })).map((text) => text.data);
    """
    assert browser.execute_script(broken) == []


@pytest.mark.parametrize("width", [1280, 500])
def test_a_comparison_of_six_says_that_it_goes_on_to_the_right_until_its_end_is_in_sight(opened, browser, width):
    set_width(browser, width)
    metrics = tuple(replace(small_evaluation().metrics[0], name=name) for name in METRIC_NAMES)
    row = sample_row(1, scores=dict.fromkeys(METRIC_NAMES, 0.5))
    opened(*[small_evaluation(row, metrics=metrics, flow="function_basic_flow")] * 6)
    region = browser.find_elements("css selector", ".scroll")[1 if width == 1280 else 0]
    cue = browser.execute_script("return arguments[0].previousElementSibling", region)
    assert cue.is_displayed() and "more" in region.get_attribute("class")
    browser.execute_async_script(
        "arguments[0].scrollLeft = 1e6; requestAnimationFrame(() => requestAnimationFrame(arguments[1]))", region
    )
    assert "more" not in region.get_attribute("class")
    assert cue.is_displayed()


def test_text_stands_in_the_direction_of_its_writing(opened):
    browser = opened(small_evaluation(sample_row(1, text="שלום עולם, " * 5, outputs={"answer": "Hello"})))
    directions = "return [...document.querySelectorAll('#rows [dir]')].map(e => getComputedStyle(e).direction)"
    assert browser.execute_script(directions) == ["rtl", "ltr"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("several", [False, True])
def test_text_has_the_contrast_of_wcag_aa(opened, browser, scheme, several):
    set_media(browser, scheme)
    opened(*[realistic_evaluation()] * (2 if several else 1))
    assert browser.execute_script(CONTRAST) == []
    ground = browser.execute_script("return getComputedStyle(document.documentElement).backgroundColor")
    assert (ground == "rgb(255, 255, 255)") is (scheme == "light")


@pytest.mark.parametrize("several", [False, True])
def test_on_a_phone_only_tables_scroll_sideways(opened, browser, several):
    set_width(browser, 375)
    long = sample_row(99, text="x" * 500, outputs={"y" * 200: "z" * 500}, error="e" * 500)
    evaluation = small_evaluation(long, *realistic_evaluation().rows[:3], flow="f" * 80, failures=("e" * 500,))
    opened(*[evaluation] * (4 if several else 1))
    browser.find_element("css selector", "#rows .long summary").click()
    page, window = browser.execute_script("const e = document.documentElement; return [e.scrollWidth, e.clientWidth]")
    assert page == window <= 375


@pytest.mark.parametrize("several", [False, True])
def test_paper_shows_everything_in_light_colours(opened, browser, several):
    set_media(browser, "dark", "print")
    long = sample_row(1, 0.0, "word " * 100 + "end")
    opened(*[replace(realistic_evaluation(), rows=(long, *realistic_evaluation().rows[1:]))] * (3 if several else 1))
    hidden = "return [...document.querySelectorAll('.texts')].filter(e => !e.checkVisibility()).length"
    assert browser.execute_script(hidden) == 0
    heights = browser.execute_script("return [...document.querySelectorAll('.whole')].map(e => e.offsetHeight)")
    assert heights and min(heights) > 20
    assert not browser.find_element("css selector", ".filters").is_displayed()
    paper = browser.execute_script("return getComputedStyle(document.documentElement).backgroundColor")
    assert paper == "rgb(255, 255, 255)"
    pdf = base64.b64decode(browser.execute_cdp_cmd("Page.printToPDF", {})["data"])
    assert pdf.count(b"/Type /Page\n") >= 5


def test_tables_have_heads_and_the_page_has_landmarks(opened):
    browser = opened(realistic_evaluation())
    for tag in ("header", "main", "footer", "h1", "form[role=search]"):
        assert len(browser.find_elements("css selector", tag)) == 1
    assert browser.find_elements("css selector", "th:not([scope])") == []
    unnamed = "return [...document.querySelectorAll('input, select')].filter(e => !e.labels.length).length"
    assert browser.execute_script(unnamed) == 0


def main_thread_seconds(browser) -> float:
    """Return how long the page's main thread has been at work: its own time, whatever else the machine does."""
    browser.execute_cdp_cmd("Performance.enable", {"timeDomain": "threadTicks"})
    measured = browser.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
    return next(metric["value"] for metric in measured if metric["name"] == "TaskDuration")


def test_two_thousand_rows_open_and_answer_at_once(opened):
    browser = opened(realistic_evaluation(repeat=42))
    browser.refresh()  # now for the second time in this process
    start = main_thread_seconds(browser)
    browser.refresh()
    assert len(rows_shown(browser)) == 300
    opened_at = main_thread_seconds(browser)
    assert opened_at - start < 2
    head(browser, "match.f1").click()
    field(browser, "text").send_keys("x")
    assert len(rows_shown(browser)) == 300
    assert main_thread_seconds(browser) - opened_at < 2


def test_of_thousands_of_rows_the_others_come_at_the_push_of_a_button(opened):
    browser = opened(realistic_evaluation(repeat=7))
    field(browser, "failed").click()
    assert len(rows_shown(browser)) == 2
    assert not browser.find_element("css selector", ".rest").is_displayed()
    field(browser, "failed").click()
    assert browser.find_element("css selector", ".filters output").text == "336 rows, first 300"
    head(browser, "Line").click()
    assert rows_shown(browser) == list(range(1, 301))
    browser.find_element("css selector", ".rest button").click()
    assert rows_shown(browser) == list(range(1, 337))
