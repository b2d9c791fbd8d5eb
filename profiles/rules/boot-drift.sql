-- severity: info
-- remedy: sysctl
-- judges: now
-- subject: {key}
-- needs: boot_setting_now
-- says: {key} is {live} now, and the next boot sets it to {value} ({file}:{line}).
-- advice: Decide which of the two is meant. To keep the value of now, put it into the file; to
--     have that of the file, load the files again, or boot. 'tcptune boot {key}' tells which
--     lines set it.
-- source: sysctl.d(5); the loaders as src/boot follows them
SELECT key, live, value, file, line, loader
FROM boot_setting_now
-- what ufw or TuneD set after the loader is theirs
WHERE state = 'set' AND live <> value AND owner IS NULL
ORDER BY key;
