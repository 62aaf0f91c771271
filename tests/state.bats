#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# States: figures that are saved, added up and shown again.  ANALYZER and SCENARIO
# come from ./run; scenarios are described in scenario.c.

load cli-helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	unset COLUMNS
	here=$BATS_TEST_DIRNAME
	samples=$here/../samples
}

# save STATE OPTION... FILE...: whatever is lost
save() {
	local state=$1
	shift
	"$ANALYZER" --format=state --output="$state" "$@" 2>save.err ||
		[ $? -eq 3 ] || { cat save.err; return 1; }
}

# show OPTION... FILE...: into out.txt, whatever is lost
show() {
	"$ANALYZER" "$@" >out.txt 2>err.txt || [ $? -eq 3 ] || { cat err.txt; return 1; }
}

# recordings: of all kinds, one after the other as trace.dat
each_recording() {
	local kind
	for kind in sample sample-vmx sample-unpatched sample-unpatched-vmx \
		late lossy unfinished odd svm off unpatched unpatched-gap huge; do
		recording $kind
		"$1" || { echo "failed: $kind"; return 1; }
	done
	for kind in "$here"/cases/*.dat; do
		cp "$kind" trace.dat
		"$1" || { echo "failed: $kind"; return 1; }
	done
}

views_of_a_state_are_those_of_its_recording() {
	local options by=reason
	save a.state trace.dat
	"$ANALYZER" --by=vm trace.dat >out.txt 2>&1 && by=vm
	for options in --format=csv "--by=vcpu --format=csv" \
		"--by=$by,reason --format=csv --sort=exits" "--view=time --format=csv" \
		"--format=csv --top=2" "--by=vcpu,reason --histogram --format=json" \
		"--view=time --by=vcpu --format=json" \
		"--format=json --reason=hlt,HLT" "--vcpu=0 --format=csv" \
		"--of=user --format=csv" "--of=halted --by=vcpu,reason --format=csv" \
		"--of=off_cpu --format=json" "--of=total --histogram --format=json"; do
		# shellcheck disable=SC2086
		"$ANALYZER" $options trace.dat >want.txt 2>err.txt || [ $? -eq 3 ] ||
			continue
		# shellcheck disable=SC2086
		show $options a.state
		sed -i '/^ "recordings": /d' out.txt
		diff want.txt out.txt || { echo "$options"; return 1; }
		views=$((views + 1))
	done
	# By what only each exit tells there are no times.
	save b.state --by=cpu,rip,detail trace.dat
	for options in --by=rip --by=detail,cpu "--by=detail --of=total" \
		"--by=detail --of=halted"; do
		# shellcheck disable=SC2086
		"$ANALYZER" $options --format=csv trace.dat >want.txt 2>err.txt ||
			[ $? -eq 3 ] || continue
		# shellcheck disable=SC2086
		show $options --format=csv b.state
		diff want.txt out.txt
	done
}

@test "views of a state are those of its recording" {
	views=0
	each_recording views_of_a_state_are_those_of_its_recording
	# Of those with stamps, each part; of others, no part but the whole
	[ "$views" -gt 200 ]
}

# version STATE: of the file
version() {
	od -An -j8 -N4 -tu4 "$1" | tr -d ' '
}

@test "percentiles of each part are those of the exits" {
	# Of this guest, only hlt is halted, and 2561 of its exits are.
	recording sample
	save a.state trace.dat
	[ "$(version a.state)" = 2 ]
	show --of=halted --format=csv trace.dat
	columns reason p50_halted_cycles max_halted_cycles halted_cycles >want.txt
	grep -q '^reason=svm hlt p50_halted_cycles=[1-9]' want.txt
	grep -q '^reason=svm cpuid p50_halted_cycles=0 max_halted_cycles=0 halted_cycles=0$' want.txt
	show --of=halted --format=csv a.state
	columns reason p50_halted_cycles max_halted_cycles halted_cycles |
		diff want.txt -
	# By fewer keys, of several, whatever they are read as
	cp "$samples/vmx.dat" b.dat
	save b.state b.dat
	for of in user halted off_cpu total; do
		show --of=$of --by=vcpu --format=csv trace.dat b.dat
		mv out.txt want.txt
		for inputs in "a.state b.state" "trace.dat b.state" "a.state b.dat"; do
			# shellcheck disable=SC2086
			show --of=$of --by=vcpu --format=csv $inputs
			diff want.txt out.txt
		done
	done
}

@test "a state of version 1 is read, added up and saved as it is" {
	recording late
	cp "$here/golden/late-v1.state" old.state
	[ "$(version old.state)" = 1 ]
	for options in --by=reason --by=vcpu --view=time; do
		show $options --format=csv trace.dat
		mv out.txt want.txt
		show $options --format=csv old.state
		diff want.txt out.txt
	done
	save again.state old.state
	cmp old.state again.state
	# Its percentiles are of cycles only, alone and beside others.
	save new.state "$samples/trace.dat"
	save both.state old.state new.state
	[ "$(version both.state)" = 2 ]
	save other.state new.state old.state
	cmp both.state other.state
	save again.state both.state
	cmp both.state again.state
	show --by=reason --format=csv trace.dat "$samples/trace.dat"
	mv out.txt want.txt
	show --by=reason --format=csv both.state
	diff want.txt out.txt
	for state in old.state both.state; do
		analyze 1 --of=halted --format=csv $state
		says "a state of version 1 has minima, percentiles and so on of cycles: $state: not with --of=halted"
		no_output
	done
	# A round trip has no parts: what there is of it is still version 1.
	save plain.state "$samples/unpatched.dat"
	[ "$(version plain.state)" = 1 ]
	analyze 1 --of=halted --format=csv plain.state
	says "no stamps say which part of a round trip that was"
	show --of=total --format=csv plain.state
	columns exits >want.txt
	show --format=csv "$samples/unpatched.dat"
	columns exits | diff want.txt -
}

a_state_that_is_saved_again_is_the_same() {
	save a.state trace.dat
	save again.state a.state
	cmp a.state again.state
	save b.state --by=cpu,detail,reason trace.dat
	save again.state b.state
	cmp b.state again.state
}

@test "a state that is read and saved is the same, to the byte" {
	each_recording a_state_that_is_saved_again_is_the_same
}

@test "merging is exact, and in any order" {
	local name a=$samples/trace.dat b=$samples/vmx.dat
	recording late
	save a.state "$a"
	save b.state "$b"
	save c.state trace.dat
	save abc.state "$a" "$b" trace.dat
	save ab.state a.state b.state
	save ca.state c.state "$a"
	for inputs in "a.state b.state c.state" "c.state b.state a.state" \
		"ab.state c.state" "c.state ab.state" "ca.state b.state" \
		"$b ca.state" "trace.dat $a $b" "b.state trace.dat $a"; do
		# shellcheck disable=SC2086
		save got.state $inputs
		cmp abc.state got.state
	done
	# In place
	cp ab.state all.state
	save all.state all.state c.state
	cmp abc.state all.state
	# The sum is that of the parts.
	for name in "$a" "$b" trace.dat; do
		show --format=csv "$name"
		sed -n 's/\r$//; s/^total,,,,//p' out.txt
	done | awk -F, '{ exits += $1; cycles += $4 } END { printf "%d %.0f\n", exits, cycles }' >want.txt
	for inputs in abc.state "$a $b trace.dat" "c.state ab.state"; do
		# shellcheck disable=SC2086
		show --format=csv $inputs
		sed -n 's/\r$//; s/^total,,,,//p' out.txt | tr , ' ' |
			awk '{ print $1, $4 }' | diff want.txt -
	done
	# A single view has the same rows, whatever the recordings are read as.
	show --by=reason,cpu --sort=reason --format=csv "$a" "$b" trace.dat
	mv out.txt want.txt
	save cpu.state --by=reason,cpu "$a" trace.dat "$b"
	show --by=reason,cpu --sort=reason --format=csv cpu.state
	diff want.txt out.txt
	[ "$(wc -l <out.txt)" -gt 30 ]
}

@test "several recordings: their VMs and vCPUs are different ones" {
	recording late
	show --by=vm --format=csv trace.dat
	[ "$(grep -c ^group out.txt)" -eq 2 ]
	scenario plain
	mv trace.dat plain.dat
	recording late
	for view in --view=exits --view=time; do
		show $view --by=vm --format=csv plain.dat
		rows=$(grep -c ^group out.txt)
		show $view --by=vm --format=csv plain.dat trace.dat
		prints ",plain.dat,0,"
		prints ",trace.dat,1,"
		[ "$(grep -c ^group out.txt)" -eq $((rows + 2)) ]
	done
	show --by=recording --format=json plain.dat trace.dat
	python3 - <<-'END'
		import json
		doc = json.load(open("out.txt"))
		assert [r["path"] for r in doc["recordings"]] == ["plain.dat", "trace.dat"]
		by = {g["recording"]: g["exits"] for g in doc["groups"]}
		assert by == {r["path"]: r["exits"] for r in doc["recordings"]}
		assert doc["total"]["exits"] == sum(by.values()) == doc["recording"]["exits"]
		assert doc["losses"]["exits_before"] == sum(
		    r["exits_before"] for r in doc["recordings"])
		assert [r["recording_index"] for r in doc["groups"]] in ([0, 1], [1, 0])
	END
	show plain.dat trace.dat --format=table
	prints "recording: 2 recordings, "
}

@test "what is lost is lost in a state, too: status 3" {
	for kind in late lossy; do
		recording $kind
		analyze 3 --format=state --output=$kind.state trace.dat
		analyze 3 --format=json $kind.state
		says "warning: events or exits are missing: $kind.state"
	done
	prints '"exits_before": 0, "exits_lost": 51,'
	analyze 3 --format=csv late.state lossy.state
	prints "before,,,,374,"
	prints "lost,,,,51,"
}

@test "a state says which reports are proven" {
	save a.state "$samples/trace.dat"
	show --format=json a.state
	prints '"proof": {"epochs": 1, "reports": 72, "whole": true}'
	show --format=table a.state
	prints "reports proven: 72, of all exits"
	recording late
	save b.state trace.dat
	show --format=json b.state
	prints '"proof": {"epochs": 1, "reports": 0, "whole": false}'
}

# without_facts STATE: of one recording, as version 1 had it in its first days
without_facts() {
	python3 - "$1" <<-'END'
		import sys, zlib
		d = open(sys.argv[1], "rb").read()
		at = 28
		def number():
		    global at
		    value = shift = 0
		    while True:
		        byte = d[at]
		        value |= (byte & 127) << shift
		        at, shift = at + 1, shift + 7
		        if byte < 128:
		            return value
		number()				# keys
		flags_at = at
		flags = number()
		after_flags = at
		number()				# unit
		def skip_text():
		    global at
		    length = number()
		    at += length
		for text in range(2 if flags & 16 else 1):
		    skip_text()
		for value in range(10 + 11):
		    number()
		first = at
		skip_text()				# host
		number()
		number()
		assert flags & 256
		flags -= 256
		part = d[28:flags_at] + (bytes([flags]) if flags < 128 else
		    bytes([flags & 127 | 128, flags >> 7])) + d[after_flags:first] + d[at:]
		sys.stdout.buffer.write(d[:16] + len(part).to_bytes(8, "little") +
		    zlib.crc32(part).to_bytes(4, "little") + part)
	END
}

# facts: host, time and bytes of the recordings in out.txt
facts() {
	python3 -c 'import json
for r in json.load(open("out.txt"))["recordings"]:
    print(*(r.get(key, "-") for key in ("path", "host", "written", "file_bytes")))'
}

@test "a state has the hosts, times and sizes of its recordings" {
	# What trace-cmd wrote of the host's name
	sed 's/Linux (none) 6/Linux host-7 6/' "$samples/trace.dat" >a.dat
	cmp -s a.dat "$samples/trace.dat" && return 1
	TZ=UTC touch -d '2026-03-01 12:34:56' a.dat
	cp "$samples/vmx.dat" b.dat
	TZ=UTC touch -d '2001-09-09 01:46:40' b.dat
	save ab.state a.dat b.dat
	save again.state ab.state
	cmp ab.state again.state
	show --format=json ab.state
	facts | sort >facts.txt
	diff - facts.txt <<-END
		a.dat host-7 2026-03-01T12:34:56Z $(stat -c %s a.dat)
		b.dat - 2001-09-09T01:46:40Z $(stat -c %s b.dat)
	END
	# perf.data has the name by itself.
	perf=$samples/arm64/perf.data
	sed 's/(none)/host-9/' "$perf" >c.dat
	TZ=UTC touch -d '2001-09-09 01:46:40' c.dat
	save c.state c.dat
	show --format=json c.state
	[ "$(facts)" = "c.dat host-9 2001-09-09T01:46:40Z $(stat -c %s "$perf")" ]
	# When a pipe was written says nothing.
	save pipe.state - <a.dat
	show --format=json pipe.state
	[ "$(facts)" = "standard input host-7 - $(stat -c %s a.dat)" ]
	# One that was saved without them has none, and the same bytes.
	cp b.dat trace.dat
	without_facts c.state >old.state
	save again.state old.state
	cmp old.state again.state
	show --format=json old.state
	[ "$(facts)" = "c.dat - - -" ]
}

@test "JSON of states and several recordings follows its schema" {
	/usr/bin/python3 -c 'import jsonschema' ||
		skip "no jsonschema: apt-get install python3-jsonschema"
	recording unpatched
	save c.state trace.dat
	show --format=json c.state
	"$here/validate" "$here/../docs/schema.json" out.txt
	for options in "" --view=time --by=vm,reason --by=recording; do
		# shellcheck disable=SC2086
		show $options --format=json "$samples/trace.dat" "$samples/vmx.dat"
		"$here/validate" "$here/../docs/schema.json" out.txt
	done
}

@test "wrong usage names what a state has" {
	recording late
	save a.state --by=cpu,reason trace.dat
	save rip.state --by=rip trace.dat
	while IFS='|' read -r status options text; do
		# shellcheck disable=SC2086
		analyze "$status" $options
		says "$text"
		[ "$(grep -cvE ': (warning|note): ' err.txt)" -eq 1 ]
		no_output
	done <<-END
		1|--by=vcpu --format=csv a.state|no key vcpu in a state: a.state: it has recording, reason, cpu: save it with --by=vcpu
		1|--by=detail a.state|no key detail in a state: a.state: it has recording, reason, cpu
		1|--format=csv --vm=7 a.state|no key vm in a state: a.state
		1|--view=time a.state|no key vcpu in a state: a.state
		1|--view=time --by=recording rip.state|no times in a state: rip.state
		1|--list a.state|a state has no single exits: a.state: not with --list
		1|--format=csv --from=0.1 a.state|not with --from
		1|--format=csv --longer-than=9 a.state|not with --longer-than
		1|--format=csv trace.dat trace.dat|the same recording is there twice: trace.dat, trace.dat
		1|--format=state trace.dat a.state|the same recording is there twice: trace.dat, a.state
		1|--format=csv a.state $samples/unpatched.dat|figures cannot be added up: a.state has cycles by stamps, $samples/unpatched.dat has round trips in ns
	END
	while IFS='|' read -r options text; do
		# shellcheck disable=SC2086
		analyze 2 $options
		says "$text"
		no_output
	done <<-END
		a.state|a state has no reports: a.state: choose a view: --format=table
		--check a.state|a state has no reports
		--last a.state|a state has no reports
		trace.dat a.state|more than one recording given: trace.dat, a.state: reports are of one
		--format=state --top=3 trace.dat|a state is of all exits and times: not with --top
		--format=state --view=time trace.dat|not with --view
		--format=state --reason=hlt trace.dat|not with --reason
		--output= trace.dat|bad output: an empty name
		--list trace.dat $samples/trace.dat|--list is of one recording: more than one given: trace.dat, $samples/trace.dat
		--format=csv --from=@1 trace.dat $samples/trace.dat|--from=@... is of one recording
		--format=csv --output=trace.dat trace.dat|--output=trace.dat is the recording that is read
	END
}

@test "--output: all of it, or what was there" {
	recording sample
	analyze 0 --format=csv trace.dat
	cp out.txt want.txt
	analyze 0 --format=csv --output=got.csv trace.dat
	no_output
	cmp want.txt got.csv
	analyze 1 --format=csv --output=got.csv missing.dat
	cmp want.txt got.csv
	chmod 640 got.csv
	analyze 0 --format=json -o got.csv trace.dat
	[ "$(stat -c %a got.csv)" = 640 ]
	head -c 1 got.csv | grep -q '{'
	analyze 0 --output=/dev/null --format=json trace.dat
	no_output
	[ -c /dev/null ]
	analyze 1 --format=csv --output=none/got.csv trace.dat
	says "cannot write none/got.csv"
	# No part of a file is left.
	[ "$(echo got.csv*)" = got.csv ]
	analyze 1 --output=/dev/full --format=csv trace.dat
	says "cannot write: /dev/full: No space left on device"
}

# damage NAME PYTHON: a.state changed by statements on bytearray d
damage() {
	python3 - "$1" "$2" <<-'END'
		import sys, zlib
		d = bytearray(open("a.state", "rb").read())
		def seal():
		    d[24:28] = zlib.crc32(bytes(d[28:])).to_bytes(4, "little")
		exec(sys.argv[2])
		open(sys.argv[1], "wb").write(d)
	END
}

@test "a file that is no sound state is refused, in one line" {
	recording late
	save a.state --by=reason trace.dat
	while IFS='|' read -r change text; do
		damage bad.state "$change"
		analyze 1 --format=csv bad.state
		says "$text"
		one_line
		no_output
	done <<-'END'
		d[8] = 3|unknown version of a state: bad.state: 3, expected 1 to 2
		d[8] = 0|unknown version of a state: bad.state: 0, expected 1 to 2
		d[8] = 1|flags: figures of each part, where there are none
		d[30] -= 4; seal()|group: not in the order of keys
		d[12] = 0|bad state: bad.state: 0 recordings, expected 1 to 16384
		d[12] = 2|bad state: bad.state: it ends at
		d[12:16] = b"\xff" * 4|4294967295 recordings, expected 1 to 16384
		del d[-1]|it ends at
		del d[20:]|it ends at 0x14, 8 bytes early
		d.append(0)|something follows its end
		d[40] ^= 1|checksum is not that of the
		d[16:24] = b"\xff" * 8|it ends at
		d[28] = 0x88; d.insert(29, 1); d[16] += 1; seal()|keys: an unknown one
		d[28] = 2; seal()|keys: vCPUs without their VMs or threads
		d[28] = 0x80; d.insert(29, 0); d[16] += 1; seal()|keys: not a number, or not in its shortest form
		d.append(7); d[16:24] = (len(d) - 28).to_bytes(8, "little"); seal()|1 bytes more than there should be
		d[31] = 2; seal()|unit: 2 exceeds 1
		d += d[16:]; d[12] = 2|not in the order of bytes, or there twice
	END
	# Whatever a byte becomes: refused, or read.  Never more than that.
	size=$(stat -c %s a.state)
	for at in $(seq 28 97 $((size - 1))); do
		damage bad.state "d[$at] ^= 1 << ($at % 8); seal()"
		status=0
		"$ANALYZER" --format=csv bad.state >out.txt 2>err.txt || status=$?
		[[ $status = [013] ]]
		[ "$(wc -l <err.txt)" -le 1 ]
	done
}

@test "of several recordings, each message names the one that it is of" {
	local name
	for name in late lossy unpatched unpatched-gap; do
		recording $name
		mv trace.dat $name.dat
	done
	head -c 2000 late.dat >bad.dat
	# Alone, the name of the file is on the command line, and nowhere else.
	analyze 3 --format=csv late.dat
	says "analyzer: warning: epoch 1: missing exits: 374 before, 0 lost"
	analyze 7 --format=csv late.dat lossy.dat bad.dat
	says "analyzer: warning: late.dat: epoch 1: missing exits: 374 before, 0 lost"
	says "analyzer: warning: lossy.dat: epoch 1: missing exits: "
	run grep -vE '(late|lossy|bad)\.dat|: left out: 1 of 3 inputs' err.txt
	[ "$status" -eq 1 ]
	# Not twice
	analyze 3 --format=csv unpatched.dat unpatched-gap.dat
	says "analyzer: note: unpatched.dat: recorded by an unpatched kernel"
	says "analyzer: note: unpatched-gap.dat: recorded by an unpatched kernel"
	run grep -E 'unpatched(-gap)?\.dat.*unpatched(-gap)?\.dat' err.txt
	[ "$status" -eq 1 ]
	# A name that is part of a word is not that of the file.
	cp unpatched.dat not
	cp unpatched-gap.dat rec
	analyze 3 --format=csv not rec
	says "analyzer: note: rec: recorded by an unpatched kernel"
	# The two sides of a comparison
	analyze 3 compare late.dat lossy.dat
	says "analyzer: warning: late.dat: epoch 1: missing exits: 374 before, 0 lost"
	says "analyzer: warning: lossy.dat: epoch 1: missing exits: "
}

@test "one of several that cannot be read is named, counted and left out: status 7" {
	recording late
	save a.state trace.dat
	save b.state "$samples/trace.dat"
	save want.state a.state b.state
	head -c 2000 a.state >bad.state
	echo nothing >bad.dat
	analyze 3 --format=csv a.state b.state
	cp out.txt want.txt
	for files in "a.state bad.state b.state bad.dat missing.dat" \
		"missing.dat bad.state bad.dat a.state b.state"; do
		# shellcheck disable=SC2086
		analyze 7 --format=csv $files
		says "cannot open: missing.dat"
		says "bad state: bad.state: it ends at"
		says "bad.dat"
		says "left out: 3 of 5 inputs"
		grep -v ^inputs_left_out out.txt | cmp want.txt -
		grep -q '^inputs_left_out,,,,3,' out.txt
		# shellcheck disable=SC2086
		analyze 7 --format=json $files
		prints '"inputs_left_out": 3'
		"$here/validate" "$here/../docs/schema.json" out.txt
		# shellcheck disable=SC2086
		analyze 7 --format=table $files
		prints 'left out, as it cannot be read: 3 more'
		# shellcheck disable=SC2086
		analyze 7 --format=prometheus $files
		prints 'kvm_exit_inputs_left_out 3'
		# shellcheck disable=SC2086
		analyze 7 --format=state --output=got.state $files
		cmp want.state got.state
	done
	# One alone, all of them, and both sides of a comparison
	analyze 1 --format=csv bad.state
	analyze 1 --format=csv bad.state missing.dat bad.dat
	says "none of 3 inputs can be read"
	no_output
	analyze 1 compare bad.state a.state -- b.state
	# What is merged in place is never lost.
	cp bad.state all.state
	analyze 1 --format=state --output=all.state all.state b.state
	says "not written: all.state: it is read, too"
	cmp bad.state all.state
}

# bytes NAME KEYS: of a state by these; sets $bytes and $groups.
size_by() {
	save sized.state --by="$2" "$samples/$1.dat"
	bytes=$(stat -c %s sized.state)
	show --by="$2" --format=csv sized.state
	groups=$(grep -c ^group out.txt)
}

# What each recording has once is not a group's: its names of reasons, for one.
@test "a group takes less than 300 bytes of a state" {
	for name in trace vmx unpatched unpatched-vmx; do
		size_by $name recording
		[ "$groups" -eq 1 ]
		one=$bytes
		[ "$one" -lt 6000 ]
		size_by $name vcpu,reason
		[ "$groups" -ge 20 ]
		[ $((bytes - one)) -lt $((300 * (groups - 1))) ]
	done
}

@test "a pipe is not opened to see whether it is a state" {
	mkfifo pipe
	# Nobody writes to it: who opens it waits.
	timeout 20 "$ANALYZER" --format=csv pipe >out.txt 2>err.txt || [ $? -eq 1 ]
	says "not a regular file: pipe"
}
