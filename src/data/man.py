"""Part of the build: manual pages.

    man.py tcptune.8 COMMANDS.json tcptune.8.md
    man.py tcptune-NAME.5 DOCUMENT.md
"""
import os
import sys

import mdoc
import tables

# Of the last change that a reader should know of.
DATE = "November 25, 2026"
SUMMARIES = {
    "tcptune": "say what limits TCP on this host, and what helps",
    "tcptune-profile": "what a host should look like: profiles of tcptune",
    "tcptune-rules": "what evidence means: rules of tcptune, and waivers",
    "tcptune-evidence": "what tcptune saw of TCP: tables, functions and files",
}


def option_lines(options):
    yield ".Bl -tag -width Ds"
    for option in options:
        names = (["-" + option.letter] if option.letter else []) + ["--" + option.name]
        argument = " \\fI%s\\fR" % mdoc.escape(option.argument) if option.argument else ""
        yield ".It " + ", ".join(mdoc.code(name) for name in names) + argument
        yield mdoc.escape(option.summary) + "."
    yield ".El"


def command_lines(commands):
    for command in commands:
        yield ".Ss tcptune %s" % command.name
        yield mdoc.code("tcptune " + command.name) + " [\\fIOPTIONS\\fR] " + mdoc.escape(command.arguments)
        yield ".Pp"
        yield mdoc.escape(command.summary) + "."
        yield from option_lines(command.options)
        if command.notes:
            yield ".Pp"
            yield mdoc.escape(command.notes)


def program_page(commands, text):
    before, after = text.split("@commands@\n")
    return [*mdoc.body(before), *command_lines(commands), *mdoc.body(after)]


def document_page(name, text):
    title, rest = text.split("\n", 1)
    if not title.startswith("# "):
        raise ValueError("the first line is no title")
    others = [page[:-3] for page in sorted(mdoc.PAGES.values()) if page != name + "(5)"]
    return [".Sh DESCRIPTION", *mdoc.body(rest), ".Sh SEE ALSO", *(".Xr %s 5 ," % other for other in others),
            ".Xr tcptune 8"]


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def main():
    output, *inputs = sys.argv[1:]
    name, section = os.path.basename(output).rsplit(".", 1)
    if section == "8":
        lines = program_page(tables.load(inputs[0]), read(inputs[1]))
    else:
        lines = document_page(name, read(inputs[0]))
    with open(output, "w", encoding="ascii") as file:
        file.write(mdoc.page(name, section, SUMMARIES[name], DATE, lines))


main()
