# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: GPL-2.0
#
# What the tests of the lab share.  They read what lab/run has left, and never
# start an emulator themselves.  Figures are those of the kernel log: that the
# analyzer gives the same ones is a test of its own.

# shellcheck source=../../lab/lib.sh
. "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/../../lab/lib.sh"
# shellcheck source=../../lab/machines.sh
. "$lab/machines.sh"
results=${LAB_OUTPUT:-$cache/results}
# Cycles fit a double, but not the integers of every awk's %d.
awk_print='function show(n) { printf "%.0f\n", n }'

fail() {
	printf '%s\n' "$*" >&2
	return 1
}

# What has not run is a failure, unless only a part of the lab was to run
# (LAB_PARTIAL): then it is skipped.
partial=${LAB_PARTIAL:-}

# in_its_turn KERNEL...: the test is skipped on a day on which one is not due.
in_its_turn() {
	local kernel
	for kernel; do
		due "$kernel" || skip "$(when_due "$kernel")"
	done
}

# use OUTPUT/SCENARIO: sets $dir; its status is that of the recording itself.
use() {
	dir=$results/$1
	in_its_turn "$(variant_of "${1%%/*}")"
	[ -z "$partial" ] || [ -d "$dir" ] || skip "$1 has not run"
	[ -f "$(dirname "$dir")/done" ] ||
		fail "no results in $(dirname "$dir"): run lab/run --all or lab/run-vmx first"
	[ "$(cat "$dir/status")" = 0 ] || fail "the scenario failed: $dir/log"
}

# present OUTPUT...: those of them that are to be there.
present() {
	local output
	for output; do
		due "$(variant_of "$output")" || continue
		[ -n "$partial" ] && [ ! -d "$results/$output" ] || echo "$output"
	done
}

# has_fact FACT...: each stands in $dir/facts as it is; if one does not, all facts and
# what programs complained of are shown, as what ran is over.
has_fact() {
	local fact
	for fact; do
		grep -qxF "$fact" "$dir/facts" ||
			fail "no \"$fact\" in $dir/facts: $(cat "$dir/facts")" \
				"$(tail -vn 20 "$dir"/*.err 2>/dev/null)"
	done
}

log_of() {
	grep -o 'kvm_exit_cycles: epoch .*' "$1/dmesg.txt"
}

# last_report DIR: its lines, the total first.
last_report() {
	log_of "$1" | awk '/ report [0-9]+: exits / { n = 0 } { line[n++] = $0 }
		END { for (i = 0; i < n; i++) print line[i] }'
}

# figure DIR REASON COLUMN: from the last report; 0 if the reason is not there.
# REASON "total" is the first line.
figure() {
	last_report "$1" | awk -v reason="$2" -v column="$3" '
		{
			sub(/^kvm_exit_cycles: epoch [0-9]+ report [0-9]+: /, "")
			name = "total"
			if (match($0, /: exits /)) {
				name = substr($0, 1, RSTART - 1)
				$0 = substr($0, RSTART + 2)
			}
			if (name != reason)
				next
			for (i = 1; i < NF; i += 2)
				if ($i == column)
					found = $(i + 1)
		}
		END { print found == "" ? 0 : found }'
}

# others DIR REASON COLUMN: the sum over every other reason.
others() {
	last_report "$1" | awk -v reason="$2" -v column="$3" "$awk_print"'
		/: exits / && !/ report [0-9]+: exits / {
			name = $0
			sub(/.* report [0-9]+: /, "", name)
			sub(/: exits .*/, "", name)
			if (name == reason)
				next
			for (i = 1; i < NF; i++)
				if ($i == column)
					sum += $(i + 1)
		}
		END { show(sum) }'
}

# guest DIR NAME COLUMN: what the guest measured, summed over vCPUs and VMs.
guest() {
	awk -v name="$2" -v column="$3" "$awk_print"'
		($1 == "op" && $4 == name) || $1 == name {
			for (i = 2; i < NF; i++)
				if ($i == column)
					sum += $(i + 1)
		}
		END { show(sum) }' "$dir/vmm.txt"
}

