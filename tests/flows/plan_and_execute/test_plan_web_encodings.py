"""The characters of pages: marks, headers, declarations, and pages that say nothing or what is wrong."""

import pytest
from guarded_web.fetch import Fetched
from hypothesis import given
from hypothesis import strategies as st
from plan_and_execute.web_pages import page_text

RUSSIAN, JAPANESE = "Дунай - вторая по длине река: 2850 км", "ドナウ川はヨーロッパの川である。"
CHINESE, KOREAN = (
    "多瑙河是欧洲第二长河，长度为2850公里，流经十个国家。",
    "도나우강은 유럽에서 두 번째로 긴 강이다. 똠방각하",
)
FRENCH, TRADITIONAL = "Le fleuve “Danube” – l’été, 5 €", "多瑙河是歐洲第二長河，長度為2850公里"
# Label, codec of the bytes, text: https://encoding.spec.whatwg.org/#names-and-labels
LABELLED = [
    ("windows-1251", "cp1251", RUSSIAN),
    ("koi8-r", "koi8-r", RUSSIAN),
    ("Shift_JIS", "cp932", JAPANESE),
    ("x-sjis", "cp932", JAPANESE),
    ("euc-jp", "euc-jp", JAPANESE),
    ("iso-2022-jp", "iso2022_jp", JAPANESE),
    ("gb2312", "gb18030", CHINESE),
    ("GBK", "gb18030", CHINESE + "㐀€"),
    ("gb18030", "gb18030", CHINESE + "😀"),
    ("big5", "big5hkscs", TRADITIONAL),
    ("euc-kr", "cp949", KOREAN),
    ("ks_c_5601-1987", "cp949", KOREAN),
    ("iso-8859-1", "cp1252", FRENCH),
    ("latin1", "cp1252", FRENCH),
    ("us-ascii", "cp1252", FRENCH),
    ("iso-8859-15", "iso8859-15", "Coût : 5 €"),
    ("utf-8", "utf-8", FRENCH + RUSSIAN),
    ("tis-620", "cp874", "แม่น้ำดานูบ…"),
]


def text_of(body: bytes, header: str = "", content_type: str = "text/html") -> str:
    return page_text(Fetched("https://a.example/page", content_type, header, body))


@pytest.mark.parametrize(("label", "codec", "text"), LABELLED)
@pytest.mark.parametrize(
    "page",
    [
        "<head><meta charset={label}></head><p>{text}",
        "<META name=a content=b><Meta Charset = '{label}'/><p>{text}",
        '<meta http-equiv="Content-Type" content="text/html; charset={label}"><p>{text}',
        '<?xml version="1.0" encoding="{label}"?><html><p>{text}</p></html>',
        "<!-- <meta charset=utf-16> --><meta name=viewport content=x><meta charset={label}><p>{text}",
    ],
)
def test_a_page_is_read_in_the_charset_that_it_declares(page, label, codec, text):
    assert text_of(page.format(label=label, text=text).encode(codec)) == text


@pytest.mark.parametrize(("label", "codec", "text"), LABELLED)
@pytest.mark.parametrize("content_type", ["text/html", "text/plain"])
def test_the_header_goes_before_the_page(content_type, label, codec, text):
    body = text.encode(codec)
    body = b"<meta charset=windows-1252><p>" + body if content_type == "text/html" else body
    assert text_of(body, label, content_type) == text


@pytest.mark.parametrize(
    ("mark", "codec"), [(b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"), (b"\xef\xbb\xbf", "utf-8")]
)
@pytest.mark.parametrize("header", ["", "windows-1251", "utf-8", "utf-16"])
@pytest.mark.parametrize("content_type", ["text/html", "text/plain"])
def test_a_byte_order_mark_goes_before_all(content_type, header, mark, codec):
    text = RUSSIAN + CHINESE
    page = f"<meta charset=windows-1252><p>{text}" if content_type == "text/html" else text
    assert text_of(mark + page.encode(codec), header, content_type) == text


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("header", ["", "utf-16", "utf-8", "iso-8859-1", "nonsense"])
@pytest.mark.parametrize("declared", ["", "<meta charset=utf-16>", "<meta charset=utf-8>"])
@pytest.mark.parametrize("text", [FRENCH, RUSSIAN, CHINESE])
def test_utf_16_without_a_mark_is_recognized_by_its_tags(text, declared, header, codec):
    assert text_of(f"<html><head>{declared}</head><body><p>{text}</p></body></html>".encode(codec), header) == text


@pytest.mark.parametrize(
    ("codec", "text"),
    [
        ("utf-8", FRENCH),
        ("cp1251", RUSSIAN),
        ("koi8-r", f"{RUSSIAN}, {RUSSIAN.lower()}"),
        ("cp932", JAPANESE),
        ("euc-jp", JAPANESE),
        ("gb18030", CHINESE),
        ("cp949", KOREAN),
        ("iso2022_jp", JAPANESE),
        ("cp1252", "Die Länge beträgt 2850 km; größer als"),
    ],
)
@pytest.mark.parametrize("header", ["", "nonsense", "idna", "hex", "undefined", "mbcs"])
def test_the_charset_of_a_page_that_names_none_is_detected(header, codec, text):
    assert text_of(f"<html><head></head><body><p>{text}</p></body></html>".encode(codec), header) == text


@pytest.mark.parametrize(
    ("header", "meta", "codec", "text"),
    [
        ("iso-8859-1", "utf-8", "utf-8", FRENCH),
        ("iso-8859-1", "", "utf-8", RUSSIAN),
        ("", "windows-1251", "utf-8", FRENCH),
        ("utf-8", "windows-1251", "cp1251", RUSSIAN),
        ("utf-8", "", "cp1252", "Das Café ist größer"),
        ("", "utf-8", "cp1251", RUSSIAN),
        ("", "utf-16", "utf-8", FRENCH),
        ("utf-16", "", "utf-8", "only ASCII"),
        ("utf-8", "shift_jis", "cp932", JAPANESE),
    ],
)
def test_a_declaration_that_the_bytes_contradict_is_passed_over(header, meta, codec, text):
    declared = f"<meta charset={meta}>" if meta else ""
    assert text_of(f"{declared}<p>{text}".encode(codec), header) == text


@pytest.mark.parametrize(
    ("label", "codec", "broken"), [("utf-8", "utf-8", b"\xff"), ("windows-1251", "cp1251", b"\x98")]
)
def test_a_few_broken_bytes_in_a_text_cost_these_alone(label, codec, broken):
    assert text_of(b"<p>" + (RUSSIAN * 4).encode(codec) + broken, label) == RUSSIAN * 4 + "�"


@given(st.binary(max_size=300), st.sampled_from(["", "utf-8", "utf-16", "gbk", "iso-2022-kr", "x-user-defined", "hex"]))
def test_any_bytes_can_be_read_under_any_label(body, label):
    assert text_of(body + b" and a text that is long enough to be told from noise", label, "text/plain")
