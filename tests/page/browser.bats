#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# The page in a browser: Debian's Chromium, by playwright-core.  ./install has what it
# needs.  PAGE_SHOTS=FOLDER keeps the pictures.

setup_file() {
	local here=$BATS_TEST_DIRNAME
	export top=$here/../..
	export analyzer=${ANALYZER:-$top/analyzer/analyzer}
	export shots=${PAGE_SHOTS:-$BATS_FILE_TMPDIR}
	export results=$BATS_FILE_TMPDIR/results.json
	modules=$("$here/install")
	cp "$top/samples/trace.dat" "$BATS_FILE_TMPDIR"
	cd "$BATS_FILE_TMPDIR" || return
	"$analyzer" --format=html trace.dat >page.html
	cp trace.dat same.dat
	"$analyzer" compare --format=html trace.dat same.dat >compare.html
	timeout 300 node "$here/browser.mjs" "$modules" "$PWD/page.html" "$PWD/compare.html" \
		"$shots" >"$results"
}

setup() {
	cd "$BATS_FILE_TMPDIR" || return
}

# holds EXPRESSION: of r, the results, and counts(OPTION...), by reason from CSV
holds() {
	python3 - "$1" <<'END'
import csv, io, json, os, re, subprocess, sys

def counts(column, *options):
    """{label: exits} of the same recording, by the analyzer's CSV."""
    text = subprocess.run([os.environ['analyzer'], '--format=csv', *options,
                           'trace.dat'], check=True, capture_output=True,
                          text=True).stdout
    return {row[column]: f"{int(row['exits']):,}"
            for row in csv.DictReader(io.StringIO(text)) if row['row'] == 'group'}

def total(*options):
    """How many exits there are, as the page writes it."""
    return f"{sum(int(n.replace(',', '')) for n in counts('reason', *options).values()):,} exits"

def span(status):
    """--from and --to of what the page says."""
    found = re.search(r'([0-9.]+) s to ([0-9.]+) s:', status)
    return [f'--from={found[1]}', f'--to={found[2]}']

r = json.load(open(os.environ['results'], encoding='utf-8'))
if not eval(sys.argv[1]):
    print('does not hold:', sys.argv[1])
    print(json.dumps(r, indent=1)[:3000])
    sys.exit(1)
END
}

@test "it asks for nothing but itself, and nothing goes wrong" {
	for part in light dark withoutScript; do
		holds "r['$part']['requests'] == 1 and r['$part']['errors'] == []"
	done
	holds "r['chooses']['errors'] == []"
}

@test "axe finds nothing, light and dark" {
	holds "r['light']['violations'] == []"
	holds "r['dark']['violations'] == []"
}

@test "it says how many exits there are" {
	holds "total() in r['light']['status']"
}

@test "a reason that is chosen: figures, charts and link are of it" {
	holds "r['chooses']['io']['status'].startswith('svm io, the whole recording: ' + total('--reason=io'))"
	holds "r['chooses']['io']['hash'] == '#reason=svm%20io'"
	holds "r['chooses']['io']['drawn'] != r['chooses']['first']"
	holds "dict((k.split()[-1], n) for k, n in r['chooses']['io']['vcpus'][:2]) == counts('vcpu', '--reason=io', '--by=vcpu')"
}

@test "a vCPU that is chosen in the table: reasons are those of it" {
	holds "total('--vcpu=1') in r['chooses']['vcpu']['status']"
	holds "{k: n for k, n in r['chooses']['vcpu']['reasons'] if k != 'total' and n != '0'} == counts('reason', '--vcpu=1')"
}

@test "a kind that is chosen: all charts and tables are of it, and a link leads there" {
	holds "r['chooses']['kind']['hash'] == '#kind=msr' and r['chooses']['kind']['shown'] == '-1'"
	holds "r['chooses']['kind']['status'].startswith('msr, the whole recording: ' + counts('kind', '--by=kind')['msr'] + ' exits')"
	for chart in lengths rate; do
		holds "r['chooses']['kind']['$chart'] != r['chooses']['$chart']"
	done
	holds "r['chooses']['kind']['drawn'] != r['chooses']['first']"
	holds "{k: n for k, n in r['chooses']['kind']['reasons'] if k != 'total' and n != '0'} == {'svm msr': counts('kind', '--by=kind')['msr']}"
	holds "sum(int(n.replace(',', '')) for _, n in r['chooses']['kind']['vcpus'][:2]) == int(counts('kind', '--by=kind')['msr'].replace(',', ''))"
	holds "r['chooses']['kindLink']['status'] == r['chooses']['kind']['status']"
	holds "r['chooses']['wide'] is False"
}

@test "a reason that is chosen: kinds are those of its exits" {
	holds "{k: n for k, n in r['chooses']['kinds']['kinds'] if k != 'total' and n != '0'} == counts('kind', '--by=kind', '--reason=' + r['chooses']['kinds']['name'].split()[1])"
}

@test "all of it again" {
	holds "r['chooses']['reset']['status'] == r['light']['status']"
	holds "r['chooses']['reset']['drawn'] == r['chooses']['first']"
	holds "all(p99 not in ('', None) for _, p99 in r['chooses']['reset']['reasons'])"
}

@test "keys choose a span of time, and Escape leaves it" {
	holds "total(*span(r['chooses']['key']['status'])) in r['chooses']['key']['status']"
	holds "total() not in r['chooses']['key']['status']"
	holds "r['chooses']['escape']['status'] == r['light']['status']"
}

@test "so does a mouse, and the link leads there" {
	holds "total(*span(r['chooses']['drag']['status'])) in r['chooses']['drag']['status']"
	holds "total() not in r['chooses']['drag']['status']"
	holds "r['chooses']['link']['status'] == r['chooses']['drag']['status']"
}

@test "without a script, all tables and charts are there, and no controls" {
	holds "r['withoutScript']['controls'] is False"
	holds "all(n > 1 for n in r['withoutScript']['tables'].values())"
	holds "r['withoutScript']['charts'] == 2"
}

@test "the page of a comparison: nothing is asked for, axe finds nothing, keys are enough" {
	for part in compareLight compareDark; do
		holds "r['$part']['requests'] == 1 and r['$part']['errors'] == []"
		holds "r['$part']['violations'] == []"
		holds "r['$part']['verdict'].startswith('No change')"
		holds "r['$part']['charts'] > 5 and r['$part']['opened'] and r['$part']['scripts'] == 0"
	done
}
