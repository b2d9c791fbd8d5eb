/* Numbers, durations, releases, and the distance of words. */
#include "fuzz_support.h"

#include "base/nearest.h"
#include "base/parse.h"
#include "base/utf8.h"
#include "catalog/release.h"

#include <errno.h>
#include <inttypes.h>

static void check_whole(const char *text)
{
	char printed[32];
	int64_t number, again;
	uint64_t magnitude, magnitude_again;

	if (parse_i64(text, &number) == 0) {
		(void)snprintf(printed, sizeof(printed), "%" PRId64, number);
		ALWAYS(parse_i64(printed, &again) == 0 && again == number);
	}
	if (parse_u64(text, &magnitude) == 0) {
		(void)snprintf(printed, sizeof(printed), "%" PRIu64, magnitude);
		ALWAYS(parse_u64(printed, &magnitude_again) == 0);
		ALWAYS(magnitude_again == magnitude);
	}
	if (parse_hex(text, &magnitude) == 0) {
		(void)snprintf(printed, sizeof(printed), "%" PRIx64, magnitude);
		ALWAYS(parse_hex(printed, &magnitude_again) == 0);
		ALWAYS(magnitude_again == magnitude);
	}
}

static void check_other(const char *text)
{
	double real;
	int64_t ms;
	uint32_t release;
	int code = parse_duration(text, &ms);

	ALWAYS(code == 0 || code == -EINVAL || code == -ERANGE);
	if (code == 0)
		ALWAYS(ms >= 0 && ms <= INT64_C(100) * 366 * 86400 * 1000);
	if (parse_double(text, &real) == 0)
		ALWAYS(real - real == 0); /* finite */
	if (release_parse(text, &release) == 0) {
		char printed[16];
		uint32_t again;

		release_text(release, printed, sizeof(printed));
		ALWAYS(release_parse(printed, &again) == 0 && again == release);
	}
}

/* Each call takes something, or says why not; the walk ends. */
static void check_row(const char *text)
{
	const char *cursor = text, *end = text + strlen(text);
	int64_t number;
	int code;

	do {
		const char *before = cursor;

		code = parse_next_i64(&cursor, &number);
		ALWAYS(code == 0 ? cursor > before : cursor == before);
		ALWAYS(cursor <= end);
	} while (code == 0);
	ALWAYS(code == -ENODATA || code == -EINVAL || code == -ERANGE);
}

static void check_words(const char *text, const char *other)
{
	ALWAYS(nearest_distance(text, text, 3) == 0 || strlen(text) > 127);
	ALWAYS(nearest_distance(text, other, 3) == nearest_distance(other, text, 3) ||
	       strlen(text) > 127 || strlen(other) > 127);
	ALWAYS(utf8_columns(text) <= strlen(text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = fuzz_string(data, size);
	const char *other = text + strlen(text) + (strlen(text) < size);

	check_whole(text);
	check_other(text);
	check_row(text);
	check_words(text, other);
	return 0;
}
