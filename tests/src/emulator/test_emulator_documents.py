import os
import time
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from src.emulator.__main__ import main
from src.emulator.faults import Fault
from src.emulator.server import Emulator
from src.emulator.settings import EmulatorSettings

CLIENT = httpx.Client(timeout=5)
REPORT = b"%PDF-1.7 " + bytes(range(256)) * 1_000


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A folder of documents beside a file that is none of them, and an emulator that serves it."""
    parent = tmp_path_factory.mktemp("site")
    folder = parent / "documents"
    (folder / "below").mkdir(parents=True)
    (parent / "secret.txt").write_text("secret")
    (folder / "report.pdf").write_bytes(REPORT)
    (folder / "notes on Möwen.txt").write_text("gulls", encoding="utf-8")
    (folder / ".hidden.txt").write_text("secret")
    (folder / "below" / "deep.txt").write_text("secret")
    (folder / "link.txt").symlink_to(parent / "secret.txt")
    (folder / "alias.pdf").symlink_to(folder / "report.pdf")
    os.mkfifo(folder / "pipe.txt")
    with Emulator(EmulatorSettings(documents=folder, api_key="only-this-one")) as emulator:
        yield folder, emulator.endpoint


def get(site, name, method="GET", **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return CLIENT.request(method, f"{site[1]}/documents/{name}", headers=headers)


def test_a_file_is_served_whole_with_its_type_and_no_key(site):
    answer = get(site, "report.pdf")
    assert answer.status_code == 200 and answer.content == REPORT
    assert answer.headers["content-type"] == "application/pdf" and answer.headers["etag"]
    assert get(site, "notes%20on%20M%C3%B6wen.txt").text == "gulls"
    assert get(site, "alias.pdf").content == REPORT


def test_head_tells_the_length_and_sends_no_body(site):
    answer = get(site, "report.pdf", "HEAD")
    assert answer.status_code == 200 and not answer.content
    assert int(answer.headers["content-length"]) == len(REPORT)


def test_a_range_and_a_known_entity_tag_spare_the_rest(site):
    part = get(site, "report.pdf", Range="bytes=9-18")
    assert part.status_code == 206 and part.content == bytes(range(10))
    assert get(site, "report.pdf", If_None_Match=part.headers["etag"]).status_code == 304


@pytest.mark.parametrize(
    "name",
    [
        "missing.pdf",
        ".hidden.txt",
        "below",
        "below%2Fdeep.txt",
        "below/deep.txt",
        "link.txt",
        "pipe.txt",
        "",
        "%2E",
        "..%2Fsecret.txt",
        "%2E%2E%2Fsecret.txt",
        "..%5Csecret.txt",
        "x%00.txt",
        "x" * 3_000,
        "%2Fetc%2Fpasswd",
    ],
)
def test_what_is_no_file_of_the_folder_is_not_found(site, name):
    answer = get(site, name)
    assert answer.status_code == 404 and "secret" not in answer.text
    assert answer.json()["error"]["code"] == "404"


@given(st.text(st.sampled_from("./\\%2eEfF~:*?#\0secrtx link.below"), max_size=24))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_name_leads_out_of_the_folder(site, name):
    raw = (
        b"/documents/" + "".join(f"%{byte:02x}" if byte not in b"./%" else chr(byte) for byte in name.encode()).encode()
    )
    answer = CLIENT.send(CLIENT.build_request("GET", httpx.URL(site[1]).copy_with(raw_path=raw)))
    # A slash at the end is redirected to the name without it.
    assert answer.status_code in (307, 404) or answer.content in (REPORT, b"gulls")


def test_a_file_added_later_is_found(site):
    (site[0] / "late.md").write_text("# Late")
    assert get(site, "late.md").text == "# Late"


def test_other_methods_are_refused(site):
    assert get(site, "report.pdf", "PUT").status_code == 405


def test_without_a_folder_there_is_nothing(emulator):
    assert get((None, emulator.endpoint), "report.pdf").status_code == 404


def test_a_folder_that_does_not_exist_is_reported(tmp_path, capsys):
    with pytest.raises(ValueError, match="nowhere"):
        Emulator(EmulatorSettings(documents=tmp_path / "nowhere"))
    assert main(["--port", "0", "--documents", str(tmp_path / "nowhere")]) == 2
    assert "nowhere" in capsys.readouterr().err


@pytest.mark.parametrize(
    "fault, status",
    [
        ("429;retry_after=1", 429),
        ("500", 500),
        ("503", 503),
        ("none", 200),
        ("content_filter", 200),
        ("filtered_answer", 200),
        ("418", 400),
    ],
)
def test_a_header_orders_a_fault(site, fault, status):
    assert get(site, "report.pdf", x_emulator_fault=fault).status_code == status


@pytest.mark.parametrize("after", ["0", "0.4", "1"])
def test_cut_closes_the_connection_within_the_file(site, after):
    received = b""
    with (
        httpx.Client(verify=False) as client,
        pytest.raises(httpx.RemoteProtocolError),
        client.stream(
            "GET", f"{site[1]}/documents/report.pdf", headers={"x-emulator-fault": f"cut;after={after}"}
        ) as answer,
    ):
        for part in answer.iter_raw():
            received += part
        if after == "1":
            raise httpx.RemoteProtocolError("All was sent before the cut.")
    assert received == REPORT[: int(len(REPORT) * float(after))]


def test_a_slow_file_and_latency_take_their_time(site):
    start = time.monotonic()
    get(site, "report.pdf", x_emulator_fault="slow;delay_ms=150", x_emulator_latency_ms="150")
    assert time.monotonic() - start >= 0.3


def test_a_timeout_sends_nothing(site):
    with pytest.raises(httpx.RemoteProtocolError):
        get(site, "report.pdf", x_emulator_fault="timeout;seconds=0.1")


def test_the_query_takes_part_in_the_draw(start, site):
    emulator = start(documents=Path(site[0]), faults=(Fault("500", 0.5),), seed=3)

    def statuses():
        return [CLIENT.get(f"{emulator.endpoint}/documents/report.pdf?n={n}").status_code for n in range(30)]

    first = statuses()
    assert set(first) == {200, 500} and statuses() != first


def test_a_fault_with_times_lets_the_retry_pass(site):
    answers = [get(site, "report.pdf?retry", x_emulator_fault="503;times=1").status_code for _ in range(2)]
    assert answers == [503, 200]
