#include "report/topic.h"

#include <string.h>

const struct embedded_file *topic_find(const char *name)
{
	for (size_t i = 0; i < embedded_topic_count; i++) {
		if (strcmp(embedded_topics[i].name, name) == 0)
			return &embedded_topics[i];
	}
	return NULL;
}

size_t topic_title(const struct embedded_file *topic, const char **ret)
{
	const char *title = topic->data + strspn(topic->data, "# ");

	*ret = title;
	return strcspn(title, "\n");
}

/* A paragraph under way: its lines are joined and wrapped anew. */
struct paragraph {
	struct text text;
	bool is_item;
};

static void paragraph_end(struct paragraph *paragraph, struct prose *prose)
{
	const struct indent item = { 2, 4 }, plain = { 0, 0 };

	if (paragraph->text.has_failed)
		prose->text.has_failed = true;
	if (paragraph->text.length > 0)
		prose_add(prose, paragraph->is_item ? item : plain, STYLE_PLAIN,
			  paragraph->is_item ? "-" : "", text_string(&paragraph->text));
	text_reset(&paragraph->text);
	paragraph->is_item = false;
}

static void paragraph_add(struct paragraph *paragraph, const char *line)
{
	if (paragraph->text.length > 0)
		text_add_char(&paragraph->text, ' ');
	text_add(&paragraph->text, line + strspn(line, " "));
}

static void add_heading(const char *line, struct prose *prose)
{
	prose_gap(prose);
	prose_add(prose, (struct indent){ 0, 2 }, STYLE_STRONG, "",
		  line + strspn(line, "# "));
}

static void add_line(struct paragraph *paragraph, const char *line, struct prose *prose)
{
	bool is_code = strncmp(line, "    ", 4) == 0 && paragraph->text.length == 0;

	if (line[0] == '\0' || line[0] == '#' || is_code || strncmp(line, "- ", 2) == 0)
		paragraph_end(paragraph, prose);
	if (line[0] == '\0') {
		prose_gap(prose);
	} else if (line[0] == '#') {
		add_heading(line, prose);
	} else if (is_code) {
		prose_add_line(prose, 0, STYLE_PLAIN, line);
	} else if (strncmp(line, "- ", 2) == 0) {
		paragraph->is_item = true;
		paragraph_add(paragraph, line + 2);
	} else {
		paragraph_add(paragraph, line);
	}
}

void topic_add(const struct embedded_file *topic, struct prose *prose)
{
	struct paragraph paragraph = { 0 };
	const char *at = topic->data;

	while (*at) {
		size_t length = strcspn(at, "\n");
		auto_free char *line = strndup(at, length);

		if (line)
			add_line(&paragraph, line, prose);
		else
			prose->text.has_failed = true;
		at += length + (at[length] == '\n');
	}
	paragraph_end(&paragraph, prose);
	text_clear(&paragraph.text);
}
