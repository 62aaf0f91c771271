#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# live, without a kernel that traces: live/replay plays the pages of a recording through
# FIFOs, bit by bit, as trace_pipe_raw would deliver them.  What live shows at the end, what
# it has saved says, and what the recording says are the same.

load cli-helpers

setup_file() {
	command -v trace-cmd >/dev/null || skip 'no trace-cmd'
}

replay=$BATS_TEST_DIRNAME/live/replay

# recorded NAME: trace.dat, as replay wants it, and tracefs for it
recorded() {
	recording "$1"
	case $1 in
	*-v6)	cp trace.dat plain.dat ;;
	*)	trace-cmd convert -i trace.dat -o plain.dat --file-version 6 \
			--compression none >/dev/null 2>&1 ;;
	esac
	rm -rf tracefs
	"$replay" tree plain.dat tracefs
}

# live STATUS BYTES MS OPTION...: of so many bytes at a time; into out.txt and err.txt
live() {
	local expected=$1 step=$2 ms=$3 status=0 player
	shift 3
	"$replay" play plain.dat tracefs "$step" "$ms" 2>/dev/null 3>&- &
	player=$!
	timeout 100 "$ANALYZER" live --batch --replay=tracefs "$@" \
		>out.txt 2>err.txt || status=$?
	kill $player 2>/dev/null || :
	wait $player || :
	[ "$status" -eq "$expected" ] && return
	echo "status $status, not $expected"
	cat err.txt
	return 1
}

# same BYTES OPTION...: live, what it saves and the recording give the same CSV.
same() {
	local step=$1
	shift
	rm -f saved.dat
	live 0 "$step" 0 --interval=0 --format=csv --save=saved.dat "$@"
	cp out.txt live.csv
	[ "$(wc -l <live.csv)" -ge 3 ]
	analyze 0 --format=csv "$@" saved.dat
	cmp live.csv out.txt
	analyze 0 --format=csv "$@" trace.dat
	cmp live.csv out.txt
	[ "$(echo saved.dat*)" = saved.dat ]
}

@test "a patched kernel: the same to the byte, at the end" {
	recorded sample
	same 65536
	same 5000 --by=vm,vcpu,reason --sort=exits
	same 4097 --by=reason,detail --reason='!hlt'
	same 12288 --by=cpu,thread,reason --longer-than=5000
	same 30000 --view=time
	same 8192 --list --top=100
}

@test "VT-x: the same" {
	recorded sample-vmx
	same 1000
	same 4096 --by=rip,reason --of=halted
	same 10000 --view=time
}

@test "unpatched kernels: the same" {
	recorded sample-unpatched
	same 777
	same 65536 --by=thread,reason
	same 4096 --view=time
	recorded sample-unpatched-vmx
	same 10000 --by=kind,reason
	same 4100 --list --top=50
}

@test "each key: as of the recording" {
	recorded sample
	for key in reason vm vcpu thread cpu rip kind detail detail:4K level \
			reason,level vm,vcpu,thread,cpu,kind,level; do
		same 65536 --by=$key
	done
	printf 'ffffffff81000000 T first\nffffffff81428fa4 T second\n' >map.txt
	same 65536 --by=function --guest-map=map.txt
	grep -q '^group,.*second' live.csv
	same 65536 --by=rip,function --guest-map=map.txt
	# The only one, by the name that it has then
	live 0 65536 0 --interval=0 --format=csv --by=recording,reason --save=saved.dat
	grep -q '^group,saved.dat,0,svm npf,' out.txt
	cp out.txt live.csv
	analyze 0 --format=csv --by=recording,reason saved.dat
	cmp live.csv out.txt
}

@test "levels: of a guest, and of a guest in it" {
	cp "$BATS_TEST_DIRNAME/cases/nested.dat" trace.dat
	cp trace.dat plain.dat
	"$replay" tree plain.dat tracefs
	same 65536 --by=level,reason
	columns reason level exits ns | head -n 3 >got.txt
	diff - got.txt <<-'END'
		reason=vmx CPUID level=L2 exits=20 ns=100000
		reason=vmx VMRESUME level=L1 exits=20 ns=100000
		reason= level= exits=40 ns=200000
	END
}

