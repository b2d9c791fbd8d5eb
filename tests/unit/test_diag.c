/* inet_diag from recorded messages; the live kernel is for the tests of live/. */
#include "../fuzz/folder.h"
#include "collect/diag.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

/* --- building messages -------------------------------------------------------------- */

/* Bytes in the making. */
struct bytes {
	_Alignas(8) char data[4096];
	size_t length;
};

static void add(struct bytes *bytes, const void *data, size_t size)
{
	assert_true(bytes->length + NLA_ALIGN(size) <= sizeof(bytes->data));
	memcpy(bytes->data + bytes->length, data, size);
	bytes->length += NLA_ALIGN(size);
}

static void add_attribute(struct bytes *bytes, uint16_t type, const void *data,
			  size_t size)
{
	const struct nlattr header = { .nla_len = (uint16_t)(sizeof(header) + size),
				       .nla_type = type };

	add(bytes, &header, sizeof(header));
	if (size)
		add(bytes, data, size);
}

static void add_message(struct bytes *bytes, uint16_t type, uint16_t flags,
			const void *data, size_t size)
{
	const struct nlmsghdr header = { .nlmsg_len = (uint32_t)(sizeof(header) + size),
					 .nlmsg_type = type,
					 .nlmsg_flags = flags,
					 .nlmsg_seq = 7 };

	add(bytes, &header, sizeof(header));
	if (size)
		add(bytes, data, size);
}

static void add_socket(struct bytes *bytes, unsigned state, uint16_t flags)
{
	const struct inet_diag_msg socket = { .idiag_family = AF_INET,
					      .idiag_state = (uint8_t)state,
					      .idiag_inode = 1 };

	add_message(bytes, SOCK_DIAG_BY_FAMILY, flags, &socket, sizeof(socket));
}

/* The end of a list: NLMSG_DONE or NLMSG_ERROR, with a code. */
static void add_end(struct bytes *bytes, uint16_t type, int code)
{
	add_message(bytes, type, NLM_F_MULTI, &code, sizeof(code));
}

/* --- attributes --------------------------------------------------------------------- */

/* A socket with the attributes of these bytes; torn off after a length. */
static void read_attributes(const struct bytes *attributes, size_t length,
			    struct diag_attributes *ret)
{
	struct inet_diag_msg *socket = malloc(sizeof(*socket) + length);

	/* memory of just that size, so that a read behind it is seen */
	assert_non_null(socket);
	memset(socket, 0, sizeof(*socket));
	if (length)
		memcpy(socket + 1, attributes->data, length);
	memset(ret, 0x55, sizeof(*ret));
	diag_read_attributes(socket, length, ret);
	free(socket);
}

static void without_attributes_nothing_is_known(void **state)
{
	struct bytes none = { .length = 0 };
	struct diag_attributes seen;

	(void)state;
	read_attributes(&none, 0, &seen);
	assert_true(seen.drops == -1);
	assert_int_equal(seen.has_info, false);
}

/* Linux 5.10 has 232 bytes of it, 6.7 has 248, 7.x has 280. */
static void tcp_info_of_any_size_is_taken_as_far_as_it_goes(void **state)
{
	static const size_t sizes[] = { 0, 1, 7, 8, 104, 192, 232, 240, 248, 280, 400 };
	char info[400];

	(void)state;
	for (size_t i = 0; i < sizeof(info); i++)
		info[i] = (char)(i % 255 + 1);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		const size_t known = sizes[i] < sizeof(struct tcp_info)
					     ? sizes[i]
					     : sizeof(struct tcp_info);
		struct bytes bytes = { .length = 0 };
		struct diag_attributes seen;
		const char *rest;

		add_attribute(&bytes, INET_DIAG_INFO, info, sizes[i]);
		read_attributes(&bytes, bytes.length, &seen);
		assert_int_equal(seen.has_info, true);
		assert_memory_equal(&seen.info, info, known);
		rest = (const char *)&seen.info;
		for (size_t n = known; n < sizeof(seen.info); n++)
			assert_int_equal(rest[n], 0);
	}
}

