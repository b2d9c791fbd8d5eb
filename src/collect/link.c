/*
 * Network interfaces with their statistics and queueing disciplines, by rtnetlink. A
 * folder of dumps without netlink has /proc/net/dev.
 */
#include "base/file.h"
#include "base/parse.h"
#include "collect/link_list.h"
#include "collect/source.h"

#include <errno.h>
#include <linux/gen_stats.h>
#include <linux/pkt_sched.h>

enum {
	MOST_LINKS = 65536,
	FILE_LIMIT = 16 * 1024 * 1024,
	DEV_HEADING_LINES = 2,
	DEV_COLUMNS = 16,
};

#define DEV "dev"

/* One interface: its row, and the room for the texts of the row. */
struct link {
	struct link_row row;
	char name[IF_NAMESIZE], kind[LINK_KIND_BYTES], qdisc[LINK_KIND_BYTES];
};

/* All of them, sorted by number before the queueing disciplines come. */
struct links {
	struct link *links;
	size_t count, capacity;
	bool is_cut, is_torn, has_failed;
};

static void links_clear(struct links *links)
{
	free(links->links);
	*links = (struct links){ 0 };
}

/* Every number is unknown but those that are sums. */
static struct link_row unknown_row(void)
{
	return (struct link_row){
		.number = -1,
		.is_up = -1,
		.mtu = -1,
		.rx_packets = -1,
		.tx_packets = -1,
		.rx_bytes = -1,
		.tx_bytes = -1,
		.rx_errors = -1,
		.tx_errors = -1,
		.rx_dropped = -1,
		.tx_dropped = -1,
		.rx_missed = -1,
		.rx_fifo = -1,
		.rx_over = -1,
		.qdisc_drops = -1,
		.qdisc_overlimits = -1,
		.qdisc_backlog = -1,
		.qdisc_child_drops = -1,
		.qdisc_child_overlimits = -1,
		.qdisc_child_backlog = -1,
		.gso_max_size = -1,
		.gso_max_segs = -1,
		.gro_max_size = -1,
		.tso_max_size = -1,
	};
}

static struct link *new_link(struct links *links)
{
	if (links->count == MOST_LINKS) {
		links->is_cut = true;
		return NULL;
	}
	if (links->count == links->capacity) {
		size_t capacity = links->capacity ? 2 * links->capacity : 16;
		struct link *grown = realloc(links->links, capacity * sizeof(*grown));

		if (!grown) {
			links->has_failed = true;
			return NULL;
		}
		links->links = grown;
		links->capacity = capacity;
	}
	links->links[links->count] = (struct link){ .row = unknown_row() };
	return &links->links[links->count++];
}

/* --- RTM_GETLINK ------------------------------------------------------------------- */

static void read_statistics(const struct netlink_attribute *attribute,
			    struct link_row *row)
{
	struct rtnl_link_stats64 statistics;

	netlink_copy(attribute, &statistics, sizeof(statistics));
	row->rx_packets = (int64_t)statistics.rx_packets;
	row->tx_packets = (int64_t)statistics.tx_packets;
	row->rx_bytes = (int64_t)statistics.rx_bytes;
	row->tx_bytes = (int64_t)statistics.tx_bytes;
	row->rx_errors = (int64_t)statistics.rx_errors;
	row->tx_errors = (int64_t)statistics.tx_errors;
	row->rx_dropped = (int64_t)statistics.rx_dropped;
	row->tx_dropped = (int64_t)statistics.tx_dropped;
	row->rx_missed = (int64_t)statistics.rx_missed_errors;
	row->rx_fifo = (int64_t)statistics.rx_fifo_errors;
	row->rx_over = (int64_t)statistics.rx_over_errors;
}

static void read_kind(const struct netlink_attribute *info, struct link *link)
{
	struct netlink_attributes nested = netlink_nested(info);
	struct netlink_attribute attribute;

	while (netlink_next(&nested, &attribute))
		if (attribute.type == IFLA_INFO_KIND)
			netlink_text(&attribute, link->kind, sizeof(link->kind));
}

