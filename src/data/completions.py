"""Part of the build: completions for a shell, from the tables of commands and options.

    completions.py bash|zsh|fish COMMANDS.json OUTPUT
"""
import sys

import tables

# Names are the words at the beginning of a line; a summary that goes on is indented.
NAMES = "sed -n 's/^\\([a-z0-9][a-z0-9_-]*\\).*/\\1/p'"
# Only plain ones: bash expands what it is offered, so that a name could run something.
NETNS = "ip netns list 2>/dev/null | sed -n 's/^\\([A-Za-z0-9_.:@-]*\\)\\( (id.*\\)\\{0,1\\}$/\\1/p'"


def bash_case(commands):
    """Arms of a case over "command option": what its value may be."""
    for command in commands:
        for option in command.options:
            if not option.argument:
                continue
            names = ["--" + option.name] + (["-" + option.letter] if option.letter else [])
            pattern = "|".join("'%s %s'" % (command.name, name) for name in names)
            yield "\t%s)" % pattern, option.words(), option.kind()


def bash(commands):
    yield "# bash completion of tcptune, made from its tables of commands and options."
    yield "_tcptune_names() { command tcptune \"$1\" list 2>/dev/null | %s; }" % NAMES
    yield ""
    yield "# What a kind of value, or a list of words, offers."
    yield "_tcptune_offer() {"
    yield "\tlocal kind=$1 word=$2"
    yield "\tcase $kind in"
    yield "\tfiles) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$word\") ;;"
    yield "\tfolders) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- \"$word\") ;;"
    yield "\tprofiles) mapfile -t COMPREPLY < <(compgen -W \"$(_tcptune_names profile)\" -- \"$word\") ;;"
    yield "\trules) mapfile -t COMPREPLY < <(compgen -W \"$(_tcptune_names rule)\" -- \"$word\") ;;"
    yield "\tnetns) mapfile -t COMPREPLY < <(compgen -W \"$(%s)\" -- \"$word\") ;;" % NETNS
    yield "\t*) mapfile -t COMPREPLY < <(compgen -W \"$kind\" -- \"$word\") ;;"
    yield "\tesac"
    yield "}"
    yield ""
    yield "_tcptune() {"
    yield "\tlocal word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}"
    yield "\tlocal command=${COMP_WORDS[1]} options= operand="
    yield "\tCOMPREPLY=()"
    yield "\t# '--format=json' comes as three words."
    yield "\tif [[ $word == = ]]; then"
    yield "\t\tword="
    yield "\telif [[ $before == = ]]; then"
    yield "\t\tbefore=${COMP_WORDS[COMP_CWORD - 2]}"
    yield "\tfi"
    yield "\tif [[ $COMP_CWORD == 1 && $word != -* ]]; then"
    yield "\t\t_tcptune_offer '%s' \"$word\"" % " ".join(command.name for command in commands)
    yield "\t\treturn"
    yield "\tfi"
    yield "\t[[ $command == -* ]] && command=audit"
    yield "\tcase \"$command $before\" in"
    for pattern, words, kind in bash_case(commands):
        yield pattern + " _tcptune_offer '%s' \"$word\"; return ;;" % (" ".join(words) or kind or "")
    yield "\tesac"
    yield "\tcase $command in"
    for command in commands:
        yield "\t%s)" % command.name
        yield "\t\toptions='%s'" % " ".join("--" + option.name for option in command.options)
        if command.actions():
            yield "\t\tcase ${COMP_WORDS[2]} in"
            for action, kind in command.actions().items():
                yield "\t\t%s) operand='%s' ;;" % (action, kind or "")
            yield "\t\tesac"
            yield "\t\t[[ $COMP_CWORD == 2 ]] && operand='%s'" % " ".join(command.actions())
        elif command.kind():
            yield "\t\toperand=%s" % command.kind()
        yield "\t\t;;"
    yield "\tesac"
    yield "\tif [[ $COMP_CWORD == 1 ]]; then"
    yield "\t\toptions='%s'" % " ".join("--" + option.name for option in tables.program_options(commands))
    yield "\tfi"
    yield "\tif [[ $word == -* ]]; then"
    yield "\t\t_tcptune_offer \"$options\" \"$word\""
    yield "\telif [[ $operand ]]; then"
    yield "\t\t_tcptune_offer \"$operand\" \"$word\""
    yield "\tfi"
    yield "}"
    yield "complete -F _tcptune tcptune"


def zsh_quote(text):
    return "'" + text.replace("'", "'\\''") + "'"


def zsh_escape(text):
    return "".join("\\" + c if c in "[]:\\" else c for c in text)


def zsh_value(words, kind):
    if words:
        return "(%s)" % " ".join(words)
    return {"files": "_files", "folders": "_files -/"}.get(kind, "_tcptune_" + kind if kind else " ")


def zsh_options(options):
    for option in options:
        value = ""
        if option.argument:
            value = ":%s:%s" % (zsh_escape(option.argument), zsh_value(option.words(), option.kind()))
        for name in ["--" + option.name] + (["-" + option.letter] if option.letter else []):
            equals = "=" if value and name.startswith("--") else ""
            yield zsh_quote("*%s%s[%s]%s" % (name, equals, zsh_escape(option.summary), value))


