#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Comparisons, on recordings that are made up: COMPARE_SEED writes one by a seed, with a
# change or without: see compare-seed.c.  What is inferred, and how often that is wrong,
# is tested in unit/test_inference.c and unit/test_comparison.c.

load cli-helpers

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	for i in 1 2 3 4 5 6 7 8; do
		"$COMPARE_SEED" $i old$i.dat 3000
		"$COMPARE_SEED" 2$i new$i.dat 3000
		"$COMPARE_SEED" 1$i cost$i.dat 3000 cost 0 1.2
		"$COMPARE_SEED" 1$i less$i.dat 3000 cost 0 0.8
		"$COMPARE_SEED" 1$i tail$i.dat 3000 tail 0 3
		"$COMPARE_SEED" 1$i count$i.dat 3000 count 0 1.2
	done
}

setup() {
	cd "$BATS_FILE_TMPDIR" || return
	unset COLUMNS
	top=$BATS_TEST_DIRNAME/..
}

# verdict OPTION... FILE...: the last line but the sentences' others
verdict() {
	"$ANALYZER" compare --format=json "$@" 2>err.txt | sed -n 's/^ "verdict": "\(.*\)",$/\1/p'
}

# sentence N: of out.txt, a table, the N-th from its end
sentence() {
	tail -n "$1" out.txt | head -n 1
}

@test "the same, eight a side: no change is found" {
	analyze 0 compare old?.dat -- new?.dat
	grep -q '^evidence:  exact: 12870 relabelings of recordings; a change is 2 % or more$' out.txt
	lacks '\*$' out.txt
	grep -qE '^No change( was found, which does not mean that there is none)?\.$' out.txt
	[ ! -s err.txt ]
}