static void drops_are_the_ninth_number_of_the_memory(void **state)
{
	static const struct {
		size_t numbers;
		int64_t out;
	} cases[] = {
		{ 9, 4000000000 }, { 10, 4000000000 }, { 12, 4000000000 },
		{ 8, -1 },	   { 0, -1 },
	};
	const uint32_t memory[12] = { 1, 2, 3, 4, 5, 6, 7, 8, 4000000000 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct bytes bytes = { .length = 0 };
		struct diag_attributes seen;

		add_attribute(&bytes, INET_DIAG_SKMEMINFO, memory,
			      cases[i].numbers * sizeof(memory[0]));
		read_attributes(&bytes, bytes.length, &seen);
		assert_true(seen.drops == cases[i].out);
		assert_int_equal(seen.has_info, false);
	}
}

static void attributes_are_found_among_others_and_with_flags(void **state)
{
	const uint32_t memory[9] = { [SK_MEMINFO_DROPS] = 5 };
	const struct tcp_info info = { .tcpi_last_data_sent = 77 };
	struct bytes bytes = { .length = 0 };
	struct diag_attributes seen;

	(void)state;
	add_attribute(&bytes, INET_DIAG_SHUTDOWN, "x", 1);
	add_attribute(&bytes, INET_DIAG_SKMEMINFO | NLA_F_NESTED, memory, sizeof(memory));
	add_attribute(&bytes, INET_DIAG_CONG, "cubic", 6);
	add_attribute(&bytes, INET_DIAG_INFO | NLA_F_NET_BYTEORDER, &info, sizeof(info));
	add_attribute(&bytes, 0x3fff, NULL, 0);
	read_attributes(&bytes, bytes.length, &seen);
	assert_true(seen.drops == 5);
	assert_int_equal(seen.has_info, true);
	assert_int_equal(seen.info.tcpi_last_data_sent, 77);
}

static void attributes_torn_anywhere_give_what_comes_before(void **state)
{
	const uint32_t memory[9] = { [SK_MEMINFO_DROPS] = 5 };
	const struct tcp_info info = { .tcpi_last_data_sent = 77 };
	struct bytes bytes = { .length = 0 };
	size_t memory_end, info_end;

	(void)state;
	add_attribute(&bytes, INET_DIAG_SKMEMINFO, memory, sizeof(memory));
	memory_end = bytes.length;
	add_attribute(&bytes, INET_DIAG_INFO, &info, sizeof(info));
	info_end = bytes.length;
	for (size_t length = 0; length <= bytes.length; length++) {
		struct diag_attributes seen;

		read_attributes(&bytes, length, &seen);
		assert_true(seen.drops == (length >= memory_end ? 5 : -1));
		assert_int_equal(seen.has_info, length >= info_end);
	}
}

static void attributes_of_impossible_lengths_end_the_walk(void **state)
{
	static const uint16_t lengths[] = { 0, 1, 3, 0xffff, 45 };
	const uint32_t memory[9] = { [SK_MEMINFO_DROPS] = 5 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		struct bytes bytes = { .length = 0 };
		struct diag_attributes seen;
		uint16_t length = lengths[i];

		add_attribute(&bytes, INET_DIAG_SKMEMINFO, memory, sizeof(memory));
		memcpy(bytes.data, &length, sizeof(length));
		read_attributes(&bytes, bytes.length, &seen);
		assert_true(seen.drops == -1);
	}
}

/* --- recorded lists ----------------------------------------------------------------- */

static int make(void **state)
{
	static struct folder folder;

	folder_make(&folder);
	folder_make_way(&folder, "proc/net/");
	folder_make_way(&folder, "netlink/");
	*state = &folder;
	return 0;
}

static int unmake(void **state)
{
	folder_remove(*state);
	return 0;
}

/* What came: how many sockets of each state. */
struct seen {
	size_t count;
	size_t states[DIAG_STATE_COUNT];
	size_t attribute_bytes;
};

static void see(void *data, const struct inet_diag_msg *socket, size_t length)
{
	struct seen *seen = data;

	assert_true(socket->idiag_state < DIAG_STATE_COUNT);
	seen->count++;
	seen->states[socket->idiag_state]++;
	seen->attribute_bytes += length;
}

static void list(const struct folder *folder, unsigned states, struct seen *seen,
		 struct source_result *result)
{
	AUTO(kernel_close) struct kernel kernel = KERNEL_NONE;

	*seen = (struct seen){ 0 };
	*result = (struct source_result){ 0 };
	assert_int_equal(kernel_open_folder(folder->path, &kernel, NULL), 0);
	assert_int_equal(
		diag_list(&kernel, states, DIAG_EXT_INFO, see, seen, result, NULL), 0);
	assert_int_equal(result->reason.text[0] != '\0', result->state != SOURCE_OK);
}

