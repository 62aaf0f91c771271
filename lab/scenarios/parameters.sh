# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# What the knobs accept, and what they refuse.

# try FILE VALUE: note whether the write went well, and what stands afterwards.
try() {
	if message=$(printf '%s\n' "$2" | dd of="$1" status=none 2>&1); then
		message=accepted
	fi
	fact "write $(basename "$1") '$2': ${message##*: }, now" \
		"$(head -n 1 "$1")"
}

verdict parameters
vmm cpuid=600
interval=$parameters/exit_cycles_interval
for value in 0 1 100 500; do
	try "$interval" "$value"
done
for value in -1 '' abc 5x 99999999999999999999; do
	try "$interval" "$value"
done
most=$parameters/exit_cycles_max_reports
for value in 0 1 200 -1 abc; do
	try "$most" "$value"
done
for value in N Y; do
	try "$parameters/exit_cycles" "$value"
done
for value in 2 maybe; do
	try "$parameters/exit_cycles" "$value"
done
for value in report reset; do
	try "$exit_cycles" "$value"
done
for value in '' bogus 'reset now' resett; do
	try "$exit_cycles" "$value"
done
end_log
