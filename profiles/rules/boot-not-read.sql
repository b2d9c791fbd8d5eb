-- severity: warning
-- remedy: sysctl
-- judges: now
-- subject: {file}
-- needs: boot_setting_now
-- says: {file} sets keys that no other file sets ({some}), and at boot nothing reads it: {reason}.
-- advice: Move the lines to a file in /etc/sysctl.d whose name ends in .conf. If the file is
--     not meant to be read, give it a name that says so, such as one that ends in .disabled.
-- source: sysctl.d(5)
SELECT f.file, f.keys, f.reason, f.loader, (
	SELECT group_concat(n.key, ', ')
	FROM (SELECT key FROM boot_setting_now WHERE state = 'not-read' AND file = f.file
		ORDER BY key LIMIT 3) n
	) || iif(f.keys > 3, ', ...', '') AS some
FROM (SELECT file, count(*) AS keys, min(reason) AS reason, min(loader) AS loader
	FROM boot_setting_now WHERE state = 'not-read' GROUP BY file) f
ORDER BY f.file;