# Boots of the same guest on the same kernel: two of them differ by more than chance does
# within one.  600 splits into two sides.
@test "real recordings of the same: a change is found in 5 % of the splits at most" {
	run "$top/tests/false-alarms" "$ANALYZER" 200 "$top"/samples/x2apic/before?.state \
		"$top"/tests/same/*.state
	[ "$status" -eq 0 ] && [ "${#lines[@]}" -eq 3 ]
	# That it can fail: what was not found is called a change.
	cat >found <<-END
		#!/bin/sh
		"$ANALYZER" "\$@" | sed 's/"change": "unsure"/"change": "more"/g'
	END
	chmod +x found
	run "$top/tests/false-alarms" ./found 20 "$top"/samples/x2apic/before?.state \
		"$top"/tests/same/*.state
	[ "$status" -eq 1 ]
	[ "${lines[0]}" = "$(printf 'default	20	of	20')" ]
}

@test "cost, tail and count: the right one, and no other" {
	analyze 6 compare old?.dat -- cost?.dat
	grep -qE '^svm npf costs (19|20|21) % more \([0-9.]+ to [0-9.]+ %\), not only at the tail: its p50 is .*; (their number is unchanged|no change of their number was found)\.$' out.txt
	lacks 'happens' out.txt
	lacks '^svm (io|hlt|msr) (costs|happens)' out.txt

	analyze 0 compare old?.dat -- less?.dat
	grep -qE '^svm npf costs (19|20|21) % less \(' out.txt
	grep -qx 'Better\.' out.txt

	analyze 6 compare old?.dat -- tail?.dat
	grep -qE '^svm npf costs 6\.[0-9] % more|^svm npf costs [78](\.[0-9])? % more' out.txt
	grep -qE 'because its p99 is [23]\.[0-9] times as high' out.txt

	analyze 6 compare old?.dat -- count?.dat
	grep -qE '^svm npf happens (19|20|21) % more often \(' out.txt
	lacks '^svm [a-z]* costs' out.txt
	lacks '^svm (io|hlt|msr) happens' out.txt
}

@test "how sure it is: exact, weak, within two recordings, nothing of two states" {
	analyze 6 compare old[1-4].dat -- cost[1-4].dat
	grep -q '^evidence:  exact: 70 relabelings' out.txt
	analyze 6 compare old[1-3].dat -- cost[1-3].dat
	grep -q '^evidence:  weak' out.txt
	grep -q 'no p is below 0.10; four a side are enough\.$' out.txt
	analyze 6 compare old1.dat cost1.dat
	grep -q '^evidence:  within two recordings only, by 8 slices of each' out.txt
	grep -q 'its halves %$' out.txt
	grep -qx 'Worse, within these two recordings\.' out.txt
	for i in old1 cost1; do
		"$ANALYZER" --format=state --output=$i.state $i.dat
	done
	analyze 0 compare old1.state cost1.state
	grep -qx 'Nothing was tested\.' out.txt
	grep -q 'nothing can be said of chance' out.txt
	grep -qE '^svm npf +[0-9,]+ +[0-9,]+ +\+(19|20|21)\.[0-9] +-$' out.txt
}

@test "pairs: six are exact, and both sides have as many" {
	analyze 6 compare --paired old[1-6].dat -- cost[1-6].dat
	grep -q '^evidence:  exact: 64 relabelings of pairs of recordings' out.txt
	analyze 2 compare --paired old[1-3].dat -- cost[1-2].dat
	grep -q -- '--paired: 3 recordings before, and 2 after' err.txt
}

@test "states count as their recordings, one by one" {
	for i in 1 2 3 4; do
		"$ANALYZER" --format=state --output=o$i.state old$i.dat
	done
	"$ANALYZER" --format=state --output=n.state cost[1-4].dat
	"$ANALYZER" --format=csv compare 2>/dev/null || true
	"$ANALYZER" compare --format=csv old[1-4].dat -- cost[1-4].dat >want.csv || [ $? -eq 6 ]
	"$ANALYZER" compare --format=csv o?.state -- n.state >got.csv || [ $? -eq 6 ]
	# They are in the order of their bytes: relabelings are the same ones.
	diff want.csv got.csv
}

@test "the same bytes each time, with any number of threads" {
	for jobs in 1 2 3; do
		"$ANALYZER" compare -j $jobs --by=reason old?.dat -- cost?.dat >$jobs.txt ||
			[ $? -eq 6 ]
	done
	cmp 1.txt 2.txt
	cmp 1.txt 3.txt
}

@test "figures are those of the views" {
	"$ANALYZER" compare --format=csv old[1-4].dat -- cost[1-4].dat >compare.csv ||
		[ $? -eq 6 ]
	"$ANALYZER" --format=csv old[1-4].dat >view.csv
	awk -F, -v OFS=, '
		{ sub(/\r$/, "") }
		FNR == 1	{ for (i = 1; i <= NF; i++) at[FILENAME, $i] = i; next }
		FILENAME == "view.csv" && $1 == "group" {
			for (k = split("p50 p99", names, " "); k; k--)
				want[$2, names[k]] = $at[FILENAME, names[k] "_cycles"]
			want[$2, "mean"] = $at[FILENAME, "cycles"] / $at[FILENAME, "exits"]
			want[$2, "share"] = $at[FILENAME, "cycles_percent"] / 100
		}
		FILENAME == "compare.csv" && $1 == "group" && ($2, $5) in want {
			d = $7 - want[$2, $5]
			if (d > 0.001 || d < -0.001) { print; exit 1 }
			n++
		}
		END { exit n != 16 }' view.csv compare.csv
}

@test "parts by count and by cost are the change of cycles" {
	"$ANALYZER" compare --format=csv old?.dat -- count?.dat | tr -d '\r' |
		awk -F, '$5 == "cycles_per_s" {
			d = $8 - $7 - $(NF - 1) - $NF
			if (d > 0.01 || d < -0.01) { print; exit 1 }
			n++
		}
		END { exit n != 5 }'
}

@test "JSON follows its schema, and tells what the table tells" {
	/usr/bin/python3 -c 'import jsonschema' ||
		skip "no jsonschema: apt-get install python3-jsonschema"
	"$ANALYZER" compare --format=json old?.dat -- tail?.dat >a.json || [ $? -eq 6 ]
	"$ANALYZER" compare --format=json old1.dat cost1.dat >b.json || [ $? -eq 6 ]
	"$ANALYZER" compare --format=json --by=cpu,detail old[1-2].dat -- new[1-2].dat >c.json
	"$top/tests/validate" "$top/docs/schema-compare.json" a.json b.json c.json
	analyze 6 compare old?.dat -- tail?.dat
	tail -n 3 out.txt >table.txt
	/usr/bin/python3 -c 'import json
for s in json.load(open("a.json"))["sentences"]: print(s)' | diff table.txt -
}

@test "JSON has the exact bytes of any path" {
	cp old1.dat $'a\tb'
	cp new1.dat $'not \xff UTF-8'
	cp new2.dat 'Grüße'
	"$ANALYZER" compare --format=json $'a\tb' -- $'not \xff UTF-8' 'Grüße' >out.txt 2>err.txt ||
		[ $? -eq 6 ]
	python3 - <<-'END'
		import json
		document = json.load(open("out.txt"))
		assert document["before"]["recordings"] == ["a\\x09b"]
		assert document["before"]["recordings_hex"] == ["610962"]
		assert document["after"]["recordings"] == ["not \\xff UTF-8", "Grüße"]
		assert document["after"]["recordings_hex"] == [b"not \xff UTF-8".hex(), None]
	END
	"$top/tests/validate" "$top/docs/schema-compare.json" out.txt
	"$ANALYZER" compare --format=json old1.dat new1.dat >out.txt 2>err.txt || [ $? -eq 6 ]
	lacks recordings_hex out.txt
}

@test "unpatched recordings: round trips, in ns" {
	for i in 1 2 3 4; do
		"$COMPARE_SEED" $i u$i.dat 500 unpatched
		"$COMPARE_SEED" 1$i v$i.dat 500 cost 0 1.3 unpatched
	done
	"$ANALYZER" compare u?.dat -- v?.dat >out.txt 2>err.txt || [ $? -eq 6 ]
	grep -qE '^svm npf costs (2[89]|3[012]) % more' out.txt
	grep -q '^unit:      ns$' out.txt
	analyze 1 compare old1.dat u1.dat
	grep -q "cannot be compared: old1.dat has cycles of KVM's own work, by stamps, u1.dat has round trips in ns" err.txt
	analyze 6 compare --unit=us u?.dat -- v?.dat
	grep -q '^unit:      us$' out.txt
}

@test "what else differs is said, and losses give status 3" {
	recording sample
	cp trace.dat sample.dat
	recording lossy
	mv trace.dat lossy.dat
	status=0
	"$ANALYZER" compare sample.dat lossy.dat >out.txt 2>err.txt || status=$?
	[ "$status" = 3 ] || [ "$status" = 6 ]
	grep -qE 'warning: losses: 1 of 1 recording after, [1-9][0-9]* exits lost' err.txt
	grep -qE 'warning: vCPUs: 2 before, [0-9]+ after' err.txt
	analyze 1 compare "$top/samples/trace.dat" "$top/samples/vmx.dat"
	grep -qE 'exits of svm, .* of vmx: no exit reason is in both' err.txt
	"$ANALYZER" compare old1.dat old1.dat >out.txt 2>err.txt
	grep -q 'warning: the same recording is on both sides: old1.dat' err.txt
}

@test "wrong usage: one line, and what is right" {
	while IFS='|' read -r expected options; do
		# shellcheck disable=SC2086
		analyze 2 compare $options
		[ ! -s out.txt ]
		grep -q -- "$expected" err.txt || { cat err.txt; echo "$options"; return 1; }
	done <<-'END'
		needs two sides|old1.dat
		needs two sides|old1.dat old2.dat old3.dat
		no recording before|-- old1.dat
		no recording after|old1.dat --
		options go before the recordings: --top=3|old1.dat -- new1.dat --top=3
		--list is no option of compare|--list old1.dat new1.dat
		--by=vm: not with compare|--by=vm old1.dat new1.dat
		--by=time: not with compare|--by=time old1.dat new1.dat
		--from=@...: not with compare|--from=@1 old1.dat new1.dat
		has the formats table, csv, json and html|--format=state old1.dat new1.dat
		bad effect: x|--min-effect=x old1.dat new1.dat
		bad effect: 2.|--min-effect=2. old1.dat new1.dat
		bad effect: 2.0001|--min-effect=2.0001 old1.dat new1.dat
		see: analyzer compare --help|--bad
	END
	analyze 2 --paired old1.dat
	grep -q -- '--paired is of comparisons' err.txt
	analyze 1 compare old1.dat nothing.dat
	grep -q 'nothing.dat' err.txt
	cp old1.dat compare
	analyze 0 ./compare
}

@test "help and man page of compare list the same options and statuses" {
	page=$top/docs/kvm-exit-cycles-compare.1
	"$ANALYZER" compare --help | sed '/^Examples/,$d' |
		grep -oE -- '(^|[ ,])--?[a-zA-Z][a-z-]*' | tr -d ' ,' | sort -u >help.txt
	sed -n '/^\.SH OPTIONS/,/^\.SH E/p' "$page" |
		awk '/^\.BI?R?/ && before == ".TP" { print } { before = $0 }' |
		sed 's/\\-/-/g' | grep -oE -- '--?[a-zA-Z][a-z-]*' | sort -u >man.txt
	diff help.txt man.txt
	for status in 0 1 2 3 6 130; do
		sed -n '/^\.SH EXIT STATUS/,/^\.SH EXAMPLES/p' "$page" |
			grep -qx "\.B $status"
	done
	"$ANALYZER" compare --help | awk 'length > 80 { exit 1 }'
	[ "$("$ANALYZER" compare --help | wc -l)" -le 50 ]
	command -v groff >/dev/null || skip "no groff: apt-get install groff-base"
	groff -man -ww -Tascii "$page" 2>err.txt >/dev/null
	[ ! -s err.txt ]
}

@test "formats and keys that help of compare names are accepted" {
	for option in format by; do
		words=$("$ANALYZER" compare --help |
			sed -n "s/^.* --$option=[A-Z,.]* *//p" | tr -d ",\n")
		[ "$(wc -w <<<"$words")" -ge 4 ]
		for word in ${words%...*}; do
			analyze 0 compare "--$option=$word" old1.dat old2.dat -- old3.dat old4.dat
		done
	done
}

