/* Layers: what undoing one change means for its keys and for the changes above it. */
#include "apply/layer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define KEY "net.core.somaxconn"

/* One record with one key. */
struct layer {
	enum record_state state;
	enum key_role role;
	const char *old, *after;
	enum key_fate fate;
};

struct stack {
	struct record records[4];
	struct record *pointers[4];
	struct layers layers;
};

static void build(struct stack *stack, const struct layer *layers, size_t count)
{
	*stack = (struct stack){ 0 };
	for (size_t i = 0; i < count; i++) {
		struct record *record = &stack->records[i];
		struct record_key *key = record_add_key(record);

		assert_non_null(key);
		record->id = (int64_t)i + 1;
		record->state = layers[i].state;
		key->role = layers[i].role;
		key->fate = layers[i].fate;
		key->def = sysctl_find(KEY);
		assert_int_equal(record_set_text(&key->key, KEY), 0);
		assert_int_equal(record_set_text(&key->old, layers[i].old), 0);
		assert_int_equal(record_set_text(&key->after, layers[i].after), 0);
		stack->pointers[i] = record;
	}
	stack->layers = (struct layers){ stack->pointers, count };
}

static void stack_clear(struct stack *stack)
{
	for (size_t i = 0; i < ARRAY_SIZE(stack->records); i++)
		record_clear(&stack->records[i]);
}

static void a_key_is_decided_by_who_holds_it_and_what_it_is(void **state)
{
	static const struct {
		struct layer layers[3];
		size_t count;
		const char *live;
		bool force;
		enum key_fate fate;
	} cases[] = {
		/* alone and as it was left */
		{ { { RECORD_KEPT, ROLE_CHANGE, "128", "4096", 0 } },
		  1,
		  "4096",
		  false,
		  FATE_RESTORE },
		/* someone else changed it */
		{ { { RECORD_KEPT, ROLE_CHANGE, "128", "4096", 0 } },
		  1,
		  "77",
		  false,
		  FATE_FOREIGN },
		{ { { RECORD_KEPT, ROLE_CHANGE, "128", "4096", 0 } },
		  1,
		  "77",
		  true,
		  FATE_RESTORE },
		/* it is back already */
		{ { { RECORD_KEPT, ROLE_CHANGE, "128", "4096", 0 } },
		  1,
		  "128",
		  false,
		  FATE_RESTORE },
		/* the same by value */
		{ { { RECORD_KEPT, ROLE_CHANGE, "128", "4096", 0 } },
		  1,
		  " 4096",
		  false,
		  FATE_RESTORE },
		/* its interface is gone */
		{ { { RECORD_KEPT, ROLE_CHANGE, "128", "4096", 0 } },
		  1,
		  NULL,
		  false,
		  FATE_DONE },
		/* a secret, of which nothing is known */
		{ { { RECORD_KEPT, ROLE_CHANGE, NULL, NULL, 0 } },
		  1,
		  NULL,
		  false,
		  FATE_DONE },
		/* cut off: whatever it is, it goes back */
		{ { { RECORD_WRITING, ROLE_CHANGE, "128", NULL, 0 } },
		  1,
		  "77",
		  false,
		  FATE_RESTORE },
		{ { { RECORD_UNDOING, ROLE_CHANGE, "128", "4096", 0 } },
		  1,
		  "77",
		  false,
		  FATE_RESTORE },
		/* but not what the undo that was cut off had left */
		{ { { RECORD_UNDOING, ROLE_CHANGE, "128", "4096", FATE_FOREIGN } },
		  1,
		  "77",
		  false,
		  FATE_FOREIGN },
		/* a layer above holds it */
		{ { { RECORD_KEPT, ROLE_CHANGE, "128", "4096", 0 },
		    { RECORD_KEPT, ROLE_CHANGE, "4096", "8192", 0 } },
		  2,
		  "8192",
		  false,
		  FATE_HOLD },
		{ { { RECORD_KEPT, ROLE_CHANGE, "128", "4096", 0 },
		    { RECORD_KEPT, ROLE_CLAIM, "4096", "4096", 0 } },
		  2,
		  "4096",
		  false,
		  FATE_HOLD },
		/* a layer above only saw it */
		{ { { RECORD_KEPT, ROLE_CHANGE, "128", "4096", 0 },
		    { RECORD_KEPT, ROLE_REACH, "4096", "4096", 0 } },
		  2,
		  "4096",
		  false,
		  FATE_RESTORE },
		/* it never changed it: others may */
		{ { { RECORD_KEPT, ROLE_REACH, "128", "128", 0 } },
		  1,
		  "77",
		  false,
		  FATE_HOLD },
		{ { { RECORD_KEPT, ROLE_REACH, "128", "4096", 0 } },
		  1,
		  "77",
		  false,
		  FATE_FOREIGN },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(stack_clear) struct stack stack;
		enum key_fate fate;

		build(&stack, cases[i].layers, cases[i].count);
		fate = layer_decide(&stack.layers, 0, &stack.records[0].keys[0],
				    cases[i].live, cases[i].force);
		if (fate != cases[i].fate)
			fail_msg("case %zu: %s", i, key_fate_text(fate));
	}
}

