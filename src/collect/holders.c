#include "collect/holders.h"

void holders_want(struct holders *holders, uint64_t inode, uint64_t cgroup)
{
	owners_want(&holders->owners, inode);
	cgroups_want(&holders->cgroups, cgroup);
}

void holders_find(struct holders *holders, const struct kernel *kernel)
{
	owners_find(&holders->owners, kernel);
	cgroups_find(&holders->cgroups, kernel);
}

struct holder holders_get(const struct holders *holders, uint64_t inode, uint64_t cgroup)
{
	const struct owner *owner = owners_get(&holders->owners, inode);
	const struct cgroup *group = cgroups_get(&holders->cgroups, cgroup);
	struct holder holder = { 0 };

	if (owner) {
		holder.pid = owner->pid;
		holder.program = owner->program;
	}
	if (group) {
		holder.cgroup = group->path;
		holder.service = group->service[0] ? group->service : NULL;
	}
	return holder;
}

void holders_clear(struct holders *holders)
{
	cgroups_clear(&holders->cgroups);
}
