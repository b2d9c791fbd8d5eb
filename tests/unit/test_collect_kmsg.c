/* The kernel's log, in the words of old and new releases. */
#include "base/macros.h"
#include "collect/kmsg_line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void lines_of_every_release_are_known(void **state)
{
	static const struct {
		const char *message, *what, *subject;
		int64_t count;
	} cases[] = {
		/* 2.6.32 */
		{ "possible SYN flooding on port 80. Sending cookies.",
		  "syn-flood-cookies", "80", 1 },
		/* 3.2 */
		{ "TCP: Possible SYN flooding on port 80. Sending cookies.  Check SNMP counters.",
		  "syn-flood-cookies", "80", 1 },
		/* 4.x to 6.1 */
		{ "TCP: request_sock_TCP: Possible SYN flooding on port 5000. Sending cookies.  Check SNMP counters.",
		  "syn-flood-cookies", "5000", 1 },
		{ "TCP: request_sock_TCPv6: Possible SYN flooding on port 5000. Dropping request.  Check SNMP counters.",
		  "syn-flood-drops", "5000", 1 },
		/* 6.12 */
		{ "TCP: request_sock_TCP: Possible SYN flooding on port 0.0.0.0:5000. Sending cookies.",
		  "syn-flood-cookies", "0.0.0.0:5000", 1 },
		{ "TCP: request_sock_TCP: Possible SYN flooding on port [::]:443. Dropping request.",
		  "syn-flood-drops", "[::]:443", 1 },
		{ "TCP: request_sock_subflow_v4: Possible SYN flooding on port 10.1.2.3:8443. Sending cookies.",
		  "syn-flood-cookies", "10.1.2.3:8443", 1 },
		{ "TCP: too many of orphaned sockets", "orphans-too-many", "", 1 },
		{ "TCP: too many orphaned sockets", "orphans-too-many", "", 1 },
		{ "TCP: out of memory -- consider tuning tcp_mem", "tcp-out-of-memory",
		  "", 1 },
		{ "Out of socket memory", "tcp-out-of-memory", "", 1 },
		{ "TCP: time wait bucket table overflow", "time-wait-overflow", "", 1 },
		{ "TCP: time wait bucket table overflow (CT101)", "time-wait-overflow",
		  "", 1 },
		{ "ip_conntrack: table full, dropping packet.", "conntrack-full", "", 1 },
		{ "nf_conntrack: table full, dropping packet", "conntrack-full", "", 1 },
		{ "nf_conntrack: nf_conntrack: table full, dropping packet",
		  "conntrack-full", "", 1 },
		/* 6.18 */
		{ "nf_conntrack: nf_conntrack: table full in netns 4026532176, dropping packet",
		  "conntrack-full", "4026532176", 1 },
		{ "Neighbour table overflow.", "neighbour-full", "", 1 },
		{ "IPv4: Neighbour table overflow.", "neighbour-full", "", 1 },
		{ "neighbour: arp_cache: neighbor table overflow!", "neighbour-full",
		  "arp_cache", 1 },
		{ "neighbour: ndisc_cache: neighbor table overflow!", "neighbour-full",
		  "ndisc_cache", 1 },
		{ "TCP: eth0: Driver has suspect GRO implementation, TCP performance may be compromised.",
		  "suspect-gro", "eth0", 1 },
		{ "net_ratelimit: 127 callbacks suppressed", "messages-suppressed", "",
		  127 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct kmsg_line line;

		if (!kmsg_line_read(cases[i].message, &line))
			fail_msg("not known: %s", cases[i].message);
		assert_string_equal(line.what, cases[i].what);
		assert_string_equal(line.subject, cases[i].subject);
		assert_int_equal(line.count, cases[i].count);
	}
}

static void other_lines_are_not(void **state)
{
	static const char *const messages[] = {
		"",
		"TCP: Hash tables configured (established 262144 bind 65536)",
		"Out of memory: Killed process 1234 (nginx)",
		"nf_conntrack: default automatic helper assignment has been turned off",
		"possible SYN flooding on port 80. Something new.",
		"nfs: server not responding, still trying",
		"printk: systemd: 10 callbacks suppressed",
		"table full in netns 12",
	};
	struct kmsg_line line;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(messages); i++)
		if (kmsg_line_read(messages[i], &line))
			fail_msg("taken for %s: %s", line.what, messages[i]);
}

