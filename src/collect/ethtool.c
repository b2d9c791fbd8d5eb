/*
 * Offloads and ring sizes of network interfaces, by the generic netlink of ethtool (Linux
 * 5.7 and later).
 */
#include "collect/link_list.h"
#include "collect/source.h"

#include <errno.h>
#include <linux/ethtool_netlink.h>
#include <linux/genetlink.h>

enum { MOST_LINKS = 4096, FEATURE_BYTES = 40 };

#define LACKS "this kernel has no ethtool netlink (Linux 5.7)"

/* One interface: its row, and the room for its name. */
struct offload {
	struct offload_row row;
	char name[IF_NAMESIZE];
};

struct offloads {
	struct offload *offloads;
	size_t count, capacity;
	bool is_cut, has_failed;
};

/* Features that are of interest, and where they stand in the row. */
static const struct {
	const char *name;
	size_t is_on, is_fixed;
} features[] = {
	{ "tx-tcp-segmentation", offsetof(struct offload_row, tso),
	  offsetof(struct offload_row, tso_fixed) },
	{ "tx-generic-segmentation", offsetof(struct offload_row, gso),
	  offsetof(struct offload_row, gso_fixed) },
	{ "rx-gro", offsetof(struct offload_row, gro),
	  offsetof(struct offload_row, gro_fixed) },
	{ "rx-lro", offsetof(struct offload_row, lro),
	  offsetof(struct offload_row, lro_fixed) },
};

static void offloads_clear(struct offloads *offloads)
{
	free(offloads->offloads);
	*offloads = (struct offloads){ 0 };
}

/* The interface of a number, made when it is new; NULL when there are too many. */
static struct offload *get_offload(struct offloads *offloads, int64_t number)
{
	for (size_t i = 0; i < offloads->count; i++)
		if (offloads->offloads[i].row.number == number)
			return &offloads->offloads[i];
	if (offloads->count == MOST_LINKS) {
		offloads->is_cut = true;
		return NULL;
	}
	if (offloads->count == offloads->capacity) {
		size_t capacity = offloads->capacity ? 2 * offloads->capacity : 16;
		struct offload *grown =
			realloc(offloads->offloads, capacity * sizeof(*grown));

		if (!grown) {
			offloads->has_failed = true;
			return NULL;
		}
		offloads->offloads = grown;
		offloads->capacity = capacity;
	}
	offloads->offloads[offloads->count] =
		(struct offload){ .row = { number, NULL, -1, -1, -1, -1, -1, -1, -1, -1,
					   -1, -1, -1, -1 } };
	return &offloads->offloads[offloads->count++];
}

/* The interface that the header of a message names. */
static struct offload *read_header(struct offloads *offloads,
				   const struct netlink_attribute *header)
{
	struct netlink_attributes nested = netlink_nested(header);
	struct netlink_attribute attribute;
	struct offload *offload;
	char name[IF_NAMESIZE] = "";
	int64_t number = -1;

	while (netlink_next(&nested, &attribute)) {
		if (attribute.type == ETHTOOL_A_HEADER_DEV_INDEX)
			number = netlink_u32(&attribute, -1);
		else if (attribute.type == ETHTOOL_A_HEADER_DEV_NAME)
			netlink_text(&attribute, name, sizeof(name));
	}
	offload = number < 0 ? NULL : get_offload(offloads, number);
	if (offload)
		memcpy(offload->name, name, sizeof(offload->name));
	return offload;
}

/* --- features ---------------------------------------------------------------------- */

/* What the kernel says of one feature in one set of them. */
struct bit {
	char name[FEATURE_BYTES];
	bool has_value;
};

static void read_bit(const struct netlink_attribute *nest, struct bit *ret)
{
	struct netlink_attributes nested = netlink_nested(nest);
	struct netlink_attribute attribute;

	*ret = (struct bit){ 0 };
	while (netlink_next(&nested, &attribute)) {
		if (attribute.type == ETHTOOL_A_BITSET_BIT_NAME)
			netlink_text(&attribute, ret->name, sizeof(ret->name));
		else if (attribute.type == ETHTOOL_A_BITSET_BIT_VALUE)
			ret->has_value = true;
	}
}

