#include "history/track.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { RUN = 300, DAY = 86400 };

/* A finding and the clock of the runs that look at it. */
struct course {
	struct tracked tracked;
	int64_t now;
};

static struct course begin_course(void)
{
	return (struct course){ .tracked = { .level = -1 }, .now = 1000000 };
}

static int see(struct course *course, int severity, double level, bool is_silenced)
{
	const struct observation seen = {
		.kind = "rule",
		.rule = "queue",
		.subject = "port 80",
		.says = "it is full",
		.advice = "empty it",
		.unit = "drops a minute",
		.severity = severity,
		.level = level,
		.is_silenced = is_silenced,
	};

	course->now += RUN;
	return track_seen(&course->tracked, &seen, course->now);
}

static int warn(struct course *course, double level)
{
	return see(course, 1, level, false);
}

static int miss(struct course *course)
{
	course->now += RUN;
	return (int)track_unseen(&course->tracked, course->now);
}

static int miss_until_resolved(struct course *course)
{
	int runs = 1;

	while (miss(course) == EVENT_NOTHING)
		assert_true(++runs < 1000);
	return runs;
}

static void the_first_sight_is_news_and_the_second_is_not(void **state)
{
	struct course course = begin_course();

	(void)state;
	assert_int_equal(warn(&course, 5), EVENT_NEW);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(warn(&course, 5), EVENT_NOTHING);
	assert_int_equal(course.tracked.count, 1001);
	assert_int_equal(course.tracked.first_seen, 1000000 + RUN);
	assert_int_equal(course.tracked.last_seen, course.now);
	tracked_clear(&course.tracked);
}

static void three_runs_without_it_resolve_it(void **state)
{
	struct course course = begin_course();

	(void)state;
	assert_int_equal(warn(&course, 5), EVENT_NEW);
	assert_int_equal(miss(&course), EVENT_NOTHING);
	assert_int_equal(miss(&course), EVENT_NOTHING);
	assert_int_equal(warn(&course, 5), EVENT_NOTHING);
	assert_int_equal(miss(&course), EVENT_NOTHING);
	assert_int_equal(miss(&course), EVENT_NOTHING);
	assert_int_equal(miss(&course), EVENT_RESOLVED);
	assert_int_equal(miss(&course), EVENT_NOTHING);
	assert_false(course.tracked.is_open);
	tracked_clear(&course.tracked);
}

static void what_comes_and_goes_is_told_less_and_less(void **state)
{
	static const int silences[] = { 3, 12, 48, 192, 288, 288 };
	struct course course = begin_course();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(silences); i++) {
		assert_int_equal(warn(&course, 5), EVENT_NEW);
		assert_int_equal(miss_until_resolved(&course), silences[i]);
	}
	tracked_clear(&course.tracked);
}

static void days_of_silence_bring_patience_back(void **state)
{
	struct course course = begin_course();

	(void)state;
	assert_int_equal(warn(&course, 5), EVENT_NEW);
	assert_int_equal(miss_until_resolved(&course), 3);
	assert_int_equal(warn(&course, 5), EVENT_NEW);
	assert_int_equal(miss_until_resolved(&course), 12);
	course.now += 30 * DAY;
	assert_int_equal(warn(&course, 5), EVENT_NEW);
	assert_int_equal(miss_until_resolved(&course), 3);
	tracked_clear(&course.tracked);
}

static void twice_as_much_is_worse_when_it_lasts(void **state)
{
	struct course course = begin_course();

	(void)state;
	assert_int_equal(warn(&course, 10), EVENT_NEW);
	course.now += 2 * DAY;
	assert_int_equal(warn(&course, 50), EVENT_NOTHING);
	assert_int_equal(warn(&course, 40), EVENT_NOTHING);
	assert_int_equal(warn(&course, 19), EVENT_NOTHING); /* not in a row */
	assert_int_equal(warn(&course, 50), EVENT_NOTHING);
	assert_int_equal(warn(&course, 20), EVENT_NOTHING);
	assert_int_equal(warn(&course, 60), EVENT_WORSE);
	/* the least of the three is what the next is held against */
	assert_true(course.tracked.reference == 20);
	for (int i = 0; i < 100; i++)
		assert_int_equal(warn(&course, 39), EVENT_NOTHING);
	tracked_clear(&course.tracked);
}

static void half_as_much_is_better_when_it_lasts(void **state)
{
	struct course course = begin_course();

	(void)state;
	assert_int_equal(warn(&course, 10), EVENT_NEW);
	course.now += 2 * DAY;
	assert_int_equal(warn(&course, 1), EVENT_NOTHING);
	assert_int_equal(warn(&course, 5), EVENT_NOTHING);
	assert_int_equal(warn(&course, 2), EVENT_BETTER);
	assert_true(course.tracked.reference == 5);
	tracked_clear(&course.tracked);
}

static void a_finding_without_a_measure_is_neither(void **state)
{
	struct course course = begin_course();

	(void)state;
	assert_int_equal(warn(&course, -1), EVENT_NEW);
	for (int i = 0; i < 10; i++)
		assert_int_equal(warn(&course, i % 2 ? 100 : -1), EVENT_NOTHING);
	tracked_clear(&course.tracked);
}

static void information_and_what_is_accepted_is_not_told(void **state)
{
	struct course course = begin_course();

	(void)state;
	assert_int_equal(see(&course, 0, 5, false), EVENT_NOTHING);
	assert_int_equal(see(&course, 2, 5, true), EVENT_NOTHING);
	assert_int_equal(see(&course, 2, 5, false), EVENT_NEW);
	assert_int_equal(see(&course, 2, 5, true), EVENT_NOTHING);
	for (int i = 0; i < 10; i++)
		assert_int_equal(miss(&course), EVENT_NOTHING);
	assert_false(course.tracked.is_open);
	tracked_clear(&course.tracked);
}

static void a_clock_that_is_set_back_is_survived(void **state)
{
	struct course course = begin_course();

	(void)state;
	assert_int_equal(warn(&course, 5), EVENT_NEW);
	course.now -= 400 * DAY;
	assert_int_equal(warn(&course, 5), EVENT_NOTHING);
	assert_int_equal(miss_until_resolved(&course), 3);
	tracked_clear(&course.tracked);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_sight_is_news_and_the_second_is_not),
		cmocka_unit_test(three_runs_without_it_resolve_it),
		cmocka_unit_test(what_comes_and_goes_is_told_less_and_less),
		cmocka_unit_test(days_of_silence_bring_patience_back),
		cmocka_unit_test(twice_as_much_is_worse_when_it_lasts),
		cmocka_unit_test(half_as_much_is_better_when_it_lasts),
		cmocka_unit_test(a_finding_without_a_measure_is_neither),
		cmocka_unit_test(information_and_what_is_accepted_is_not_told),
		cmocka_unit_test(a_clock_that_is_set_back_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
