#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# The judge of lab/grade, without a boot: figures in the forms that students print,
# with the mistakes that they make.  Each mistake costs the points that it must and no
# other, and the sentence names it.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	grade=$BATS_TEST_DIRNAME/../../lab/grade
}

# student ISAS FORM MISTAKE [OPTION...]: judged
student() {
	/usr/bin/python3 -B "$BATS_TEST_DIRNAME/students.py" "$1" "$2" "$3" work
	judge "${@:4}"
}

judge() {
	"$grade" --judge "$@" work >out.txt
	cat out.txt
	cmp out.txt <(cat work/sheet.txt; echo)
}

# lost NAME...: these points, in part or all, and no others
lost() {
	diff <(printf '%s\n' "$@" | sed '/^$/d') <(/usr/bin/python3 -c '
import json
for test in json.load(open("work/results.json"))["tests"]:
    if "score" in test and test["score"] < test["max_score"]:
        print(test["name"].split(":")[0])')
}

# says NAME TEXT: the sentence of that point
says() {
	/usr/bin/python3 -c '
import json, sys
for test in json.load(open("work/results.json"))["tests"]:
    if test["name"].startswith(sys.argv[1] + ":"):
        print(test["output"])' "$1" >sentence
	cat sentence
	grep -qE "$2" sentence
}

# facts EXPRESSION: what was collected is changed, and judged again.
facts() {
	/usr/bin/python3 - "$1" <<-'END'
	import json, sys
	facts = json.load(open("work/facts.json"))
	exec(sys.argv[1])
	json.dump(facts, open("work/facts.json", "w"))
	END
	judge "${@:2}"
}

for form in plain hex equals sentences halves names behind arrow table colons; do
	eval "form_$form() { student svm,vmx $form none; lost ''; says prints 'all lines say'; }"
done

@test "form: exit 10 (CPUID): count 5, min 1, ..." { form_plain; }
@test "form: === (Total: N) ===, Exit 0xa CPUID count 5" { form_hex; }
@test "form: exit number 10 exits=5" { form_equals; }
@test "form: total number of exits for exit type 10 is 5" { form_sentences; }
@test "form: Time spent processing exit 10 is HIGH, LOW" { form_halves; }
@test "form: EXIT_REASON_CPUID : 5 exits, no number of the type" { form_names; }
@test "form: 5 exits, 7 cycles (min 1, ...)" { form_behind; }
@test "form: reason 10 -> 5" { form_arrow; }
@test "form: reason=10 count=5, the total last" { form_table; }
@test "form: Exit Reason: 10, Count: 5" { form_colons; }

@test "form: halves with a sign are read, and cost" {
	student svm,vmx signed none
	lost prints
	says prints "negative, printed as if it had a sign: '.*, -"
}

@test "form: bare numbers" {
	student svm,vmx bare none
	lost prints counts fastpath vendors order product cycles totals
	says prints 'lines are numbers that say nothing'
}

@test "form: not recognized, and declared" {
	student svm,vmx registers none
	says prints "form that is not recognized: '[0-9]+- .*; --match declares it"
	cat >forms <<-'END'
	# exit, then count, min, max, average and sum, all in hex
	^(?P<reason>\d+)- (?P<count_hex>\w+), (?P<min_hex>\w+), (?P<max_hex>\w+), (?P<avg_hex>\w+), (?P<cycles_hex>\w+)$
	^all- (?P<total_cycles>\d+)$
	END
	judge --match=forms
	lost ''
}

@test "mistake: hooked in handle_exit" {
	student svm,vmx plain handle-exit
	lost fastpath
	says fastpath 'VT-x, fast path: MSR_WRITE \(32\): printed 0, recorded 2,000: .*without its handler'
}

@test "mistake: one vendor only" {
	student svm,vmx plain other-vendor
	lost vendors
	says vendors 'nothing is printed on AMD-V'
}

@test "mistake: a type is left out" {
	student svm,vmx equals no-cpuid
	lost counts
	says counts 'CPUID .*: printed nothing, recorded 1,500: this type is not counted'
}

@test "mistake: each exit counted twice" {
	student svm sentences twice
	lost counts order
	says counts 'one vCPU: .*: each is counted twice'
}

@test "mistake: figures of one VM only" {
	student svm,vmx plain one-vm
	lost totals
	says totals 'not over all VMs and CPUs: .*two VMs: .*: more is missing than races lose'
}

@test "mistake: counts lost beyond what races lose" {
	student vmx plain racy
	lost counts
	says counts 'two vCPUs: .*more is missing than races lose'
}

@test "mistake: clock read before the handler" {
	student svm,vmx colons clock-early
	lost cycles
	says cycles 'average 40, the recorded round trip is .*: the clock is not read on both sides'
}

@test "mistake: cycles of more than the exit" {
	student vmx hex clock-late
	lost cycles
	says cycles 'more than from one exit to the next'
}

@test "mistake: names shifted by one" {
	student vmx plain names
	lost prints
	says prints "names do not go with numbers: .* is printed as '"
}

@test "mistake: numbers shifted by one" {
	student vmx equals shifted
	says counts 'they stand at number .*: shifted by one'
}

@test "mistake: minimum never set" {
	student svm arrow min-zero
	lost order
	says order 'minimum is 0, which no exit takes'
}

@test "an exit that is counted and has no cycles yet is no mistake" {
	student svm plain none
	# All take the same, and the average is of one exit less.
	/usr/bin/python3 - <<-'END'
	import re
	def same(line):
	    n, c = int(line[2]), 5000
	    return (f"{line[1]}count {n}, min {c}, max {c}, avg {c * (n - 1) // n}, "
	            f"cycles {c * (n - 1)}")
	text = open("work/svm.log").read()
	text = re.sub(r"(\(cpuid\): )count (\d+), min.*", same, text)
	open("work/svm.log", "w").write(text)
	END
	judge
	says order 'for each type'
	says product 'within rounding'
}

@test "mistake: minimum and maximum exchanged" {
	student svm behind swapped
	says order 'minimum [0-9,]+, average [0-9,]+, maximum'
}

@test "mistake: a running average" {
	student svm table running
	lost product
	says product 'average x number is [0-9,]+, the total [0-9,]+'
}

@test "mistake: cut to 32 bits" {
	student svm plain cut
	lost order totals
	says totals 'cut to 32 bits'
}

@test "mistake: the total of half of it" {
	student svm plain total-of-vm
	lost totals
	says totals 'cycles of all types are .*, the total is'
}

@test "mistake: no total of cycles, and nothing but counts" {
	student svm no-total none
	lost totals
	says totals 'no total of cycles over all exits is printed'
	student svm counts-only none
	lost order product cycles totals
	says order 'has no min and no max and no average'
}

@test "mistake: printed seldom; at two of three moments not; never; at each exit" {
	student svm plain seldom
	says prints 'reports for .* exits, one each [0-9,]+; 500 are allowed'
	student svm plain skips
	lost prints counts
	student svm plain never
	says prints 'nothing was printed'
	student svm plain each
	lost quiet
	says quiet 'a flood'
}

@test "a guest without time for anything but a flood is not harmed, if one elsewhere is not" {
	student svm,vmx plain each
	facts 'facts["boots"][1]["guest"] = "one vCPU: the guest did not end in 100 s"'
	lost quiet
	says boots 'VT-x has no time for them beside what is printed: one vCPU: the guest did not'
	says quiet 'a flood'
	facts 'facts["boots"][0]["guest"] = "one vCPU: the guest did not end in 100 s"'
	lost boots quiet
	says boots 'AMD-V: a guest is not as it should be: one vCPU: the guest did not end'
	student svm,vmx plain none
	facts 'facts["boots"][1]["guest"] = "one vCPU: the guest did not end in 100 s"'
	lost boots
}

@test "an interval of 1000 is allowed if the answers say so" {
	student svm plain none
	/usr/bin/python3 - <<-'END'
	import re
	out, skip = [], False
	for line in open("work/svm.log"):
	    total = re.search(r"total exits (\d+),", line)
	    skip = int(total[1]) % 1000 != 0 if total else skip and "lab:" not in line
	    if not skip:
	        out.append(line)
	open("work/svm.log", "w").writelines(out)
	END
	judge
	says prints 'one each 9[0-9][0-9]|one each 1,[0-9]+; 500 are allowed'
	facts 'facts["answers"]["interval"] = 1000'
	lost ''
}

@test "a panic, a guest that hangs, a guest that finds something wrong" {
	student svm plain none
	facts 'facts["boots"][0]["ended"] = "the kernel panicked: Oops"'
	says boots 'AMD-V: the kernel panicked'
	says counts 'not seen: it does not boot'
	student svm,vmx plain none
	facts 'for boot in facts["boots"]: boot.update(ended="no progress for 240 s: it hung in '"'guests of phase one'"'", phases=[])'
	lost boots prints counts fastpath vendors order product cycles totals quiet
	says boots "AMD-V: no progress for 240 s: it hung in 'guests of phase one'"
	says quiet 'not seen: it does not boot'
	echo '[    9.1] rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:' >>work/vmx.log
	judge
	says quiet 'VT-x: the kernel complains: rcu: INFO'
	student svm plain none
	facts 'facts["boots"][0]["guest"] = "vmm: vCPU 0: 3 wrong results"'
	lost boots
	says boots '3 wrong results'
}

@test "a complaint of the kernel, KASAN's" {
	student svm plain none
	echo '[    9.1] BUG: KASAN: global-out-of-bounds in kvm_count+0x1/0x2' >>work/svm.log
	judge
	lost quiet
	says quiet 'AMD-V: the kernel complains: BUG: KASAN'
	facts 'facts["boots"].append(dict(facts["boots"][0], kasan=True))'
	lost quiet memory
	says memory 'KASAN kernel: BUG: KASAN: global-out-of-bounds'
}

@test "does not apply; only when repaired; does not build; warnings" {
	student svm plain none
	facts 'facts["applies"] = {"ok": False, "said": "x.c:7 does not apply"}; facts["builds"] = None; facts["boots"] = []'
	says applies 'x.c:7 does not apply'
	says builds 'not built: it does not apply'
	says counts 'not seen: it does not apply'
	student svm plain none
	facts 'facts["applies"]["repaired"] = "without CR"'
	lost applies
	facts 'facts["builds"] = {"ok": True, "said": "", "warnings": ["x.c:1: warning: unused"]}'
	lost applies builds
	says builds '1 warnings: x.c:1'
	student svm plain none
	facts 'facts["builds"] = {"ok": False, "said": "x.c:1: error: no such thing", "warnings": []}; facts["boots"] = []'
	lost builds boots prints counts fastpath vendors order product cycles totals quiet
	says builds 'does not build: x.c:1: error: no such thing'
	says boots 'not booted: there is no kernel'
	says counts 'not seen: it does not build'
}

@test "faults of the mail and of the answers" {
	student svm plain none
	facts 'facts["form"]["faults"] = ["a", "b", "c", "d"]; facts["form"]["notes"] = ["N"]'
	lost form
	says form '^a; b; c; and 1 more$'
	grep -qx 'note: N' work/sheet.txt
	facts 'facts["answers"]["faults"] = ["question 2 has no answer"]'
	lost form answers
}

@test "what was not judged has no score, and the sheet says why" {
	student svm plain none
	facts 'facts["form"] = None; facts["answers"] = None'
	lost ''
	grep -qE 'could not be judged: form, .*fastpath.*answers' work/sheet.txt
	[ "$(grep -c '"score"' work/results.json)" -eq 11 ]
	says form '^not judged: a diff without a mail$'
	says answers '^not judged: a diff without a mail$'
	says vendors '^not judged: AMD-V alone came to its end$'
	says fastpath '^not judged: VT-x was not booted'
	says memory '^not judged: no kernel with KASAN was booted$'
	student svm,vmx plain none
	facts 'facts["boots"][1]["phases"].pop()'
	lost ''
	says fastpath '^not judged: no guest on VT-x came to it$'
	facts 'facts["builds"] = None; facts["boots"] = []'
	says form 'as the assignment asks'
	says counts '^not judged: no kernel was built$'
}

@test "results.json has what Gradescope reads, and nothing that it does not" {
	student svm,vmx plain clock-early
	facts 'facts["answers"] = None; facts["seconds"] = 136'
	/usr/bin/python3 - <<-'END'
	import json
	results = json.load(open("work/results.json"))
	seen = ("hidden", "after_due_date", "after_published", "visible")
	top = {"score": (int, float), "execution_time": (int, float), "output": str,
	       "output_format": str, "test_output_format": str, "test_name_format": str,
	       "visibility": str, "stdout_visibility": str, "extra_data": dict,
	       "tests": list, "leaderboard": list}
	each = {"score": (int, float), "max_score": (int, float), "status": str, "name": str,
	        "name_format": str, "number": str, "output": str, "output_format": str,
	        "tags": list, "visibility": str, "extra_data": dict}
	for fields, known in [(results, top)] + [(test, each) for test in results["tests"]]:
	    for name, value in fields.items():
	        assert isinstance(value, known[name]) and value is not True, (name, value)
	    assert fields["visibility"] in seen
	assert results["execution_time"] == 136
	# The score above overrides the sum of the tests: they must not differ.
	tests = results["tests"]
	judged = [test for test in tests if "score" in test]
	assert len(tests) == 15 and 0 < len(judged) < 15
	assert abs(sum(test["score"] for test in judged) - results["score"]) < 0.01
	for test in judged:
	    assert 0 <= test["score"] <= test["max_score"]
	    full = test["score"] == test["max_score"]
	    assert test["status"] == ("passed" if full else "failed")
	assert [t["name"][:6] for t in judged if t["status"] == "failed"] == ["cycles"]
	for test in tests:
	    assert test["name"] and test["output"]
	    assert test in judged or "status" not in test and "max_score" not in test
	END
}

@test "where all is counted by atomics, two CPUs lose none" {
	student vmx plain few-lost
	lost ''
	says counts 'exactly with one vCPU, and within 2%, which races can lose, with several'
	facts 'facts["atomic"] = True'
	lost counts
	says counts 'two vCPUs: .*: some are not counted'
	student vmx plain none
	facts 'facts["atomic"] = True'
	lost ''
	says counts 'and with several, as all is counted by atomics'
}

@test "one log with CRLF, prefixes of CPUs, levels" {
	student svm plain none
	sed -i -E 's/^(\[[^]]*\]) /<6>\1[   C1] /; s/$/\r/' work/svm.log
	judge
	lost ''
}

@test "bad weights and patterns: status 2, file and line" {
	student svm plain none
	echo 'form one title' >weights
	run -2 "$grade" --judge --weights=weights work
	[[ $output == *"weights:1: a name, points and a title"* ]]
	echo '(?P<what>\d+)' >forms
	run -2 "$grade" --judge --match=forms work
	[[ $output == *'forms:1: groups are to be named'*'found what'* ]]
	echo '(' >forms
	run -2 "$grade" --judge --match=forms work
	run -1 "$grade" --judge nowhere
}

@test "a log that lost a phase proves nothing" {
	student svm plain none
	sed -i '/lab: phase two/d' work/svm.log
	judge
	lost prints counts vendors order product cycles totals
	says counts 'two vCPUs: the log has lost what was printed'
}

@test "a report that is printed while the next phase begins is no wrong sum" {
	student svm plain none
	/usr/bin/python3 - <<-'END'
	lines = open("work/svm.log").read().split("\n")
	mark = next(i for i, line in enumerate(lines) if "lab: phase two" in line)
	assert "(npf): count" in lines[mark - 1]
	lines.insert(mark - 1, lines.pop(mark))
	open("work/svm.log", "w").write("\n".join(lines))
	END
	judge
	lost ''
	says totals 'sums of all types'
}

@test "any log is judged: binary, huge numbers, cut lines" {
	student svm plain none
	{ head -c 20000 /dev/urandom; printf '\nlab: phase one\nexit 1: count %s\n' "$(printf '9%.0s' {1..6000})"; } >>work/svm.log
	judge
	printf 'lab: phase one\nexit 99999999999999999999: count -5, min 0x, cycles 1e9\n[  1.0' >work/svm.log
	judge
	: >work/svm.log
	judge
	says prints 'nothing was printed'
}
