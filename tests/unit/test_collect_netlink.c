/* Netlink: recorded answers, whole, torn and refused; attributes that lie. */
#include "collect/netlink.h"
#include "collect_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct seen {
	size_t messages;
	struct source_result result;
};

static void count_message(void *data, const struct nlmsghdr *message)
{
	struct seen *seen = data;

	(void)message;
	seen->messages++;
}

static int replay(struct folder *folder, const struct text *messages, struct seen *seen)
{
	const struct netlink_reader reader = { "things", count_message, seen,
					       &seen->result };
	auto_close int root = -1;

	folder_put(folder, "netlink/file.nl", text_string(messages), messages->length);
	root = open(folder->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return netlink_replay(root, "netlink/file.nl", &reader);
}

static void add_message(struct text *messages, uint16_t type, uint16_t flags)
{
	_Alignas(struct nlmsghdr) char buffer[256];
	struct nlmsghdr *message = message_begin(buffer, type);

	message->nlmsg_flags = flags;
	message_end(messages, message);
}

static void a_list_is_read_to_its_end(void **state)
{
	AUTO(text_clear) struct text messages = { 0 };
	struct seen seen = { 0 };

	add_message(&messages, RTM_NEWLINK, NLM_F_MULTI);
	add_message(&messages, RTM_NEWLINK, NLM_F_MULTI);
	add_message(&messages, NLMSG_DONE, NLM_F_MULTI);
	assert_int_equal(replay(*state, &messages, &seen), 0);
	assert_int_equal(seen.messages, 2);
	assert_int_equal(seen.result.state, SOURCE_OK);
}

static void a_file_of_two_lists_is_read_whole(void **state)
{
	AUTO(text_clear) struct text messages = { 0 };
	struct seen seen = { 0 };

	for (int i = 0; i < 2; i++) {
		add_message(&messages, RTM_NEWLINK, NLM_F_MULTI);
		add_message(&messages, NLMSG_DONE, NLM_F_MULTI);
	}
	assert_int_equal(replay(*state, &messages, &seen), 0);
	assert_int_equal(seen.messages, 2);
}

static void nothing_is_no_message(void **state)
{
	AUTO(text_clear) struct text messages = { 0 };
	struct seen seen = { 0 };

	add_message(&messages, NLMSG_NOOP, 0);
	assert_int_equal(replay(*state, &messages, &seen), 0);
	assert_int_equal(seen.messages, 0);
}

static void a_refusal_is_what_the_kernel_said(void **state)
{
	AUTO(text_clear) struct text messages = { 0 };
	struct seen seen = { 0 };

	message_refuse(&messages, -ENOENT);
	assert_int_equal(replay(*state, &messages, &seen), -ENOENT);
	assert_int_equal(seen.messages, 0);
}

static void an_acknowledgement_is_no_failure(void **state)
{
	AUTO(text_clear) struct text messages = { 0 };
	struct seen seen = { 0 };

	message_refuse(&messages, 0);
	assert_int_equal(replay(*state, &messages, &seen), 0);
}

/* A code that no kernel sends must not become a success with a positive number. */
static void a_positive_code_is_no_failure(void **state)
{
	AUTO(text_clear) struct text messages = { 0 };
	struct seen seen = { 0 };

	message_refuse(&messages, 7);
	assert_int_equal(replay(*state, &messages, &seen), 0);
}

static void a_list_that_changed_is_partial(void **state)
{
	AUTO(text_clear) struct text messages = { 0 };
	struct seen seen = { 0 };

	add_message(&messages, RTM_NEWLINK, NLM_F_MULTI | NLM_F_DUMP_INTR);
	assert_int_equal(replay(*state, &messages, &seen), 0);
	assert_int_equal(seen.messages, 1);
	assert_int_equal(seen.result.state, SOURCE_PARTIAL);
	assert_string_equal(seen.result.reason.text,
			    "the list of things changed while it was read");
}

static void a_torn_message_ends_the_list(void **state)
{
	AUTO(text_clear) struct text whole = { 0 };

	add_message(&whole, RTM_NEWLINK, NLM_F_MULTI);
	add_message(&whole, RTM_NEWLINK, NLM_F_MULTI);
	for (size_t length = NLMSG_HDRLEN + 1; length < 2 * NLMSG_HDRLEN; length++) {
		struct text torn = { .data = whole.data, .length = length };
		struct seen seen = { 0 };

		assert_int_equal(replay(*state, &torn, &seen), 0);
		assert_int_equal(seen.messages, 1);
		assert_int_equal(seen.result.state, SOURCE_PARTIAL);
		assert_string_equal(seen.result.reason.text, "a netlink message is torn");
	}
}

static void a_length_that_lies_ends_the_list(void **state)
{
	static const uint32_t lengths[] = {
		0, 1, NLMSG_HDRLEN - 1, NLMSG_HDRLEN + 1, UINT32_MAX - 2, UINT32_MAX
	};

	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		AUTO(text_clear) struct text messages = { 0 };
		struct seen seen = { 0 };

		add_message(&messages, RTM_NEWLINK, 0);
		memcpy(messages.data, &lengths[i], sizeof(lengths[i]));
		assert_int_equal(replay(*state, &messages, &seen), 0);
		assert_int_equal(seen.messages, 0);
		assert_int_equal(seen.result.state, SOURCE_PARTIAL);
	}
}

static void without_a_file_there_is_no_list(void **state)
{
	struct seen seen = { 0 };
	const struct netlink_reader reader = { "things", count_message, &seen,
					       &seen.result };

	(void)state;
	assert_int_equal(netlink_replay(-1, "file.nl", &reader), -ENODATA);
}

