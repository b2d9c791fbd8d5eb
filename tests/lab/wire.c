/*
 * A cable between two network namespaces, made of two TUN devices and a queue in user
 * space, for kernels that cannot delay or lose packets themselves.
 *
 *     wire NAMESPACE-A NAMESPACE-B [OPTION VALUE]...
 *
 * The device is wire0 in both. Options hold for both directions, with "ab-" or "ba-" in
 * front for one:
 *
 *     delay MS  jitter MS  rate KBIT/S  limit BYTES (of the queue before the rate)
 *     loss, dup, reorder, corrupt, stale, shift PERCENT of the packets
 *     late MS (of what is reordered or duplicated)  mtu BYTES (longer ones vanish)
 *
 * stale: the TCP timestamp becomes an old one. shift: the sequence number moves far
 * ahead. "OPTION VALUE" on standard input changes an option, "stat" prints one line a
 * direction.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum {
	QUEUE_PACKETS = 65536,
	PACKET_BYTES = 70000,
	READS_AT_ONCE = 64,
	STALE_MS = 10 * 1000 * 1000,
	SHIFT_BYTES = 1 << 30,
	TCP = 6,
	SYN = 2,
	TIMESTAMP_OPTION = 8,
};

static const uint64_t SECOND = 1000 * 1000 * 1000;

struct packet {
	uint64_t due;
	int length;
	unsigned char *bytes;
};

/* Packets in the order in which they are due. */
struct queue {
	struct packet *packets;
	unsigned head, tail;
};

/* One direction: what is asked of it, and what became of it. */
struct direction {
	double delay, jitter, rate, limit, loss, dup, reorder, corrupt, stale, shift,
		late, mtu;
	uint64_t next_free, last_due;
	struct queue queue, late_queue;
	unsigned long forwarded, lost, overflowed, too_long;
};

static const struct {
	const char *name;
	size_t offset;
} options[] = {
	{ "delay", offsetof(struct direction, delay) },
	{ "jitter", offsetof(struct direction, jitter) },
	{ "rate", offsetof(struct direction, rate) },
	{ "limit", offsetof(struct direction, limit) },
	{ "loss", offsetof(struct direction, loss) },
	{ "dup", offsetof(struct direction, dup) },
	{ "reorder", offsetof(struct direction, reorder) },
	{ "corrupt", offsetof(struct direction, corrupt) },
	{ "stale", offsetof(struct direction, stale) },
	{ "shift", offsetof(struct direction, shift) },
	{ "late", offsetof(struct direction, late) },
	{ "mtu", offsetof(struct direction, mtu) },
};

static volatile sig_atomic_t is_over;

static void end(int number)
{
	(void)number;
	is_over = 1;
}

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * SECOND + (uint64_t)time.tv_nsec;
}

/* From 0 up to 1, the same sequence in every run. */
static double chance(void)
{
	static uint64_t state = 88172645463325252;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (double)(state >> 11) / 9007199254740992.0;
}

static bool happens(double percent)
{
	return percent > 0 && chance() * 100 < percent;
}

/* --- changing packets --------------------------------------------------------------- */

static uint32_t get32(const unsigned char *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return be32toh(value);
}

/* Write a number whose place is even, and keep the checksum right (RFC 1624). */
static void put32(unsigned char *tcp, size_t at, uint32_t value)
{
	uint32_t old = get32(tcp + at);
	uint32_t sum = (uint32_t)(~((unsigned)tcp[16] << 8 | tcp[17]) & 0xffff);
	uint32_t big = htobe32(value);

	sum += (~old >> 16 & 0xffff) + (~old & 0xffff) + (value >> 16) + (value & 0xffff);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	sum = ~sum & 0xffff;
	tcp[16] = (unsigned char)(sum >> 8);
	tcp[17] = (unsigned char)sum;
	memcpy(tcp + at, &big, sizeof(big));
}

/* The TCP header of an IPv4 or IPv6 packet without SYN; NULL for any other packet. */
static unsigned char *find_segment(unsigned char *bytes, int length)
{
	int at = bytes[0] >> 4 == 4 ? (bytes[0] & 15) * 4 : 40;
	int protocol = bytes[0] >> 4 == 4 ? bytes[9] : bytes[6];

	if (protocol != TCP || length < at + 20 || bytes[at + 13] & SYN)
		return NULL;
	return bytes + at;
}

