-- severity: critical
-- remedy: program
-- judges: now
-- subject: {endpoint}
-- needs: listener_change, process_now
-- uses: file.used, fs.file-max
-- threshold: full = 0.99 of its descriptors
-- says: {program} on {endpoint} has run out of file descriptors: {descriptors} of {limit} are
--     open{whole}, {waiting} connections wait, and accept() fails with {error}.
-- advice: Raise the limit of the program (systemd: LimitNOFILE=; nginx: worker_rlimit_nofile; ulimit -n) and
--     restart it, or at once for the running one: prlimit --pid {pid} --nofile=65536. First look
--     at what it holds (ls /proc/{pid}/fd): if that only grows, it leaks, and a higher limit
--     buys time. fs.file-max is about the whole machine and does not raise the limit of a
--     process; a longer queue (somaxconn) only lets more clients wait.
-- source: /proc/PID/limits and /proc/PID/fd; accept(2): EMFILE, ENFILE
SELECT coalesce(l.program, 'A program') AS program, l.pid AS pid, l.endpoint AS endpoint, l.port AS port,
	p.descriptors AS descriptors, p.descriptors_limit AS "limit", l.queue AS waiting,
	l.queue_limit AS queue_limit,
	counter('file.used') AS allocated, sysctl('fs.file-max') AS file_max,
	iif(p.descriptors >= :full * p.descriptors_limit, '', ', and the machine has no more (fs.file-max)')
		AS whole,
	iif(p.descriptors >= :full * p.descriptors_limit, 'EMFILE', 'ENFILE') AS error
FROM listener_change l JOIN process_now p ON p.pid = l.pid
WHERE l.queue > 0
	AND (p.descriptors >= :full * p.descriptors_limit
		OR counter('file.used') >= :full * sysctl('fs.file-max'))
ORDER BY l.queue DESC;
