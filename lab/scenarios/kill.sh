# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# Four VMs of four vCPUs.  One after the other, in random order, is killed and
# another started; sometimes all of them are killed, which ends an epoch.

# draw_below LIMIT: sets $draw, to the same numbers each time.
draw_below() {
	state=$((((state + 1) * 1103515245 + 12345) % 2147483648))
	draw=$((state / 65536 % $1))
}

start_one() {
	started=$((started + 1))
	/bin/vmm --vcpus=4 --seed=$started cpuid=1000000 out=1000000 \
		vmcall=1000000 >/dev/null &
	eval "vm$1=$!"
}

kill_one() {
	eval "kill -KILL \$vm$1; wait \$vm$1" || :
}

at_random() {
	state=1 started=0
	for slot in 0 1 2 3; do
		start_one $slot
	done
	for _ in $(seq 20); do
		draw_below 100000
		usleep $((20000 + draw))
		draw_below 5
		case $draw in
		4)	slots='0 1 2 3' ;;
		*)	slots=$draw ;;
		esac
		for slot in $slots; do
			kill_one "$slot"
		done
		for slot in $slots; do
			start_one "$slot"
		done
	done
	for slot in 0 1 2 3; do
		kill_one $slot
	done
	fact "started $started"
}

verdict identical
recorded -b 60000 -- at_random