/* Two NOPs stand before the option in everything that Linux sends: its place is even. */
static void make_stale(unsigned char *tcp)
{
	size_t end_of_header = (size_t)(tcp[12] >> 4) * 4;

	for (size_t at = 20; at + 10 <= end_of_header;) {
		if (tcp[at] == TIMESTAMP_OPTION) {
			put32(tcp, at + 2, get32(tcp + at + 2) - STALE_MS);
			return;
		}
		at += tcp[at] <= 1 ? 1 : tcp[at + 1] ? tcp[at + 1] : 1;
	}
}

static void disturb(struct direction *way, unsigned char *bytes, int length)
{
	unsigned char *tcp = find_segment(bytes, length);

	if (!tcp)
		return;
	if (happens(way->corrupt))
		bytes[length - 1] ^= 0x55;
	if (happens(way->stale))
		make_stale(tcp);
	if (happens(way->shift))
		put32(tcp, 4, get32(tcp + 4) + SHIFT_BYTES);
}

/* --- the way of a packet ------------------------------------------------------------ */

static void put(struct queue *queue, uint64_t due, const void *bytes, int length)
{
	struct packet *packet;
	unsigned char *copy = malloc((size_t)length);

	if (!copy)
		fail("malloc");
	if (queue->tail - queue->head >= QUEUE_PACKETS) {
		free(copy);
		return;
	}
	packet = &queue->packets[queue->tail++ % QUEUE_PACKETS];
	*packet = (struct packet){ due, length, copy };
	memcpy(copy, bytes, (size_t)length);
}

/* When it has passed the bottleneck; false when its queue is full. */
static bool pass_bottleneck(struct direction *way, int length, uint64_t time,
			    uint64_t *ret)
{
	uint64_t start = way->next_free > time ? way->next_free : time;
	double waiting = (double)(start - time) * way->rate / 8e6;

	if (way->rate <= 0)
		return true;
	if (way->limit > 0 && waiting + length > way->limit)
		return false;
	way->next_free = *ret = start + (uint64_t)(length * 8e6 / way->rate);
	return true;
}

static void take(struct direction *way, unsigned char *bytes, int length)
{
	uint64_t time = now(), due = time, late = (uint64_t)(way->late * 1e6);

	if (happens(way->loss)) {
		way->lost++;
		return;
	}
	if (way->mtu > 0 && length > way->mtu) {
		way->too_long++;
		return;
	}
	if (!pass_bottleneck(way, length, time, &due)) {
		way->overflowed++;
		return;
	}
	disturb(way, bytes, length);
	due += (uint64_t)((way->delay + way->jitter * chance()) * 1e6);
	if (happens(way->reorder)) {
		put(&way->late_queue, due + late, bytes, length);
		return;
	}
	if (due < way->last_due)
		due = way->last_due;
	way->last_due = due;
	put(&way->queue, due, bytes, length);
	if (happens(way->dup))
		put(late ? &way->late_queue : &way->queue, due + late, bytes, length);
}

/* Send what is due; when the next is, UINT64_MAX for never. */
static uint64_t give(struct direction *way, struct queue *queue, int device)
{
	uint64_t time = now();

	while (queue->head != queue->tail) {
		struct packet *packet = &queue->packets[queue->head % QUEUE_PACKETS];

		if (packet->due > time)
			return packet->due;
		if (write(device, packet->bytes, (size_t)packet->length) < 0 &&
		    errno != EIO && errno != EINVAL)
			perror("wire: write");
		free(packet->bytes);
		way->forwarded++;
		queue->head++;
	}
	return UINT64_MAX;
}

/* --- set up ------------------------------------------------------------------------- */

static int open_device(const char *namespace)
{
	struct ifreq request = { .ifr_flags = IFF_TUN | IFF_NO_PI, .ifr_name = "wire0" };
	char path[256];
	int device, fd;

	(void)snprintf(path, sizeof(path), "/run/netns/%s", namespace);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET) < 0)
		fail(path);
	close(fd);
	device = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (device < 0 || ioctl(device, TUNSETIFF, &request) < 0)
		fail("/dev/net/tun");
	return device;
}

