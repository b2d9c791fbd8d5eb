/* The range of automatic ports against the ports that services bind. */
#include "boot/lint_parts.h"

enum { PORTS = 65536, NODE_PORT_FIRST = 30000, NODE_PORT_LAST = 32767, MOST_NAMED = 5 };

/* What many hosts run, above the ports that need a privilege. */
static const struct {
	unsigned port;
	const char *name;
} services[] = {
	{ 1433, "SQL Server" }, { 1521, "Oracle" },	   { 2049, "NFS" },
	{ 2379, "etcd" },	{ 3000, "Grafana" },	   { 3306, "MySQL" },
	{ 3389, "RDP" },	{ 5432, "PostgreSQL" },	   { 5672, "AMQP" },
	{ 6379, "Redis" },	{ 6443, "Kubernetes" },	   { 8080, "HTTP" },
	{ 8443, "HTTPS" },	{ 9000, "PHP-FPM" },	   { 9090, "Prometheus" },
	{ 9092, "Kafka" },	{ 9200, "Elasticsearch" }, { 10250, "kubelet" },
	{ 11211, "memcached" }, { 15672, "RabbitMQ" },	   { 27017, "MongoDB" },
};

static bool has_reserved(const struct lint_state *state)
{
	const struct lint_line *line =
		lint_last(state, "net/ipv4/ip_local_reserved_ports");

	return line && !line->is_void && line->value.length > 0;
}

static void add_ports(struct text *text, unsigned *count, const char *ports,
		      const char *name)
{
	if ((*count)++ < MOST_NAMED)
		text_addf(text, "%s%s (%s)", text->length ? ", " : "", ports, name);
}

static void add_port(struct text *text, unsigned *count, unsigned port, const char *name)
{
	char digits[16];

	(void)snprintf(digits, sizeof(digits), "%u", port);
	add_ports(text, count, digits, name);
}

static void check_services(struct lint_state *state, const struct lint_line *line,
			   double low, double high)
{
	AUTO(text_clear) struct text found = { 0 };
	unsigned count = 0;

	for (size_t i = 0; i < state->subject->listener_count; i++) {
		unsigned port = state->subject->listeners[i];

		if (port >= low && port <= high)
			add_port(&found, &count, port, "a program listens there now");
	}
	for (size_t i = 0; i < ARRAY_SIZE(services); i++) {
		if (services[i].port >= low && services[i].port <= high)
			add_port(&found, &count, services[i].port, services[i].name);
	}
	if (low <= NODE_PORT_FIRST && high >= NODE_PORT_LAST)
		add_ports(&found, &count, "30000 to 32767", "NodePorts of Kubernetes");
	if (count == 0)
		return;
	lint_say(
		state, line, line->value, LINT_PORT_RANGE_CONFLICT, LINT_WARNING,
		"keep the ports of services out with ip_local_reserved_ports, or begin the range at 32768",
		"outgoing connections may take ports that services bind, which then cannot start: %s%s",
		text_string(&found), count > MOST_NAMED ? " and others" : "");
}

/* The last line for ip_unprivileged_port_start before this one decides. */
static double first_free_port(const struct lint_state *state,
			      const struct lint_line *line)
{
	const struct lint_line *start =
		lint_last(state, "net/ipv4/ip_unprivileged_port_start");

	while (start && start > line)
		start = start->before == LINT_NO_LINE ? NULL
						      : &state->lines[start->before];
	return lint_number(start, 0, 1024);
}

void lint_check_ports(struct lint_state *state, const struct lint_line *line)
{
	double low = lint_number(line, 0, 32768), high = lint_number(line, 1, 60999);
	double start = first_free_port(state, line);

	if (high < low) {
		lint_say(
			state, line, line->value, LINT_REFUSED_VALUE, LINT_ERROR,
			"write the low port first",
			"the kernel refuses a range that ends before it begins (EINVAL)");
		return;
	}
	if (low < start && state->subject->release >= KERNEL(4, 14)) {
		lint_say(
			state, line, line->value, LINT_PORT_RANGE_CONFLICT, LINT_ERROR,
			"begin the range at or above ip_unprivileged_port_start",
			"the kernel refuses it (EINVAL): the range begins below %.0f, the first port that needs no privilege",
			start);
		return;
	}
	if (!has_reserved(state))
		check_services(state, line, low, high);
}
