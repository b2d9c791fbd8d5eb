"""The commands and options of the program, as commands_json wrote them."""
import json

# What can be completed. Words with bars between ("text|json") stand for themselves.
KINDS = {
    "FILE": "files",
    "FILE...": "files",
    "FILE|FOLDER...": "files",
    "FOLDER": "folders",
    "NETNS": "netns",
    "PROFILE": "profiles",
}
# Operands that mean one thing behind one command, and another behind the next.
OPERANDS = {("profile", "NAME"): "profiles", ("rule", "ID"): "rules", ("explain", "WORD..."): "rules"}


class Option:
    def __init__(self, name, letter, argument, summary):
        self.name, self.letter, self.argument, self.summary = name, letter, argument, summary

    def words(self):
        """The values that it may have, where its argument lists them."""
        return self.argument.split("|") if self.argument and self.argument.islower() else []

    def kind(self):
        return KINDS.get(self.argument)


class Command:
    def __init__(self, row):
        self.name, self.summary = row["name"], row["summary"]
        self.arguments, self.notes = row["arguments"], row["notes"]
        self.options = [Option(**option) for option in row["options"]]
        self.options.append(Option("help", None, None, "the options of this command"))

    def actions(self):
        """{"show": kind of what comes behind it}; empty for a command that has none."""
        found = {}
        for part in self.arguments.split(" | "):
            word, _, operand = part.partition(" ")
            if word.isalpha() and word.islower():
                found[word] = self.kind_of(operand)
        return found

    def kind(self):
        """Of its operands, if it has no actions."""
        return None if self.actions() else self.kind_of(self.arguments)

    def kind_of(self, operand):
        operand = operand.strip("[]")
        return OPERANDS.get((self.name, operand), KINDS.get(operand))


def load(path):
    with open(path, encoding="utf-8") as file:
        return [Command(row) for row in json.load(file)]


# Without a command, the program takes the options of this one and its own.
def program_options(commands):
    audit = next(command for command in commands if command.name == "audit")
    return [option for option in audit.options if option.name != "help"] + [
        Option("help", None, None, "the commands"), Option("version", None, None, "the version of the program")]