static void put(const struct folder *folder, const char *path, const struct bytes *bytes)
{
	folder_put(folder, path, bytes->data, bytes->length);
}

static void both_families_are_one_list(void **state)
{
	struct bytes bytes = { .length = 0 };
	struct source_result result;
	struct seen seen;

	add_socket(&bytes, DIAG_ESTABLISHED, NLM_F_MULTI);
	add_socket(&bytes, DIAG_LISTEN, NLM_F_MULTI);
	add_end(&bytes, NLMSG_DONE, 0);
	put(*state, "netlink/tcp4.nl", &bytes);
	put(*state, "netlink/tcp6.nl", &bytes);
	list(*state, DIAG_ALL_STATES, &seen, &result);
	assert_int_equal(result.state, SOURCE_OK);
	assert_int_equal(seen.count, 4);
	assert_int_equal(seen.states[DIAG_LISTEN], 2);
}

static void only_the_states_that_are_asked_for_come(void **state)
{
	struct bytes bytes = { .length = 0 };
	struct source_result result;
	struct seen seen;

	for (unsigned i = 1; i < 14; i++)
		add_socket(&bytes, i, NLM_F_MULTI);
	add_socket(&bytes, 255, NLM_F_MULTI);
	put(*state, "netlink/tcp4.nl", &bytes);
	list(*state, STATE_BIT(DIAG_LISTEN), &seen, &result);
	assert_int_equal(seen.count, 1);
	assert_int_equal(seen.states[DIAG_LISTEN], 1);
	list(*state, DIAG_ALL_STATES & ~STATE_BIT(DIAG_LISTEN), &seen, &result);
	assert_int_equal(seen.count, DIAG_STATE_COUNT - 2);
	assert_int_equal(seen.states[DIAG_LISTEN], 0);
	assert_int_equal(result.state, SOURCE_OK);
}

static void one_recorded_family_is_enough(void **state)
{
	struct bytes bytes = { .length = 0 };
	struct source_result result;
	struct seen seen;

	add_socket(&bytes, DIAG_LISTEN, 0);
	put(*state, "netlink/tcp6.nl", &bytes);
	list(*state, DIAG_ALL_STATES, &seen, &result);
	assert_int_equal(result.state, SOURCE_OK);
	assert_int_equal(seen.count, 1);
}

static void nothing_recorded_is_absent(void **state)
{
	const struct folder *folder = *state;
	struct source_result result;
	struct seen seen;

	list(folder, DIAG_ALL_STATES, &seen, &result);
	assert_int_equal(result.state, SOURCE_ABSENT);
	assert_int_equal(unlinkat(folder->fd, "netlink", AT_REMOVEDIR), 0);
	list(folder, DIAG_ALL_STATES, &seen, &result);
	assert_int_equal(result.state, SOURCE_ABSENT);
	assert_int_equal(seen.count, 0);
}

static void an_empty_recording_is_a_list_of_nothing(void **state)
{
	struct source_result result;
	struct seen seen;

	folder_put_text(*state, "netlink/tcp4.nl", "");
	list(*state, DIAG_ALL_STATES, &seen, &result);
	assert_int_equal(result.state, SOURCE_OK);
	assert_int_equal(seen.count, 0);
}

static void a_list_that_changed_while_it_was_read_is_partial(void **state)
{
	static const struct {
		uint16_t first, second, end;
	} cases[] = {
		{ NLM_F_DUMP_INTR, 0, 0 },
		{ 0, NLM_F_DUMP_INTR, 0 },
		{ 0, 0, NLM_F_DUMP_INTR },
	};
	const int code = 0;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct bytes bytes = { .length = 0 };
		struct source_result result;
		struct seen seen;

		add_socket(&bytes, DIAG_LISTEN, NLM_F_MULTI | cases[i].first);
		add_socket(&bytes, DIAG_LISTEN, NLM_F_MULTI | cases[i].second);
		add_message(&bytes, NLMSG_DONE, NLM_F_MULTI | cases[i].end, &code,
			    sizeof(code));
		put(*state, "netlink/tcp4.nl", &bytes);
		list(*state, DIAG_ALL_STATES, &seen, &result);
		assert_int_equal(result.state, SOURCE_PARTIAL);
		assert_non_null(strstr(result.reason.text, "changed"));
		assert_int_equal(seen.count, 2);
	}
}

