/*
 * launch FILE COMMAND...: run a command with its output thrown away and write what it cost
 * to FILE: wall ms, CPU ms, peak KiB. A small parent, since the peak of a process begins
 * with what its parent had.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

static double ms(struct timeval time)
{
	return time.tv_sec * 1e3 + time.tv_usec / 1e3;
}

int main(int argc, char **argv)
{
	double begin = now_ms();
	struct rusage usage;
	int status;
	FILE *out;
	pid_t child;

	if (argc < 3)
		return 2;
	child = fork();
	if (child == 0) {
		int null = open("/dev/null", O_RDWR);

		for (int fd = 0; fd < 3; fd++)
			dup2(null, fd);
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &usage) < 0)
		return 1;
	out = fopen(argv[1], "w");
	if (!out)
		return 1;
	fprintf(out, "%f %f %ld\n", now_ms() - begin, ms(usage.ru_utime) + ms(usage.ru_stime),
		usage.ru_maxrss);
	return fclose(out) ? 1 : WIFEXITED(status) && WEXITSTATUS(status) == 127;
}
