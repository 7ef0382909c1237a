import logging
import re
import time
from html.parser import HTMLParser

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from src.emulator.encyclopedia.articles import SHIPPED, load_articles, parse_article
from src.emulator.faults import Fault
from src.emulator.server import Emulator
from src.emulator.settings import EmulatorSettings

KEY = {"Ocp-Apim-Subscription-Key": "any"}
CLIENT = httpx.Client(timeout=10)
ARTICLES = load_articles(SHIPPED)


def search(emulator, headers=KEY, **parameters):
    return CLIENT.get(f"{emulator.endpoint}/v7.0/search", params=parameters, headers=headers)


def names(answer):
    return [page["name"] for page in answer.json()["webPages"]["value"]]


def test_there_are_many_articles_of_a_readable_length():
    assert len(ARTICLES) >= 70
    for article in ARTICLES:
        assert 60 <= len(article.prose.split()) <= 180, article.title


@pytest.mark.parametrize("article", ARTICLES, ids=lambda article: article.title)
def test_every_article_is_found_first_by_its_title(emulator, article):
    assert names(search(emulator, q=article.title))[0] == article.title
    assert names(search(emulator, q=article.title.lower(), mkt="en-US"))[0] == article.title


@pytest.mark.parametrize(
    "query, title, told",
    [
        ("population of Kestria", "Kestria", "7,365,000"),
        ("how many inhabitants does Port Halsen have", "Port Halsen", "684,300"),
        ("area of Talvora in square kilometres", "Talvora", "39,700"),
        ("Ivo Sarkany birthplace", "Ivo Sarkany", "Tarnwick"),
        ("The Last Ferry budget", "The Last Ferry", "14 million dorins"),
        ("who designed the Halsen Strait Bridge?", "Halsen Strait Bridge", "Bram Otterley"),
        ("revenue of Aldane Instruments 2023", "Aldane Instruments", "2,340 million"),
        ("deepest lake of the archipelago", "Lake Fennimore", "241 metres"),
        ("ticket price National Museum of Kestria", "National Museum of Kestria", "16 dorins"),
        ("mayor of Port Halsen", "Port Halsen", "Saskia Brandell"),
        ("height of Mount Corvane", "Mount Corvane", "3,418 metres"),
        ("box office of Winter at Pellory", "Winter at Pellory", "58 million dorins"),
        ("capacity of Harbour Park", "Halsen Rovers", "41,200 spectators"),
        ("which club did Runa Castellan play for before Halsen Rovers?", "Runa Castellan", "Lumeth Athletic"),
        ("number of stations of the Lumeth Metro", "Lumeth Metro", "96 stations"),
        ("length of the river Orva", "Orva (river)", "612 kilometres"),
    ],
)
def test_a_question_finds_its_article_and_the_snippet_tells_the_answer(emulator, query, title, told):
    first = search(emulator, q=query).json()["webPages"]["value"][0]
    assert first["name"] == title and told in first["snippet"]


def test_an_answer_has_the_shape_of_the_search_api(emulator):
    answer = search(emulator, q="lake", count=2)
    body = answer.json()
    assert body["_type"] == "SearchResponse" and body["queryContext"] == {"originalQuery": "lake"}
    assert body["webPages"]["totalEstimatedMatches"] > 2 and len(body["webPages"]["value"]) == 2
    assert body["webPages"]["webSearchUrl"].startswith(emulator.endpoint)
    page = body["webPages"]["value"][0]
    assert {"id", "name", "url", "displayUrl", "snippet", "language", "dateLastCrawled"} <= set(page)
    assert [item["value"]["id"] for item in body["rankingResponse"]["mainline"]["items"]] == [
        page["id"] for page in body["webPages"]["value"]
    ]
    assert answer.headers["bingapis-traceid"]


def test_a_search_without_a_match_has_no_pages(emulator):
    body = search(emulator, q="xyzzy qwxv").json()
    assert body["_type"] == "SearchResponse" and "webPages" not in body and body["rankingResponse"] == {}


def test_pages_of_results_continue_each_other(emulator):
    everything = names(search(emulator, q="river in Ardenvoy", count=50))
    parts = [names(search(emulator, q="river in Ardenvoy", count=3, offset=offset)) for offset in range(0, 12, 3)]
    assert [name for part in parts for name in part] == everything[:12]
    assert names(search(emulator, q="lake", offset=900)) == []


@pytest.mark.parametrize("headers", [{}, {"Ocp-Apim-Subscription-Key": ""}, {"api-key": "any"}])
def test_a_search_without_a_key_is_refused(emulator, headers):
    answer = search(emulator, headers, q="lake")
    assert answer.status_code == 401 and answer.json()["error"]["code"] == "401"


