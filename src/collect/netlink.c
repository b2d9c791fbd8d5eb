#include "collect/netlink.h"

#include "base/file.h"

#include <errno.h>
#include <sys/socket.h>

enum {
	RECEIVE_BYTES = 32 * 1024, /* the kernel's dump messages are no larger */
	REPLAY_LIMIT = 512 * 1024 * 1024,
	PATIENCE_SECONDS = 10, /* when the message that ends a list was lost */
};

/* One answer under way. code: the negative errno that ended it, 0 for a good end. */
struct answer {
	const struct netlink_reader *reader;
	uint32_t sequence; /* 0: any */
	int code;
	bool is_done;
};

int netlink_open(struct netlink *ret, int protocol)
{
	const struct timeval patience = { .tv_sec = PATIENCE_SECONDS };
	struct mnl_socket *socket = mnl_socket_open2(protocol, SOCK_CLOEXEC);

	if (!socket)
		return -errno;
	if (setsockopt(mnl_socket_get_fd(socket), SOL_SOCKET, SO_RCVTIMEO, &patience,
		       sizeof(patience)) < 0) {
		int code = -errno;

		mnl_socket_close(socket);
		return code;
	}
	*ret = (struct netlink){ .socket = socket };
	return 0;
}

void netlink_close(struct netlink *netlink)
{
	if (netlink->socket)
		mnl_socket_close(netlink->socket);
	*netlink = (struct netlink){ 0 };
}

/* The code that ends an answer: 0, or what went wrong in the kernel. */
static int end_code(const struct nlmsghdr *message)
{
	int code = 0;

	if (mnl_nlmsg_get_payload_len(message) >= sizeof(code))
		memcpy(&code, mnl_nlmsg_get_payload(message), sizeof(code));
	return code < 0 ? code : 0;
}

static void read_message(struct answer *answer, const struct nlmsghdr *message)
{
	const struct netlink_reader *reader = answer->reader;

	if (answer->sequence && message->nlmsg_seq != answer->sequence)
		return;
	if (message->nlmsg_flags & NLM_F_DUMP_INTR)
		source_is_partial(reader->result,
				  "the list of %s changed while it was read",
				  reader->what);
	if (message->nlmsg_type == NLMSG_DONE || message->nlmsg_type == NLMSG_ERROR) {
		answer->code = end_code(message);
		answer->is_done = true;
		return;
	}
	if (message->nlmsg_type >= NLMSG_MIN_TYPE)
		reader->callback(reader->data, message);
}

/* All messages of one datagram. */
static void read_datagram(struct answer *answer, const void *data, int length)
{
	const struct nlmsghdr *message = data;

	while (!answer->is_done && mnl_nlmsg_ok(message, length)) {
		read_message(answer, message);
		message = mnl_nlmsg_next(message, &length);
	}
	if (!answer->is_done && length > 0)
		source_is_partial(answer->reader->result, "a netlink message is torn");
}

/* Receive until the answer ends. Returns 0 or -errno of the socket. */
static int receive(struct answer *answer, struct mnl_socket *socket)
{
	_Alignas(struct nlmsghdr) char buffer[RECEIVE_BYTES];
	struct source_result *result = answer->reader->result;

	while (!answer->is_done) {
		ssize_t length = mnl_socket_recvfrom(socket, buffer, sizeof(buffer));

		if (length >= 0) {
			read_datagram(answer, buffer, (int)length);
			continue;
		}
		switch (errno) {
		case EINTR:
			continue;
		case ENOBUFS:
			source_is_partial(result,
					  "the kernel dropped messages (ENOBUFS)");
			continue;
		case ENOSPC:
			source_is_partial(result, "a netlink message was cut");
			continue;
		case EAGAIN:
			return -ETIMEDOUT;
		default:
			return -errno;
		}
	}
	return 0;
}

int netlink_ask(struct netlink *netlink, struct nlmsghdr *request,
		const struct netlink_reader *reader)
{
	struct answer answer = { .reader = reader, .sequence = ++netlink->sequence };
	int code;

	request->nlmsg_seq = answer.sequence;
	if (mnl_socket_sendto(netlink->socket, request, request->nlmsg_len) < 0)
		return -errno;
	code = receive(&answer, netlink->socket);
	return code < 0 ? code : answer.code;
}

