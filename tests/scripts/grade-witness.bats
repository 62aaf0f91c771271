#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# What lab/grade takes from a recording, from text as trace-cmd prints it, and what it
# does with somebody else's code.

python() {
	PYTHONPATH=$BATS_TEST_DIRNAME/../../lab /usr/bin/python3 -B "$@"
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	cat >text <<-'END'
	cpus=2
	 init-48 [001]  100: print:  ip=tracing_mark_write buf=graded one
	 vmm-70  [000]  110: kvm_entry:  vcpu_id=0 rip=0x40000
	 vmm-70  [000]  120: kvm_exit:   exit_reason=114 guest_rip=0x40000 isa=2 info1=0x0
	 vmm-70  [000]  150: kvm_entry:  vcpu_id=0 rip=0x40000
	 vmm-70  [000]  160: kvm_exit:   exit_reason=114 guest_rip=0x40000 isa=2 info1=0x0
	 vmm-71  [001]  165: kvm_exit:   exit_reason=1024 guest_rip=0x40000 isa=2 info1=0x0
	 vmm-70  [000]  170: kvm_entry:  vcpu_id=0 rip=0x40000
	 vmm-71  [001]  175: kvm_entry:  vcpu_id=1 rip=0x40000
	 vmm-70  [000]  190: kvm_exit:   exit_reason=123 guest_rip=0x40000 isa=2 info1=0x0
	 init-48 [001]  200: print:  ip=tracing_mark_write buf=graded end
	 vmm-80  [000]  210: kvm_exit:   exit_reason=129 guest_rip=0x40000 isa=2 info1=0x0
	 vmm-80  [000]  220: kvm_entry:  vcpu_id=0 rip=0x40000
	 vmm-80  [000]  230: kvm_exit:   exit_reason=114 guest_rip=0x40000 isa=2 info1=0x0
	END
}

witness() {
	python -c '
import json, sys
from grading import witness
try:
    print(json.dumps(witness.read(open("text")).phases))
except witness.BadWitness as error:
    print("bad:", error)' >out
	cat out
}

# is PHASE EXPRESSION: holds of its "reasons", as r
is() {
	python -c '
import json, sys
p = json.load(open("out"))[int(sys.argv[1])]
r = p["reasons"]
assert eval(sys.argv[2]), p' "$1" "$2"
}

@test "counts, round trips, from exit to exit, and what is never entered again" {
	witness
	is 0 'r["114"]["before"] == 2 and r["114"]["after"] == 3'
	is 0 'r["114"]["trips"] == 2 and (r["114"]["min"], r["114"]["max"], r["114"]["sum"]) == (10, 30, 40)'
	is 0 'r["114"]["reach_sum"] == 40 + 30 and r["114"]["reach_max"] == 50'
	is 0 'r["123"]["open"] == 1 and r["114"]["open"] == 1 and r["129"]["open"] == 0'
	is 0 'r["129"]["before"] == 0 and r["129"]["after"] == 1'
	is 0 'p["exits_before"] == 0 and p["exits"] == 6 and p["exact"]'
}

@test "phases add up, and a thread of an ended guest is another one" {
	sed '1d; s/graded one/graded two/; s/^\( *\S* *\S* *\)\([0-9]*\):/\11\2:/' text >more
	cat more >>text
	witness
	is 1 'r["114"]["after"] == 6 and r["114"]["trips"] == 4'
	is 1 'p["exits_before"] == 6 and p["exits"] == 12 and not p["exact"]'
	is 0 'r["114"]["after"] == 3'
}

@test "time stamps so long that no space is left before them" {
	witness
	cp out short
	sed -i -E 's/\] +([0-9]+):/]107081051\1:/' text
	witness
	diff short out
}

@test "VMX: the basic reason" {
	sed -i 's/exit_reason=114/exit_reason=2147483658/; s/isa=2/isa=1/' text
	witness
	is 0 'r["10"]["after"] == 3'
}

@test "a recording that proves nothing is said to" {
	echo 'CPU:1 [12 EVENTS DROPPED]' >>text
	witness
	grep -q 'bad: events were lost' out
	sed -i '/DROPPED/d; s/exit_reason=/reason=/' text
	witness
	grep -q 'bad: the tracepoint kvm_exit has no exit_reason' out
	sed -i '/kvm_/d' text
	witness
	grep -q 'bad: not one exit was recorded' out
	: >text
	witness
	grep -q 'bad: no phase' out
}

