#!/usr/bin/python3
"""docs/evidence.md has every table, view, column and function of the evidence, and nothing else;
its examples run on the evidence file of the fixtures."""
import os
import re
import sqlite3
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TCPTUNE = os.environ.get("TCPTUNE", os.path.join(ROOT, "build", "gcc", "src", "tcptune"))
EVIDENCE = os.path.join(ROOT, "tests", "fixtures", "evidence", "version-1.evidence")


def read(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return file.read()


def read_schema():
    """Tables and views with their columns; views call functions, which need not work here."""
    database = sqlite3.connect(":memory:")
    for name, arguments in re.findall(r'\{ \{ "(\w+)",\s*"([^"]*)"', read("src", "evidence", "functions.c")):
        database.create_function(name, len(arguments.split(",")) if arguments else 0, lambda *_: None)
    database.executescript(read("src", "evidence", "schema.sql"))
    return {(kind, name): [row[1] for row in database.execute("PRAGMA table_info(%s)" % name)]
            for kind, name in database.execute("SELECT type, name FROM sqlite_schema")}, \
        database.execute("PRAGMA user_version").fetchone()[0], \
        database.execute("PRAGMA application_id").fetchone()[0]


def read_document():
    """Sections with the names in the first column of their table, and the examples."""
    sections, examples, name = {}, [], None
    for line in read("docs", "evidence.md").splitlines():
        heading = re.match(r"#+ (.*)", line)
        if heading:
            name = heading[1]
            sections[name] = []
        elif line.startswith("| `") and name:
            sections[name] += re.findall(r"`([^`]+)`", line.split("|")[1])
        if re.match(r"    SELECT ", line):
            examples.append(line.strip())
        examples += re.findall(r"\| `(SELECT [^`]*)` \|$", line)
    return sections, examples


def base_of(view, schema):
    """The table whose columns a view has first."""
    for suffix in ("_now", "_before", "_change"):
        if view.endswith(suffix) and ("table", view[:-len(suffix)]) in schema:
            return view[:-len(suffix)]
    return {"port_use": "destination"}.get(view)


def compare(where, documented, wanted):
    problems = ["%s: '%s' is documented and not there" % (where, one) for one in documented if one not in wanted]
    problems += ["%s: '%s' is not documented" % (where, one) for one in wanted if one not in documented]
    return problems


def check_columns(schema, sections, kind):
    problems = []
    for (one, name), columns in schema.items():
        if one != kind:
            continue
        base = base_of(name, schema) if kind == "view" else None
        known = schema[("table", base)] if base else ["sample"] if name not in ("sample", "window") else []
        wanted = [column for column in columns if column not in known]
        if wanted or name in sections:
            problems += compare(name, sections.get(name, []), wanted)
        if base and kind == "view" and name not in sections and "`%s`" % name not in read("docs", "evidence.md"):
            problems.append("view '%s' is not named" % name)
    return problems


def check_functions(sections):
    defined = ["%s(%s)" % pair for pair in
               re.findall(r'\{ \{ "(\w+)",\s*"([^"]*)"', read("src", "evidence", "functions.c"))]
    return compare("functions", sections.get("Functions", []), defined)


def check_examples(examples):
    problems = [] if len(examples) > 25 else ["only %d examples" % len(examples)]
    for example in examples:
        done = subprocess.run([TCPTUNE, "query", "--evidence", EVIDENCE, example], capture_output=True, text=True,
                              check=False)
        if done.returncode:
            problems.append("%s: %s" % (example, done.stderr.strip()))
    return problems


def main():
    schema, version, application = read_schema()
    sections, examples = read_document()
    text = read("docs", "evidence.md")
    results = (
        ("every column of a table is documented", check_columns(schema, sections, "table")),
        ("every column of a view is documented", check_columns(schema, sections, "view")),
        ("every function is documented", check_functions(sections)),
        ("every example runs", check_examples(examples)),
        ("the version is that of the schema", [] if "now %d;" % version in text and str(application) in text
         else ["version %d, application id %d" % (version, application)]),
        ("the check sees a column that is missing", [] if compare("x", ["a"], ["a", "b"]) else ["it does not"]),
    )
    for number, (sentence, problems) in enumerate(results, 1):
        print("%sok %d - %s" % ("not " if problems else "", number, sentence))
        for problem in problems:
            print("# " + problem)
    print("1..%d" % len(results))
    return int(any(problems for _, problems in results))


sys.exit(main())
