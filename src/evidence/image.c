/* The latest sample as bytes, to be kept in a history. */
#include "base/embedded.h"
#include "base/text.h"
#include "evidence/evidence.h"

#include <errno.h>

/* DELETE of what is not of the latest sample, for each table that has samples. */
static int forget_earlier(struct evidence *evidence, struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *names = NULL;
	AUTO(text_clear) struct text sql = { 0 };
	int r = database_prepare(evidence->db,
				 "SELECT name, name = 'sample' FROM sqlite_schema WHERE"
				 " type = 'table' AND name <> 'window'",
				 &names, err);

	if (r < 0)
		return r;
	while (sqlite3_step(names) == SQLITE_ROW)
		text_addf(&sql, "DELETE FROM %s WHERE %s <> %lld;",
			  (const char *)sqlite3_column_text(names, 0),
			  sqlite3_column_int(names, 1) ? "id" : "sample",
			  (long long)evidence->now);
	if (text_check(&sql) < 0)
		return error_set(err, -ENOMEM, "out of memory");
	return database_run(evidence->db, text_string(&sql), err);
}

int evidence_image(struct evidence *evidence, void **ret, size_t *ret_size,
		   struct error *err)
{
	sqlite3_int64 size = 0;
	unsigned char *image;
	int r = evidence->before ? forget_earlier(evidence, err) : 0;

	if (r < 0)
		return r;
	image = sqlite3_serialize(evidence->db, "main", &size, 0);
	if (!image)
		return error_set(err, -ENOMEM, "out of memory");
	*ret = image;
	*ret_size = (size_t)size;
	return 0;
}

/* FNV-1a; schemas are not made by enemies. */
int64_t evidence_schema_hash(void)
{
	uint64_t hash = 14695981039346656037U;

	for (size_t i = 0; i < embedded_schema.size; i++)
		hash = (hash ^ (unsigned char)embedded_schema.data[i]) * 1099511628211U;
	return (int64_t)hash;
}