@test "docs/compare.md shows what is printed" {
	cd "$BATS_TEST_TMPDIR"
	for i in 1 2 3 4; do
		"$COMPARE_SEED" $i old$i.dat 10000
		"$COMPARE_SEED" 1$i new$i.dat 10000 tail 0 1.8
	done
	analyze 6 compare old?.dat -- new?.dat
	sed -n '/^<!-- /,/^The tables hold/p' "$top/docs/compare.md" |
		sed -n 's/^    \([^$]\)/\1/p' >shown.txt
	[ "$(wc -l <shown.txt)" -gt 30 ]
	grep . out.txt | diff shown.txt -
}

@test "html: each figure is that of CSV, and histograms have all exits of a side" {
	for sides in 'old?.dat -- cost?.dat' 'old1.dat cost1.dat' 'old1.dat -- old2.dat old3.dat'; do
		# shellcheck disable=SC2086
		"$ANALYZER" compare --format=csv --unit=ns $sides >figures.csv 2>err.txt || true
		# shellcheck disable=SC2086
		"$ANALYZER" compare --format=html --unit=ns $sides >page.html 2>err.txt || true
		python3 "$BATS_TEST_DIRNAME/page/compared.py" page.html figures.csv >counts.txt
		[ -s counts.txt ]
	done
	for file in old?.dat; do
		"$ANALYZER" --format=csv "$file"
	done | awk -F, '$1 == "group" { exits[$2] += $5 }
		END { for (r in exits) print r, exits[r] }' | sort >before.txt
	"$ANALYZER" compare --format=html old?.dat -- cost?.dat >page.html || true
	"$ANALYZER" compare --format=csv --unit=ns old?.dat -- cost?.dat >figures.csv || true
	run python3 "$BATS_TEST_DIRNAME/page/compared.py" page.html figures.csv
	[ "$status" -eq 0 ]
	sed 's/ [0-9]*$//' <<<"$output" | sort | diff before.txt -
	grep -q '<p class="verdict is-worse">Worse\.</p>' page.html
}

