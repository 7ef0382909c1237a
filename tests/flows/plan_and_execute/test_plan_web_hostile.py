"""Pages that want to keep the processor, the event loop or the memory."""

import subprocess
import sys
from pathlib import Path

PAGES = {
    "deep": "<div>" * 100_000 + "deep",
    "tables": "<table><tr><td>" * 50_000,
    "pictures": "<svg>" * 100_000,
    "open tags": "<a " * 500_000,
    "comments": "<!--" * 500_000,
    "ends": "<p>text" + "</p>" * 500_000,
    "entities": "<p>" + "&amp;" * 400_000,
    "menus": "<nav></nav>a" * 170_000,
    "a value": "<p a=" + "x" * 2_000_000,
    "an open declaration": "<?xml " + " " * 2_000_000,
    "many declarations": "<?xml" + " encoding" * 200_000,
    "attributes": "<p " + " ".join(f"a{place:x}" for place in range(60_000)) + ">x",
    "quoted attributes": "<p " + " ".join(f'a{place:x}=">"' for place in range(60_000)) + ">x",
    "meta": "<meta " * 340_000,
    "blanks in meta": "<meta" + " " * 2_000_000,
    "titles": "<title>" * 300_000,
    "brackets in a style": "<style>" + "(" * 900_000 + "</style><p>x",
    "blocks in a style": "<style>" + "a{" * 400_000,
    "rules": "<style>"
    + ".a .b .c{display:none}" * 40_000
    + "</style>"
    + "<div class='a b'>" * 200
    + "<p class=c>x" * 900,
    "rules for all": "<style>" + "*{color:red}" * 80_000 + "</style>" + "<p>x" * 19_000,
    "declarations": "<p style='" + "color:red;" * 180_000 + "'>x",
    "classes": "<p class='" + "a " * 900_000 + "'>x",
    "raised": "<p>" + "<sup>1</sup>" * 45_000,
    "raised in each other": ("<sup>" * 200 + "1" + "</sup>" * 200) * 200,
    "rows in each other": "<table><tr><td>" * 60 + "<b>x</b>" * 45_000,
    "rows": "<table>" + "<tr><td>a<td>b" * 25_000,
    "headers": "<header>" * 200 + "<h1>x</h1>" * 40_000,
    "forms": "<form><button>x</button></form>" * 16_000,
    "words": "word " * 400_000,
    "lines": "<p>some words of a line" * 19_000,
    "line feeds": "<pre>" + "\n" * 1_900_000,
    "blanks": "<p>" + " " * 1_900_000 + "x",
    "joiners": "<p>" + "\u200d" * 600_000,
    "é": "é" * 900_000,
}
PROGRAM = """
import asyncio, resource, sys, time
from pathlib import Path
from guarded_web.fetch import Fetched
from plan_and_execute.errors import ToolError
from plan_and_execute.web_pages import page_text

def read(path):
    start = time.thread_time()
    try:
        page_text(Fetched("u", "text/html", "", path.read_bytes()), 2000)
    except ToolError:
        pass
    return time.thread_time() - start

async def main():
    for path in sorted(Path(sys.argv[1]).iterdir()):
        seconds = await asyncio.to_thread(read, path)
        assert seconds < 10, f"{path.name}: {seconds} s of processor time"
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)

asyncio.run(main())
"""


def test_no_page_of_two_megabytes_takes_long_or_much_or_ends_the_process(tmp_path: Path):
    for name, html in PAGES.items():
        (tmp_path / name).write_text(html)
    environment = {"PYTHONPATH": ":".join(path for path in sys.path if path), "PATH": ""}
    done = subprocess.run([sys.executable, "-c", PROGRAM, tmp_path], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr[-500:]
    assert int(done.stdout) < 1000  # MB, of which the interpreter and its libraries take a hundred
