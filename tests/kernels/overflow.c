/*
 * A program whose accept queue of 8 overflows again and again, all on 127.0.0.1: a child
 * that accepts in naps, and bursts of clients. Runs until it is killed.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PORT = 8080, BACKLOG = 8, CLIENTS = 60, NAP_US = 200 * 1000 };

static const struct sockaddr_in address = {
	.sin_family = AF_INET,
	.sin_port = 0x901f, /* htons(PORT) */
	.sin_addr = { 0x0100007f },
};

static int fail(const char *what)
{
	perror(what);
	return 1;
}

static void accept_in_naps(int listener)
{
	for (;;) {
		int one;

		while ((one = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0)
			close(one);
		usleep(NAP_US);
	}
}

static void connect_in_a_burst(void)
{
	int clients[CLIENTS];

	for (int i = 0; i < CLIENTS; i++) {
		clients[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)connect(clients[i], (const struct sockaddr *)&address,
			      sizeof(address));
	}
	usleep(NAP_US / 2);
	for (int i = 0; i < CLIENTS; i++)
		close(clients[i]);
}

int main(void)
{
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	if (listener < 0 ||
	    bind(listener, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return fail("bind");
	if (listen(listener, BACKLOG) < 0)
		return fail("listen");
	if (fork() == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		accept_in_naps(listener);
	}
	close(listener);
	for (;;)
		connect_in_a_burst();
}
