#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# The stamps themselves, against clocks that the kernel has no part in: the
# guest's round trips, the VMM's sleeps, a task that takes the CPU away.

load lab

@test "a sleep in the VMM is user time of io, and nothing else" {
	check_sleep a/sleep
}

@test "a halt until a timer is halted time of hlt, and nothing else" {
	check_halt a/halt
}

@test "a CPU taken away is off_cpu time, and nothing else" {
	check_preempted a/preempted
}

# parts REASON: all cycles that the kernel's figures for the reason cover.
parts() {
	local column sum=0
	for column in cycles user halted off_cpu; do
		sum=$((sum + $(figure "$dir" "svm $1" "$column")))
	done
	echo $sum
}

# surplus REASON OPERATION...: of the guest's round trips, the cycles of each
# that the kernel's figures for the reason do not cover.
surplus() {
	local reason=$1 name trips=0
	shift
	for name; do
		trips=$((trips + $(guest "$dir" "$name" sum)))
	done
	per_exit "$reason" $((trips - $(parts "$reason")))
}

per_exit() {
	echo $(($2 / $(figure "$dir" "svm $1" exits)))
}

# least_surplus REASON OPERATION: the same of the cheapest, which nothing
# disturbed; for exits of which all is cycles.
least_surplus() {
	echo $(($(guest "$dir" "$2" min) - $(figure "$dir" "svm $1" min)))
}

# traced REASON: cycles for writing its kvm_exit event, on average.
traced() {
	events "$dir" | awk -v reason="$1" '
		/kvm_entry:/ && index($0, " exit_reason=" reason " ") {
			match($0, / traced=[0-9]+/)
			sum += substr($0, RSTART + 8, RLENGTH - 8)
			n++
		}
		END { print int(sum / n) }'
}

# TSC ticks are instructions here.  What a round trip has besides the parts of
# the exit is the way out, the way in and the writing of kvm_exit: the same
# for each reason, whether an exit costs 3000 instructions or waits 2000000.
@test "round trip less all parts of an exit is the same for each reason" {
	use icount/exact
	usual=$(least_surplus write_cr4 cr)
	between 300 "$usual" 3000 'surplus of write_cr4'
	low=$((usual - 10)) high=$((usual + 10))
	between $low "$(least_surplus hypercall vmcall)" $high hypercall
	between $low "$(least_surplus wbinvd wbinvd)" $high wbinvd
	between $low "$(least_surplus read_dr7 dr)" $high read_dr7
	# User and halted time have no minimum: all of them together.  Ticks of
	# the host's timer, exits of their own, can fall into any of them, and
	# the interrupt that ends a HLT is delivered within its round trip.
	ticks=$(parts interrupt)
	between $low "$(surplus io out in sleep)" \
		$((usual + 50 + $(per_exit io "$ticks"))) io
	between $low "$(surplus hlt hlt)" \
		$((usual + 200 + $(per_exit hlt "$ticks"))) hlt
}

@test "the kvm_exit event is taken out of an exit's cycles" {
	use icount/exact
	usual=$(least_surplus write_cr4 cr)
	tracing=$(traced 20)
	between 300 "$tracing" "$usual" 'cycles spent on kvm_exit'
	between 300 $((usual - tracing)) 1500 'the way out and in'
}

# With time stamps of the same clock, each stamp lies between the event before
# it in the same thread and its own event.  (The vCPU that completes a report
# says so between an entry's stamp and its event.)
@test "stamps lie between the time stamps of events around them" {
	use b/tsc-clock
	events "$dir" | awk '
		/kvm_exit_(report|stats):/ {
			next
		}
		match($0, /\[[0-9]+\] *[0-9]+: /) {
			time = substr($0, RSTART, RLENGTH - 2)
			sub(/\[[0-9]+\] */, "", time)
			time += 0
			thread = $1
		}
		/kvm_(entry|exit):/ && match($0, / tsc=[0-9]+/) {
			tsc = substr($0, RSTART + 5, RLENGTH - 5) + 0
			if (tsc > time || tsc < last[thread]) {
				print "event before at " last[thread] ": " $0
				if (++wrong == 10)
					exit
			}
			checked++
		}
		{ last[thread] = time }
		END { exit wrong || checked < 10000 }'
}

# On a clock of instructions, 8 ticks each: KVM leaves guest state behind, NMIs
# included, before it writes the event, which is not done in 300 instructions.
@test "an exit is stamped before anything else is done" {
	use b/tsc-clock
	least=$(events "$dir" | awk '
		/kvm_exit:/ && match($0, /\[[0-9]+\] *[0-9]+: /) {
			time = substr($0, RSTART, RLENGTH - 2)
			sub(/\[[0-9]+\] */, "", time)
			match($0, / tsc=[0-9]+/)
			took = time - substr($0, RSTART + 5, RLENGTH - 5)
			if (least == "" || took < least)
				least = took
		}
		END { print least }')
	between $((300 * 8)) "$least" $((1000 * 8)) 'from exit to kvm_exit event'
}

@test "an entry carries the stamp of the exit before it" {
	use b/tsc-clock
	events "$dir" | awk '
		match($0, / vcpu_id=[0-9]+/) { vcpu = substr($0, RSTART, RLENGTH) }
		/kvm_exit:/ && match($0, / tsc=[0-9]+/) {
			stamp[vcpu] = substr($0, RSTART + 5, RLENGTH - 5)
		}
		/kvm_entry:/ && !/ seq=0 / && match($0, / exit_tsc=[0-9]+/) {
			if (substr($0, RSTART + 10, RLENGTH - 10) != stamp[vcpu]) {
				print
				wrong = 1
			}
			checked++
		}
		END { exit wrong || checked < 5000 }'
}

@test "trace-cmd report names the reasons of kvm_entry" {
	check_names a/instructions cpuid io hlt npf
}
