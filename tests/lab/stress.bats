#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# What lab/run-stress has left: exact whatever happens to VMs and CPUs.  Its
# scenarios take turns, those whose turn it is not are skipped.

load lab
partial=1

@test "epochs closed all the time: identical" { verdict stress/resets; }
@test "the same on VT-x, in turns of 16 instructions" { verdict vmx-stress/resets; }
@test "VMs killed at random: identical" { verdict stress/kill; }
@test "a CPU that goes and comes back: identical" { verdict stress/hotplug; }
@test "VMs stopped and continued: identical" { verdict stress/stopped; }
@test "a slow console: identical" { verdict stress/console; }
@test "vCPUs of changing threads: identical" { verdict stress/relay; }
@test "counting switched off and on: identical" { verdict stress/switched; }
@test "VMs one after the other on a slow console: identical" { verdict stress/last; }
@test "CPUs that linger amid accounting: identical" { verdict lingering/counts; }
@test "the same while epochs are closed: identical" { verdict lingering/resets; }
@test "the same when reports are many: identical" { verdict lingering/flood; }
@test "epochs closed all the time on 6.1: identical" { verdict stress-6.1/resets; }
@test "VMs killed at random on 6.1: identical" { verdict stress-6.1/kill; }
@test "a CPU that goes and comes back on 6.1: identical" { verdict stress-6.1/hotplug; }
@test "a guest that is a hypervisor: identical" { verdict nested/hypervisor; }

@test "vCPUs of changing threads are counted" { check_counts stress/relay 3; }
@test "counts hold on a slow console" { check_counts stress/console 3; }
@test "counts hold when CPUs linger" { check_counts lingering/counts 2; }

@test "epochs were closed, again and again" {
	use stress/resets
	[ "$(log_of "$dir" | awk '{ print $3 }' | sort -u | wc -l)" -ge 60 ]
}

@test "VMs were killed and started" {
	use stress/kill
	[ "$(sed -n 's/^started //p' "$dir/facts")" -ge 30 ]
}

# Its guest's hypercalls are no other's, and each of its entries is a vmrun.
@test "exits of a guest's guest are counted" {
	use nested/hypervisor
	grep -qx 'expect [0-9]* hypercall exact 1000' "$dir/vmm.txt"
	[ "$(figure "$dir" 'svm hypercall' exits)" -ge 1000 ]
	[ "$(figure "$dir" 'svm vmrun' exits)" -ge 3000 ]
}

# So many of each did that guest cause; ports are also what each of its vCPUs ends by.
@test "exits of a guest's guest are those of L2" {
	use nested/hypervisor
	of_l2=$("$top/analyzer/analyzer" --by=level,reason --format=csv --columns=exits \
		"$dir/trace.dat" 2>/dev/null | tr -d '\r' | grep ',L2,')
	[ "$(grep -c . <<<"$of_l2")" -ge 4 ]
	grep -qx 'group,svm cpuid,.*,L2,1000' <<<"$of_l2"
	grep -qx 'group,svm hypercall,.*,L2,1000' <<<"$of_l2"
	between 1000 "$(sed -n 's/^group,svm io,.*,L2,//p' <<<"$of_l2")" 1002 io
	[[ $of_l2 != *vmrun* ]]
}

@test "the CPU went, and vCPUs ran on both" {
	use stress/hotplug
	[ "$(grep -c 'CPU 1 is now offline' "$dir/dmesg.txt")" -eq 10 ]
	[ "$(events "$dir" | grep kvm_entry: | grep -o '\[00[01]\]' | sort -u |
		wc -l)" -eq 2 ]
}

# Four vCPUs, 20 times 50 ms each, on a TSC of 1 GHz.
@test "time stopped is time in userspace" {
	use stress/stopped
	between 4000000000 "$(figure "$dir" total user)" 8000000000 user
}

# Off for 200 ms each time, on a TSC of 1 GHz.  From exit to entry, sleeps included:
# what a stopped VM waits is no cycle of its exit.
@test "an exit during which counting was off is not accounted" {
	use stress/switched
	[ "$(events "$dir" | grep -c 'kvm_entry:.* seq=0 ')" -ge 1000 ]
	events "$dir" | awk '
		function field(name) {
			match($0, " " name "=[0-9]+")
			return substr($0, RSTART + length(name) + 2,
				      RLENGTH - length(name) - 2) + 0
		}
		/kvm_entry:/ && !/ seq=0 / {
			if (field("tsc") - field("exit_tsc") >= 200000000 &&
			    ++wrong <= 10)
				print
			checked++
		}
		END { exit wrong || checked < 5000 }'
}

@test "a slow console has reports skipped" {
	use stress/console
	events "$dir" | grep -q 'kvm_exit_stats:.* kind=3$'
}

# A stopwatch of exits: lines of an epoch's reports are printed when exits of the
# next one have been accounted already.
@test "no VM waits for the console when another is the last to go" {
	use stress/last
	printed=$(events "$dir" | awk '
		function field(name) {
			match($0, " " name "=[0-9]+")
			return substr($0, RSTART + length(name) + 2,
				      RLENGTH - length(name) - 2) + 0
		}
		/kvm_entry:/ && !/ seq=0 / { running = field("epoch") }
		/kvm_exit_stats:/ && field("epoch") < running { printed++ }
		END { print printed + 0 }')
	between 20 "$printed" 1000 'lines printed while the next VM ran'
}
