#include "report/explain.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void explain(const struct sysctl_def *def, const struct live_value *live,
		    struct prose *prose)
{
	*prose = (struct prose){ .layout = { .width = 70 } };
	explain_sysctl(def, live, live ? 1 : 0, prose);
	assert_int_equal(text_check(&prose->text), 0);
}

static void a_known_key_is_told_with_its_value(void **state)
{
	static const struct sysctl_def def = {
		.name = "net.core.somaxconn",
		.type = VALUE_INT,
		.arity = 1,
		.unit = "connections",
		.accepted = RANGE(0, 2147483647),
		.sane = RANGE(128, 65535),
		.initial = "4096",
		.scope = SCOPE_NETNS,
		.inherits = INHERITS_DEFAULT,
		.since = EXACTLY(2, 4),
		.effect = EFFECT_LISTEN,
		.effect_note = "running programs keep theirs",
		.better = BETTER_HIGHER,
		.summary = "Bounds accept queues.",
		.source = "net/socket.c",
	};
	const struct live_value live = { "net.core.somaxconn", "128", NULL };
	AUTO(prose_clear) struct prose prose = { 0 };

	(void)state;
	explain(&def, &live, &prose);
	assert_string_equal(
		text_string(&prose.text),
		"net.core.somaxconn = 128\n"
		"  Bounds accept queues.\n"
		"\n"
		"  default       4096\n"
		"  type          integer, in connections; the kernel takes 0 to\n"
		"                2147483647; 128 to 65535 makes sense\n"
		"  scope         one value for each network namespace: a container has\n"
		"                its own, and starts with the kernel's default,\n"
		"                whatever the host has set\n"
		"  takes effect  next listen(); running programs keep theirs\n"
		"  better        higher, in general; an old guide's number may lower it\n"
		"  appeared      in Linux 2.4\n"
		"  source        net/socket.c\n");
}

static void what_is_not_known_is_said_or_left_out(void **state)
{
	static const struct sysctl_def def = { .name = "net.x", .arity = 1 };
	const struct live_value live = { "net.x", NULL, "permission denied" };
	AUTO(prose_clear) struct prose prose = { 0 };

	(void)state;
	explain(&def, &live, &prose);
	assert_string_equal(text_string(&prose.text),
			    "net.x (on this host: permission denied)\n"
			    "\n"
			    "  default       not known\n"
			    "  type          not known\n"
			    "  scope         not known\n");
}

static void a_secret_is_never_shown(void **state)
{
	const struct sysctl_def *def = sysctl_find("net.ipv4.tcp_fastopen_key");
	const struct live_value live = { "net.ipv4.tcp_fastopen_key", "0123-4567", NULL };
	AUTO(prose_clear) struct prose prose = { 0 };

	(void)state;
	assert_non_null(def);
	explain(def, &live, &prose);
	assert_null(strstr(text_string(&prose.text), "0123-4567"));
	assert_non_null(strstr(text_string(&prose.text), "(secret: never shown)"));
}

static void a_removed_key_says_when_and_what_now(void **state)
{
	const struct sysctl_def *def = sysctl_find("net.ipv4.tcp_tw_recycle");
	AUTO(prose_clear) struct prose prose = { 0 };

	(void)state;
	assert_non_null(def);
	explain(def, NULL, &prose);
	assert_non_null(strstr(text_string(&prose.text),
			       "Gone from the kernel: removed in Linux 4.12."));
	assert_non_null(strstr(text_string(&prose.text), "Now: "));
	assert_null(strstr(text_string(&prose.text), "scope"));
}

static void every_key_can_be_explained(void **state)
{
	(void)state;
	for (size_t i = 0; i < sysctl_count(); i++) {
		AUTO(prose_clear) struct prose prose = { 0 };

		explain(sysctl_at(i), NULL, &prose);
		assert_true(prose.text.length > 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_known_key_is_told_with_its_value),
		cmocka_unit_test(what_is_not_known_is_said_or_left_out),
		cmocka_unit_test(a_secret_is_never_shown),
		cmocka_unit_test(a_removed_key_says_when_and_what_now),
		cmocka_unit_test(every_key_can_be_explained),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
