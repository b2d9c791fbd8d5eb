/*
 * The two programs that write sysctl files into the kernel at boot. What is said of them
 * here was read in their sources and compared with the programs of Debian 12:
 * systemd-sysctl 252 and the sysctl --system of procps 4.0.2.
 */
#pragma once

enum loader {
	LOADER_SYSTEMD,
	LOADER_PROCPS,
};

#define LOADER_COUNT (LOADER_PROCPS + 1)

/* "systemd", "procps"; for machines */
const char *loader_id(enum loader loader);

/* "systemd-sysctl", "sysctl --system"; for people */
const char *loader_name(enum loader loader);

/* The version that the simulation was compared with. */
const char *loader_version(enum loader loader);