@test "in turns: each begins with its time, exits never get less, the last is all" {
	recorded sample
	live 0 20000 30 --interval=100ms --format=csv
	head -1 out.txt | grep -q '^seconds,row,reason,isa,code,exits,'
	[ "$(grep -c seconds out.txt)" = 1 ]
	awk -F, '$2 == "total" { if ($1 <= seconds || $6 < exits) exit 1
		seconds = $1; exits = $6; n++ } END { exit n < 3 }' out.txt
	last=$(tail -1 out.txt | cut -d, -f1)
	grep "^$last," out.txt | cut -d, -f2- >live.csv
	analyze 0 --format=csv trace.dat
	tail -n +2 out.txt | diff live.csv -
}

@test "in turns: a JSON document for each line" {
	recorded sample
	live 0 20000 30 --interval=100ms --format=jsonl --top=3
	[ "$(wc -l <out.txt)" -ge 3 ]
	tail -1 out.txt >last.json
	analyze 0 --format=json --top=3 trace.dat
	python3 - <<-'END'
	import json
	last, all = json.load(open('last.json')), json.load(open('out.txt'))
	assert last.pop('seconds') > 0
	assert last['recording'].pop('path') == 'live'
	del all['recording']['path']
	assert last == all
	END
}

@test "in turns: tables with a line before each" {
	recorded sample
	live 0 30000 40 --interval=100ms --top=2
	grep -cE '^20[0-9-]{8} [0-9:]{8}, after [0-9.]+ s$' out.txt >n
	[ "$(cat n)" -ge 3 ]
	[ "$(grep -c '^recording: live, ' out.txt)" = "$(cat n)" ]
	prints 'missing: 0 before, 0 lost'
	lacks 'missing: 0 before, [1-9]' out.txt
}

@test "what is saved, trace-cmd reads: each event as it was" {
	recorded sample-unpatched
	live 0 9000 0 --interval=0 --save=saved.dat
	trace-cmd report -R plain.dat 2>/dev/null | grep -E ': kvm_(exit|entry|pio|msr|mmio):' >plain.txt
	trace-cmd report -R saved.dat 2>/dev/null | grep -E ': kvm_(exit|entry|pio|msr|mmio):' >saved.txt
	[ "$(wc -l <plain.txt)" -gt 1000 ]
	cmp plain.txt saved.txt
}

@test "a beginning in the middle is no loss, live; what is lost after it is" {
	for kind in late older; do
		recorded $kind-v6
		live 0 4096 0 --interval=0 --save=saved.dat
		lacks 'missing exits' err.txt
		lacks 'from before' err.txt
		cp out.txt live.txt
		analyze 3 --format=table saved.dat
		says before
		sed 1d out.txt | diff <(sed 1d live.txt) -
	done
	recorded late-v6
	live 0 4096 0 --interval=0
	prints 'missing: 374 before, 0 lost'
	recorded lossy-v6
	live 3 4096 0 --interval=0
	says 'missing exits: 0 before, 51 lost'
}

@test "a process alone: exits of others are not lost, events are" {
	recorded sample
	# CPU 0 stands for the process: the numbers of CPU 1's exits are missing.
	rm -r tracefs/per_cpu/cpu1
	sed 's/self.pages = \[\(.*\)\]$/self.pages = [\1][:1]/' "$replay" >replay-one
	chmod +x replay-one
	replay=$PWD/replay-one
	live 3 65536 0 --interval=0
	says 'missing exits: '
	live 0 65536 0 --interval=0 --pid=197
	lacks 'missing exits' err.txt
	prints 'missing: 0 before, 0 lost'
	replay=$BATS_TEST_DIRNAME/live/replay
	recorded lossy-v6
	live 3 65536 0 --interval=0 --pid=197
	says 'trace buffer overrun: '
	lacks 'missing exits' err.txt
}

@test "filters: the same as of the recording" {
	recorded sample
	same 65536 --vm=197 --vcpu=1
	same 65536 --cpu=0 --reason=io,hlt
	thread=$("$ANALYZER" --format=csv --by=thread trace.dat | sed -n 's/^group,[^,]*,[^,]*,[^,]*,\([0-9]*\),.*/\1/p' | head -1)
	same 65536 --by=vm,thread "--thread=${thread:-199}"
}

