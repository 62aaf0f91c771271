#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Metrics, as promtool, node_exporter and Prometheus see them, and what fleet/ has for
# them.  Debian's programs, on loopback, for a minute at the most.

load ../cli-helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	top=$BATS_TEST_DIRNAME/../..
	samples=$top/samples
	for program in promtool prometheus prometheus-node-exporter; do
		command -v $program >/dev/null || skip "no $program: scripts/install-deps fleet"
	done
}

teardown() {
	for pid in $started; do
		kill "$pid" 2>/dev/null && wait "$pid" || true
	done
}

# in_background COMMAND...: ended with the test
in_background() {
	"$@" >"log.${1##*/}" 2>&1 3>&- &
	started+=" $!"
}

@test "promtool finds nothing to say of metrics" {
	for name in trace vmx unpatched; do
		analyze 0 --format=prometheus "$samples/$name.dat"
		promtool check metrics <out.txt
	done
	analyze 0 --format=prometheus --top=3 "$samples/trace.dat" "$samples/vmx.dat"
	promtool check metrics <out.txt
	echo kvm_exit_more_total 1 >>out.txt
	run promtool check metrics <out.txt
	[ "$status" -ne 0 ]
}

@test "alert rules fire when they have to" {
	promtool check rules "$top/fleet/alerts.yml"
	promtool test rules "$top/fleet/alerts.test.yml"
	sed 's/> 1800/> 18000/' "$top/fleet/alerts.yml" >alerts.yml
	cp "$top/fleet/alerts.test.yml" .
	run promtool test rules alerts.test.yml
	[ "$status" -ne 0 ]
}

@test "the dashboard and the alerts name metrics that there are" {
	analyze 0 --format=prometheus "$samples/trace.dat"
	cat out.txt >metrics.txt
	analyze 0 --format=prometheus "$samples/unpatched.dat"
	cat out.txt >>metrics.txt
	sed -n 's/^# TYPE \([^ ]*\) .*/\1/p' metrics.txt | sort -u >known.txt
	python3 - "$top"/fleet/{dashboard.json,alerts.yml} <<-'END' | sort -u >named.txt
		import json, re, sys
		with open(sys.argv[1], encoding="utf-8") as file:
		    dashboard = json.load(file)
		ids = [panel["id"] for panel in dashboard["panels"]]
		assert len(ids) == len(set(ids)) > 5
		texts = [target["expr"] for panel in dashboard["panels"]
		         for target in panel["targets"]]
		texts += [v["query"]["query"] for v in dashboard["templating"]["list"]
		          if v["type"] == "query"]
		with open(sys.argv[2], encoding="utf-8") as file:
		    texts += re.findall("(?:expr: |^ {10})(.*)", file.read(), re.M)
		for text in texts:
		    print(*(re.sub("_bucket$", "", name)
		            for name in re.findall(r"(?<!:)\bkvm_[a-z_]+\b(?!:)", text)), sep="\n")
	END
	sed -i '/^$/d' named.txt
	[ "$(wc -l <named.txt)" -ge 8 ]
	comm -23 named.txt known.txt >unknown.txt
	[ ! -s unknown.txt ] || { cat unknown.txt; return 1; }
}

@test "units have no more rights than they need" {
	command -v systemd-analyze >/dev/null || skip 'no systemd-analyze'
	systemd-analyze security --help | grep -q -- --offline || skip 'systemd-analyze is too old'
	for unit in sample metrics; do
		systemd-analyze security --no-pager --offline=yes --threshold=30 \
			"$top/fleet/kvm-exit-cycles-$unit.service"
	done
	sed '/^Protect/d; /^SystemCall/d; /^Capability/d' \
		"$top/fleet/kvm-exit-cycles-metrics.service" >kvm-exit-cycles-weak.service
	run systemd-analyze security --no-pager --offline=yes --threshold=30 \
		./kvm-exit-cycles-weak.service
	[ "$status" -ne 0 ]
}

@test "the command of the unit writes what it says" {
	mkdir run
	cp "$samples/trace.dat" run/trace.dat
	sed -n 's/^ExecStart=[^ ]*//p' "$top/fleet/kvm-exit-cycles-metrics.service" |
		sed 's,%t/kvm-exit-cycles,run,; s,/var/lib/prometheus/node-exporter,.,; s/--instance=[^ ]*//' >words.txt
	# shellcheck disable=SC2046
	"$ANALYZER" $(cat words.txt)
	promtool check metrics <kvm_exit.prom
	[ "$(stat -c %a kvm_exit.prom)" = 644 ]
}

