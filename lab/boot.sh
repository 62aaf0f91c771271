# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
#
# What the scripts that boot an emulator share.  Source it after lib.sh.
#
# Environment:
#   LAB_CPUS     CPUs of the emulated machine (2)
#   LAB_NAME     what progress messages begin with
#   LAB_APPEND   further kernel arguments
#   LAB_TIMEOUT  seconds without progress after which the emulator has hung
#                (600; a scenario takes much less)
#   LAB_LIMIT    seconds after which it is ended, whatever it does (none)
#
# Both are seconds of CPU time, so that a busy machine makes nothing hang; an
# emulator that waits takes none, and has eight times as long by the clock.

cpus=${LAB_CPUS:-2}
image=bzImage
limit=${LAB_TIMEOUT:-600}
whole_limit=${LAB_LIMIT:-0}

# prepare KERNEL_DIRECTORY INITRD OUTPUT SCENARIO...: the arguments of each of
# these scripts.  Begins OUTPUT anew, and what is known about its contents.
prepare() {
	local scenario
	[ $# -ge 4 ] ||
		die "usage: ${0##*/} KERNEL_DIRECTORY INITRD OUTPUT SCENARIO..."
	kernel=$1 initrd=$2
	scenarios=("${@:4}")
	for scenario in "${scenarios[@]}"; do
		[ -f "$lab/scenarios/$scenario.sh" ] ||
			die "no such scenario: $scenario"
	done
	rm -rf "$3"
	mkdir -p "$3"
	output=$(realpath "$3")
	console=$output/console.log
	append="quiet panic=-1 ${LAB_APPEND:-} scenarios=$(IFS=,; echo "${scenarios[*]}")"
	{
		cat "$kernel/facts"
		echo "image $(sha256sum <"$kernel/$image" | cut -d' ' -f1)"
		echo "initramfs $(sha256sum <"$initrd" | cut -d' ' -f1)"
	} >"$output/facts"
	[ ! -f "$kernel/config" ] || cp "$kernel/config" "$output/"
}

fail() {
	if [ -s "$console" ]; then
		say "the last lines of $console:"
		tail -n 25 "$console" | tr -d '\r' | sed 's/^/  | /' >&2
	fi
	die "$*; the console's log is $console"
}

# end_emulator REASON.  Bochs takes SIGTERM for a question to its debugger.
end_emulator() {
	kill -KILL "$emulator"
	wait "$emulator" || :
	fail "$1"
}

# cpu_seconds: what the emulator has taken so far; as long as it is there.
cpu_seconds() {
	local stat
	read -r stat 2>/dev/null <"/proc/$emulator/stat" || stat=
	# Behind the name, which may have spaces: utime and stime are 14 and 15 of proc(5).
	read -ra stat <<<"${stat##*) }"
	echo $(((${stat[11]:-0} + ${stat[12]:-0}) / $(getconf CLK_TCK)))
}

# is_over LIMIT CPU_SECONDS SECONDS
is_over() {
	[ "$2" -ge "$1" ] || [ "$3" -ge $((8 * $1)) ]
}

# Pass on what the console says about progress, until the emulator ends.
follow() {
	local shown=0 since=0 cpu=0 cpu_since=0 lines line
	while kill -0 "$emulator" 2>/dev/null; do
		sleep 0.5
		cpu=$(cpu_seconds)
		[ -f "$console" ] || continue
		# Lines that are written to their end.
		mapfile -t lines < <(head -n "$(wc -l <"$console")" "$console" |
			tr -d '\r' | grep -a '^lab: ' || :)
		for line in "${lines[@]:$shown}"; do
			since=$SECONDS cpu_since=$cpu
			say "${LAB_NAME:+$LAB_NAME: }[$SECONDS s] ${line#lab: }"
		done
		shown=${#lines[@]}
		# Not every emulator can be told to end instead of booting again.
		! grep -qa 'Kernel panic' "$console" ||
			end_emulator 'the kernel panicked'
		! is_over "$limit" $((cpu - cpu_since)) $((SECONDS - since)) || end_emulator \
			"the emulator hung: ended after $limit s without progress"
		[ "$whole_limit" -eq 0 ] || ! is_over "$whole_limit" "$cpu" "$SECONDS" ||
			end_emulator "the emulator was not done after $whole_limit s"
	done
}

# emulate COMMAND...: until it ends; its status.
emulate() {
	echo "$*" >"$output/command"
	SECONDS=0
	"$@" </dev/null >"$output/emulator.log" 2>&1 &
	emulator=$!
	trap 'kill -KILL "$emulator" 2>/dev/null || :' EXIT
	follow
	trap - EXIT
	wait "$emulator"
}

# collect_results IMAGE: unpack the tar that the kernel has left.
collect_results() {
	local scenario
	tar -xf "$1" -C "$output" 2>/dev/null || :
	rm -f "$1"
	[ -f "$output/done" ] || fail 'the kernel did not reach its end'
	for scenario in "${scenarios[@]}"; do
		[ "$(cat "$output/$scenario/status")" = 0 ] ||
			fail "scenario $scenario failed; see $output/$scenario/log"
	done
	echo "$output"
}
