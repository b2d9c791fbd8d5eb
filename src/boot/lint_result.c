/* Collecting messages. */
#include "boot/lint_parts.h"

#include "base/utf8.h"

#include <errno.h>

static int reserve(struct lint_result *result)
{
	size_t capacity = result->capacity ? result->capacity * 2 : 16;
	struct lint_message *messages;

	if (result->count < result->capacity)
		return 0;
	messages = reallocarray(result->messages, capacity, sizeof(*messages));
	if (!messages)
		return -ENOMEM;
	result->messages = messages;
	result->capacity = capacity;
	return 0;
}

/* The column of a byte of a line, from 1; each character is one. */
static unsigned column_of(struct slice bytes, const char *at)
{
	unsigned column = 1;
	const char *from = bytes.at;

	while (from < at) {
		size_t length = utf8_decode(from, NULL);

		from += length ? length : 1;
		column++;
	}
	return column;
}

const char *lint_key(const struct lint_state *state, const struct lint_line *line,
		     char *buffer, size_t size)
{
	key_path_dotted(state->paths.names[line->path], buffer, size);
	return buffer;
}

void lint_say(struct lint_state *state, const struct lint_line *line, struct slice part,
	      enum lint_id id, enum lint_severity severity, const char *advice,
	      const char *format, ...)
{
	struct lint_result *result = state->result;
	char key[KEY_PATH_SIZE];
	struct lint_message *message;
	va_list args;

	if (result->count == LINT_MOST_MESSAGES) {
		result->left_out++;
		return;
	}
	if (reserve(result) < 0) {
		state->has_failed = true;
		return;
	}
	message = &result->messages[result->count];
	*message = (struct lint_message){
		.file = line->file,
		.line = line->line,
		.column = column_of(line->bytes, part.at),
		.end_column = column_of(line->bytes, part.at + part.length),
		.id = id,
		.severity = severity,
		.advice = advice ? strdup(advice) : NULL,
		.key = line->key.length ? strdup(lint_key(state, line, key, sizeof(key)))
					: NULL,
	};
	va_start(args, format);
	if (vasprintf(&message->text, format, args) < 0)
		message->text = NULL;
	va_end(args);
	result->count++;
	state->has_failed |= !message->text || (advice && !message->advice) ||
			     (line->key.length && !message->key);
}

size_t lint_count(const struct lint_result *result, enum lint_severity severity)
{
	size_t count = 0;

	for (size_t i = 0; i < result->count; i++)
		count += !result->messages[i].waived &&
			 result->messages[i].severity == severity;
	return count;
}

void lint_result_clear(struct lint_result *result)
{
	for (size_t i = 0; i < result->count; i++) {
		free(result->messages[i].key);
		free(result->messages[i].text);
		free(result->messages[i].advice);
		free(result->messages[i].waived);
	}
	free(result->messages);
	free(result->complaints);
	*result = (struct lint_result){ 0 };
}
