import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

CLIENT = httpx.Client(timeout=10)


def api(emulator, **parameters):
    return CLIENT.get(f"{emulator.endpoint}/w/api.php", params={"format": "json", **parameters})


def query(emulator, **parameters):
    return api(emulator, action="query", **parameters).json()


def test_a_search_lists_pages_with_marked_snippets(emulator):
    body = query(emulator, list="search", srsearch="population of Brannoch", srlimit=2)
    assert body["batchcomplete"] == "" and body["continue"] == {"sroffset": 2, "continue": "-||"}
    first, second = body["query"]["search"]
    assert first["title"] == "Brannoch" and first["ns"] == 0 and first["wordcount"] > 50 and first["size"] > 300
    assert '<span class="searchmatch">population</span>' in first["snippet"] and "1,038,000" in first["snippet"]
    assert first["timestamp"].endswith("Z") and body["query"]["searchinfo"]["totalhits"] > 2
    more = query(emulator, list="search", srsearch="population of Brannoch", sroffset=1, srlimit=1)
    assert more["query"]["search"][0] == second


def test_a_search_without_a_match_is_empty(emulator):
    body = query(emulator, list="search", srsearch="xyzzy")
    assert body["query"] == {"searchinfo": {"totalhits": 0}, "search": []} and "continue" not in body


def test_an_introduction_is_extracted_as_plain_text(emulator):
    body = query(emulator, prop="extracts", explaintext=1, exintro="", titles="Ardenvoy")
    ((number, page),) = body["query"]["pages"].items()
    assert number == str(page["pageid"]) and page["title"] == "Ardenvoy"
    assert "4,812,000 inhabitants" in page["extract"] and "Mirela Tostig" not in page["extract"]


def test_a_whole_article_has_its_headings(emulator):
    (page,) = query(emulator, prop="extracts", explaintext=1, titles="Ardenvoy", formatversion=2)["query"]["pages"]
    assert "\n\n\n== Politics ==\nArdenvoy became" in page["extract"]
    (page,) = query(emulator, prop="extracts", titles="Ardenvoy", formatversion=2)["query"]["pages"]
    assert "<h2>Politics</h2>" in page["extract"] and "<p>Ardenvoy became" in page["extract"]


def test_titles_are_normalized_and_redirected(emulator):
    result = query(emulator, prop="extracts", exintro=1, titles="port_Halsen", redirects=1)["query"]
    assert result["normalized"] == [{"from": "port_Halsen", "to": "Port Halsen"}] and "redirects" not in result
    result = query(emulator, prop="extracts", exintro=1, titles="PORT HALSEN", redirects=1)["query"]
    assert result["redirects"] == [{"from": "PORT HALSEN", "to": "Port Halsen"}]
    assert "missing" in query(emulator, titles="PORT HALSEN")["query"]["pages"]["-1"]


def test_missing_and_invalid_pages_are_reported_in_both_versions(emulator):
    pages = query(emulator, prop="extracts", titles="Nowhere|a[b|Kestria", exintro=1)["query"]["pages"]
    assert pages["-1"] == {"ns": 0, "title": "Nowhere", "missing": ""}
    assert pages["-2"]["invalid"] == "" and '"["' in pages["-2"]["invalidreason"] and len(pages) == 3
    body = query(emulator, prop="extracts", titles="Nowhere", formatversion=2)
    assert body == {"batchcomplete": True, "query": {"pages": [{"ns": 0, "title": "Nowhere", "missing": True}]}}


def test_of_whole_articles_there_is_one_at_a_time(emulator):
    body = query(emulator, prop="extracts", explaintext=1, titles="Kestria|Talvora", formatversion=2)
    assert ["extract" in page for page in body["query"]["pages"]] == [True, False]
    assert "batchcomplete" not in body
    more = query(
        emulator, prop="extracts", explaintext=1, titles="Kestria|Talvora", formatversion=2, **body["continue"]
    )
    assert ["extract" in page for page in more["query"]["pages"]] == [False, True]
    both = query(emulator, prop="extracts", explaintext=1, exintro=1, titles="Kestria|Talvora", formatversion=2)
    assert all(page["extract"] for page in both["query"]["pages"])