static bool set_option(struct direction ways[2], const char *name, const char *value)
{
	int first = 0, last = 1;

	if (strncmp(name, "ab-", 3) == 0)
		last = 0;
	else if (strncmp(name, "ba-", 3) == 0)
		first = 1;
	if (first == 1 || last == 0)
		name += 3;
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (strcmp(name, options[i].name) != 0)
			continue;
		for (int n = first; n <= last; n++)
			*(double *)((char *)&ways[n] + options[i].offset) =
				strtod(value, NULL);
		return true;
	}
	(void)fprintf(stderr, "wire: no option '%s'\n", name);
	return false;
}

static void print_state(const struct direction ways[2])
{
	for (int i = 0; i < 2; i++)
		(void)printf("%s forwarded %lu lost %lu overflowed %lu too-long %lu\n",
			     i ? "ba" : "ab", ways[i].forwarded, ways[i].lost,
			     ways[i].overflowed, ways[i].too_long);
	(void)fflush(stdout);
}

static void obey(struct direction ways[2], char *line)
{
	char *value = strchr(line, ' ');

	if (strcmp(line, "stat") == 0) {
		print_state(ways);
	} else if (value) {
		*value = '\0';
		(void)set_option(ways, line, value + 1);
	}
}

/* Commands come a character at a time: poll() tells of the descriptor, not of stdio. */
static bool read_command(struct direction ways[2])
{
	static char line[256];
	static size_t length;
	char character;

	if (read(STDIN_FILENO, &character, 1) <= 0)
		return false;
	if (character != '\n') {
		if (length < sizeof(line) - 1)
			line[length++] = character;
		return true;
	}
	line[length] = '\0';
	length = 0;
	obey(ways, line);
	return true;
}

static void read_device(struct direction *way, int device)
{
	static unsigned char bytes[PACKET_BYTES];

	for (int i = 0; i < READS_AT_ONCE; i++) {
		ssize_t length = read(device, bytes, sizeof(bytes));

		if (length <= 0)
			return;
		take(way, bytes, (int)length);
	}
}

static void wait_until(uint64_t due, struct pollfd *polls, size_t count)
{
	uint64_t time = now();
	uint64_t wait = due > time ? due - time : 0;
	struct timespec timeout = { 0 };

	timeout.tv_nsec = (long)(wait < SECOND / 5 ? wait : SECOND / 5);
	if (ppoll(polls, count, &timeout, NULL) < 0)
		for (size_t i = 0; i < count; i++)
			polls[i].revents = 0;
}

static void run(struct direction ways[2], const int devices[2])
{
	struct pollfd polls[3] = { { devices[0], POLLIN, 0 },
				   { devices[1], POLLIN, 0 },
				   { STDIN_FILENO, POLLIN, 0 } };

	while (!is_over) {
		uint64_t due = UINT64_MAX;

		for (int i = 0; i < 2; i++) {
			uint64_t next = give(&ways[i], &ways[i].queue, devices[!i]);
			uint64_t late = give(&ways[i], &ways[i].late_queue, devices[!i]);

			due = next < due ? next : due;
			due = late < due ? late : due;
		}
		wait_until(due, polls, 3);
		for (int i = 0; i < 2; i++)
			if (polls[i].revents & POLLIN)
				read_device(&ways[i], devices[i]);
		if (polls[2].revents && !read_command(ways))
			polls[2].fd = -1;
	}
}

int main(int count, char **words)
{
	static struct direction ways[2];
	int devices[2];

	if (count < 3 || count % 2 == 0) {
		(void)fprintf(stderr,
			      "usage: wire NAMESPACE-A NAMESPACE-B [OPTION VALUE]...\n");
		return 2;
	}
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	prctl(PR_SET_TIMERSLACK, 1000);
	(void)signal(SIGTERM, end);
	(void)signal(SIGINT, end);
	for (int i = 3; i < count; i += 2)
		if (!set_option(ways, words[i], words[i + 1]))
			return 2;
	for (int i = 0; i < 2; i++) {
		ways[i].queue.packets = calloc(QUEUE_PACKETS, sizeof(struct packet));
		ways[i].late_queue.packets = calloc(QUEUE_PACKETS, sizeof(struct packet));
		if (!ways[i].queue.packets || !ways[i].late_queue.packets)
			fail("calloc");
		devices[i] = open_device(words[1 + i]);
	}
	(void)puts("ready");
	(void)fflush(stdout);
	run(ways, devices);
	return 0;
}