need_sandbox() {
	bwrap --unshare-all --ro-bind / / true 2>/dev/null ||
		skip 'no namespaces for a sandbox'
}

# inside SCRIPT: in the sandbox, with a folder to read and one to write to
inside() {
	mkdir -p in out.d
	echo secret >beside
	python -c '
import subprocess, sys
from grading import sandbox
sys.exit(subprocess.run(sandbox.command(["sh", "-c", sys.argv[1]],
    read_only=[("in", "/src")], writable=[("out.d", "/build")])).returncode)' "$1"
}

@test "the sandbox: tools are there, a folder to read, one to write" {
	need_sandbox
	inside 'gcc --version >/dev/null && make --version >/dev/null && echo x >/build/y'
	[ "$(cat out.d/y)" = x ]
	! inside 'echo x >/src/y' || return
	! inside 'echo x >/usr/y' || return
	[ ! -e in/y ]
}

@test "the sandbox: no network, no files of this machine, no processes of it" {
	need_sandbox
	inside '[ "$(ls /sys/class/net 2>/dev/null; grep -c : /proc/net/dev)" = 1 ]'
	inside '! cat /etc/passwd && ! ls /root && ! ls /home && ! ls /work' 2>/dev/null
	inside "! ls '$BATS_TEST_TMPDIR'" 2>/dev/null
	inside '[ "$(ls -d /proc/[0-9]* | wc -l)" -le 5 ]'
	inside '! mount -t tmpfs x /build' 2>/dev/null
	SECRET=1 inside '[ -z "${SECRET:-}" ]'
}

@test "the sandbox: what takes too long is ended, with all that it has started" {
	need_sandbox
	python -c '
from grading import sandbox
try:
    sandbox.run(sandbox.command(["sh", "-c", "sleep 98765 & sleep 98765"]), 1)
    raise SystemExit("it ended")
except sandbox.TooLong:
    pass'
	sleep 0.3
	! pgrep -f 'sleep 98765'
}

@test "a kernel that is a link to a file of this machine is none" {
	mkdir -p slot/build/arch/x86/boot
	echo secret >secret
	ln -s "$PWD/secret" slot/build/arch/x86/boot/bzImage
	python -c '
from pathlib import Path
from grading import build
try:
    build.copy_kernel(Path("slot"), Path("kernel"), ["x"])
    raise SystemExit("copied")
except build.NoKernel:
    pass'
	[ ! -e kernel/bzImage ]
}

@test "what became of a boot: a panic, a hang and where, a guest that does not end" {
	mkdir -p boot/graded
	printf 'lab: scenario graded\r\nlab: guests of phase two\r\nx' >boot/console.log
	cat >try.py <<-'END'
	import sys
	from pathlib import Path
	from grading import boots
	if sys.argv[1:]:
	    print(boots.why(Path("boot"), sys.argv[1]))
	else:
	    facts = {"isa": "svm", "ended": "hung", "guest": "", "log": "svm.log"}
	    boots.collect(facts, Path("boot"), Path("."))
	    print(facts["guest"])
	END
	[ "$(python try.py 'the emulator hung: ended')" = \
		"no progress for 240 s: it hung in 'guests of phase two'" ]
	[ "$(python try.py 'the emulator was not done after 900 s')" = \
		"it was not done after 900 s: it hung in 'guests of phase two'" ]
	[ "$(python try.py x)" = "it came to no end: it hung in 'guests of phase two'" ]
	echo 'one 143 ' >boot/graded/guests.txt
	[ "$(python try.py)" = 'one vCPU: the guest did not end in 100 s' ]
	printf 'one 0 \ntwo 1 vmm: vCPU 1: 3 wrong results\n' >boot/graded/guests.txt
	[ "$(python try.py)" = 'two vCPUs: vmm: vCPU 1: 3 wrong results' ]
	echo 'no disk' >boot/graded/log
	[ "$(python try.py x)" = 'the guests could not be recorded: no disk' ]
	echo '[    1.0] Kernel panic - not syncing: Fatal exception' >>boot/console.log
	[ "$(python try.py 'the kernel panicked')" = 'the kernel panicked: Fatal exception' ]
	: >boot/console.log
	rm boot/graded/log
	[ "$(python try.py 'it hung')" = \
		'no progress for 240 s: it did not come to its first process' ]
}

