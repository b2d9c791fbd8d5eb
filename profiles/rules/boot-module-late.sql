-- severity: warning
-- remedy: sysctl
-- judges: now
-- subject: {key}
-- needs: boot_setting_now
-- confidence: medium
-- says: {file}:{line} sets {key} to {value}, and the kernel holds {live}. The key comes with the
--     module {module}, which nothing loads before {loader} runs at boot; a line for a key that
--     is not there yet is lost.
-- advice: Name {module} in a file of /etc/modules-load.d, so that it is loaded before, and load
--     the files of sysctls again.
-- source: sysctl.d(5), modules-load.d(5): systemd-sysctl.service runs after
--     systemd-modules-load.service
SELECT key, live, value, file, line, module, loader
FROM boot_setting_now
WHERE state = 'late' AND live <> value AND owner IS NULL
ORDER BY key;