static void failures_say_what_is_missing(void **state)
{
	static const struct {
		int code;
		enum source_state state;
		const char *reason;
	} cases[] = {
		{ -ENOENT, SOURCE_ABSENT, "no such thing here" },
		{ -EOPNOTSUPP, SOURCE_ABSENT, "no such thing here" },
		{ -EPROTONOSUPPORT, SOURCE_ABSENT, "no such thing here" },
		{ -ENODATA, SOURCE_ABSENT, "the list of things was not recorded" },
		{ -EPERM, SOURCE_UNREADABLE,
		  "cannot list things: Operation not permitted" },
		{ -ETIMEDOUT, SOURCE_UNREADABLE,
		  "cannot list things: Connection timed out" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct source_result result = { 0 };
		const struct netlink_reader reader = { "things", NULL, NULL, &result };

		assert_int_equal(netlink_note_failure(cases[i].code, &reader,
						      "no such thing here", NULL),
				 0);
		assert_int_equal(result.state, cases[i].state);
		assert_string_equal(result.reason.text, cases[i].reason);
	}
}

static void lack_of_memory_is_a_failure(void **state)
{
	struct source_result result = { 0 };
	const struct netlink_reader reader = { "things", NULL, NULL, &result };

	(void)state;
	assert_int_equal(netlink_note_failure(-ENOMEM, &reader, "", NULL), -ENOMEM);
}

/* --- attributes -------------------------------------------------------------------- */

static void attributes_are_read_one_by_one(void **state)
{
	_Alignas(struct nlmsghdr) char buffer[256];
	struct nlmsghdr *message = message_begin(buffer, RTM_NEWLINK);
	struct netlink_attributes attributes;
	struct netlink_attribute attribute;
	char name[8];

	(void)state;
	mnl_attr_put_u32(message, 5, 7);
	mnl_attr_put_strz(message, 6 | NLA_F_NESTED, "eth0");
	attributes = netlink_attributes_of(message, 0);
	assert_true(netlink_next(&attributes, &attribute));
	assert_int_equal(attribute.type, 5);
	assert_int_equal(netlink_u32(&attribute, -1), 7);
	assert_true(netlink_next(&attributes, &attribute));
	assert_int_equal(attribute.type, 6);
	netlink_text(&attribute, name, sizeof(name));
	assert_string_equal(name, "eth0");
	assert_false(netlink_next(&attributes, &attribute));
}

static void a_text_is_cut_to_the_room_for_it(void **state)
{
	static const char bytes[] = { 'e', 't', 'h', '0' }; /* no NUL */
	const struct netlink_attribute attribute = { 1, bytes, sizeof(bytes) };
	char small[3], large[8];

	(void)state;
	netlink_text(&attribute, small, sizeof(small));
	assert_string_equal(small, "et");
	netlink_text(&attribute, large, sizeof(large));
	assert_string_equal(large, "eth0");
}

static void a_short_number_is_not_known(void **state)
{
	static const char bytes[3] = { 1, 2, 3 };
	const struct netlink_attribute attribute = { 1, bytes, sizeof(bytes) };

	(void)state;
	assert_int_equal(netlink_u32(&attribute, -1), -1);
}

static void what_a_short_struct_lacks_is_zero(void **state)
{
	static const uint32_t bytes[1] = { 5 };
	const struct netlink_attribute attribute = { 1, bytes, sizeof(bytes) };
	uint32_t numbers[3] = { 9, 9, 9 };

	(void)state;
	netlink_copy(&attribute, numbers, sizeof(numbers));
	assert_int_equal(numbers[0], 5);
	assert_int_equal(numbers[1], 0);
	assert_int_equal(numbers[2], 0);
}

static void a_torn_attribute_ends_the_walk(void **state)
{
	_Alignas(struct nlattr) char bytes[8] = { 0 };
	struct nlattr *header = (struct nlattr *)bytes;

	(void)state;
	for (unsigned length = 0; length <= UINT16_MAX; length++) {
		struct netlink_attributes attributes = { bytes, sizeof(bytes) };
		struct netlink_attribute attribute;
		bool is_whole = length >= sizeof(*header) && length <= sizeof(bytes);

		header->nla_len = (uint16_t)length;
		assert_int_equal(netlink_next(&attributes, &attribute), is_whole);
	}
}

static void a_message_shorter_than_its_fixed_part_has_no_attributes(void **state)
{
	_Alignas(struct nlmsghdr) char buffer[256];
	struct nlmsghdr *message = message_begin(buffer, RTM_NEWLINK);
	struct netlink_attributes attributes = netlink_attributes_of(message, 16);
	struct netlink_attribute attribute;

	(void)state;
	assert_false(netlink_next(&attributes, &attribute));
}

#define TEST(function)                                                                   \
	cmocka_unit_test_setup_teardown(function, folder_setup, folder_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_list_is_read_to_its_end),
		TEST(a_file_of_two_lists_is_read_whole),
		TEST(nothing_is_no_message),
		TEST(a_refusal_is_what_the_kernel_said),
		TEST(an_acknowledgement_is_no_failure),
		TEST(a_positive_code_is_no_failure),
		TEST(a_list_that_changed_is_partial),
		TEST(a_torn_message_ends_the_list),
		TEST(a_length_that_lies_ends_the_list),
		TEST(without_a_file_there_is_no_list),
		cmocka_unit_test(failures_say_what_is_missing),
		cmocka_unit_test(lack_of_memory_is_a_failure),
		cmocka_unit_test(attributes_are_read_one_by_one),
		cmocka_unit_test(a_text_is_cut_to_the_room_for_it),
		cmocka_unit_test(a_short_number_is_not_known),
		cmocka_unit_test(what_a_short_struct_lacks_is_zero),
		cmocka_unit_test(a_torn_attribute_ends_the_walk),
		cmocka_unit_test(a_message_shorter_than_its_fixed_part_has_no_attributes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
