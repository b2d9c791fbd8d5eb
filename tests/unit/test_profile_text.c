#include "report/profile_text.h"

#include "profile/wanted.h"

#include <fcntl.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Write a profile to a folder of its own, and load it by path. */
static void load_text(const char *data, size_t length, struct profile *ret)
{
	char path[] = "/tmp/tcptune-profile-XXXXXX.ini";
	int fd = mkstemps(path, 4);
	struct error err = { 0 };

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, length), length);
	close(fd);
	if (profile_load(path, ret, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(unlink(path), 0);
}

static const char sample[] = "[profile]\n"
			     "summary = a, b\n"
			     "[parameters]\n"
			     "rtt = 40\n"
			     "[sysctl]\n"
			     "net.core.somaxconn = >= {max(4096, :rtt)}\n"
			     "net.ipv4.tcp_syncookies = guard 1\n"
			     "net.ipv4.tcp_rmem = keep exactly 131072 >= 8388608\n"
			     "[reason]\n"
			     "net.core.somaxconn = 'one; two # three'\n"
			     "net.ipv4.tcp_syncookies = \"it's the default\"\n"
			     "net.ipv4.tcp_rmem = long paths\n"
			     "[program]\n"
			     "nginx = 'listen 80; restart'\n";

static void a_flat_profile_is_read_back_the_same(void **state)
{
	AUTO(profile_clear) struct profile first = { 0 };
	AUTO(profile_clear) struct profile second = { 0 };
	AUTO(text_clear) struct text flat = { 0 };
	AUTO(text_clear) struct text again = { 0 };

	(void)state;
	load_text(sample, sizeof(sample) - 1, &first);
	profile_add_flat(&first, &flat);
	load_text(text_string(&flat), flat.length, &second);
	profile_add_flat(&second, &again);
	assert_string_equal(text_string(&flat), text_string(&again));
	assert_int_equal(second.wanted_count, 3);
	assert_non_null(strstr(text_string(&flat), "= keep exactly 131072 >= 8388608\n"));
	assert_non_null(strstr(text_string(&flat), "= guard 1\n"));
	assert_non_null(strstr(text_string(&flat), "= \"it's the default\"\n"));
}

static void people_see_values_and_reasons(void **state)
{
	AUTO(profile_clear) struct profile profile = { 0 };
	AUTO(prose_clear) struct prose prose = { .layout = { .width = 80 } };

	(void)state;
	load_text(sample, sizeof(sample) - 1, &profile);
	assert_int_equal(profile_add_text(&profile, &prose, NULL), 0);
	assert_non_null(strstr(text_string(&prose.text),
			       "  net.core.somaxconn = >= {max(4096, :rtt)}\n"
			       "      one; two # three\n"));
	assert_non_null(strstr(text_string(&prose.text), "rtt = 40 (--set rtt=VALUE)"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_flat_profile_is_read_back_the_same),
		cmocka_unit_test(people_see_values_and_reasons),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
