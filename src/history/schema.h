/* The tables of a history, version 1. Times are seconds since 1970. */
#pragma once

static const char history_schema[] =
	/* a network namespace, by a name that outlives a boot */
	"CREATE TABLE place (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
	/* one report. is_key: all series have a point here, so that reading can begin
	   here. window: seconds since the sample that changes are counted from; NULL
	   without */
	"CREATE TABLE run (id INTEGER PRIMARY KEY, place INTEGER NOT NULL,"
	" taken INTEGER NOT NULL, is_key INTEGER NOT NULL, window REAL);"
	"CREATE INDEX run_key ON run (place, id) WHERE is_key;"
	/* the latest sample of each place: an evidence database with that one sample */
	"CREATE TABLE last_sample (place INTEGER PRIMARY KEY, taken REAL NOT NULL,"
	" uptime REAL NOT NULL, boot_id TEXT, netns_cookie INTEGER,"
	" schema_hash INTEGER NOT NULL, image BLOB NOT NULL);"
	/* something that is followed. latest: its value now; NULL: not known */
	"CREATE TABLE series (id INTEGER PRIMARY KEY, place INTEGER NOT NULL,"
	" name TEXT NOT NULL, subject TEXT NOT NULL, latest REAL, moved INTEGER NOT NULL,"
	" UNIQUE (place, name, subject));"
	/* a value that holds from this run until the next point of its series */
	"CREATE TABLE point (run INTEGER NOT NULL, series INTEGER NOT NULL, value REAL,"
	" PRIMARY KEY (run, series)) WITHOUT ROWID;"
	/* a finding and how it stands: see track.h, whose members these are */
	"CREATE TABLE finding (place INTEGER NOT NULL, kind TEXT NOT NULL,"
	" rule TEXT NOT NULL, subject TEXT NOT NULL, severity INTEGER NOT NULL,"
	" says TEXT NOT NULL, advice TEXT NOT NULL, unit TEXT NOT NULL, first_seen INTEGER NOT NULL,"
	" since INTEGER NOT NULL, last_seen INTEGER NOT NULL, count INTEGER NOT NULL,"
	" is_open INTEGER NOT NULL, is_told INTEGER NOT NULL, last_told INTEGER NOT NULL,"
	" patience INTEGER NOT NULL, level REAL, reference REAL, edge REAL,"
	" above INTEGER NOT NULL, below INTEGER NOT NULL, absent INTEGER NOT NULL,"
	" PRIMARY KEY (place, kind, rule, subject));"
	/* what was told */
	"CREATE TABLE event (id INTEGER PRIMARY KEY, place INTEGER NOT NULL,"
	" taken INTEGER NOT NULL, what TEXT NOT NULL, rule TEXT NOT NULL,"
	" subject TEXT NOT NULL, severity INTEGER NOT NULL, says TEXT NOT NULL);"
	"PRAGMA user_version = 1;";