@test "a kernel older than 6.12 gets no clock that it hangs with" {
	mkdir -p lab kernel 6.1 6.12
	printf 'VERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 192\n' >6.1/Makefile
	printf '# x\nVERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\n' >6.12/Makefile
	printf '#!/bin/sh\necho "[$LAB_QEMU]" >>clocks\nexit 1\n' >lab/boot-qemu
	chmod +x lab/boot-qemu
	python - <<-'END'
	from pathlib import Path
	from grading import boots, build
	for source in ("6.1", "6.12"):
	    boots.boot(Path("lab"), "svm", "kernel", "initrd", Path("."), "x",
	               build.version_of(source))
	END
	[ "$(cat clocks)" = "$(printf '[]\n[-icount shift=3,sleep=off]')" ]
}

@test "whether a diff adds up by atomics alone" {
	python - <<-'END'
	from grading import diff
	def atomic(*added):
	    return diff.counts_atomically(b"".join(
	        line + b"\n" for line in (b"diff --git a/x.c b/x.c", b"--- a/x.c",
	                                  b"+++ b/x.c", b"@@ -1 +1,9 @@", b" n++;", *added)))
	inc, add = b"+\tatomic64_inc(&s->n);", b"+\tatomic64_add(c, &s->cycles);"
	assert atomic(inc, add, b"+\tfor (i = 0; i < 9; i++)", b"+kvm-y += mine.o")
	assert atomic(b"+\tn = atomic_long_add_return(1, &n);")
	assert atomic(b"+\tthis_cpu_inc(n);")
	assert not atomic()
	assert not atomic(b"+\ts->n++;")
	assert not atomic(inc, b"+\ts->cycles += c;")
	assert not atomic(inc, b"+\t++total;")
	assert not atomic(b"+\tx = atomic64_read(&n);")
	END
}

@test "modules of a submission: files alone, no link is followed" {
	mkdir -p slot/build/arch/x86/boot slot/build/installed/lib/modules/6.12/kernel beside
	echo image >slot/build/arch/x86/boot/bzImage
	echo module >slot/build/installed/lib/modules/6.12/kernel/kvm.ko
	echo secret >beside/secret
	ln -s "$PWD/beside" slot/build/installed/lib/modules/6.12/build
	ln -s "$PWD/beside/secret" slot/build/installed/lib/modules/6.12/modules.dep
	cat >try.py <<-'END'
	from pathlib import Path
	from grading import build
	build.copy_kernel(Path("slot"), Path("kernel"), ["x"])
	END
	python try.py
	[ "$(cd kernel && find . -type f -o -type l | sort | tr '\n' ' ')" = \
		'./bzImage ./facts ./lib/modules/6.12/kernel/kvm.ko ' ]
	rm -r slot/build/installed
	ln -s "$PWD/beside" slot/build/installed
	python try.py
	[ ! -e kernel/secret ]
}

@test "other modules in the same folder make another initramfs" {
	export LAB_CACHE=$PWD/cache
	mkdir -p kernel/lib/modules
	for content in one two one; do
		echo $content >kernel/lib/modules/kvm.ko
		"$BATS_TEST_DIRNAME/../../lab/build-initrd" kernel >>made
	done
	[ "$(sort -u made | wc -l)" -eq 2 ]
	[ "$(sed -n 1p made)" = "$(sed -n 3p made)" ]
	busybox cpio -it <"$(sed -n 2p made)" 2>/dev/null | grep -q 'lib/modules/kvm\.ko$'
}

@test "a log that is a link to a file of this machine is empty" {
	echo secret >secret
	ln -s secret log
	[ "$(python -c 'from grading import boots; print(repr(boots.text_of("log")))')" = "''" ]
}

