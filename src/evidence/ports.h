/* The local ports that outgoing connections of the latest sample can have. */
#pragma once

#include "evidence/functions.h"

/*
 * What the sysctls of the latest sample say; worked out once a sample, since a list of
 * reserved ports can be long.
 */
const struct ports *ports_now(struct evidence_context *context);

/*
 * ports_usable(), ports_reserved() and ports_reusable(TIME_WAIT, OLD, IS_LOOPBACK) of
 * SQL; the last is for the view port_use, which says what it is.
 */
void ports_sql_reusable(sqlite3_context *context, int count, sqlite3_value **arguments);
void ports_sql_usable(sqlite3_context *context, int count, sqlite3_value **arguments);
void ports_sql_reserved(sqlite3_context *context, int count, sqlite3_value **arguments);