def zsh_operands(command):
    if command.actions():
        yield zsh_quote("1:action:(%s)" % " ".join(command.actions()))
        yield zsh_quote("*: :_tcptune_%s_operands" % command.name)
    elif command.kind():
        yield zsh_quote("*: :" + zsh_value([], command.kind()))


def zsh(commands):
    yield "#compdef tcptune"
    yield "# zsh completion of tcptune, made from its tables of commands and options."
    for kind, source in (("profiles", "tcptune profile list"), ("rules", "tcptune rule list")):
        yield "_tcptune_%s() { compadd -- ${(f)\"$(command %s 2>/dev/null | %s)\"} }" % (kind, source, NAMES)
    yield "_tcptune_netns() { compadd -- ${(f)\"$(%s)\"} }" % NETNS
    for command in commands:
        if not command.actions():
            continue
        yield "_tcptune_%s_operands() {" % command.name
        yield "\tcase ${words[2]} in"
        for action, kind in command.actions().items():
            if kind:
                yield "\t%s) %s ;;" % (action, zsh_value([], kind))
        yield "\tesac"
        yield "}"
    yield "_tcptune() {"
    yield "\tlocal -a commands=("
    for command in commands:
        yield "\t\t%s" % zsh_quote("%s:%s" % (command.name, zsh_escape(command.summary)))
    yield "\t)"
    yield "\tif (( CURRENT == 2 )) && [[ ${words[2]} != -* ]]; then"
    yield "\t\t_describe command commands"
    yield "\t\treturn"
    yield "\tfi"
    yield "\tcase ${words[2]} in"
    for command in commands:
        yield "\t%s)" % command.name
        yield "\t\tshift words"
        yield "\t\t(( CURRENT-- ))"
        yield "\t\t_arguments " + " \\\n\t\t\t".join([*zsh_options(command.options), *zsh_operands(command)])
        yield "\t\t;;"
    yield "\t-*)"
    yield "\t\t_arguments " + " \\\n\t\t\t".join(zsh_options(tables.program_options(commands)))
    yield "\t\t;;"
    yield "\tesac"
    yield "}"
    yield "_tcptune \"$@\""


def fish_quote(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def fish_value(words, kind):
    if words:
        return "-x -a " + fish_quote(" ".join(words))
    return {
        "files": "-r -F",
        "folders": "-x -a '(__fish_complete_directories)'",
        "profiles": "-x -a '(__tcptune_names profile)'",
        "rules": "-x -a '(__tcptune_names rule)'",
        "netns": "-x -a %s" % fish_quote("(%s)" % NETNS),
        None: "-x",
    }[kind]


def fish_options(options, condition):
    for option in options:
        letter = " -s " + option.letter if option.letter else ""
        value = " " + fish_value(option.words(), option.kind()) if option.argument else ""
        yield "complete -c tcptune -n '%s' -l %s%s%s -d %s" % (
            condition, option.name, letter, value, fish_quote(option.summary))


def fish(commands):
    yield "# fish completion of tcptune, made from its tables of commands and options."
    yield "function __tcptune_names\n\tcommand tcptune $argv[1] list 2>/dev/null | %s\nend" % NAMES
    yield "# Is this the command, and that its action?"
    yield "function __tcptune_in"
    yield "\tset -l words (commandline -opc)"
    yield "\tfor i in (seq (count $argv))"
    yield "\t\tset -l at (math $i + 1)"
    yield "\t\ttest \"$words[$at]\" = \"$argv[$i]\"; or return 1"
    yield "\tend"
    yield "end"
    yield "function __tcptune_begins\n\ttest (count (commandline -opc)) = 1\nend"
    yield "function __tcptune_bare\n\tset -l words (commandline -opc)"
    yield "\ttest (count $words) = 1; or string match -q -- '-*' $words[2]\nend"
    yield "complete -c tcptune -f"
    yield from fish_options(tables.program_options(commands), "__tcptune_bare")
    for command in commands:
        inside = "__tcptune_in " + command.name
        yield "complete -c tcptune -n __tcptune_begins -a %s -d %s" % (command.name, fish_quote(command.summary))
        yield from fish_options(command.options, inside)
        for action, kind in command.actions().items():
            yield "complete -c tcptune -n '%s; and test (count (commandline -opc)) = 2' -a %s" % (inside, action)
            if kind:
                yield "complete -c tcptune -n '%s %s' %s" % (
                    inside, action, fish_value([], kind).replace("-r ", "").replace("-x ", ""))
        if command.kind():
            yield "complete -c tcptune -n '%s' %s" % (
                inside, fish_value([], command.kind()).replace("-r ", "").replace("-x ", ""))


def main():
    shell, source, output = sys.argv[1:]
    lines = {"bash": bash, "zsh": zsh, "fish": fish}[shell](tables.load(source))
    with open(output, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


main()
