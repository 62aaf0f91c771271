# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: GPL-2.0
#
# What the tests of the lab share.  They read what lab/run has left, and never
# start an emulator themselves.  Figures are those of the kernel log: that the
# analyzer gives the same ones is a test of its own.

# shellcheck source=../../lab/lib.sh
. "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/../../lab/lib.sh"
results=${LAB_OUTPUT:-$cache/results}
# Cycles fit a double, but not the integers of every awk's %d.
awk_print='function show(n) { printf "%.0f\n", n }'

fail() {
	printf '%s\n' "$*" >&2
	return 1
}

# use OUTPUT/SCENARIO: sets $dir; its status is that of the recording itself.
use() {
	dir=$results/$1
	[ -f "$(dirname "$dir")/done" ] ||
		fail "no results in $(dirname "$dir"): run lab/run --all first"
	[ "$(cat "$dir/status")" = 0 ] || fail "the scenario failed: $dir/log"
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