@test "html: a page with another figure is found, and names that are HTML stay text" {
	"$ANALYZER" compare --format=csv --unit=ns old1.dat cost1.dat >figures.csv || true
	"$ANALYZER" compare --format=html --unit=ns old1.dat cost1.dat >page.html || true
	for change in '0,/data-value="[0-9]/s//data-value="9/' \
			's/<main>/<main><img src="x">/' 's/<\/main>//'; do
		sed "$change" page.html >other.html
		run cmp -s page.html other.html
		[ "$status" -eq 1 ]
		run python3 "$BATS_TEST_DIRNAME/page/compared.py" other.html figures.csv
		[ "$status" -ne 0 ]
	done
	mkdir -p '<img src=x>'
	cp old1.dat '<img src=x>/&.dat'
	"$ANALYZER" compare --format=html --unit=ns '<img src=x>/&.dat' cost1.dat >page.html || true
	python3 "$BATS_TEST_DIRNAME/page/compared.py" page.html figures.csv
	grep -qF '&lt;img src=x&gt;/&amp;.dat' page.html
	# States need not have what the page of one recording shows.
	for i in old1 cost1; do
		"$ANALYZER" --format=state --output=$i.state $i.dat
	done
	"$ANALYZER" compare --format=csv --unit=ns --tsc-khz=1000000 old1.state cost1.state >figures.csv
	"$ANALYZER" compare --format=html --unit=ns --tsc-khz=1000000 old1.state cost1.state >page.html
	python3 "$BATS_TEST_DIRNAME/page/compared.py" page.html figures.csv
}