def test_an_extract_can_be_shortened(emulator):
    (page,) = query(emulator, prop="extracts", explaintext=1, exsentences=1, titles="Lume (river)", formatversion=2)[
        "query"
    ]["pages"]
    assert page["extract"] == "The Lume is the longest river of the Velmar Archipelago."
    (page,) = query(emulator, prop="extracts", explaintext=1, exchars=60, titles="Kestria", formatversion=2)["query"][
        "pages"
    ]
    assert len(page["extract"]) <= 63 and page["extract"].endswith("...")


def test_a_page_is_found_by_its_number_with_its_address(emulator):
    number = query(emulator, list="search", srsearch="Sennick", srlimit=1)["query"]["search"][0]["pageid"]
    page = query(emulator, prop="info", inprop="url", pageids=f"{number}|5")["query"]["pages"]
    assert page[str(number)]["fullurl"] == f"{emulator.endpoint}/wiki/Sennick"
    assert "missing" in page["-1"]


def test_opensearch_completes_titles(emulator):
    beginning, titles, empty, urls = api(emulator, action="opensearch", search="lake").json()
    assert beginning == "lake" and titles == ["Lake Fennimore", "Lake Meridel", "Lake Orva"] and empty == ["", "", ""]
    assert all(CLIENT.get(url).is_success for url in urls)
    assert len(api(emulator, action="opensearch", search="l", limit=2).json()[1]) == 2


@pytest.mark.parametrize(
    "parameters, code, told",
    [
        ({"action": "fly"}, "badvalue", 'parameter "action": fly'),
        ({}, "badvalue", "action"),
        ({"action": "query", "list": "search"}, "missingparam", '"srsearch" parameter must be set'),
        ({"action": "opensearch"}, "missingparam", "search"),
        ({"action": "query", "list": "search", "srsearch": "x", "srlimit": "many"}, "badinteger", "srlimit"),
        ({"action": "query", "pageids": "x"}, "badinteger", "pageids"),
        ({"action": "query", "titles": "|".join(f"T{n}" for n in range(51))}, "toomanyvalues", "titles"),
        ({"action": "query", "format": "xml"}, "badvalue", "xml"),
        ({"action": "query", "formatversion": "7"}, "badvalue", "7"),
    ],
)
def test_an_error_is_the_one_of_mediawiki(emulator, parameters, code, told):
    answer = api(emulator, **parameters)
    error = answer.json()["error"]
    assert answer.status_code == 200 and answer.headers["mediawiki-api-error"] == code == error["code"]
    assert told in error["info"] and "api.php" in error["*"] and "servedby" in answer.json()
    assert parameters.get("formatversion") or "docref" in api(emulator, **parameters, formatversion=2).json()["error"]


def test_what_is_passed_over_is_warned_about(emulator):
    body = query(emulator, list="search|dreams", srsearch="lake", srlimit=900)
    assert "dreams" in body["warnings"]["query"]["*"] and "between 1 and 500" in body["warnings"]["search"]["*"]
    assert (
        "pageprops"
        in query(emulator, prop="pageprops", titles="Kestria", formatversion=2)["warnings"]["query"]["warnings"]
    )


def test_maxlag_and_origin_are_accepted(emulator):
    answer = api(emulator, action="query", titles="Kestria", maxlag=5, origin="*")
    assert answer.headers["access-control-allow-origin"] == "*" and "error" not in answer.json()


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "action",
                "list",
                "prop",
                "titles",
                "pageids",
                "srsearch",
                "srlimit",
                "sroffset",
                "exintro",
                "explaintext",
                "exchars",
                "exsentences",
                "exlimit",
                "excontinue",
                "redirects",
                "formatversion",
                "search",
                "limit",
                "inprop",
            ]
        ),
        st.sampled_from(
            ["query", "opensearch", "search", "extracts|info", "Kestria|x|[|", "2", "0", "-1", "max", "", "lake", "1|2"]
        )
        | st.text(max_size=8),
        max_size=8,
    )
)
@settings(max_examples=250, deadline=None)
def test_whatever_the_parameters_there_is_an_answer(emulator, parameters):
    parameters = {name: value.encode(errors="replace").decode() for name, value in parameters.items()}
    answer = api(emulator, **parameters)
    assert answer.status_code == 200
    body = answer.json()
    assert isinstance(body, list) or ("error" in body) == ("mediawiki-api-error" in answer.headers)
