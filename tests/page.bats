#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# --format=html: the page without a browser.  What a browser makes of it is in page/.

load cli-helpers

figures=$BATS_TEST_DIRNAME/page/figures.py

# page STATUS INPUT...: page.html, with the figures of the same inputs as CSV
page() {
	local status=$1
	shift
	analyze "$status" --format=csv "$@"
	cp out.txt reasons.csv
	analyze "$status" --format=csv --by=vcpu "$@"
	cp out.txt vcpus.csv
	analyze "$status" --format=csv --by=kind "$@" || return
	cp out.txt kinds.csv
	analyze "$status" --format=html "$@"
	cp out.txt page.html
}

@test "its figures are those of CSV, exactly" {
	for kind in sample sample-vmx sample-unpatched sample-unpatched-vmx svm; do
		recording $kind
		page 0 trace.dat
		python3 "$figures" page.html reasons.csv vcpus.csv kinds.csv
	done
}

@test "a page with another figure is found" {
	recording sample
	page 0 trace.dat
	for change in 's/^\(\[0,0,[0-9]*,\[[0-9]*,[0-9]*,\)/\11/' 's/<td data-key="exits">22,951/&0/' \
			's/<main>/<main><img src="x">/' 's/<\/main>//'; do
		sed "$change" page.html >other.html
		run cmp -s page.html other.html
		[ "$status" -eq 1 ]
		run python3 "$figures" other.html reasons.csv vcpus.csv kinds.csv
		[ "$status" -eq 1 ]
		[ -n "$output" ]
	done
}

# page_without_kinds STATUS INPUT...: of a state, which has no kinds
page_without_kinds() {
	local status=$1
	shift
	analyze "$status" --format=csv "$@"
	cp out.txt reasons.csv
	analyze "$status" --format=csv --by=vcpu "$@"
	cp out.txt vcpus.csv
	analyze "$status" --format=html "$@"
	cp out.txt page.html
	python3 "$figures" page.html reasons.csv vcpus.csv
}

@test "the same of a state that has exits by time, and of several recordings" {
	recording sample
	cp trace.dat one.dat
	recording sample-vmx
	analyze 0 --by=time,vcpu,reason --format=state one.dat
	cp out.txt one.state
	page_without_kinds 0 one.state
	page_without_kinds 0 one.state trace.dat
	page 0 one.dat trace.dat
	python3 "$figures" page.html reasons.csv vcpus.csv kinds.csv
	# Of one recording there is a list of exits, too: the same as that of --list
	lacks 'id="dearest"' page.html
	analyze 0 --format=html --unit=cycles one.dat
	grep -A 60 'id="dearest"' out.txt | grep -o '<td data-key="cycles">[^<]*' |
		sed 's/.*>//; s/,//g' >dearest.txt
	analyze 0 --format=csv --list --top=20 one.dat
	columns row cycles | sed -n 's/^row=[gmt][a-z]* cycles=//p' | diff - dearest.txt
}

@test "a state without time is refused, with what to do" {
	recording sample
	analyze 0 --format=state trace.dat
	cp out.txt one.state
	analyze 2 --format=html one.state
	no_output
	grep -qx 'analyzer: a page shows exits by time: one.state does not have it: save the state with --by=time,vcpu,reason' err.txt
}

@test "what chooses exits is refused" {
	recording sample
	for option in --by=vcpu --list --reason=io --top=3 --view=time --from=1; do
		analyze 2 --format=html $option trace.dat
		no_output
		grep -q '^analyzer: a page is of all exits and times: not with --' err.txt
	done
}

@test "losses are in it, and in the status" {
	recording lossy
	page 3 trace.dat
	python3 "$figures" page.html reasons.csv vcpus.csv kinds.csv
	grep -q 'lost' page.html
}

@test "a name that is HTML stays text" {
	recording sample
	mkdir '<img src=x onerror=alert(1)>'
	cp trace.dat '<img src=x onerror=alert(1)>/"&.dat'
	page 0 '<img src=x onerror=alert(1)>/"&.dat'
	python3 "$figures" page.html reasons.csv vcpus.csv kinds.csv
	grep -qF '<h1>&lt;img src=x onerror=alert(1)&gt;/&quot;&amp;.dat</h1>' page.html
}