static void set_number(struct offload_row *row, size_t offset, int64_t number)
{
	*(int64_t *)((char *)row + offset) = number;
}

/*
 * What can be changed comes as a list of all features there are, each with a value or
 * without; what is on, and what never changes, as lists of names alone.
 */
static void note_bit(struct offload_row *row, unsigned set, const struct bit *bit)
{
	for (size_t i = 0; i < ARRAY_SIZE(features); i++) {
		if (strcmp(bit->name, features[i].name) != 0)
			continue;
		if (set == ETHTOOL_A_FEATURES_HW) {
			set_number(row, features[i].is_on, 0);
			set_number(row, features[i].is_fixed, !bit->has_value);
		} else if (set == ETHTOOL_A_FEATURES_ACTIVE) {
			set_number(row, features[i].is_on, 1);
		} else if (set == ETHTOOL_A_FEATURES_NOCHANGE) {
			set_number(row, features[i].is_fixed, 1);
		}
	}
}

static void read_bits(const struct netlink_attribute *set, struct offload_row *row)
{
	struct netlink_attributes in_set = netlink_nested(set);
	struct netlink_attribute list, nest;
	struct bit bit;

	while (netlink_next(&in_set, &list)) {
		struct netlink_attributes in_list = netlink_nested(&list);

		if (list.type != ETHTOOL_A_BITSET_BITS)
			continue;
		while (netlink_next(&in_list, &nest)) {
			read_bit(&nest, &bit);
			note_bit(row, set->type, &bit);
		}
	}
}

/* The header comes first, and what can be changed before the rest. */
static void read_features(void *data, const struct nlmsghdr *message)
{
	struct netlink_attributes attributes =
		netlink_attributes_of(message, sizeof(struct genlmsghdr));
	struct netlink_attribute attribute;
	struct offload *offload = NULL;

	while (netlink_next(&attributes, &attribute)) {
		if (attribute.type == ETHTOOL_A_FEATURES_HEADER)
			offload = read_header(data, &attribute);
		else if (offload)
			read_bits(&attribute, &offload->row);
	}
}

/* --- rings ------------------------------------------------------------------------- */

static void read_ring(const struct netlink_attribute *attribute, struct offload_row *row)
{
	switch (attribute->type) {
	case ETHTOOL_A_RINGS_RX_MAX:
		row->rx_ring_max = netlink_u32(attribute, -1);
		return;
	case ETHTOOL_A_RINGS_TX_MAX:
		row->tx_ring_max = netlink_u32(attribute, -1);
		return;
	case ETHTOOL_A_RINGS_RX:
		row->rx_ring = netlink_u32(attribute, -1);
		return;
	case ETHTOOL_A_RINGS_TX:
		row->tx_ring = netlink_u32(attribute, -1);
		return;
	default:
		return;
	}
}

static void read_rings(void *data, const struct nlmsghdr *message)
{
	struct netlink_attributes attributes =
		netlink_attributes_of(message, sizeof(struct genlmsghdr));
	struct netlink_attribute attribute;
	struct offload *offload = NULL;

	while (netlink_next(&attributes, &attribute)) {
		if (attribute.type == ETHTOOL_A_RINGS_HEADER)
			offload = read_header(data, &attribute);
		else if (offload)
			read_ring(&attribute, &offload->row);
	}
}

/* --- the source -------------------------------------------------------------------- */

static void read_family(void *data, const struct nlmsghdr *message)
{
	struct netlink_attributes attributes =
		netlink_attributes_of(message, sizeof(struct genlmsghdr));
	struct netlink_attribute attribute;
	uint16_t *family = data;

	while (netlink_next(&attributes, &attribute))
		if (attribute.type == CTRL_ATTR_FAMILY_ID)
			netlink_copy(&attribute, family, sizeof(*family));
}

static struct nlmsghdr *put_generic_header(void *buffer, uint16_t type, uint16_t flags,
					   uint8_t command)
{
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	struct genlmsghdr *generic;

	request->nlmsg_type = type;
	request->nlmsg_flags = NLM_F_REQUEST | flags;
	generic = mnl_nlmsg_put_extra_header(request, sizeof(*generic));
	generic->cmd = command;
	generic->version = 1;
	return request;
}

