-- severity: warning
-- remedy: program
-- judges: now
-- subject: {endpoint}
-- needs: listener_change
-- because: files-exhausted on endpoint
-- threshold: stalled_ms = 1500 how long a connection may wait for accept() before the program counts as stalled
-- threshold: waiting = 3 so many must wait, or more than the queue is meant to hold
-- says: {program} on {endpoint} does not accept connections: {queue} wait in its queue (limit
--     {queue_limit}), the oldest for {oldest_seconds:seconds}.
-- advice: Find out what the program waits for (a lock, a database, file descriptors, one of
--     several SO_REUSEPORT workers that hangs). A larger queue or somaxconn only makes the
--     same clients fail later.
-- source: the listener's queue and tcp_info of the connections in it (sock_diag)
SELECT coalesce(program, 'A program') AS program, pid, endpoint, port, queue, queue_limit,
	queue_before, oldest_waiting_ms / 1000.0 AS oldest_seconds, drops_change AS drops
FROM listener_change
WHERE (queue > queue_limit OR queue >= :waiting)
	AND oldest_waiting_ms >= :stalled_ms
ORDER BY queue DESC;
