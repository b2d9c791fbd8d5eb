#include "cli/propose.h"

#include "cli/console.h"

#include <errno.h>

/* Below this no use of the host shows. */
#define IS_BUSY                                                                          \
	"SELECT coalesce((SELECT sum(sockets) FROM tcp_state_now), 0) >= 50 OR "         \
	"coalesce(counter('nf_conntrack.count'), 0) >= 1000"

static int read_is_busy(struct evidence *evidence, bool *ret, struct error *err)
{
	sqlite3_stmt *statement = NULL;
	int r = evidence_prepare(evidence, IS_BUSY, &statement, err);

	if (r == 0)
		*ret = sqlite3_step(statement) == SQLITE_ROW &&
		       sqlite3_column_int(statement, 0);
	sqlite3_finalize(statement);
	return r;
}

/* Takes over why. */
static int add(struct proposal_list *list, const char *profile, char *why)
{
	struct proposal *rows =
		realloc(list->rows, (list->count + 1) * sizeof(*list->rows));
	char *name = strdup(profile);

	if (rows)
		list->rows = rows;
	if (!rows || !name) {
		free(name);
		free(why);
		return -ENOMEM;
	}
	list->rows[list->count++] = (struct proposal){ .profile = name, .why = why };
	return 0;
}

static int ask(const char *name, struct evidence *evidence, struct proposal_list *ret)
{
	AUTO(profile_clear) struct profile profile = { 0 };
	struct error err = { 0 };
	char *why = NULL;
	int r = profile_load(name, &profile, &err);

	if (r == 0)
		r = profile_recommend(&profile, evidence, &why, &err);
	if (r == 0 && why)
		return add(ret, name, why);
	if (r == 0 || r == -ENOMEM)
		return r;
	console_complain("profile '%s' is not considered: %s", name, err.text);
	return 0;
}

int propose_profiles(struct evidence *evidence, struct proposal_list *ret,
		     struct error *err)
{
	AUTO(profile_names_clear) struct profile_names names = { 0 };
	bool is_busy = false;
	int r = read_is_busy(evidence, &is_busy, err);

	if (r < 0 || !is_busy)
		return r;
	r = profile_names_load(&names, err);
	for (size_t i = 0; r == 0 && i < names.count; i++)
		r = ask(names.names[i], evidence, ret);
	return r == -ENOMEM ? error_set(err, r, "out of memory") : r;
}

void proposals_clear(struct proposal_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->rows[i].profile);
		free(list->rows[i].why);
	}
	free(list->rows);
	*list = (struct proposal_list){ 0 };
}
