#include "cli/option.h"

#include "base/nearest.h"

#include <errno.h>
#include <getopt.h>

/* getopt's values: those of letters stay free, the options follow in their order. */
enum { HELP = 256, FIRST_OPTION = 257 };

static void build_longs(const struct option_def *options, struct option *ret)
{
	size_t i;

	for (i = 0; options[i].name; i++)
		ret[i] = (struct option){
			.name = options[i].name,
			.has_arg = options[i].argument ? required_argument : no_argument,
			.val = FIRST_OPTION + (int)i,
		};
	ret[i++] = (struct option){ .name = "help", .val = HELP };
	ret[i] = (struct option){ 0 };
}

/* ":h", and the letters that options have. */
static void build_letters(const struct option_def *options, char *ret)
{
	*ret++ = ':';
	*ret++ = 'h';
	for (size_t i = 0; options[i].name; i++) {
		if (!options[i].letter)
			continue;
		*ret++ = options[i].letter;
		if (options[i].argument)
			*ret++ = ':';
	}
	*ret = '\0';
}

/* The index of the option that getopt's answer stands for. */
static size_t option_of(const struct option_def *options, int answer)
{
	size_t i = 0;

	if (answer >= FIRST_OPTION)
		return (size_t)(answer - FIRST_OPTION);
	while (options[i].letter != answer)
		i++;
	return i;
}

static bool has_letter(const struct option_def *options, int letter)
{
	for (size_t i = 0; options[i].name; i++)
		if (letter && options[i].letter == letter)
			return true;
	return false;
}

/* word: as given, "--intervall=5s" */
static int fail_unknown(const struct option_def *options, const char *word,
			struct error *err)
{
	const char *start = word + strspn(word, "-");
	auto_free char *name = strndup(start, strcspn(start, "="));
	struct nearest nearest = { .word = name };

	if (!name)
		return -ENOMEM;
	for (size_t i = 0; options[i].name; i++)
		nearest_offer(&nearest, options[i].name);
	nearest_offer(&nearest, "help");
	if (nearest.name)
		return error_set(err, -EINVAL,
				 "unknown option '%s'; the nearest is '--%s'", word,
				 nearest.name);
	return error_set(err, -EINVAL, "unknown option '%s'; --help lists them", word);
}

/* What getopt means by '?' and ':'. */
static int fail_option(const struct option_def *options, int answer, char *const *argv,
		       struct error *err)
{
	const char *name = "help";

	if (optopt >= FIRST_OPTION || has_letter(options, optopt))
		name = options[option_of(options, optopt)].name;

	if (answer == ':')
		return error_set(err, -EINVAL, "option '--%s' needs a value", name);
	if (optopt >= HELP)
		return error_set(err, -EINVAL, "option '--%s' takes no value", name);
	if (optopt != 0)
		return error_set(err, -EINVAL, "unknown option '-%c'; --help lists them",
				 optopt);
	return fail_unknown(options, argv[optind - 1], err);
}

static int parse_all(const struct option_def *options, int argc, char **argv,
		     struct arguments *arguments, struct error *err)
{
	struct option longs[OPTIONS_MOST + 2];
	char letters[3 + 2 * OPTIONS_MOST];
	int answer;

	build_longs(options, longs);
	build_letters(options, letters);
	optind = 0;
	opterr = 0;
	while ((answer = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		if (answer == '?' || answer == ':')
			return fail_option(options, answer, argv, err);
		if (answer == HELP || answer == 'h')
			arguments->wants_help = true;
		else
			arguments->uses[arguments->use_count++] = (struct option_use){
				.option = option_of(options, answer),
				.value = optarg,
			};
	}
	arguments->operands = argv + optind;
	arguments->operand_count = (size_t)(argc - optind);
	return 0;
}

int arguments_parse(const struct option_def *options, int argc, char **argv,
		    struct arguments *ret, struct error *err)
{
	AUTO(arguments_clear) struct arguments arguments = { 0 };
	int r;

	arguments.uses = calloc((size_t)argc + 1, sizeof(*arguments.uses));
	if (!arguments.uses)
		return error_set(err, -ENOMEM, "out of memory");
	r = parse_all(options, argc, argv, &arguments, err);
	if (r < 0)
		return r;
	*ret = arguments;
	arguments.uses = NULL;
	return 0;
}

void arguments_clear(struct arguments *arguments)
{
	free(arguments->uses);
	*arguments = (struct arguments){ 0 };
}

bool arguments_has(const struct arguments *arguments, size_t option)
{
	return arguments_values(arguments, option, NULL, 0) > 0;
}

const char *arguments_value(const struct arguments *arguments, size_t option)
{
	for (size_t i = arguments->use_count; i-- > 0;) {
		if (arguments->uses[i].option == option)
			return arguments->uses[i].value;
	}
	return NULL;
}

size_t arguments_values(const struct arguments *arguments, size_t option,
			const char **values, size_t size)
{
	size_t count = 0;

	for (size_t i = 0; i < arguments->use_count; i++) {
		if (arguments->uses[i].option != option)
			continue;
		if (count < size)
			values[count] = arguments->uses[i].value;
		count++;
	}
	return count;
}

static void add_option_help(const struct option_def *option, struct prose *prose)
{
	AUTO(text_clear) struct text label = { 0 };

	if (option->letter)
		text_addf(&label, "-%c, ", option->letter);
	text_addf(&label, "--%s%s%s", option->name, option->argument ? " " : "",
		  option->argument ? option->argument : "");
	if (label.has_failed)
		prose->text.has_failed = true;
	prose_add(prose, (struct indent){ 2, 26 }, STYLE_PLAIN, text_string(&label),
		  option->summary);
}

void options_add_help(const struct option_def *options, struct prose *prose)
{
	static const struct option_def help = { .name = "help", .summary = "this text" };

	for (size_t i = 0; options[i].name; i++)
		add_option_help(&options[i], prose);
	add_option_help(&help, prose);
}