static void read_attribute(const struct netlink_attribute *attribute, struct link *link)
{
	switch (attribute->type) {
	case IFLA_IFNAME:
		netlink_text(attribute, link->name, sizeof(link->name));
		return;
	case IFLA_MTU:
		link->row.mtu = netlink_u32(attribute, -1);
		return;
	case IFLA_QDISC:
		netlink_text(attribute, link->qdisc, sizeof(link->qdisc));
		return;
	case IFLA_STATS64:
		read_statistics(attribute, &link->row);
		return;
	case IFLA_LINKINFO:
		read_kind(attribute, link);
		return;
	case IFLA_GSO_MAX_SIZE:
		link->row.gso_max_size = netlink_u32(attribute, -1);
		return;
	case IFLA_GSO_MAX_SEGS:
		link->row.gso_max_segs = netlink_u32(attribute, -1);
		return;
	case IFLA_GRO_MAX_SIZE:
		link->row.gro_max_size = netlink_u32(attribute, -1);
		return;
	case IFLA_TSO_MAX_SIZE:
		link->row.tso_max_size = netlink_u32(attribute, -1);
		return;
	default:
		return;
	}
}

static void read_link(void *data, const struct nlmsghdr *message)
{
	struct links *links = data;
	struct netlink_attributes attributes;
	struct netlink_attribute attribute;
	struct ifinfomsg about;
	struct link *link = NULL;

	if (link_open(message, &about, &attributes))
		link = new_link(links);
	if (!link)
		return;
	link->row.number = about.ifi_index;
	link->row.is_up = (about.ifi_flags & IFF_UP) != 0;
	(void)snprintf(link->kind, sizeof(link->kind), "%s",
		       about.ifi_flags & IFF_LOOPBACK ? "loopback" : "device");
	while (netlink_next(&attributes, &attribute))
		read_attribute(&attribute, link);
	if (!link->name[0]) {
		links->is_torn = true;
		links->count--;
	}
}

/* --- RTM_GETQDISC ------------------------------------------------------------------ */

static int compare_numbers(const void *a, const void *b)
{
	const struct link *x = a, *y = b;

	return (x->row.number > y->row.number) - (x->row.number < y->row.number);
}

static struct link *find_link(const struct links *links, int number)
{
	const struct link wanted = { .row = { .number = number } };

	return bsearch(&wanted, links->links, links->count, sizeof(wanted),
		       compare_numbers);
}

/* The attribute of a type; false when there is none. */
static bool find_attribute(struct netlink_attributes attributes, unsigned type,
			   struct netlink_attribute *ret)
{
	while (netlink_next(&attributes, ret))
		if (ret->type == type)
			return true;
	return false;
}

static bool read_queue(struct netlink_attributes attributes, struct gnet_stats_queue *ret)
{
	struct netlink_attribute statistics, queue;

	if (!find_attribute(attributes, TCA_STATS2, &statistics) ||
	    !find_attribute(netlink_nested(&statistics), TCA_STATS_QUEUE, &queue))
		return false;
	netlink_copy(&queue, ret, sizeof(*ret));
	return true;
}

static void add(int64_t *sum, uint32_t number)
{
	*sum = (*sum < 0 ? 0 : *sum) + number;
}

/* Those of the ingress side drop what actions tell them to: that is no full queue. */
static void read_qdisc(void *data, const struct nlmsghdr *message)
{
	const struct tcmsg *about = mnl_nlmsg_get_payload(message);
	struct gnet_stats_queue queue;
	struct link *link;

	if (message->nlmsg_type != RTM_NEWQDISC ||
	    mnl_nlmsg_get_payload_len(message) < sizeof(*about) ||
	    about->tcm_parent == TC_H_INGRESS)
		return;
	link = find_link(data, about->tcm_ifindex);
	if (!link || !read_queue(netlink_attributes_of(message, sizeof(*about)), &queue))
		return;
	if (about->tcm_parent == TC_H_ROOT) {
		link->row.qdisc_drops = queue.drops;
		link->row.qdisc_overlimits = queue.overlimits;
		link->row.qdisc_backlog = queue.backlog;
	} else {
		add(&link->row.qdisc_child_drops, queue.drops);
		add(&link->row.qdisc_child_overlimits, queue.overlimits);
		add(&link->row.qdisc_child_backlog, queue.backlog);
	}
}

static int list_qdiscs(struct collection *collection, struct links *links,
		       struct source_result *result, struct error *err)
{
	_Alignas(struct nlmsghdr) char buffer[256];
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	const struct netlink_reader reader = { "queueing disciplines", read_qdisc, links,
					       result };
	struct tcmsg *about;
	int code;