static void subjects_are_cut_to_the_room_for_them(void **state)
{
	struct kmsg_line line;
	char message[256];

	(void)state;
	(void)snprintf(message, sizeof(message),
		       "Possible SYN flooding on port %0100d. Sending cookies.", 5);
	assert_true(kmsg_line_read(message, &line));
	assert_int_equal(strlen(line.subject), KMSG_SUBJECT_BYTES - 1);
	assert_true(
		kmsg_line_read("Possible SYN flooding on port  Sending cookies", &line));
	assert_string_equal(line.subject, "");
}

static void a_count_that_makes_no_sense_is_one(void **state)
{
	static const char *const messages[] = {
		"net_ratelimit: callbacks suppressed",
		"net_ratelimit: 0 callbacks suppressed",
		"net_ratelimit: -5 callbacks suppressed",
		"net_ratelimit: 99999999999999999999 callbacks suppressed"
	};
	struct kmsg_line line;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(messages); i++) {
		assert_true(kmsg_line_read(messages[i], &line));
		assert_int_equal(line.count, 1);
	}
}

static void a_record_has_its_time_in_seconds(void **state)
{
	static const char *const records[] = {
		"4,339,5140900,-;TCP: too many orphaned sockets\n",
		"4,339,5140900,c;TCP: too many orphaned sockets\n SUBSYSTEM=net\n",
		"4,339,5140900,-,caller=T123;TCP: too many orphaned sockets\n",
		"4,339,5140900;TCP: too many orphaned sockets",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(records); i++) {
		struct kmsg_line line;
		double seconds = 0;

		assert_true(kmsg_record_read(records[i], &line, &seconds));
		assert_string_equal(line.what, "orphans-too-many");
		assert_float_equal(seconds, 5.1409, 1e-9);
	}
}

/* Whoever may write to the log gets another facility than the kernel's 0. */
static void what_a_program_wrote_does_not_count(void **state)
{
	static const char *const records[] = {
		"12,339,5140900,-;TCP: too many orphaned sockets\n",
		"30,339,5140900,-;TCP: too many orphaned sockets\n",
		"8,339,5140900,-;TCP: too many orphaned sockets\n",
	};
	struct kmsg_line line;
	double seconds;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(records); i++)
		assert_false(kmsg_record_read(records[i], &line, &seconds));
}

/* Only the message is read, not what stands behind it. */
static void words_in_other_places_do_not_count(void **state)
{
	struct kmsg_line line;
	double seconds;

	(void)state;
	assert_false(kmsg_record_read(
		"4,339,5140900,-;hello\n SUBJECT=TCP: too many orphaned sockets\n", &line,
		&seconds));
}

static void torn_records_are_skipped(void **state)
{
	static const char *const records[] = {
		"",
		";",
		"4",
		"4,",
		"4,339",
		"4,339,",
		"4,339,51",
		"4,339,51,-",
		"x,339,51,-;TCP: too many orphaned sockets",
		"4;339,51,-;TCP: too many orphaned sockets",
		"-4,339,51,-;TCP: too many orphaned sockets",
	};
	struct kmsg_line line;
	double seconds;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(records); i++)
		assert_false(kmsg_record_read(records[i], &line, &seconds));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_every_release_are_known),
		cmocka_unit_test(other_lines_are_not),
		cmocka_unit_test(subjects_are_cut_to_the_room_for_them),
		cmocka_unit_test(a_count_that_makes_no_sense_is_one),
		cmocka_unit_test(a_record_has_its_time_in_seconds),
		cmocka_unit_test(what_a_program_wrote_does_not_count),
		cmocka_unit_test(words_in_other_places_do_not_count),
		cmocka_unit_test(torn_records_are_skipped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