def test_only_the_expected_key_passes(start):
    emulator = start(api_key="the-one")
    assert search(emulator, q="lake").status_code == 401
    assert search(emulator, {"Ocp-Apim-Subscription-Key": "the-one"}, q="lake").is_success


@pytest.mark.parametrize(
    "parameters, sub_code, name",
    [
        ({}, "ParameterMissing", "q"),
        ({"q": "  "}, "ParameterMissing", "q"),
        ({"q": "x" * 1_501}, "ParameterInvalidValue", "q"),
        ({"q": "x", "count": "0"}, "ParameterInvalidValue", "count"),
        ({"q": "x", "count": "51"}, "ParameterInvalidValue", "count"),
        ({"q": "x", "count": "ten"}, "ParameterInvalidValue", "count"),
        ({"q": "x", "offset": "-1"}, "ParameterInvalidValue", "offset"),
        ({"q": "x", "offset": "٣"}, "ParameterInvalidValue", "offset"),
        ({"q": "x", "mkt": "english"}, "ParameterInvalidValue", "mkt"),
        ({"q": "x", "safeSearch": "maybe"}, "ParameterInvalidValue", "safeSearch"),
    ],
)
def test_a_bad_parameter_is_named(emulator, parameters, sub_code, name):
    answer = search(emulator, **parameters)
    assert answer.status_code == 400 and answer.json()["_type"] == "ErrorResponse"
    error = answer.json()["errors"][0]
    assert (error["code"], error["subCode"], error["parameter"]) == ("InvalidRequest", sub_code, name)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "q": st.text(max_size=40),
            "count": st.text(max_size=4) | st.integers(-3, 60).map(str),
            "offset": st.text(max_size=4) | st.integers(-3, 60).map(str),
            "mkt": st.text(max_size=6),
        },
    )
)
@settings(max_examples=120, deadline=None)
def test_whatever_the_parameters_the_answer_is_one_of_two(emulator, parameters):
    parameters = {name: value.encode(errors="replace").decode() for name, value in parameters.items()}
    answer = search(emulator, **parameters)
    assert (answer.status_code, answer.json()["_type"]) in ((200, "SearchResponse"), (400, "ErrorResponse"))


class _Reader(HTMLParser):
    """The text within <article>."""

    def __init__(self):
        super().__init__()
        self.inside, self.text, self.links = False, [], []

    def handle_starttag(self, tag, attrs):
        self.inside = self.inside or tag == "article"
        if tag == "a" and self.inside:
            self.links.append(dict(attrs)["href"])

    def handle_endtag(self, tag):
        self.inside = self.inside and tag != "article"

    def handle_data(self, data):
        if self.inside:
            self.text.append(data)


@pytest.mark.parametrize("article", ARTICLES[::7], ids=lambda article: article.title)
def test_a_result_leads_to_a_page_with_the_whole_article(emulator, article):
    page = CLIENT.get(search(emulator, q=article.title).json()["webPages"]["value"][0]["url"])
    assert page.status_code == 200 and page.headers["content-type"].startswith("text/html")
    reader = _Reader()
    reader.feed(page.text)
    text = "".join(reader.text)
    assert article.title in text and all(part in text for _, parts in article.sections for part in parts)
    assert "<nav>" in page.text and "<script>" in page.text and "Donate" not in text


def test_links_between_pages_lead_somewhere(emulator):
    reader = _Reader()
    reader.feed(CLIENT.get(f"{emulator.endpoint}/wiki/Ardenvoy").text)
    assert "/wiki/Port_Halsen" in reader.links
    assert all(CLIENT.get(emulator.endpoint + link).is_success for link in reader.links)


def test_a_page_is_redirected_from_other_spellings_and_missing_otherwise(emulator):
    moved = CLIENT.get(f"{emulator.endpoint}/wiki/port%20halsen")
    assert (moved.status_code, moved.headers["location"]) == (301, "/wiki/Port_Halsen")
    assert CLIENT.head(f"{emulator.endpoint}/wiki/Port_Halsen").status_code == 200
    missing = CLIENT.get(f"{emulator.endpoint}/wiki/<script>alert(1)")
    assert missing.status_code == 404 and "<script>alert" not in missing.text


@given(st.text(max_size=30))
@settings(max_examples=100, deadline=None)
def test_no_title_breaks_a_page(emulator, title):
    raw = b"/wiki/" + "".join(f"%{byte:02x}" for byte in title.encode(errors="replace")).encode()
    answer = CLIENT.send(CLIENT.build_request("GET", httpx.URL(emulator.endpoint).copy_with(raw_path=raw)))
    assert answer.status_code in (200, 301, 307, 404)


