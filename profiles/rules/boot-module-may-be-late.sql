-- severity: info
-- remedy: sysctl
-- judges: now
-- subject: {module}
-- needs: boot_setting_now
-- says: Files of sysctls set {keys} of the keys of the module {module} ({key}, {file}:{line}), and
--     nothing loads that module before {loader} runs at boot. If it comes later, these lines are
--     lost.
-- advice: Name {module} in a file of /etc/modules-load.d.
-- source: sysctl.d(5), modules-load.d(5)
SELECT module, count(*) AS keys, min(key) AS key, file, line, loader
FROM boot_setting_now
WHERE state = 'late' AND (live IS NULL OR value IS NULL OR live = value) AND owner IS NULL
GROUP BY module
ORDER BY module;