	request->nlmsg_type = RTM_GETQDISC;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	about = mnl_nlmsg_put_extra_header(request, sizeof(*about));
	about->tcm_family = AF_UNSPEC;
	code = netlink_list(collection->kernel, NETLINK_ROUTE, request, "qdisc.nl",
			    &reader);
	if (code == -ENOMEM)
		return error_set(err, code, "out of memory");
	if (code < 0)
		source_is_partial(result, "queueing disciplines are not known: %s",
				  code == -ENODATA ? "not recorded" : strerror(-code));
	return 0;
}

/* --- /proc/net/dev ----------------------------------------------------------------- */

/* "  eth0: 1 2 3 ..." The drops hold what the device missed too. */
static void read_dev_line(struct links *links, const char *line,
			  struct source_result *result)
{
	int64_t numbers[DEV_COLUMNS];
	struct link *link;
	size_t length;

	line += strspn(line, " ");
	length = strcspn(line, ":\n");
	if (line[length] != ':' || length == 0 || length >= IF_NAMESIZE) {
		source_is_partial(result, "'%s' has a line without an interface", DEV);
		return;
	}
	link = new_link(links);
	if (!link)
		return;
	(void)snprintf(link->name, sizeof(link->name), "%.*s", (int)length, line);
	line += length + 1;
	for (size_t i = 0; i < DEV_COLUMNS; i++) {
		if (parse_next_i64(&line, &numbers[i]) == 0)
			continue;
		source_is_partial(result, "'%s' has too few numbers for '%s'", DEV,
				  link->name);
		return;
	}
	link->row.rx_bytes = numbers[0];
	link->row.rx_packets = numbers[1];
	link->row.rx_errors = numbers[2];
	link->row.rx_dropped = numbers[3];
	link->row.rx_fifo = numbers[4];
	link->row.tx_bytes = numbers[8];
	link->row.tx_packets = numbers[9];
	link->row.tx_errors = numbers[10];
	link->row.tx_dropped = numbers[11];
}

static void read_dev(struct collection *collection, struct links *links,
		     struct source_result *result)
{
	const char *line;

	if (file_read(collection->kernel->net, DEV, FILE_LIMIT, &collection->buffer) < 0)
		return;
	*result = (struct source_result){ 0 };
	source_check_text(result, DEV, &collection->buffer);
	line = text_string(&collection->buffer);
	for (int number = 0; *line; number++) {
		if (number >= DEV_HEADING_LINES)
			read_dev_line(links, line, result);
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
	source_is_partial(result,
			  "without netlink '/proc/net/dev' tells packets and drops only");
}

/* --- the source -------------------------------------------------------------------- */

static const char *text_or_null(const char *text)
{
	return text[0] ? text : NULL;
}

static int store_links(struct collection *collection, const struct links *links,
		       struct source_result *result, struct error *err)
{
	if (links->has_failed)
		return error_set(err, -ENOMEM, "out of memory");
	if (links->is_cut)
		source_is_partial(result,
				  "more than %d interfaces: the others are not seen",
				  MOST_LINKS);
	if (links->is_torn)
		source_is_partial(result, "an interface without a name is left out");
	for (size_t i = 0; i < links->count; i++) {
		const struct link *link = &links->links[i];
		struct link_row row = link->row;
		int code;

		row.name = link->name;
		row.kind = text_or_null(link->kind);
		row.qdisc = text_or_null(link->qdisc);
		code = evidence_add_link(collection->evidence, &row, err);
		if (code < 0)
			return code;
	}
	return 0;
}

static int read_links(struct collection *collection, struct source_result *result,
		      struct error *err)
{
	AUTO(links_clear) struct links links = { 0 };
	int code = link_list(collection->kernel, 0, read_link, &links, result, err);

	if (code < 0)
		return code;
	if (links.count > 0) {
		qsort(links.links, links.count, sizeof(*links.links), compare_numbers);
		code = list_qdiscs(collection, &links, result, err);
	} else if (!collection->kernel->is_live) {
		read_dev(collection, &links, result);
	}
	return code < 0 ? code : store_links(collection, &links, result, err);
}

static bool needs_links(const struct needs *needs)
{
	return needs->wants_everything || needs->tables[TABLE_LINK];
}

const struct source source_link = {
	.name = "link",
	.is_needed = needs_links,
	.read = read_links,
};