int netlink_replay(int folder, const char *name, const struct netlink_reader *reader)
{
	AUTO(text_clear) struct text data = { 0 };
	struct answer answer = { .reader = reader };
	int code = file_read(folder, name, REPLAY_LIMIT, &data);

	if (code < 0)
		return code == -ENOENT ? -ENODATA : code;
	/* a file may hold more than one answer */
	for (size_t at = 0; at < data.length && answer.code == 0;) {
		const struct nlmsghdr *message = (const void *)(data.data + at);
		size_t left = data.length - at;

		if (left < sizeof(*message) || message->nlmsg_len < sizeof(*message) ||
		    message->nlmsg_len > left) {
			source_is_partial(reader->result, "a netlink message is torn");
			break;
		}
		read_message(&answer, message);
		at += MNL_ALIGN((size_t)message->nlmsg_len);
	}
	return answer.code;
}

int netlink_list(const struct kernel *kernel, int protocol, struct nlmsghdr *request,
		 const char *file, const struct netlink_reader *reader)
{
	AUTO(netlink_close) struct netlink netlink = { 0 };
	int code;

	if (!kernel->is_live)
		return netlink_replay(kernel->replay, file, reader);
	code = netlink_open(&netlink, protocol);
	return code < 0 ? code : netlink_ask(&netlink, request, reader);
}

int netlink_note_failure(int code, const struct netlink_reader *reader, const char *lacks,
			 struct error *err)
{
	struct source_result *result = reader->result;

	switch (code) {
	case -ENOMEM:
		return error_set(err, code, "out of memory");
	case -ENOENT:
	case -EOPNOTSUPP:
	case -EPROTONOSUPPORT:
		result->state = SOURCE_ABSENT;
		(void)error_set(&result->reason, 0, "%s", lacks);
		return 0;
	case -ENODATA:
		result->state = SOURCE_ABSENT;
		(void)error_set(&result->reason, 0, "the list of %s was not recorded",
				reader->what);
		return 0;
	default:
		result->state = SOURCE_UNREADABLE;
		(void)error_set(&result->reason, 0, "cannot list %s: %s", reader->what,
				strerror(-code));
		return 0;
	}
}

struct netlink_attributes netlink_attributes_of(const struct nlmsghdr *message,
						size_t fixed)
{
	const char *payload = mnl_nlmsg_get_payload(message);
	size_t length = mnl_nlmsg_get_payload_len(message);
	size_t skipped = MNL_ALIGN(fixed);

	if (length <= skipped)
		return (struct netlink_attributes){ 0 };
	return (struct netlink_attributes){ payload + skipped, length - skipped };
}

struct netlink_attributes netlink_nested(const struct netlink_attribute *attribute)
{
	return (struct netlink_attributes){ attribute->payload, attribute->size };
}

bool netlink_next(struct netlink_attributes *attributes, struct netlink_attribute *ret)
{
	struct nlattr header;
	size_t step;

	if (attributes->left < sizeof(header))
		return false;
	memcpy(&header, attributes->at, sizeof(header));
	if (header.nla_len < sizeof(header) || header.nla_len > attributes->left)
		return false;
	ret->type = header.nla_type & NLA_TYPE_MASK;
	ret->payload = attributes->at + sizeof(header);
	ret->size = header.nla_len - sizeof(header);
	step = MNL_ALIGN((size_t)header.nla_len);
	step = step < attributes->left ? step : attributes->left;
	attributes->at += step;
	attributes->left -= step;
	return true;
}

int64_t netlink_u32(const struct netlink_attribute *attribute, int64_t fallback)
{
	uint32_t number;

	if (attribute->size < sizeof(number))
		return fallback;
	memcpy(&number, attribute->payload, sizeof(number));
	return number;
}

void netlink_text(const struct netlink_attribute *attribute, char *ret, size_t size)
{
	size_t length = strnlen(attribute->payload, attribute->size);

	length = length < size ? length : size - 1;
	memcpy(ret, attribute->payload, length);
	ret[length] = '\0';
}

void netlink_copy(const struct netlink_attribute *attribute, void *ret, size_t size)
{
	size_t known = attribute->size < size ? attribute->size : size;

	memcpy(ret, attribute->payload, known);
	memset((char *)ret + known, 0, size - known);
}