static void an_error_in_place_of_a_list_says_why(void **state)
{
	static const struct {
		uint16_t type;
		int code;
		enum source_state rc;
	} cases[] = {
		{ NLMSG_ERROR, -ENOENT, SOURCE_ABSENT },
		{ NLMSG_ERROR, -EOPNOTSUPP, SOURCE_ABSENT },
		{ NLMSG_ERROR, -EPERM, SOURCE_UNREADABLE },
		{ NLMSG_DONE, -EPERM, SOURCE_UNREADABLE },
		{ NLMSG_DONE, 0, SOURCE_OK },
		{ NLMSG_ERROR, 0, SOURCE_OK }, /* an acknowledgement */
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct bytes bytes = { .length = 0 };
		struct source_result result;
		struct seen seen;

		add_end(&bytes, cases[i].type, cases[i].code);
		put(*state, "netlink/tcp4.nl", &bytes);
		list(*state, DIAG_ALL_STATES, &seen, &result);
		assert_int_equal(result.state, cases[i].rc);
		assert_int_equal(seen.count, 0);
	}
}

static void an_error_in_the_middle_of_a_list_makes_it_partial(void **state)
{
	struct bytes bytes = { .length = 0 };
	struct source_result result;
	struct seen seen;

	add_socket(&bytes, DIAG_LISTEN, NLM_F_MULTI);
	add_end(&bytes, NLMSG_ERROR, -ENOBUFS);
	put(*state, "netlink/tcp4.nl", &bytes);
	list(*state, DIAG_ALL_STATES, &seen, &result);
	assert_int_equal(result.state, SOURCE_PARTIAL);
	assert_int_equal(seen.count, 1);
}

/* A good list of the other family does not make up for it. */
static void an_error_of_one_family_is_not_hidden_by_the_other(void **state)
{
	struct bytes broken = { .length = 0 }, good = { .length = 0 };
	struct source_result result;
	struct seen seen;

	add_socket(&broken, DIAG_LISTEN, NLM_F_MULTI);
	add_end(&broken, NLMSG_ERROR, -ENOBUFS);
	add_socket(&good, DIAG_LISTEN, NLM_F_MULTI);
	add_end(&good, NLMSG_DONE, 0);
	put(*state, "netlink/tcp4.nl", &broken);
	put(*state, "netlink/tcp6.nl", &good);
	list(*state, DIAG_ALL_STATES, &seen, &result);
	assert_int_equal(result.state, SOURCE_PARTIAL);
	assert_int_equal(seen.count, 2);
}

static void a_recording_torn_anywhere_gives_what_comes_before(void **state)
{
	struct bytes bytes = { .length = 0 };
	const size_t one = sizeof(struct nlmsghdr) + sizeof(struct inet_diag_msg);

	for (int i = 0; i < 3; i++)
		add_socket(&bytes, DIAG_LISTEN, NLM_F_MULTI);
	assert_int_equal(bytes.length, 3 * one);
	for (size_t length = 0; length <= bytes.length; length++) {
		struct source_result result;
		struct seen seen;

		folder_put(*state, "netlink/tcp4.nl", bytes.data, length);
		list(*state, DIAG_ALL_STATES, &seen, &result);
		assert_int_equal(seen.count, length / one);
		assert_int_equal(result.state, length % one ? SOURCE_PARTIAL : SOURCE_OK);
		assert_int_equal(seen.attribute_bytes, 0);
	}
}

static void a_message_of_an_impossible_length_ends_the_list(void **state)
{
	static const uint32_t lengths[] = { 0, 1, 15, 0xffffffff, 0xfffffffc, 4096 };

	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		struct bytes bytes = { .length = 0 };
		struct source_result result;
		struct seen seen;

		add_socket(&bytes, DIAG_LISTEN, NLM_F_MULTI);
		add_socket(&bytes, DIAG_LISTEN, NLM_F_MULTI);
		memcpy(bytes.data + bytes.length / 2, &lengths[i], sizeof(lengths[i]));
		put(*state, "netlink/tcp4.nl", &bytes);
		list(*state, DIAG_ALL_STATES, &seen, &result);
		assert_int_equal(seen.count, 1);
		assert_int_equal(result.state, SOURCE_PARTIAL);
	}
}