# expected DIR: lines "REASON exact|atleast N", all VMs together.
expected() {
	awk "$awk_print"'$1 == "expect" { sum[$3 " " $4] += $5 }
		END { for (key in sum) { printf "%s ", key; show(sum[key]) } }' \
		"$1/vmm.txt"
}

# between LOW VALUE HIGH NAME: integers of any size that bash has.
between() {
	if [ "$2" -lt "$1" ] || [ "$2" -gt "$3" ]; then
		fail "$4 is $2, must be $1 to $3"
	fi
}

# events DIR: trace-cmd's raw view, which shows added fields.
events() {
	trace-cmd report -R -t "$1/trace.dat" 2>/dev/null
}

# verdict OUTPUT/SCENARIO: what lab/verify says about it.
verdict() {
	use "$1"
	"$top/lab/verify" "$dir"
}

# isa_of DIR: what the guest ran on.
isa_of() {
	awk '$1 == "vm" { print $4; exit }' "$1/vmm.txt"
}

# check_counts OUTPUT/SCENARIO LEAST [COUNT]: compare every number that the guest
# program promises, which must be for so many reasons at least, with what "COUNT DIR
# 'ISA REASON' exits" says: the last report, unless another command is named.
check_counts() {
	local reason kind count got isa checked=0
	use "$1"
	isa=$(isa_of "$dir")
	while read -r reason kind count; do
		got=$("${3:-figure}" "$dir" "$isa $reason" exits)
		case $kind in
		exact)	[ "$got" -eq "$count" ] ;;
		atleast) [ "$got" -ge "$count" ] ;;
		esac || fail "$isa $reason: $got exits, must be $kind $count"
		checked=$((checked + 1))
	done < <(expected "$dir")
	[ "$checked" -ge "$2" ] || fail "only $checked reasons checked"
}

# Reports are cumulative: within an epoch, the number of exits grows by the
# interval from one to the next, and by no more than that to the last.
check_boundaries() {
	use "$1"
	log_of "$dir" | awk -v allowed="$2" '
		/ report [0-9]+: exits / {
			report = $5 + 0
			if ($3 != epoch) {
				finish()
				epoch = $3
				steps = 0
			} else {
				step[steps++] = ($7 - exits) / (report - last)
				skipped = report - last > 1
			}
			last = report
			exits = $7
			seen++
		}
		function finish(  i) {
			for (i = 0; i < steps - 1; i++)
				if (step[i] != step[0] ||
				    index(allowed, " " step[i] " ") == 0)
					bad("step of " step[i])
			if (steps > 1 && !skipped && step[steps - 1] > step[0])
				bad("last step of " step[steps - 1])
		}
		function bad(text) {
			print "epoch " epoch ": " text
			wrong = 1
		}
		END {
			finish()
			if (seen < 20) {
				print "only " seen " reports"
				wrong = 1
			}
			exit wrong
		}'
}

# Every report: the reasons add up to the total, averages are rounded down.
check_sums() {
	use "$1"
	log_of "$dir" | awk '
		/ report [0-9]+: exits / {
			finish()
			for (i = 6; i < NF; i += 2)
				total[$i] = $(i + 1)
			next
		}
		{
			sub(/.* report [0-9]+: .*: exits/, "exits")
			for (i = 1; i < NF; i += 2)
				v[$i] = $(i + 1)
			for (i = 1; i <= n; i++)
				sum[name[i]] += v[name[i]]
			if (v["avg"] != int(v["cycles"] / v["exits"]))
				bad("average")
			if (v["min"] > v["avg"] || v["avg"] > v["max"])
				bad("minimum or maximum")
		}
		function finish(  i) {
			for (i = 1; i <= n && reports; i++) {
				if (sum[name[i]] != total[name[i]])
					bad("sum of " name[i])
				sum[name[i]] = 0
			}
			reports++
		}
		function bad(text) {
			print "report " reports ": " text ": " $0
			wrong = 1
		}
		BEGIN { n = split("exits cycles user halted off_cpu", name, " ") }
		END { finish(); exit wrong || reports < 20 }'
}