@test "a CPU that cannot be read is said, others go on" {
	recorded sample
	sed 's/self.pages = \[\(.*\)\]$/self.pages = [\1][:1]/' "$replay" >replay-one
	chmod +x replay-one
	rm tracefs/per_cpu/cpu1/trace_pipe_raw
	mkdir tracefs/per_cpu/cpu1/trace_pipe_raw
	replay=$PWD/replay-one
	live 3 65536 0 --interval=0 --format=csv --by=cpu
	says 'warning: cannot read: trace buffer of CPU 1: Is a directory: it is not looked at any more'
	columns row cpu exits >got.txt
	analyze 0 --format=csv --by=cpu --cpu=0 trace.dat
	columns row cpu exits | grep cpu=0 >want.txt
	grep -qxFf want.txt got.txt
}

# stated OPTION...: seen.state is what the program makes of the recording that would have
# been kept, but for when that was written, and the checksum.
stated() {
	rm -f seen.state*
	live 0 5000 0 --interval=0 --format=csv --save=seen.state.dat "$@"
	cp out.txt live.txt
	analyze 0 --format=state --output=want.state ${by:+--by=$by} seen.state.dat
	live 0 4096 0 --interval=0 --format=csv --save=seen.state "$@"
	cmp live.txt out.txt
	[ "$(echo seen*)" = seen.state ]
	[ "$(stat -c %s seen.state)" = "$(stat -c %s want.state)" ]
	[ "$(cmp -l seen.state want.state | wc -l)" -le $((4 + 5)) ]
	for name in seen want; do
		analyze 0 --format=json --by=recording,reason $name.state
		sed 's/"written": "[^"]*"//' out.txt >json.$name
	done
	[ "$(wc -l <json.seen)" -gt 15 ]
	diff json.want json.seen
}

@test "a state, by its name: that of the recording that would have been kept" {
	recorded sample
	by='' stated
	by='' stated --view=time
	by=reason,cpu stated --by=reason,cpu
	by=reason,rip stated --by=reason,rip --reason=io
	recorded sample-unpatched
	by='' stated
}

@test "a state of an exit that was too long, and of what came before" {
	recorded sample
	live 0 65536 0 --save=seen.state --stop-after=8090000
	[ "$(echo seen*)" = seen.state ]
	analyze 0 --format=csv --by=reason seen.state
	cp out.txt state.csv
	analyze 0 --format=csv trace.dat
	diff state.csv out.txt
}

@test "no state of no exits, and nothing is left" {
	recorded sample-unpatched
	for cpu in 0 1; do
		: >tracefs/per_cpu/cpu$cpu/trace_pipe_raw &
	done
	analyze 0 live --batch --interval=0 --replay=tracefs --save=seen.state
	says 'note: no exits: no VM ran'
	one_line
	[ "$(echo seen*)" = 'seen*' ]
}

@test "a state that cannot be written: what was seen is kept" {
	recorded sample-unpatched
	mkdir seen.state
	live 1 65536 0 --interval=0 --save=seen.state --format=csv
	says 'not saved: seen.state: what was seen is in seen.state.dat'
	cp out.txt live.csv
	analyze 0 --format=csv seen.state.dat
	cmp live.csv out.txt
}

# interrupted SIGNAL STATUS: after a while
interrupted() {
	local status=0 pid
	"$replay" play plain.dat tracefs 4096 20 2>/dev/null 3>&- &
	player=$!
	"$ANALYZER" live --batch --replay=tracefs --interval=0 --format=csv \
		--save=saved.dat >out.txt 2>err.txt 3>&- &
	pid=$!
	# So much has been read.
	for _ in {1..1000}; do
		[ "$(stat -c %s saved.dat.cpu0 2>/dev/null || echo 0)" -lt 20000 ] || break
		sleep 0.02
	done
	kill "-$1" $pid
	wait $pid || status=$?
	kill $player 2>/dev/null || :
	[ "$status" = "$2" ] || { cat err.txt; return 1; }
}

@test "a signal ends it: what was seen is shown and kept" {
	recorded sample-unpatched
	for signal in INT TERM HUP QUIT; do
		rm -f saved.dat
		interrupted $signal 0
		cp out.txt live.csv
		grep -q '^total,' live.csv
		analyze 0 --format=csv saved.dat
		cmp live.csv out.txt
		[ "$(echo saved.dat*)" = saved.dat ]
	done
}

@test "killed: what it has left is a recording that was not finished" {
	recorded sample-unpatched
	interrupted KILL 137
	analyze 3 --format=csv saved.dat
	says 'unfinished recording: saved.dat: reading the 2 files saved.dat.cpuN'
	prints 'total,'
}