/* The number that this kernel gave to ethtool. Fails: -ENOENT it has none */
static int find_family(struct netlink *netlink, struct source_result *result,
		       uint16_t *ret)
{
	_Alignas(struct nlmsghdr) char buffer[256];
	const struct netlink_reader reader = { "netlink families", read_family, ret,
					       result };
	struct nlmsghdr *request =
		put_generic_header(buffer, GENL_ID_CTRL, NLM_F_ACK, CTRL_CMD_GETFAMILY);

	mnl_attr_put_strz(request, CTRL_ATTR_FAMILY_NAME, ETHTOOL_GENL_NAME);
	return netlink_ask(netlink, request, &reader);
}

/* One list of all interfaces, live or recorded. */
static int list(struct netlink *netlink, const struct kernel *kernel, uint16_t family,
		uint8_t command, const char *file, const struct netlink_reader *reader)
{
	_Alignas(struct nlmsghdr) char buffer[256];
	struct nlmsghdr *request =
		put_generic_header(buffer, family, NLM_F_DUMP, command);
	struct nlattr *header;

	if (!kernel->is_live)
		return netlink_replay(kernel->replay, file, reader);
	/* the header of every request has the type 1 */
	header = mnl_attr_nest_start(request, ETHTOOL_A_FEATURES_HEADER);
	mnl_attr_put_u32(request, ETHTOOL_A_HEADER_FLAGS, 0);
	mnl_attr_nest_end(request, header);
	return netlink_ask(netlink, request, reader);
}

static int list_all(struct netlink *netlink, const struct kernel *kernel,
		    struct offloads *offloads, struct source_result *result,
		    struct error *err)
{
	const struct netlink_reader feature_reader = { "offloads", read_features,
						       offloads, result };
	const struct netlink_reader ring_reader = { "rings", read_rings, offloads,
						    result };
	uint16_t family = 0;
	int code = kernel->is_live ? netlink_open(netlink, NETLINK_GENERIC) : 0;

	if (code == 0 && kernel->is_live)
		code = find_family(netlink, result, &family);
	if (code == 0)
		code = list(netlink, kernel, family, ETHTOOL_MSG_FEATURES_GET,
			    "features.nl", &feature_reader);
	if (code < 0)
		return netlink_note_failure(code, &feature_reader, LACKS, err);
	code = list(netlink, kernel, family, ETHTOOL_MSG_RINGS_GET, "rings.nl",
		    &ring_reader);
	if (code == -ENOMEM)
		return error_set(err, code, "out of memory");
	/* how Linux 5.10 ends the list when the last interface has no rings */
	if (code < 0 && code != -EOPNOTSUPP)
		source_is_partial(result, "ring sizes are not known: %s",
				  code == -ENODATA ? "not recorded" : strerror(-code));
	return 0;
}

static int store_offloads(struct collection *collection, const struct offloads *offloads,
			  struct source_result *result, struct error *err)
{
	if (offloads->has_failed)
		return error_set(err, -ENOMEM, "out of memory");
	if (offloads->is_cut)
		source_is_partial(result,
				  "more than %d interfaces: the others are not seen",
				  MOST_LINKS);
	for (size_t i = 0; i < offloads->count; i++) {
		struct offload_row row = offloads->offloads[i].row;
		int code;

		row.name = offloads->offloads[i].name;
		code = evidence_add_offload(collection->evidence, &row, err);
		if (code < 0)
			return code;
	}
	return 0;
}

static int read_ethtool(struct collection *collection, struct source_result *result,
			struct error *err)
{
	AUTO(netlink_close) struct netlink netlink = { 0 };
	AUTO(offloads_clear) struct offloads offloads = { 0 };
	int code = list_all(&netlink, collection->kernel, &offloads, result, err);

	return code < 0 ? code : store_offloads(collection, &offloads, result, err);
}

static bool needs_ethtool(const struct needs *needs)
{
	return needs->wants_everything || needs->tables[TABLE_OFFLOAD];
}

const struct source source_ethtool = {
	.name = "ethtool",
	.is_needed = needs_ethtool,
	.read = read_ethtool,
};
