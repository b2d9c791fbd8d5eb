-- severity: warning
-- remedy: network
-- judges: change
-- subject: this host
-- needs: TcpExt.SyncookiesFailed, Tcp.OutRsts
-- threshold: least = 50 bad ACKs that are worth a word
-- says: {failed} ACKs claimed to answer a SYN cookie that this host never sent, and {resets}
--     resets went out: somebody sends a flood of forged ACKs to a listening port.
-- advice: No sysctl helps: the host already rejects them for the price of one reset each. Drop
--     the senders in front of the host (firewall, provider). Do not switch cookies off.
-- source: net/ipv4/syncookies.c cookie_v4_check()
SELECT change('TcpExt.SyncookiesFailed') AS failed, change('Tcp.OutRsts') AS resets,
	rate('TcpExt.SyncookiesFailed') AS failed_per_second
WHERE change('TcpExt.SyncookiesFailed') >= :least
	AND change('Tcp.OutRsts') >= 0.8 * change('TcpExt.SyncookiesFailed');
