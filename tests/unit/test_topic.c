#include "report/topic.h"

#include "catalog/counter.h"
#include "catalog/sysctl.h"

#include <ctype.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void a_page_is_headings_paragraphs_lists_and_code(void **state)
{
	static const char page[] =
		"# A title\n\nOne\ntwo.\n\n- first\n  goes on\n- second\n\n"
		"## Look\n\n    ss -t | wc\n";
	const struct embedded_file topic = { "x", page, sizeof(page) - 1 };
	AUTO(prose_clear) struct prose prose = { .layout = { .width = 40 } };

	(void)state;
	topic_add(&topic, &prose);
	assert_string_equal(text_string(&prose.text), "A title\n\n"
						      "One two.\n\n"
						      "  - first goes on\n"
						      "  - second\n\n"
						      "Look\n\n"
						      "    ss -t | wc\n");
}

static void every_topic_has_a_title_and_is_found(void **state)
{
	(void)state;
	assert_true(embedded_topic_count >= 9);
	for (size_t i = 0; i < embedded_topic_count; i++) {
		const char *title;

		assert_ptr_equal(topic_find(embedded_topics[i].name),
				 &embedded_topics[i]);
		assert_memory_equal(embedded_topics[i].data, "# ", 2);
		assert_in_range(topic_title(&embedded_topics[i], &title), 10, 70);
		assert_int_not_equal(title[0], '#');
	}
	assert_null(topic_find("no-such-topic"));
}

static void topics_are_ascii(void **state)
{
	(void)state;
	for (size_t i = 0; i < embedded_topic_count; i++) {
		for (const char *at = embedded_topics[i].data; *at; at++)
			assert_true(*at == '\n' || (*at >= ' ' && *at <= '~'));
	}
}

static bool has_leaf(const char *word)
{
	for (size_t i = 0; i < sysctl_count(); i++) {
		const char *name = sysctl_at(i)->name;

		if (strcmp(strrchr(name, '.') + 1, word) == 0)
			return true;
	}
	return false;
}

/* Names that only the kernel has: keys of TCP and IP, and counters of TCP. */
static void check_word(const char *topic, const char *word)
{
	bool is_key = strncmp(word, "net.", 4) == 0;
	bool is_leaf = strncmp(word, "tcp_", 4) == 0 || strncmp(word, "ip_", 3) == 0;
	bool is_counter = strncmp(word, "TCP", 3) == 0 && strlen(word) > 4 &&
			  strcmp(word, "TCP_NODELAY") != 0;

	if ((is_key && !sysctl_find(word)) || (is_leaf && !has_leaf(word)) ||
	    (is_counter && !counter_find_loosely(word)))
		fail_msg("topic '%s' names '%s', which the catalog does not know", topic,
			 word);
}

static void names_in_topics_are_in_the_catalog(void **state)
{
	(void)state;
	for (size_t i = 0; i < embedded_topic_count; i++) {
		const char *at = embedded_topics[i].data;

		while (*at) {
			char word[128] = "";
			size_t length = 0;

			while (isalnum((unsigned char)at[length]) ||
			       (at[length] && strchr("._", at[length])))
				length++;
			(void)snprintf(word, sizeof(word), "%.*s", (int)length, at);
			while (length > 0 && word[length - 1] == '.')
				word[--length] = '\0';
			check_word(embedded_topics[i].name, word);
			at += length ? length : 1;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_page_is_headings_paragraphs_lists_and_code),
		cmocka_unit_test(every_topic_has_a_title_and_is_found),
		cmocka_unit_test(topics_are_ascii),
		cmocka_unit_test(names_in_topics_are_in_the_catalog),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
