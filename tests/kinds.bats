#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# --by=kind, and addresses in ranges: --by=detail:4K.  ANALYZER and SCENARIO come
# from ./run.

load cli-helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	unset COLUMNS
	here=$BATS_TEST_DIRNAME
}

kinds='sample sample-vmx sample-unpatched sample-unpatched-vmx'

@test "tables by kind and by range, as they are" {
	for kind in $kinds; do
		recording $kind
		compare_golden "$here/golden/$kind.kind.kinds" --by=kind trace.dat
	done
	recording sample-vmx
	compare_golden "$here/golden/sample-vmx.detail-2M.kinds" --by=detail:2M trace.dat
}

# What the views by whole details have, added up
@test "kinds and ranges are sums of details" {
	for kind in $kinds; do
		recording $kind
		analyze 0 --format=csv --by=detail,reason trace.dat
		cp out.txt whole.csv
		for by in 2M kind; do
			[ $by = kind ] && key=kind || key=detail:$by
			analyze 0 --format=csv --by=$key,reason trace.dat
			python3 - $by <<-'END'
				import csv, re, sys
				bits = {"4K": 12, "2M": 21, "1G": 30}.get(sys.argv[1])
				def rows(name):
				    return [row for row in csv.DictReader(open(name, newline=""))
				            if row["row"] == "group"]
				def key(row):
				    kind, value = row["detail_kind"], row["detail_value"]
				    if bits is None:
				        return row["reason"], kind
				    if kind in ("fault", "mmio"):
				        low = int(value) >> bits << bits
				        return row["reason"], f"{kind} 0x{low:x}-0x{low + (1 << bits) - 1:x}"
				    return row["reason"], row["detail"]
				expected = {}
				for row in rows("whole.csv"):
				    one = expected.setdefault(key(row), [0, 0, 0])
				    one[0] += int(row["exits"])
				    one[1] += int(row.get("cycles") or row["ns"])
				    one[2] = max(one[2], int(row.get("max_cycles") or row["max_ns"]))
				got = {(row["reason"], row["kind" if bits is None else "detail"]):
				       [int(row["exits"]), int(row.get("cycles") or row["ns"]),
				        int(row.get("max_cycles") or row["max_ns"])] for row in rows("out.txt")}
				assert got == expected and len(got) > 5
				assert bits is None or any("-0x" in text for _, text in got)
			END
		done
		analyze 0 --format=json --by=kind,time trace.dat
		"$here/validate" "$here/../docs/schema.json" out.txt
		analyze 0 --format=json --by=detail:4K trace.dat
		"$here/validate" "$here/../docs/schema.json" out.txt
	done
}

@test "states have whole details, which views group" {
	recording sample
	"$ANALYZER" --format=state --by=detail,reason --output=a.state trace.dat
	for by in kind detail:2M kind,reason; do
		analyze 0 --format=csv --by=$by trace.dat
		cp out.txt recording.csv
		analyze 0 --format=csv --by=$by a.state
		cmp recording.csv out.txt
	done
	for by in kind detail:4K; do
		analyze 2 --format=state --by=$by trace.dat
		says "a state has whole details"
	done
	"$ANALYZER" --format=state --output=plain.state trace.dat
	analyze 1 --by=kind plain.state
	says "no key detail in a state"
}

@test "ranges that are none" {
	recording sample
	for range in 4k 4096 8K 1T ''; do
		analyze 2 --by=detail:$range trace.dat
		says "bad range of --by=detail: $range, expected 4K, 2M or 1G"
		no_output
	done
}