# query EXPRESSION: NAME=VALUE... VALUE, a sample a line, as Prometheus has it
query() {
	python3 - "$port" "$@" <<-'END'
		import json, sys, urllib.parse, urllib.request
		address = f"http://127.0.0.1:{sys.argv[1]}/api/v1/query?" + \
		    urllib.parse.urlencode({"query": sys.argv[2]})
		with urllib.request.urlopen(address, timeout=5) as answer:
		    for sample in json.load(answer)["data"]["result"]:
		        labels = sample["metric"]
		        print(labels.get("isa", "-") + " " + labels.get("reason", "-"),
		              labels.get("vm", "-"), sample["value"][1], sep=",")
	END
}

# Prometheus has collected something that fits the expression.
collected() {
	local n
	for ((n = 0; n < 120; n++)); do
		if query "$1" 2>/dev/null | grep -q .; then return; fi
		sleep 0.5
	done
	cat log.*
	return 1
}

@test "a query returns the counts of the recording" {
	mkdir textfile data
	"$ANALYZER" --format=prometheus --output=textfile/kvm_exit.prom "$samples/trace.dat"
	exporter=$(free_port)
	in_background prometheus-node-exporter --collector.disable-defaults \
		--collector.textfile --collector.textfile.directory=textfile \
		--web.listen-address="127.0.0.1:$exporter"
	port=$(free_port)
	cat >prometheus.yml <<-END
		global: {scrape_interval: 1s, evaluation_interval: 1s}
		rule_files: ["$top/fleet/alerts.yml"]
		scrape_configs:
		  - job_name: node
		    static_configs: [{targets: ["127.0.0.1:$exporter"]}]
	END
	promtool check config prometheus.yml
	in_background prometheus --config.file=prometheus.yml --storage.tsdb.path=data \
		--web.listen-address="127.0.0.1:$port"
	collected kvm_exits_total
	analyze 0 --by=vm,reason --format=csv "$samples/trace.dat"
	columns row reason vm exits | sed -n 's/^row=group reason=\(.*\) vm=\(.*\) exits=\(.*\)/\1,\2,\3/p' |
		sort >want.txt
	[ "$(wc -l <want.txt)" -ge 10 ]
	query kvm_exits_total | sort | diff want.txt -
	# Figures of 7.446761517 s, by the rules
	collected 'instance_reason:kvm_exits:per_second{reason="hlt"}'
	query 'round(instance_reason:kvm_exits:per_second{reason="hlt"} * 7.446761517)' |
		grep -qx 'svm hlt,-,2166'
	# Another recording takes its place: only its series are collected.
	"$ANALYZER" --format=prometheus --output=textfile/kvm_exit.prom "$samples/vmx.dat"
	collected 'kvm_exits_total{isa="vmx"}'
	[ -z "$(query 'kvm_exits_total{isa="svm"}')" ]
	[ "$(query 'sum(kvm_exits_total)' | sed 's/.*,//')" = \
		"$("$ANALYZER" --format=json "$samples/vmx.dat" | python3 -c 'import json, sys
print(json.load(sys.stdin)["recording"]["exits"])')" ]
}

@test "a query returns what live counts, by what it listens at" {
	command -v trace-cmd >/dev/null || skip 'no trace-cmd'
	mkdir data
	replay=$top/tests/live/replay
	trace-cmd convert -i "$samples/trace.dat" -o plain.dat --file-version 6 \
		--compression none >/dev/null 2>&1
	"$replay" tree plain.dat tracefs
	in_background "$replay" play plain.dat tracefs 65536 0
	live=$(free_port)
	in_background "$ANALYZER" live --replay=tracefs --interval=200ms \
		--listen="127.0.0.1:$live"
	port=$(free_port)
	cat >prometheus.yml <<-END
		global: {scrape_interval: 1s}
		scrape_configs:
		  - job_name: live
		    static_configs: [{targets: ["127.0.0.1:$live"]}]
	END
	in_background prometheus --config.file=prometheus.yml --storage.tsdb.path=data \
		--web.listen-address="127.0.0.1:$port"
	collected 'sum(kvm_exits_total) == 35757'
	analyze 0 --by=vm,reason --format=csv "$samples/trace.dat"
	columns row reason vm exits | sed -n 's/^row=group reason=\(.*\) vm=\(.*\) exits=\(.*\)/\1,\2,\3/p' |
		sort >want.txt
	query kvm_exits_total | sort | diff want.txt -
}
