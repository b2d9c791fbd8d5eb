#!/bin/sh
# For a machine that can be spoilt, such as a guest that boots another kernel: apply and undo in its
# initial namespace, and compare every value. Needs only a shell with find, sort, diff and tr.
# TCPTUNE names the program, TCPTUNE_GUEST=yes says that this is such a machine. Prints TAP.
if [ "$TCPTUNE_GUEST" != yes ]; then
	echo "guest.sh writes sysctls of the machine itself: TCPTUNE_GUEST=yes says that it may" >&2
	exit 2
fi
program=${TCPTUNE:-build/src/tcptune}
scratch=$(mktemp -d) || exit 1
number=0
failures=0

# ok CONDITION-STATUS NAME
ok() {
	number=$((number + 1))
	[ "$1" = 0 ] || { failures=$((failures + 1)); printf 'not '; }
	echo "ok $number - $2"
}

# What changes by itself, or is a command, is left out. One grep for all: a process for each file
# would take minutes without KVM.
tree() {
	find /proc/sys/net /proc/sys/fs/file-max /proc/sys/fs/nr_open -type f ! -name flush \
		! -name nf_conntrack_count 2>/dev/null | sort | xargs grep '' /dev/null 2>&1
}

# apply_and_undo NAME ARGUMENTS...
apply_and_undo() {
	name=$1
	shift
	tree >"$scratch/before"
	"$program" apply "$@" --state "$scratch/state" --yes >"$scratch/applied" 2>&1
	ok $? "$name is applied"
	tree >"$scratch/applied-tree"
	! diff "$scratch/before" "$scratch/applied-tree" >/dev/null
	ok $? "$name changes something"
	"$program" undo --state "$scratch/state" >"$scratch/undone" 2>&1
	ok $? "$name is undone"
	tree >"$scratch/after"
	diff "$scratch/before" "$scratch/after" >"$scratch/difference"
	ok $? "$name leaves the tree as it was"
	sed 's/^/# /' "$scratch/difference"
	tail -n 2 "$scratch/applied" | sed 's/^/# /'
	tr '\n' ' ' <"$scratch/applied" | tr -s ' ' | grep -o '[a-z0-9_.]* now: [^;]*; [^.]*state: not here; reason: .[^;]*' |
		cut -c1-200 | sed 's/^/# /'
}

echo "# $(uname -r)"
apply_and_undo nginx-proxy --profile nginx-proxy
apply_and_undo "what only the initial namespace has" --set net.core.netdev_max_backlog=2000 \
	--set "net.ipv4.tcp_mem=1000 2000 3000" --set fs.nr_open=2097152 --set net.ipv4.tcp_congestion_control=reno \
	--set net.ipv4.neigh.default.gc_thresh3=2048 --set net.ipv4.neigh.default.unres_qlen=50
apply_and_undo "what spreads" --set net.ipv4.ip_forward=1 --set net.ipv4.conf.default.rp_filter=2 \
	--set net.ipv4.ip_local_reserved_ports=8080,9000-9010
rm -r "$scratch"
echo "1..$number"
[ $failures = 0 ]