@test "a disk that fills: said, and what came before is kept" {
	recorded sample-unpatched
	trap '' XFSZ
	ulimit -f 64
	live 1 4096 0 --interval=0 --save=saved.dat
	ulimit -f unlimited 2>/dev/null || :
	says 'cannot write: saved.dat: File too large'
	says 'not kept from here on: saved.dat'
}

@test "nobody reads what is printed: an error" {
	recorded sample-unpatched
	status=0
	"$replay" play plain.dat tracefs 65536 0 2>/dev/null 3>&- &
	timeout 60 "$ANALYZER" live --batch --replay=tracefs --interval=0 \
		>/dev/full 2>err.txt || status=$?
	[ $status = 1 ]
	says 'cannot write: standard output: No space left on device'
}

# usage TEXT OPTION...
usage() {
	local text=$1
	shift
	analyze 2 live --replay=tracefs "$@"
	no_output
	says "$text"
	says 'see: analyzer live --help'
}

@test "wrong usage" {
	recorded sample-unpatched
	usage 'bad format: html, expected table, csv, jsonl or prometheus' --format=html
	usage '--by=time: live, each interval is shown' --by=reason,time:1s
	usage 'bad view: reports, expected exits, time or list' --view=reports
	usage 'bad interval: 1ms, expected 20 ms or more' --interval=1ms
	usage 'bad interval: x, expected a time' --interval=x
	usage 'bad count: 0, expected 1 to 4294967295' --count=0
	usage 'bad process: -1' --pid=-1
	usage 'live takes no recording: trace.dat' trace.dat
	usage 'bad option: --check' --check
	usage 'option needs a value: --by' --by
	usage 'cannot group by: nothing, expected reason, vm, vcpu' --by=nothing
	usage '--by=function needs --guest-map: System.map' --by=function
	usage '--guest-map names the guest' --guest-map=x
	usage 'cannot save a state: a state has whole details' --by=detail:4K --save=x.state
	usage 'cannot save a state: it has no functions' --by=function --guest-map=x --save=x.state
	[ ! -e x.state ] && [ ! -e x.state.dat ]
}

@test "not root: refused" {
	[ "$(id -u)" = 0 ] || skip 'only root can be somebody else'
	status=0
	chmod 755 . && cp "$ANALYZER" analyzer
	setpriv --reuid=65534 --clear-groups ./analyzer live --batch >out.txt 2>err.txt ||
		status=$?
	[ $status = 1 ]
	no_output
	says 'recording takes root'
}

@test "a folder that is no tracefs, a kernel without KVM's events" {
	recorded sample-unpatched
	rm -r tracefs/events/kvm
	analyze 1 live --batch --replay=tracefs
	says 'this kernel has no events of KVM: load its modules'
	mkdir -p tracefs/events/kvm
	analyze 1 live --batch --replay=tracefs
	says 'no event kvm:kvm_entry'
}

@test "help and man page of live list the same options and statuses" {
	page=$BATS_TEST_DIRNAME/../docs/kvm-exit-cycles-live.1
	"$ANALYZER" live --help | sed '/^Examples/,$d' |
		grep -oE -- '(^|[ ,])--?[a-zA-Z][a-z-]*' | tr -d ' ,' | sort -u >help.txt
	[ "$(wc -l <help.txt)" -gt 20 ]
	sed -n '/^\.SH OPTIONS/,/^\.SH L/p' "$page" |
		awk '/^\.BI?R?/ && before ~ /^\.T[PQ]$/ { print } { before = $0 }' |
		sed 's/\\-/-/g' | grep -oE -- '--?[a-zA-Z][a-z-]*' | sort -u >man.txt
	diff help.txt man.txt
	for status in 0 1 2 3; do
		sed -n '/^\.SH EXIT STATUS/,/^\.SH EXAMPLES/p' "$page" |
			grep -qx "\.B $status"
	done
	"$ANALYZER" live --help | awk 'length > 80 { exit 1 }'
	"$ANALYZER" live --help |
		awk '/^ +(-., )?--/ && length > 40 && substr($0, 24, 1) != " " { print; exit 1 }'
	[ "$("$ANALYZER" live --help | wc -l)" -le 50 ]
	command -v groff >/dev/null || skip "no groff: apt-get install groff-base"
	groff -man -ww -Tascii "$page" 2>err.txt >/dev/null
	[ ! -s err.txt ]
}
