-- severity: warning
-- remedy: network
-- judges: change
-- subject: checksums
-- needs: Tcp.InCsumErrors, Tcp.InSegs
-- threshold: least = 3 segments
-- says: {corrupted} of {segments} TCP segments came with a wrong checksum and were thrown away: they were
--     changed on the way.
-- advice: Look for bad hardware or software from here outwards: memory, cable, the interface's offloads and
--     its driver (ethtool -S; ethtool -K DEV rx off to test), a virtual switch or tunnel, a middlebox that
--     rewrites packets. No sysctl helps.
-- source: net/ipv4/tcp_ipv4.c tcp_v4_rcv(); Tcp.InCsumErrors
SELECT change('Tcp.InCsumErrors') AS corrupted, change('Tcp.InSegs') AS segments
WHERE change('Tcp.InCsumErrors') >= :least;
