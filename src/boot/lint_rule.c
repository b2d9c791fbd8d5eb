#include "boot/lint.h"

/* From the contract of ids; where a line may be worse or better, its message says so. */
const struct lint_rule lint_rules[LINT_ID_COUNT] = {
	[LINT_REMOVED_KEY] = { "removed-key", LINT_ERROR,
			       "The key existed once and is gone on this kernel." },
	[LINT_UNKNOWN_KEY] = { "unknown-key", LINT_ERROR,
			       "The key never existed, or is misspelled." },
	[LINT_VENDOR_KEY] = { "vendor-key", LINT_NOTE,
			      "The key exists only in some vendor's kernels." },
	[LINT_ABSENT_HERE] = { "absent-here", LINT_NOTE,
			       "The key exists, but not in this kernel, or not before its module is loaded." },
	[LINT_NO_EFFECT_KEY] = { "no-effect-key", LINT_NOTE,
				 "The key exists and does nothing any more." },
	[LINT_REFUSED_VALUE] = { "refused-value", LINT_ERROR,
				 "The kernel refuses the value." },
	[LINT_NONSENSE_VALUE] = { "nonsense-value", LINT_WARNING,
				  "The kernel takes the value, and no one can mean it." },
	[LINT_UNIT_MISTAKE] = { "unit-mistake", LINT_ERROR,
				"The value is given in another unit than the key has." },
	[LINT_HARMFUL_VALUE] = { "harmful-value", LINT_WARNING,
				 "The value works as written, and hurts." },
	[LINT_LOWERS_DEFAULT] = { "lowers-default", LINT_WARNING,
				  "The kernel's own default is better." },
	[LINT_CONTRADICTION] = { "contradiction", LINT_WARNING,
				 "The line and another one cancel each other." },
	[LINT_PORT_RANGE_CONFLICT] = { "port-range-conflict", LINT_WARNING,
				       "The range of automatic ports contains ports that services bind." },
	[LINT_MISBELIEF] = { "misbelief", LINT_NOTE,
			     "The line is fine, and does not do what is often believed of it." },
	[LINT_DUPLICATE_KEY] = { "duplicate-key", LINT_WARNING,
				 "The file sets the key twice; the last line wins." },
	[LINT_SHADOWED_LINE] = { "shadowed-line", LINT_WARNING,
				 "Another file sets the key later, and wins." },
	[LINT_INLINE_COMMENT] = { "inline-comment", LINT_ERROR,
				  "A comment behind a value is part of the value." },
	[LINT_QUOTED_VALUE] = { "quoted-value", LINT_ERROR,
				"Quotes are part of the value." },
	[LINT_SYNTAX] = { "syntax", LINT_ERROR, "The line is no assignment." },
	[LINT_LOADER_DIFFERENCE] = { "loader-difference", LINT_NOTE,
				     "systemd-sysctl and procps treat the line differently." },
	[LINT_NOT_READ] = { "not-read", LINT_WARNING,
			    "No loader of this host reads the file." },
};

const char *lint_severity_text(enum lint_severity severity)
{
	static const char *const texts[] = {
		[LINT_NOTE] = "note",
		[LINT_WARNING] = "warning",
		[LINT_ERROR] = "error",
	};

	_Static_assert(ARRAY_SIZE(texts) == LINT_ERROR + 1, "a text for each value");
	return texts[severity];
}
