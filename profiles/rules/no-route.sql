-- severity: warning
-- remedy: network
-- judges: change
-- subject: IPv4 routes
-- needs: Ip.OutNoRoutes
-- uses: Ip.OutRequests
-- threshold: least = 10 packets
-- says: {failed} times this host had no route for an IPv4 packet that it was to send: programs get "Network is
--     unreachable".
-- advice: Look at ip route (and ip rule): a default route is missing, an interface is down, or a program
--     uses an address of another network. ip route get ADDRESS shows what would happen. No sysctl helps.
-- source: net/ipv4/route.c ip_route_output_key_hash_rcu(), tcp_ipv4.c tcp_v4_connect()
SELECT change('Ip.OutNoRoutes') AS failed, change('Ip.OutRequests') AS sent
WHERE change('Ip.OutNoRoutes') >= :least;
