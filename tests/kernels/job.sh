#!/bin/sh
# What is done on every kernel: runs the program in all its ways, and writes down what the kernel
# itself says. Results are files here: NAME, NAME.err, NAME.status. Nothing is judged in the guest.

# run NAME COMMAND...
run() {
	name=$1
	shift
	"$@" >"$name" 2>"$name.err" </dev/null
	echo $? >"$name.status"
}

# as_nobody NAME COMMAND...
as_nobody() {
	name=$1
	shift
	su -s /bin/sh nobody -c "$*" >"$name" 2>"$name.err" </dev/null
	echo $? >"$name.status"
}

# Every file below /proc/sys, and the values of those that can be looked at without harm.
listing() {
	find /proc/sys/net /proc/sys/fs/file-max /proc/sys/fs/nr_open -type f >"$1.names"
	xargs grep -s '' /dev/null <"$1.names" >"$1.values"
	cat /proc/net/netstat /proc/net/snmp /proc/net/snmp6 /proc/net/stat/nf_conntrack >"$1.counters" 2>/dev/null
}

cp /etc/kernels/words /etc/kernels/lab .
uname -r >release
cat /proc/sys/kernel/random/boot_id >boot_id
for module in $(cat /etc/kernels/modules); do modprobe "$module" 2>/dev/null; done
date +%s >begin

run audit-all.txt tcptune audit --all
listing before
run audit.json tcptune audit --all --profile nginx-proxy --format json
run sysctl.tsv evidence_dump "SELECT key, value, reason FROM sysctl"
run counter.tsv evidence_dump "SELECT name, value FROM counter"
run source.tsv evidence_dump "SELECT name, state, reason FROM source"
listing after
as_nobody nobody.txt tcptune audit --all
as_nobody nobody.json tcptune audit --all --format json
run netns.json unshare -n tcptune audit --all --format json
run interval.json tcptune audit --interval 1s --format json
run profile.txt tcptune audit --profile nginx-proxy
xargs tcptune explain </etc/kernels/words >explain.txt 2>explain.txt.err
echo $? >explain.txt.status
run boot.json tcptune boot --format json
run lint.json tcptune lint --format json --fail-on never /etc/kernels/lint.conf
run plan.json tcptune apply --profile nginx-proxy --dry-run --format json
as_nobody plan-nobody.txt tcptune apply --profile nginx-proxy --dry-run

overflow >overflow.out 2>&1 &
overflow=$!
sleep 1
run overflow.json tcptune audit --interval 2s --format json
kill $overflow

TCPTUNE_GUEST=yes TCPTUNE=tcptune run guest.tap guest.sh
if [ -s /etc/kernels/lab ]; then
	modprobe -a ipv6 nf_conntrack 2>/dev/null
	# this machine's own files, to be read only: python3, ip, nft and what they need
	mount -r -t hostfs -o / none /host
	for folder in proc sys dev; do mount --bind /$folder /host/$folder; done
	for folder in run tmp var/tmp; do mount -t tmpfs none /host/$folder; done
	mkdir -p /host/run/tcptune
	mount -r -t hostfs -o "$(sed -n 1p /etc/kernels/lab)" none /host/run/tcptune
	# one after the other: such a guest has one CPU
	for scenario in $(sed -n '3,$p' /etc/kernels/lab); do
		chroot /host env TCPTUNE_LAB_ANY_KERNEL=1 PATH=/usr/sbin:/usr/bin:/sbin:/bin TCPTUNE="/run/tcptune/$(sed -n 2p /etc/kernels/lab)" \
			/usr/bin/python3 /run/tcptune/tests/lab/run "$scenario"
	done >lab.tap 2>&1 </dev/null
fi