def test_an_article_is_added_by_dropping_a_file(start, tmp_path):
    (tmp_path / "zorb.md").write_text("# Zorb Harbour\n\nZorb Harbour had 12,345\ninhabitants.\n\n## Food\n\nFish.\n")
    emulator = start(articles=tmp_path)
    assert names(search(emulator, q="zorb harbour inhabitants")) == ["Zorb Harbour"]
    assert "webPages" not in search(emulator, q="Kestria").json()
    (tmp_path / "quill.md").write_text("# Quill Point\n\nQuill Point is 9 metres high & <steep>.\n")
    assert names(search(emulator, q="quill point height")) == ["Quill Point"]
    assert "&amp; &lt;steep&gt;" in CLIENT.get(f"{emulator.endpoint}/wiki/Quill_Point").text
    (tmp_path / "quill.md").write_text("# Quill Point\n\nQuill Point is 10 metres high.\n")
    time.sleep(0.6)
    assert "10 metres" in CLIENT.get(f"{emulator.endpoint}/wiki/Quill_Point").text
    (tmp_path / "zorb.md").unlink()
    assert "webPages" not in search(emulator, q="zorb").json()


def test_a_folder_without_articles_finds_nothing(start, tmp_path):
    assert "webPages" not in search(start(articles=tmp_path), q="lake").json()


@pytest.mark.parametrize("text, told", [("no title", "bad.md"), ("", "bad.md"), ("# Good\n\nx", "Good")])
def test_a_file_that_is_no_article_is_reported_at_the_start(tmp_path, text, told):
    (tmp_path / "a_good.md").write_text("# Good\n\nText.")
    (tmp_path / "bad.md").write_text(text)
    with pytest.raises(ValueError, match=told):
        Emulator(EmulatorSettings(articles=tmp_path))
    with pytest.raises(ValueError, match="nowhere"):
        Emulator(EmulatorSettings(articles=tmp_path / "nowhere"))


def test_an_article_has_an_introduction_and_sections():
    article = parse_article("\n# A b\none\ntwo\n\nthree\n## C\n\nfour #5\n", ARTICLES[0].modified)
    assert article.sections == (("", ("one two", "three")), ("C", ("four #5",)))
    assert article.text == "one two\nthree\n\n\n== C ==\nfour #5"


@pytest.mark.parametrize("fault, status", [("429;retry_after=2", 429), ("500", 500), ("filtered_answer", 200)])
def test_faults_hit_searches(emulator, fault, status):
    answer = search(emulator, {**KEY, "x-emulator-fault": fault}, q="lake")
    assert answer.status_code == status
    assert status != 429 or answer.headers["retry-after"] == "2"


@pytest.mark.parametrize("path", ["/v7.0/search?q=lake", "/wiki/Kestria", "/w/api.php?action=opensearch&search=l"])
def test_cut_and_latency_work_on_every_page(emulator, path):
    with pytest.raises(httpx.RemoteProtocolError):
        CLIENT.get(emulator.endpoint + path, headers={**KEY, "x-emulator-fault": "cut;after=0.5"})
    begin = time.monotonic()
    CLIENT.get(emulator.endpoint + path, headers={**KEY, "x-emulator-latency-ms": "120"})
    assert time.monotonic() - begin >= 0.12


def test_queries_meet_fates_of_their_own(start):
    emulators = [start(faults=(Fault("503", 0.4),), seed=5) for _ in range(2)]
    fates = [[search(emulator, q=f"lake {n}").status_code for n in range(25)] for emulator in emulators]
    assert fates[0] == fates[1] and set(fates[0]) == {200, 503}


def test_searches_at_the_same_time_agree_and_log_nothing(start, caplog):
    from concurrent.futures import ThreadPoolExecutor

    emulator = start()
    with caplog.at_level(logging.WARNING), ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: search(emulator, q="the longest river").json()["webPages"], range(24)))
    assert all(answer["value"] == answers[0]["value"] for answer in answers) and not caplog.records


def test_key_figures_have_their_subject_in_the_same_sentence():
    unclear = [
        (article.title, sentence)
        for article in ARTICLES
        for sentence in re.findall(
            r"(?:It|He|She) (?:was born|was founded|is [\d,.]+|covers|measures|has a length)[^.]*", article.prose
        )
    ]
    assert not [pair for pair in unclear if re.search(r"\d", pair[1])]