@test "sources are the base's again for the next submission, and the base is untouched" {
	mkdir -p warm/src/kvm warm/build changed/kvm slot
	echo a >warm/src/kvm/a.c
	echo b >warm/src/kvm/b.c
	echo changed >changed/kvm/a.c
	echo new >changed/kvm/new.c
	python - <<-'END'
	from pathlib import Path
	from grading import build
	class Base:
	    key = "k"
	builder = build.Builder(".", "cache", 1, print)
	slot, warm = Path("slot"), Path("warm")
	source = builder.renew_source(Base, warm, slot)
	touched = build.put_files(source, "changed", ["kvm/b.c"])
	(slot / "touched").write_text("\0".join(touched))
	read = lambda name: (source / name).read_text().strip() if (source / name).exists() else None
	assert [read(f"kvm/{n}.c") for n in ("a", "b", "new")] == ["changed", None, "new"]
	builder.renew_source(Base, warm, slot)
	assert [read(f"kvm/{n}.c") for n in ("a", "b", "new")] == ["a", "b", None]
	END
	[ "$(cat warm/src/kvm/a.c warm/src/kvm/b.c)" = "$(printf 'a\nb')" ]
}

@test "a tree that is built ahead is built as for submissions: jobs, modules, KASAN, ccache" {
	export LAB_JOBS=3
	cat >try.py <<-'TRY'
	import importlib.machinery, importlib.util, sys
	loader = importlib.machinery.SourceFileLoader("grade", sys.argv.pop(1))
	grade = importlib.util.module_from_spec(importlib.util.spec_from_loader("grade", loader))
	loader.exec_module(grade)
	class Builder:
	    def __init__(self, lab, cache, jobs, say, modules, ccache):
	        print(jobs, modules, ccache and ccache.name)
	    def prepare(self, base, checked):
	        print(base.name, base.variant, checked)
	grade.build.Builder = Builder
	grade.lab_tree = lambda variant: (variant, "source")
	grade.sandbox.trouble = lambda: ""
	sys.exit(grade.main())
	TRY
	python try.py "$BATS_TEST_DIRNAME/../../lab/grade" --prepare --modules --ccache=objects 6.1 >said
	python try.py "$BATS_TEST_DIRNAME/../../lab/grade" --prepare --kasan 6.12 6.1 >>said
	diff said - <<-'SAID'
	3 True objects
	6.1 unpatched-6.1 False
	3 False None
	6.12 unpatched True
	6.1 unpatched-6.1 True
	SAID
	[ -d objects ]
}

@test "with KASAN, all of KVM is checked, and no other folder for a file of the same name" {
	mkdir src
	# As kbuild does it: a make for each folder, its own wish, and the objects' flags
	cat >src/Makefile <<-'MAKE'
	folders := arch/x86/boot arch/x86/kvm arch/x86/kvm/mmu arch/x86/kvm-not virt/kvm virt/lib
	all: ; @$(foreach dir,$(folders),$(MAKE) -s -f one.mk obj=$(dir) &&) :
	MAKE
	cat >src/one.mk <<-'MAKE'
	KASAN_SANITIZE := n
	flags = $(if $(patsubst n%,,$(KASAN_SANITIZE_$*.o)$(KASAN_SANITIZE)y),kasan) \
		$(if $(patsubst n%,,$(UBSAN_SANITIZE_$*.o)$(UBSAN_SANITIZE)y),ubsan)
	all: regs.o new.o ; @:
	%.o: ; @echo $(obj)/$@ $(flags)
	MAKE
	python - >said <<-'END2'
	import subprocess
	from grading import build
	subprocess.run(["make", "-s", "-C", "src", *build.CHECKERS], check=True)
	END2
	diff said - <<-'SAID'
	arch/x86/boot/regs.o
	arch/x86/boot/new.o
	arch/x86/kvm/regs.o kasan ubsan
	arch/x86/kvm/new.o kasan ubsan
	arch/x86/kvm/mmu/regs.o kasan ubsan
	arch/x86/kvm/mmu/new.o kasan ubsan
	arch/x86/kvm-not/regs.o
	arch/x86/kvm-not/new.o
	virt/kvm/regs.o kasan ubsan
	virt/kvm/new.o kasan ubsan
	virt/lib/regs.o
	virt/lib/new.o
	SAID
}
