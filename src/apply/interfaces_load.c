#include "apply/interfaces_load.h"

#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

static void release_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

static int load_family(const struct kernel *kernel, enum interface_family family,
		       struct interfaces *interfaces)
{
	auto_close int fd = openat(kernel->sys, interface_family_folder(family),
				   O_RDONLY | O_DIRECTORY | FILE_OPEN_FLAGS);
	AUTO(release_dir) DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	int r = 0;

	if (!dir)
		return errno == ENOENT ? 0 : -errno;
	(void)TAKE_FD(fd); /* the stream has it now */
	while (r == 0 && (errno = 0, entry = readdir(dir))) {
		if (entry->d_name[0] != '.')
			r = interfaces_add(interfaces, family, entry->d_name);
	}
	return r < 0 ? r : -errno;
}

int interfaces_load(const struct kernel *kernel, struct interfaces *ret,
		    struct error *err)
{
	AUTO(interfaces_clear) struct interfaces interfaces = { 0 };

	for (size_t i = 0; kernel->sys >= 0 && i < FAMILY_COUNT; i++) {
		enum interface_family family = (enum interface_family)i;
		int r = load_family(kernel, family, &interfaces);

		if (r < 0)
			return error_set(err, r, "cannot list '/proc/sys/%s': %s",
					 interface_family_folder(family), strerror(-r));
	}
	*ret = interfaces;
	interfaces = (struct interfaces){ 0 };
	return 0;
}
