"""Markdown, as docs/ uses it, to mdoc: headings, paragraphs, lists, tables, code; inline code,
bold and links. What it does not know is an error, so that no page comes out wrong in silence.
"""
import re

# Documents that are manual pages, too.
PAGES = {
    "docs/profiles.md": "tcptune-profile(5)",
    "docs/rules.md": "tcptune-rules(5)",
    "docs/evidence.md": "tcptune-evidence(5)",
}


def escape(text):
    """Text that means nothing to mdoc, also at the beginning of a line."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga")
    text = text.replace("^", "\\(ha").replace("~", "\\(ti").replace('"', "\\(dq")
    text = "".join(c if ord(c) < 128 else "\\[u%04X]" % ord(c) for c in text)
    return "\\&" + text if text.startswith(".") else text


def code(text):
    return "\\fB%s\\fR" % escape(PAGES.get(text, text))


def inline(text):
    parts = re.split(r"(`[^`]+`|\*\*.+?\*\*|\[[^\]]+\]\([^)]+\))", text)
    done = []
    for part in parts:
        if part.startswith("`") and len(part) > 2:
            done.append(code(part[1:-1]))
        elif part.startswith("**") and len(part) > 4:
            done.append("\\fI%s\\fR" % escape(part[2:-2].replace("`", "")))
        elif re.fullmatch(r"\[[^\]]+\]\([^)]+\)", part):
            done.append(escape(part[1:part.index("]")]))
        else:
            done.append(escape(re.sub(r"docs/[a-z]+\.md", lambda found: PAGES.get(found[0], found[0]), part)))
    return "".join(done)


def cells(row):
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", row.strip()[1:-1])]


def table(rows):
    """The first column is the tag; of more than two, those between are named."""
    head = cells(rows[0])
    yield ".Bl -tag -width Ds"
    for row in rows[2:]:
        first, *others = cells(row)
        yield ".It " + (inline(first) or "\\&")
        texts = []
        for name, cell in zip(head[1:], others):
            if cell and len(head) > 2 and name not in ("what", "text"):
                texts.append("%s: %s" % (inline(name), inline(cell)))
            elif cell:
                texts.append(inline(cell))
        yield "; ".join(texts) or "\\&"
    yield ".El"


def literal(lines):
    yield ".Bd -literal -offset indent"
    for line in lines:
        yield escape(line.expandtabs(8))
    yield ".Ed"


class Reader:
    def __init__(self, text):
        self.lines = text.splitlines()
        self.at = 0

    def peek(self):
        return self.lines[self.at] if self.at < len(self.lines) else None

    def take_while(self, condition):
        begin = self.at
        while self.at < len(self.lines) and condition(self.lines[self.at]):
            self.at += 1
        return self.lines[begin:self.at]


def is_item(line):
    return re.match(r"(- |\d+\. )", line) is not None


def is_paragraph(line):
    return bool(line.strip()) and not line.startswith(("#", "|", "    ", "```")) and not is_item(line)


def items(reader):
    kind = "-bullet" if reader.peek().startswith("- ") else "-enum"
    yield ".Bl %s" % kind
    while reader.peek() is not None and is_item(reader.peek()):
        first = reader.peek().split(" ", 1)[1]
        reader.at += 1
        rest = reader.take_while(lambda line: line.startswith("  ") and line.strip())
        yield ".It"
        yield inline(" ".join([first] + [line.strip() for line in rest]))
    yield ".El"


def code_lines(reader):
    """Also over empty lines, when more code comes behind them."""
    lines = []
    while reader.peek() is not None:
        line = reader.peek()
        if line.startswith("    "):
            lines.append(line[4:])
        elif not line.strip() and any(reader.lines[reader.at + 1:reader.at + 2]) and \
                reader.lines[reader.at + 1].startswith("    "):
            lines.append("")
        else:
            break
        reader.at += 1
    return lines


def body(text):
    """The lines of mdoc of a document without its title."""
    reader = Reader(text)
    needs_gap = False
    while reader.peek() is not None:
        line = reader.peek()
        if not line.strip():
            reader.at += 1
            continue
        heading = re.match(r"(##+) (.*)", line)
        if heading:
            reader.at += 1
            yield ".Sh " + escape(heading[2]).upper() if len(heading[1]) == 2 else ".Ss " + inline(heading[2])
            needs_gap = False
            continue
        if line.startswith("    "):
            yield from literal(code_lines(reader))
        elif line.startswith("|"):
            yield from table(reader.take_while(lambda row: row.startswith("|")))
        elif is_item(line):
            yield from items(reader)
        elif is_paragraph(line):
            if needs_gap:
                yield ".Pp"
            yield inline(" ".join(part.strip() for part in reader.take_while(is_paragraph)))
        else:
            raise ValueError("line %d: no Markdown that is known here: %s" % (reader.at + 1, line))
        needs_gap = True


def sentences(lines):
    """Each on a line of its own, as mdoc wants it, but in code."""
    is_literal = False
    for line in lines:
        is_literal = line.startswith(".Bd") or is_literal and line != ".Ed"
        if is_literal or line.startswith("."):
            yield line
        else:
            yield from ("\\&" + part if part.startswith((".", "'")) else part
                        for part in re.split(r"(?<=[.!?]) +|(?<=[.!?][)]) +", line))


def page(name, section, summary, date, lines):
    return "\n".join([".Dd " + date, ".Dt %s %s" % (name.upper(), section), ".Os", ".Sh NAME", ".Nm " + name,
                      ".Nd " + escape(summary), *sentences(lines)]) + "\n"
