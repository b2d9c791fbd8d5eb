#!/usr/bin/python3
"""The JSON of apply, undo, status and history is what docs/apply.schema.json says."""
import json
import os

from applylib import State, Tap, enter_fresh_namespace, sets, write

SCHEMA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "apply.schema.json")
PLAN = sets([("net.core.somaxconn", "1234"), ("net.ipv4.ip_forward", "1"), ("net.core.rmem_max", "999999"),
             ("net.ipv4.tcp_sack", "1"), ("net.ipv4.conf.v0.rp_filter", "1")])


def documents(state):
    """Commands and the documents that they print."""
    for words in (("status",), ("history",),
                  ("apply", *PLAN, "--dry-run"),
                  ("apply", "--set", "net.ipv4.tcp_fin_timeout=-5", "--yes"),
                  ("apply", "--set", "net.ipv4.tcp_fastopen_key=1-2-3-4", "--dry-run"),
                  ("apply", *PLAN, "--yes", "--confirm-within", "60s"),
                  ("status",), ("apply", "--profile", "nginx-proxy", "--yes"), ("confirm",),
                  ("apply", "--profile", "nginx-proxy", "--yes"),
                  ("status",), ("history", "2"), ("undo", "1"), ("undo",), ("undo",), ("history",)):
        if words == ("confirm",):
            state.run("confirm")
            write("net.core.somaxconn", "555")
            continue
        document, _ = state.json(*words)
        yield words, document


def check_secret(tap):
    """With --irreversible a secret is written, and is nowhere else."""
    secret = "00000001-00000002-00000003-00000004"
    with State() as state:
        done = state.run("apply", "--set", "net.ipv4.tcp_fastopen_key=" + secret, "--irreversible", "--yes")
        undone = state.run("undo")
        texts = done.stdout + done.stderr + undone.stdout + json.dumps(state.json("history", "1")[0])
        with open(os.path.join(state.path, "journal.sqlite"), "rb") as file:
            stored = file.read()
        with open("/proc/sys/net/ipv4/tcp_fastopen_key", encoding="ascii") as file:
            live = file.read().strip()
        tap.ok(done.returncode == 0 and live == secret and secret not in texts and secret.encode() not in stored and
               "stays as it is" in undone.stdout,
               "with --irreversible a secret is written, and neither shown nor kept", done.stderr, undone.stdout)


def main():
    tap = Tap()
    try:
        import jsonschema
    except ImportError:
        tap.skip("the documents fit their schema", "python3-jsonschema is not installed")
        tap.end()
    with open(SCHEMA, encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    enter_fresh_namespace()
    with State() as state:
        for words, document in documents(state):
            errors = [error.message for error in validator.iter_errors(document)]
            tap.ok(not errors and document["document"] == words[0], "%s fits the schema" % " ".join(words)[:60],
                   *errors[:3], json.dumps(document)[:1500])
            text = json.dumps(document)
            if "tcp_fastopen_key" in text:
                tap.ok("1-2-3-4" not in text, "a secret is in no document")
    check_secret(tap)
    tap.end()


main()
