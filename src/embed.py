#!/usr/bin/env python3
"""Turn data files into the C arrays of base/embedded.h.

    embed.py OUTPUT SCHEMA.sql FILE.ini... FILE.md...
"""
import os
import sqlite3
import sys
import tempfile


def literal(data):
    """Bytes as a list of small string literals; octal escapes end by themselves."""
    out = []
    for line in data.split(b"\n"):
        text = "".join(
            chr(b) if 32 <= b < 127 and b not in b'"\\?' else "\\%03o" % b for b in line
        )
        out.append('\t"%s\\n"' % text)
    if out and out[-1] == '\t"\\n"':
        out.pop()
    else:
        out[-1] = out[-1][: -len('\\n"')] + '"'
    return "\n".join(out) if out else '\t""'


def file_entry(path):
    with open(path, "rb") as file:
        data = file.read()
    name = os.path.splitext(os.path.basename(path))[0]
    return name, "{\n\t.name = \"%s\",\n\t.size = %d,\n\t.data =\n%s\n}" % (
        name, len(data), literal(data))


def table(name, count_name, paths):
    entries = [entry for _, entry in sorted(file_entry(path) for path in paths)]
    body = ",\n".join(entries) if entries else "{ .name = \"\" }"
    return "const struct embedded_file %s[] = {\n%s\n};\nconst size_t %s = %d;\n" % (
        name, body, count_name, len(entries))


def database_image(schema):
    """An empty database with the schema: opening it costs a quarter of making it."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "schema.sqlite")
        database = sqlite3.connect(path)
        database.execute("PRAGMA page_size = 1024")
        with open(schema, encoding="utf-8") as file:
            database.executescript(file.read())
        database.close()
        with open(path, "rb") as file:
            return file.read()


def bytes_table(name, data):
    lines = ("\t" + ", ".join(str(b) for b in data[i:i + 24]) for i in range(0, len(data), 24))
    return "const unsigned char %s[] = {\n%s\n};\nconst size_t %s_size = %d;\n" % (
        name, ",\n".join(lines), name, len(data))


def main():
    output, schema, files = sys.argv[1], sys.argv[2], sys.argv[3:]
    profiles = [path for path in files if path.endswith(".ini")]
    topics = [path for path in files if path.endswith(".md")]
    with open(output, "w", encoding="ascii") as out:
        out.write('#include "base/embedded.h"\n\n')
        out.write('#pragma GCC diagnostic ignored "-Woverlength-strings"\n\n')
        out.write(table("embedded_profiles", "embedded_profile_count", profiles))
        out.write(table("embedded_topics", "embedded_topic_count", topics))
        out.write(bytes_table("embedded_database", database_image(schema)))
        out.write("const struct embedded_file embedded_schema = %s;\n" % file_entry(schema)[1])


main()