static int count_touched(void *data, const struct record *record,
			 const struct record_key *key)
{
	(void)record;
	(void)key;
	++*(unsigned *)data;
	return 0;
}

static void the_next_holder_inherits_what_was_before(void **state)
{
	static const struct layer layers[] = {
		{ RECORD_KEPT, ROLE_CHANGE, "128", "4096", 0 },
		{ RECORD_KEPT, ROLE_REACH, "4096", "4096", 0 },
		{ RECORD_KEPT, ROLE_CHANGE, "4096", "8192", 0 },
		{ RECORD_KEPT, ROLE_CHANGE, "8192", "9999", 0 },
	};
	AUTO(stack_clear) struct stack stack;
	unsigned touched = 0;

	(void)state;
	build(&stack, layers, ARRAY_SIZE(layers));
	assert_int_equal(layers_hand_down(&stack.layers, 0, &stack.records[0].keys[0],
					  count_touched, &touched),
			 0);
	assert_int_equal(touched, 2);
	assert_string_equal(stack.records[1].keys[0].old, "128");
	assert_string_equal(stack.records[1].keys[0].after, "128");
	assert_string_equal(stack.records[2].keys[0].old, "128");
	assert_string_equal(stack.records[2].keys[0].after, "8192");
	assert_string_equal(stack.records[3].keys[0].old, "8192");
}

static void a_record_belongs_to_its_boot_and_namespace(void **state)
{
	static const struct {
		const char *boot, *netns;
		uint64_t cookie;
		bool is_init;
		const char *here_name;
		uint64_t here_cookie;
		bool here_is_init;
		bool is_of, may_be_of;
	} cases[] = {
		{ "b", "", 5, false, "", 5, false, true, false },
		{ "b", "", 5, false, "", 6, false, false, false },
		{ "a", "", 5, false, "", 5, false, false, false },
		{ "b", "web", 5, false, "web", 6, false, false, false },
		{ "b", "", 0, true, "", 0, true, true, false },
		{ "b", "", 0, false, "", 0, true, false, false },
		{ "b", "web", 0, false, "web", 0, false, true, false },
		{ "b", "web", 0, false, "db", 0, false, false, false },
		{ "b", "", 0, false, "", 0, false, false, true },
		{ "a", "", 0, false, "", 0, false, false, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(record_clear)
		struct record record = { .netns_cookie = cases[i].cookie,
					 .is_init_netns = cases[i].is_init };
		struct kernel kernel = { .boot_id = "b",
					 .netns_cookie = cases[i].here_cookie,
					 .is_init_netns = cases[i].here_is_init };

		(void)snprintf(kernel.netns_name, sizeof(kernel.netns_name), "%s",
			       cases[i].here_name);
		assert_int_equal(record_set_text(&record.boot_id, cases[i].boot), 0);
		assert_int_equal(record_set_text(&record.netns, cases[i].netns), 0);
		if (record_is_of(&record, &kernel) != cases[i].is_of ||
		    record_may_be_of(&record, &kernel) != cases[i].may_be_of)
			fail_msg("case %zu", i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_is_decided_by_who_holds_it_and_what_it_is),
		cmocka_unit_test(the_next_holder_inherits_what_was_before),
		cmocka_unit_test(a_record_belongs_to_its_boot_and_namespace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
