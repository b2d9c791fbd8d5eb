#include "collect/collect.h"

#include "collect/source.h"

#include <errno.h>
#include <stdarg.h>

static const struct source *const sources[] = {
	&source_sysctls,     &source_snmp,	   &source_netstat,
	&source_snmp6,	     &source_sockstat,	   &source_sockstat6,
	&source_protocols,   &source_nf_conntrack, &source_arp_cache,
	&source_ndisc_cache, &source_softnet_stat, &source_file_nr,
	&source_tcp,	     &source_process,	   &source_udp,
	&source_packet,	     &source_link,	   &source_ethtool,
	&source_kmsg,
};

int source_cannot_read(struct source_result *result, const char *path, int code)
{
	if (code == -ENOENT || code == -ENOTDIR) {
		result->state = SOURCE_ABSENT;
		(void)error_set(&result->reason, 0, "'%s' does not exist here", path);
	} else {
		result->state = SOURCE_UNREADABLE;
		(void)error_set(&result->reason, 0, "cannot read '%s': %s", path,
				strerror(-code));
	}
	return 0;
}

void source_check_text(struct source_result *result, const char *path,
		       const struct text *text)
{
	const char *data = text_string(text);

	if (text->length == 0)
		source_is_partial(result, "'%s' is empty", path);
	else if (strlen(data) != text->length)
		source_is_partial(result, "'%s' holds NUL bytes", path);
	else if (data[text->length - 1] != '\n')
		source_is_partial(result, "'%s' ends in the middle of a line", path);
}

void source_is_partial(struct source_result *result, const char *format, ...)
{
	va_list args;

	if (result->state != SOURCE_OK)
		return;
	result->state = SOURCE_PARTIAL;
	va_start(args, format);
	(void)vsnprintf(result->reason.text, sizeof(result->reason.text), format, args);
	va_end(args);
}

static const char *text_or_null(const char *text)
{
	return text[0] ? text : NULL;
}

static int read_source(struct collection *collection, const struct source *source,
		       struct error *err)
{
	struct source_result result = { 0 };
	int code = source->read(collection, &result, err);

	if (code < 0) {
		error_prefix(err, "source '%s'", source->name);
		return code;
	}
	return evidence_add_source(collection->evidence, source->name, result.state,
				   text_or_null(result.reason.text), err);
}

static int read_sources(struct collection *collection, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
		int code;

		if (!sources[i]->is_needed(collection->needs))
			continue;
		code = read_source(collection, sources[i], err);
		if (code < 0)
			return code;
	}
	return 0;
}

int collect_sample(const struct kernel *kernel, const struct needs *needs,
		   struct evidence *evidence, struct error *err)
{
	struct collection collection = { .kernel = kernel,
					 .needs = needs,
					 .evidence = evidence };
	const struct sample sample = {
		.taken = kernel_taken_seconds(kernel),
		.uptime = kernel_uptime_seconds(kernel),
		.boot_id = text_or_null(kernel->boot_id),
		.release = text_or_null(kernel->release),
		.netns = text_or_null(kernel->netns_name),
		.netns_cookie = kernel->netns_cookie,
		.is_init_netns = kernel->is_init_netns,
		.page_bytes = kernel->page_bytes,
		.host = text_or_null(kernel->host),
		.tcptune = TCPTUNE_VERSION,
	};
	int code = evidence_begin_sample(evidence, &sample, err);

	if (code == 0)
		code = read_sources(&collection, err);
	text_clear(&collection.buffer);
	return code < 0 ? code : evidence_end_sample(evidence, err);
}