static void a_message_too_short_for_a_socket_is_left_out(void **state)
{
	struct bytes bytes = { .length = 0 };
	struct source_result result;
	struct seen seen;
	const char some[16] = { AF_INET, DIAG_LISTEN };

	add_message(&bytes, SOCK_DIAG_BY_FAMILY, NLM_F_MULTI, some, sizeof(some));
	add_message(&bytes, SOCK_DIAG_BY_FAMILY, NLM_F_MULTI, NULL, 0);
	add_socket(&bytes, DIAG_LISTEN, NLM_F_MULTI);
	put(*state, "netlink/tcp4.nl", &bytes);
	list(*state, DIAG_ALL_STATES, &seen, &result);
	assert_int_equal(seen.count, 1);
	assert_int_equal(result.state, SOURCE_PARTIAL);
	assert_non_null(strstr(result.reason.text, "too short"));
}

static void attributes_are_given_with_their_length(void **state)
{
	struct {
		struct inet_diag_msg socket;
		char attributes[24];
	} message = { .socket = { .idiag_family = AF_INET, .idiag_state = DIAG_LISTEN } };
	struct bytes bytes = { .length = 0 };
	struct source_result result;
	struct seen seen;

	add_message(&bytes, SOCK_DIAG_BY_FAMILY, NLM_F_MULTI, &message, sizeof(message));
	put(*state, "netlink/tcp4.nl", &bytes);
	list(*state, DIAG_ALL_STATES, &seen, &result);
	assert_int_equal(seen.attribute_bytes, sizeof(message.attributes));
}

/* --- words -------------------------------------------------------------------------- */

static void states_and_timers_have_words(void **state)
{
	(void)state;
	assert_string_equal(diag_state_text(DIAG_ESTABLISHED), "ESTABLISHED");
	assert_string_equal(diag_state_text(DIAG_CLOSING), "CLOSING");
	assert_string_equal(diag_timer_text(DIAG_TIMER_NONE), "none");
	assert_string_equal(diag_timer_text(DIAG_TIMER_PROBE), "probe");
	for (unsigned i = 1; i < DIAG_STATE_COUNT; i++)
		assert_string_not_equal(diag_state_text(i), "UNKNOWN");
	assert_string_equal(diag_state_text(0), "UNKNOWN");
	assert_string_equal(diag_state_text(DIAG_STATE_COUNT), "UNKNOWN");
	assert_string_equal(diag_state_text(UINT32_MAX), "UNKNOWN");
	assert_string_equal(diag_timer_text(5), "unknown");
	assert_string_equal(diag_timer_text(255), "unknown");
}

static void an_ipv4_address_in_ipv6_form_is_recognised(void **state)
{
	static const struct {
		unsigned char in[16];
		bool out;
	} cases[] = {
		{ { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1 }, true },
		{ { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0 }, true },
		{ { 0 }, false },
		{ { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 0, 0, 1 }, false },
		{ { 0x20, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1 }, false },
		{ { 0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, 10, 0, 0, 1 }, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		__be32 address[4];

		memcpy(address, cases[i].in, sizeof(address));
		assert_int_equal(diag_is_mapped(address), cases[i].out);
	}
}

#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, make, unmake)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_attributes_nothing_is_known),
		cmocka_unit_test(tcp_info_of_any_size_is_taken_as_far_as_it_goes),
		cmocka_unit_test(drops_are_the_ninth_number_of_the_memory),
		cmocka_unit_test(attributes_are_found_among_others_and_with_flags),
		cmocka_unit_test(attributes_torn_anywhere_give_what_comes_before),
		cmocka_unit_test(attributes_of_impossible_lengths_end_the_walk),
		WITH_FOLDER(both_families_are_one_list),
		WITH_FOLDER(only_the_states_that_are_asked_for_come),
		WITH_FOLDER(one_recorded_family_is_enough),
		WITH_FOLDER(nothing_recorded_is_absent),
		WITH_FOLDER(an_empty_recording_is_a_list_of_nothing),
		WITH_FOLDER(a_list_that_changed_while_it_was_read_is_partial),
		WITH_FOLDER(an_error_in_place_of_a_list_says_why),
		WITH_FOLDER(an_error_in_the_middle_of_a_list_makes_it_partial),
		WITH_FOLDER(an_error_of_one_family_is_not_hidden_by_the_other),
		WITH_FOLDER(a_recording_torn_anywhere_gives_what_comes_before),
		WITH_FOLDER(a_message_of_an_impossible_length_ends_the_list),
		WITH_FOLDER(a_message_too_short_for_a_socket_is_left_out),
		WITH_FOLDER(attributes_are_given_with_their_length),
		cmocka_unit_test(states_and_timers_have_words),
		cmocka_unit_test(an_ipv4_address_in_ipv6_form_is_recognised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
