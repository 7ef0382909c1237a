"""What a page holds and does not show: it could speak to a model, and nobody who reads the page would know."""

import pytest
from guarded_web.fetch import Fetched
from plan_and_execute.web_pages import page_text

STYLES = """
/* .shown { display: none } */
@import "other.css"; @font-face { font-family: x; src: url(data:font/woff2;base64,AAAA) }
.none, .other { color: red; Display: none !important } #unseen { visibility: hidden } .box .deep { opacity: 0 }
[data-secret="1"] { font-size: 0 } main .child { text-indent: -9999px } .tabs { display: none }
.tabs.active { display: block }
@media print { .shown { display: none } } @media screen { .screen { display: none } }
@media (max-width: 400px) { .shown { display: none } }
.shown:hover { display: none } .shown::before { display: none } .before + .shown { display: none }
bad{{{ } } } .after { display: none }
"""
HIDDEN = [
    'style="display:none"',
    'style=" DISPLAY : None ! important "',
    'style="color:red;;x;display:/**/none"',
    "hidden",
    'hidden="until-found"',
    'style="visibility:hidden"',
    'style="visibility:collapse"',
    'style="content-visibility:hidden"',
    'style="opacity:0"',
    'style="opacity:.01"',
    'style="opacity:0%"',
    'style="font-size:0"',
    'style="font-size:1px"',
    'style="font-size:0.01em"',
    'style="font:0/0 a"',
    'style="font-size:0%"',
    'style="position:absolute;left:-9999px"',
    'style="position:fixed;top:-100vh"',
    'style="text-indent:-999em"',
    'style="margin-left:-99999px"',
    'style="transform:scale(0)"',
    'style="transform:translateX(-9999px)"',
    'style="position:absolute;clip:rect(0,0,0,0)"',
    'style="clip-path:inset(50%)"',
    'style="width:1px;height:1px;overflow:hidden"',
    'style="max-height:0;overflow:hidden"',
    'style="color:#fff"',
    'style="color:white;background:#fff"',
    'style="color:#fefefe"',
    'style="color:rgb(255 255 255)"',
    'style="background:black;color:#010101"',
    'style="color:transparent"',
    'style="color:rgba(0,0,0,.01)"',
    'class="x none"',
    "class=other",
    "id=unseen",
    "class=deep",
    "data-secret=1",
    "class=child",
    "class=tabs",
    "class=screen",
    'style="\\64 isplay:none"',
    "class=after",
]
SHOWN = [
    "aria-hidden=true",
    "class=shown",
    'class="tabs active"',
    'class="tabs" style="display:flex"',
    'style="opacity:.6"',
    'style="visibility:visible"',
    'style="font-size:11px"',
    'style="position:relative;left:-20px"',
    'style="color:#fff;background:#036"',
    'style="color:#fff;background:url(a.png)"',
    'style="color:#fff;background-image:none;background:linear-gradient(red,blue)"',
    'style="overflow:hidden;width:100%"',
    'style="color:transparent;-webkit-background-clip:text;background:linear-gradient(red,blue)"',
    'style="display"',
    'style="margin-left:-100%"',
    'style="transform:translate(-50%,-50%) scale(.5)"',
    'style="color:inherit"',
]


def text_of(body: str, head: str = f"<style>{STYLES}</style>") -> str:
    html = f"<html><head><title>Title</title>{head}</head><body>{body}</body></html>"
    return page_text(Fetched("https://a.example/page", "text/html", "utf-8", html.encode()))


@pytest.mark.parametrize("attributes", HIDDEN)
@pytest.mark.parametrize("tag", ["p", "span", "td"])
def test_what_is_hidden_is_left_out_and_what_follows_is_read(tag, attributes):
    element = f"<{tag} {attributes}>obey <b>me</b></{tag}>"
    element = f"<table><tr><td>cell</td>{element}</tr></table>" if tag == "td" else element
    text = text_of(f"<div class=box><main><p>Seen</p>{element} tail</main></div>")
    assert "obey" not in text and "Seen" in text and "tail" in text
    assert tag == "td" or "me" not in text.replace("Title", "")


@pytest.mark.parametrize("attributes", SHOWN)
@pytest.mark.parametrize("tag", ["p", "span"])
def test_what_is_shown_is_read(tag, attributes):
    assert "text for all" in text_of(f"<div class=before></div><{tag} {attributes}>text for all</{tag}>")


@pytest.mark.parametrize(
    "element",
    [
        "<template>obey</template>",
        "<noscript>obey</noscript>",
        "<!-- obey -->",
        "<script>obey</script>",
        "<dialog>obey</dialog>",
        "<style>obey</style>",
        "<iframe>obey</iframe>",
        "<object>obey</object>",
        "<textarea>obey</textarea>",
        "<canvas>obey</canvas>",
        "<svg><title>obey</title></svg>",
        "<input type=hidden value=obey>",
        "<img alt=obey title=obey>",
        "<p title=obey></p>",
        "<select><option>obey</select>",
        "<meta name=description content=obey>",
        "<math><mtext>obey</mtext></math>",
        "<?obey ?>",
    ],
)
def test_what_is_no_text_of_a_page_is_left_out(element):
    assert text_of(f"<p>Seen</p>{element}<p>After</p>").split("\n") == ["Title", "Seen", "After"]


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        ('<ul style="font-size:0"><li style="font-size:14px">one</li> <li>obey</li></ul>', ["Title", "one"]),
        (
            '<div style="visibility:hidden">obey<p style="visibility:visible">one</p>obey</div>two',
            ["Title", "one", "two"],
        ),
        (
            '<div style="background:#000"><span style="color:#fff">one</span>'
            '<span style="color:#000">obey</span></div>',
            ["Title", "one"],
        ),
        ('<div style="display:none"><p style="display:block">obey</p></div>one', ["Title", "one"]),
        ("<div bgcolor=black><font color=white>one</font><font color=black>obey</font></div>", ["Title", "one"]),
    ],
)
def test_an_element_inside_a_hidden_one_may_be_shown_again_where_css_says_so(body, lines):
    assert text_of(body).split("\n") == lines


def test_white_text_is_read_where_a_style_sheet_elsewhere_may_have_set_a_background():
    linked = '<link rel="stylesheet" href="site.css">'
    assert text_of("<p style='color:white'>one</p>", linked).endswith("one")
    assert text_of("<p style='color:white;background:white'>obey</p>one", linked).split("\n") == ["Title", "one"]


@pytest.mark.parametrize(
    "head",
    ["<style>body{opacity:0}</style>", "<style>html{visibility:hidden}</style>", "<style>body{display:none}</style>"],
)
def test_a_page_that_is_hidden_until_its_script_has_run_is_read(head):
    assert text_of("<p>one</p><p hidden>obey</p>", head).split("\n") == ["Title", "one"]


def test_style_sheets_for_other_media_hide_nothing():
    head = "<style media=print>p{display:none}</style><noscript><style>p{display:none}</style></noscript>"
    assert text_of("<p>one</p>", head).endswith("one")


def test_many_attributes_keep_nothing_from_being_hidden():
    many = " ".join(f"a{place}" for place in range(5000))
    assert text_of(f"<p {many} style='display:none'>obey</p>one").split("\n") == ["Title", "one"]


def test_many_elements_keep_nothing_from_being_hidden():
    assert "obey" not in text_of("<b>x</b>" * 30_000 + "<p hidden>obey</p>" + "<div>" * 400 + "<p hidden>obey</p>")
