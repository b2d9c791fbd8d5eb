#!/usr/bin/python3
"""report --html in a real browser: what it shows, at the widths of a desk and of a phone, with names
that try to be markup, without network or script. PAGE_PICTURES=FOLDER keeps the screenshots."""
import html.parser
import os
import re
import shutil
import sqlite3
import struct
import subprocess
import sys
import zlib

from reportlib import BEGIN, DAY, HOUR, MINUTE, Host, Runner, Tap, workplace

HOSTILE = "<script>document.title='owned'</script><img src=x onerror=document.title='owned'>\"'&amp;"
LIMIT_BYTES = 400 * 1024


class Page(html.parser.HTMLParser):
    """Counts what is in the page and collects its text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.text, self.open, self.wrong = {}, [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags[tag] = self.tags.get(tag, 0) + 1
        self.attributes += attrs
        if tag not in ("meta", "line", "path", "br", "i", "li", "p"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags[tag] = self.tags.get(tag, 0) + 1
        self.attributes += attrs

    def handle_endtag(self, tag):
        if tag not in ("i", "li", "p") and (not self.open or self.open.pop() != tag):
            self.wrong.append(tag)

    def handle_data(self, data):
        self.text.append(data)


def make_history(place):
    """Two days, with ports that run out and a queue that overflows; the names are then made hostile."""
    host = Host(place + "/host")
    with Runner(place + "/state") as runner:
        for now in range(BEGIN, BEGIN + 2 * DAY, 30 * MINUTE):
            for number, counter in enumerate(("Tcp.InSegs", "Tcp.OutSegs", "Tcp.PassiveOpens", "Tcp.RetransSegs")):
                host.counter(counter, (100 + now // HOUR % 24 * 10) * 600 // (number * 9 + 1))
            if now == BEGIN + DAY:
                host.sockets_of("s03_ephemeral.remote")
            host.set_time(now)
            runner.report(host)
        with sqlite3.connect(place + "/state/history.sqlite") as db:
            db.execute("UPDATE finding SET subject = ?, says = ?, advice = ? WHERE is_open", (HOSTILE,) * 3)
            db.execute("UPDATE series SET subject = ? WHERE name = 'ports.share'", (HOSTILE,))
            db.execute("UPDATE event SET subject = ?", (HOSTILE,))
        db.close()
        status, out = runner.report(host, "--since", "2d", "--html", place + "/page.html")
        return status, out + runner.said()


def browse(place, width, height, *words):
    picture = "%s/%d.png" % (place, width)
    done = subprocess.run(
        ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
         "--disable-background-networking", "--user-data-dir=%s/profile" % place, "--window-size=%d,%d" % (width, height),
         *words, "--screenshot=" + picture, "file://%s/page.html" % place],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=200, check=False, env=dict(os.environ, HOME=place))
    return picture if os.path.exists(picture) else done.stderr


def dump(place):
    """The page as the browser has it after it had every chance to run what is in it."""
    done = subprocess.run(
        ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
         "--user-data-dir=%s/profile" % place, "--dump-dom", "file://%s/page.html" % place],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, timeout=200, check=False, env=dict(os.environ, HOME=place))
    return done.stdout


def pixels(path):
    """(width, height, rows of RGB) of a PNG as chromium writes it."""
    data = open(path, "rb").read()
    width, height, _, kind = struct.unpack(">IIBB", data[16:26])
    bytes_a_pixel = {2: 3, 6: 4}[kind]
    at, packed = 8, b""
    while at < len(data):
        length, name = struct.unpack(">I4s", data[at:at + 8])
        packed += data[at + 8:at + 8 + length] if name == b"IDAT" else b""
        at += length + 12
    raw, stride, before, rows = zlib.decompress(packed), width * bytes_a_pixel, None, []
    for y in range(height):
        kind, line = raw[y * (stride + 1)], bytearray(raw[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        before = before or bytearray(stride)
        for x in range(stride):
            left = line[x - bytes_a_pixel] if x >= bytes_a_pixel else 0
            corner = before[x - bytes_a_pixel] if x >= bytes_a_pixel else 0
            if kind == 1:
                line[x] = line[x] + left & 255
            elif kind == 2:
                line[x] = line[x] + before[x] & 255
            elif kind == 3:
                line[x] = line[x] + (left + before[x]) // 2 & 255
            elif kind == 4:
                guess = left + before[x] - corner
                nearest = min((left, before[x], corner), key=lambda one: abs(guess - one))
                line[x] = line[x] + nearest & 255
        rows.append(line)
        before = line
    return width, height, rows, bytes_a_pixel


def background_and_ink(path):
    """The brightness of the corner, and how many rows are not empty."""
    width, _, rows, step = pixels(path)
    corner = rows[0][:3]
    inked = sum(any(row[x * step:x * step + 3] != corner for x in range(0, width, 3)) for row in rows)
    return sum(corner) / 3, inked


def contrast(first, second):
    def light(colour):
        parts = [int(colour[i:i + 2], 16) / 255 for i in (0, 2, 4)]
        parts = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
    brighter, darker = sorted((light(first), light(second)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def colours(text):
    """Too little contrast, in both schemes: text needs 4.5, lines 3."""
    poor = []
    for block in re.findall(r":root\{([^}]*)\}", text):
        known = {}
        for name, value in re.findall(r"--(\w+):#(\w+)", block):
            known[name] = value if len(value) == 6 else "".join(2 * one for one in value)
        for name, value in known.items():
            need = 4.5 if name in ("ink", "soft", "bad", "warn", "good") else 3 if re.match(r"c\d", name) else 0
            for ground in ("back", "card"):
                if contrast(value, known[ground]) < need:
                    poor.append("%s on %s: %.2f" % (name, ground, contrast(value, known[ground])))
    return poor


def main():
    tap = Tap()
    with workplace() as place:
        os.mkdir(place + "/state", 0o700)
        tap.equal("a page is written", make_history(place), (0, ""))
        text = open(place + "/page.html", encoding="utf-8").read()
        page = Page(text)
        tap.equal("its tags are closed in their order", (page.wrong, page.open), ([], []))
        tap.line("it has %d bytes" % len(text), None if len(text) < LIMIT_BYTES else len(text))
        tap.equal("no tag or address in it loads or runs anything",
                  ({tag for tag in page.tags} & {"script", "img", "iframe", "link", "object", "embed", "form", "a", "image"},
                   [name for name, _ in page.attributes if name.startswith("on") or name in ("src", "href", "xlink:href")],
                   "url(" in text, "@import" in text), (set(), [], False, False))
        tap.line("hostile names are there, as text", None if HOSTILE in "".join(page.text) else text[:3000])
        tap.line("it has charts with titles and axes", None if page.tags.get("svg", 0) >= 5
                 and page.tags["title"] > page.tags["svg"] and page.tags["desc"] == page.tags["svg"]
                 and "10 k" in text or "/s</text>" in text else page.tags)
        tap.equal("its colours have contrast", colours(text), [])
        if not shutil.which("chromium"):
            tap.skip("a browser", "chromium is not installed")
            return tap.end()
        wide, phone = browse(place, 1280, 2400), browse(place, 500, 3600, "--blink-settings=preferredColorScheme=0")
        seen = dump(place)
        tap.line("a browser shows it", None if wide.endswith(".png") and phone.endswith(".png") else wide + phone)
        tap.line("nothing in it ran", None if "<title>tcptune: own</title>" in seen and "owned'</title>" not in seen else seen[:2000])
        light, dark = background_and_ink(wide), background_and_ink(phone)
        tap.line("light by default, dark where that is preferred",
                 None if light[0] > 240 and dark[0] < 60 else "%s %s" % (light, dark))
        tap.line("and both are full of it", None if light[1] > 600 and dark[1] > 1000 else "%s %s" % (light, dark))
        if "PAGE_PICTURES" in os.environ:
            for name in (wide, phone, place + "/page.html"):
                shutil.copy(name, os.environ["PAGE_PICTURES"])
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