# check_losses OUTPUT/SCENARIO: sets $before and $lost, which together with what
# was recorded must be what the kernel has counted.
check_losses() {
	local status=0 recorded
	use "$1"
	"${ANALYZER:-$top/analyzer/analyzer}" --view=reports --format=json \
		"$dir/trace.dat" >"$BATS_TEST_TMPDIR/out" \
		2>"$BATS_TEST_TMPDIR/err" || status=$?
	[ $status -eq 3 ] || fail "status $status, not 3"
	read -r recorded before lost < <(python3 - "$BATS_TEST_TMPDIR/out" <<-'END'
		import json, sys
		doc = json.load(open(sys.argv[1]))
		recorded = [block["total"]["exits"] for block in doc["blocks"]
		            if block["block"] == "recorded"]
		print(*recorded, doc["losses"]["exits_before"], doc["losses"]["exits_lost"])
	END
	)
	[ $((recorded + before + lost)) -eq "$(figure "$dir" total exits)" ]
}

# check_sleep OUTPUT/SCENARIO: a sleep in the VMM is user time of io, no other.
check_sleep() {
	local slept user
	use "$1"
	slept=$(guest "$dir" slept sum)
	user=$(figure "$dir" 'svm io' user)
	# All of the sleep, and a twentieth for the way to it and back.
	between "$slept" "$user" $((slept + slept / 20)) 'user of io'
	[ "$(others "$dir" 'svm io' user)" -eq 0 ]
	[ "$(figure "$dir" total halted)" -eq 0 ]
	between 0 "$(figure "$dir" 'svm io' off_cpu)" $((slept / 20)) 'off_cpu of io'
	between 0 "$(figure "$dir" 'svm io' cycles)" $((slept / 20)) 'cycles of io'
}

# check_halt OUTPUT/SCENARIO: a halt until a timer is halted time of hlt, no other.
check_halt() {
	local trips halted
	use "$1"
	trips=$(guest "$dir" hlt sum)
	halted=$(figure "$dir" 'svm hlt' halted)
	between $((trips * 9 / 10)) "$halted" "$trips" 'halted of hlt'
	[ "$(others "$dir" 'svm hlt' halted)" -eq 0 ]
	[ "$(figure "$dir" 'svm hlt' user)" -eq 0 ]
	between 0 "$(figure "$dir" 'svm hlt' cycles)" $((trips / 20)) 'cycles of hlt'
}

# check_preempted OUTPUT/SCENARIO: a CPU taken away is off_cpu time, no other.
check_preempted() {
	local taken off_cpu trips
	use "$1"
	taken=$(awk '$1 == "hog" { print $NF }' "$dir/hog.txt")
	off_cpu=$(figure "$dir" total off_cpu)
	# The recorder runs on that CPU, too.
	between $((taken * 9 / 10)) "$off_cpu" $((taken * 3 / 2)) off_cpu
	[ "$(figure "$dir" total halted)" -eq 0 ]
	[ "$(figure "$dir" total user)" -eq 0 ]
	trips=$(($(guest "$dir" cpuid sum) + $(guest "$dir" vmcall sum)))
	between 0 "$(figure "$dir" total cycles)" $((trips - off_cpu)) cycles
}

# check_names OUTPUT/SCENARIO REASON...: trace-cmd report, by the format in the
# recording alone (-N), prints kvm_entry with these reasons, and no other way.
check_names() {
	local reason
	use "$1"
	trace-cmd report -N -F kvm_entry "$dir/trace.dat" 2>/dev/null |
		sed -nE 's/.* seq ([0-9]+) .* reason (.*)/\1 \2/p' >"$BATS_TEST_TMPDIR/names"
	[ "$(grep -vc '^0 ' "$BATS_TEST_TMPDIR/names")" -ge 1000 ]
	! grep '^[1-9].* none$' "$BATS_TEST_TMPDIR/names" || return
	! grep '^0 ' "$BATS_TEST_TMPDIR/names" | grep -v ' none$' || return
	for reason in "${@:2}"; do
		grep -q "^[1-9].* $reason\$" "$BATS_TEST_TMPDIR/names" ||
			fail "no $reason"
	done
}
