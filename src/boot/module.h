/*
 * Which kernel modules are there before sysctls are written: those built in, and those
 * that modules-load.d(5) names.
 */
#pragma once

#include "boot/folder.h"
#include "boot/name_table.h"

/*
 * Names as /sys/module has them: "nf_conntrack".
 *
 * early:     named in modules-load.d or /etc/modules
 * built_in:  of the host's kernel
 * loadable:  modules that the host has for its kernel
 * has_kernel: built_in and loadable are known
 */
struct boot_modules {
	struct name_table early, built_in, loadable;
	bool has_kernel;
};

/*
 * release: of the kernel, as uname -r has it; "" when not known
 * Fails:   -ENOMEM; files that are missing are no failure
 */
MUST_CHECK int modules_load(const struct host_root *host, const char *release,
			    struct boot_modules *ret);
void modules_clear(struct boot_modules *modules);

/* Are its keys there when the loaders run? */
bool modules_is_early(const struct boot_modules *modules, const char *module);

/* Does the host have it at all? True also where that is not known. */
bool modules_may_have(const struct boot_modules *modules, const char *module);
