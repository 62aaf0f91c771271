#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# What documents show is what programs print.  Blocks that begin with "$ COLUMNS=100" are
# run by views.bats, as they stand there.  All others that are not commands are named
# below, with the test that compares them.  What a lab printed is compared by its shape:
# with each number as N.

load cli-helpers

setup() {
	cd "$BATS_TEST_DIRNAME/.." || return
	out=$BATS_TEST_TMPDIR
}

# Of each block of code that is not commands: the document, and its first line.  What
# follows commands behind a blank line is looked at likewise.
blocks() {
	perl -CS -Mopen=:std,:utf8 -ne '
		($fenced, $in, $gap) = (0, 0, 1) if $. == 1;
		if (/^```/) {
			($fenced, $in, $commands) = (!$fenced, 0, 0);
		} elsif (/^\s*$/) {
			$gap = 1;
		} elsif (!$fenced && !(($in || $gap) && /^(    |\t)/)) {
			$in = $gap = $commands = 0;
		} else {
			$first = !$in || ($gap && $commands);
			($in, $gap) = (1, 0);
			s/^\s+//;
			$line = s/^(\w+=(\x27[^\x27]*\x27|"[^"]*"|\$\([^)]*\)|\S+) +)+(?=\S)//r;
			$commands = $line =~ m{^(\#|\w+=|\[ |
				(\$\w+|\.+|analyzer|lab|patches|scripts)/|
				(budget|cat|cd|cp|dmesg|dpkg-source|echo|export|for|git|grep|
				kvm-exit-cycles|ls|make|mkdir|patch|sudo|tail|tar|trace-cmd)\ |
				make$|\\$)}x || /^\w+=\$\(/ if $first;
			print "$ARGV: $_" if $first && !$commands && !/^\$ COLUMNS=100 /;
		}
		close ARGV if eof;' "$@"
}

# shape: numbers are N, and so is what stands beside them instead of one
shape() {
	sed -E 's/-?[0-9][0-9a-f,.]*/N/g; s/  +/ /g'
}

# block DOCUMENT FROM TO: lines of a block, from one that matches FROM to one that
# matches TO
block() {
	sed -n "\\,^    .*$2,,\\,^    .*$3,s/^    //p" "$1"
}

@test "each block of a document is commands, or compared by a test" {
	blocks README.md ./*/README.md docs/*.md | sed 's,^\./,,' >"$out/blocks.txt"
	# By readme.bats, by cli.bats, by compare.bats and views.bats, by submission.bats,
	# and below
	grep -v "^#" <<-'END' | diff - "$out/blocks.txt"
		README.md: Compared with the kernel's own figures:
		# A drawing
		analyzer/README.md: trace.dat          pages           records         exits, in order       figures             text
		lab/README.md: ok      a/counts               identical: 61 reports, 5 reasons
		lab/README.md: ok      arm64/foreign          both: 16484 exits, 6 reasons
		samples/README.md: 3abd6ba3a3ae88a96de8fe43277c2493f52156d5849121eccd57ebe4b408c017  trace.dat
		samples/README.md: dc4dfa04f4949281786056fa0b5f01b86fb55de20e181d86b95fd5318078803d  vmx.dat
		samples/README.md: 1e29b5898e8ebf678e4b432dab24840288260733a668c2c7060c609bae2309f6  unpatched.dat
		samples/README.md: cf85978dc1a60c9dc6ee6e969ab43ecc43f68401191d5121b96f057aa16cd849  arm64/trace.dat
		# A drawing, a definition
		docs/accounting.md: guest runs                KVM has the vCPU                    guest runs
		docs/accounting.md: cycles = entry TSC − exit TSC − user − halted − off_cpu − traced
		# What a student writes, in C, and as answers
		docs/assignment.md: kvm_exit_stats_entry(vcpu, KVM_ISA_SVM);
		docs/assignment.md: u32 type = min_t(u32, reason, TYPES - 1);	/* the last one: all others */
		docs/assignment.md: expect 191 cpuid exact 15000
		docs/assignment.md: vcpu->arch.exit_tsc = rdtsc();
		docs/assignment.md: cycles = rdtsc() - vcpu->arch.exit_tsc;
		docs/assignment.md: Ann Example found the hooks and wrote the counters.
		docs/assignment.md: commit  adc218676eef25575469234709c2d87185ca223a, public
		docs/compare.md: $ kvm-exit-cycles compare old?.dat -- new?.dat
		docs/compare.md: $ kvm-exit-cycles compare old?.dat -- new?.dat
		# A definition, a query of Prometheus
		docs/compare.md: change of cycles = change of count x average of both costs
		docs/fleet.md: sum by (instance, reason) (kvm_exits_total)
		docs/perf-kvm-stat.md: VM-EXIT    Samples  Samples%     Time%    Min Time    Max Time         Avg time
		docs/perf-kvm-stat.md: VM-EXIT    Samples  Samples%     Time%    Min Time    Max Time         Avg time
		docs/perf-kvm-stat.md: VM-EXIT    Samples  Samples%     Time%    Min Time    Max Time         Avg time
		docs/perf-kvm-stat.md: unknown kvm exit code:-9223372036854775803 on riscv64          (163 such lines)
		docs/perf-kvm-stat.md: unknown kvm exit code:3744 on HV
		docs/questions.md: $ analyzer/analyzer --format=sqlite --output=exits.db samples/trace.dat
		# A drawing
		docs/recipe.md: trace_kvm_entry()          the next thing is the guest
	END
}

@test "lab/README.md shows what lab/verify prints" {
	mkdir -p "$out/linux/linux" "$out/arm64/foreign"
	cp samples/trace.dat samples/dmesg.txt "$out/linux/linux"
	echo "verdict identical" >"$out/linux/linux/facts"
	lab/verify "$out/linux/linux" >"$out/said.txt"
	grep -qxF "    $(cat "$out/said.txt")" lab/README.md
	# The same of other figures
	[ "$(sed -n 's/^    ok .* identical: //p' lab/README.md | shape | uniq)" = \
		"$(sed 's/.* identical: //' "$out/said.txt" | shape)" ]
	command -v trace-cmd || skip "no trace-cmd"
	cp samples/arm64/* "$out/arm64/foreign"
	echo "verdict both" >"$out/arm64/foreign/facts"
	lab/verify "$out/arm64/foreign" | shape >"$out/said.txt"
	grep ' both: ' lab/README.md | shape | sed 's/^ *//' | diff - "$out/said.txt"
}

# Each line of the analyzer is one that it prints of a sample, but for the figures; and
# figures add up.
@test "docs/perf-kvm-stat.md shows what the analyzer prints" {
	grep -o 'kvm_exit_ns: .*' docs/perf-kvm-stat.md >"$out/lines.txt"
	[ "$(wc -l <"$out/lines.txt")" -gt 15 ]
	for sample in unpatched.dat unpatched-vmx.dat riscv64/perf.data; do
		"$ANALYZER" samples/$sample 2>/dev/null | sed 's/recorded: [a-z]* .*:/recorded: REASON:/' |
			shape
	done | sort -u >"$out/shapes.txt"
	sed 's/recorded: [a-z]* .*:/recorded: REASON:/' "$out/lines.txt" | shape | sort -u |
		diff - "$out/shapes.txt"
	awk 'function total() { if (exits || ns) { print "do not add up: " exits, ns; bad = 1 } }
		/recorded: exits/ { total(); exits = $4; ns = $6; next }
		{
			exits -= $6; ns -= $8
			if (int($8 / $6) != $12 || $10 > $12 || $12 > $14) { print; bad = 1 }
		}
		END { total(); exit bad }' "$out/lines.txt"
	# A table
	block docs/perf-kvm-stat.md 'reason  *exits  *ns' 'total  ' >"$out/table.txt"
	[ "$(wc -l <"$out/table.txt")" -eq 7 ]
	"$ANALYZER" --format=table --columns=exits,ns,ns%,min,avg,p50,max samples/arm64/perf.data \
		2>/dev/null | sed -n '/^reason/,/^total/p' >"$out/printed.txt"
	[ "$(head -n 1 "$out/table.txt" | shape)" = "$(head -n 1 "$out/printed.txt" | shape)" ]
	for side in table printed; do
		sed 1d "$out/$side.txt" | sed 's/^arm64 [A-Z_]*/REASON/' | shape | sort -u \
			>"$out/$side.shape"
	done
	diff "$out/table.shape" "$out/printed.shape"
	tr -d , <"$out/table.txt" | awk '
		$1 == "arm64" {
			exits += $3; ns += $4; percent += $5
			if (int($4 / $3) != $7) { print; exit bad = 1 }
		}
		$1 == "total" { exit bad = exits != $2 || ns != $3 || percent < 99.9 || percent > 100.1 }
		END { exit bad }'
}

# perf's own tables: samples add up, and so do their parts.  On x86 it measures what the
# analyzer does, of the same recording.
@test "docs/perf-kvm-stat.md: perf's tables, and those beside them" {
	perl -ne '
		sub off { print "line $.: @_\n"; $bad = 1; }
		($n, $us, %perf) = (0, 0) if /^ +VM-EXIT/;
		if (/^ +(\w+) +(\d+) +([\d.]+)% +([\d.]+)% +([\d.]+)us +([\d.]+)us +([\d.]+)us \( \+- /) {
			$perf{$1} = [$2, $7];
			$n += $2;
			$us += $2 * $7;
			$rows++;
		} elsif (/Total Samples:(\d+), Total events handled time:([\d.]+)us/) {
			off("samples: $n") if $n != $1;
			off("time: $us") if abs($us - $2) > $n * .01;
		} elsif (/kvm_exit_ns: recorded: (svm|vmx) (\S+): exits (\d+) .* avg (\d+)/) {
			my ($exits, $avg) = @{$perf{$2} // [0, 0]};
			off("$2: $exits, $avg") if $exits != $3 || abs($avg - $4 / 1000) > .006;
			$both++;
		} elsif (/^\| (?:\w+(?: \d+)?, )?(\w+) \| (?:(\d+), )?([\d.]+) us \|/ && $perf{$1} &&
			 !/times KVM|likewise|userspace/) {
			my ($exits, $avg) = @{$perf{$1}};
			off("$1: $exits, $avg") if ($2 // $exits) != $exits || $avg != $3;
			$tables++;
		}
		END { off("$rows $both $tables") if $rows < 20 || $both < 10 || $tables < 12; exit $bad }' \
		docs/perf-kvm-stat.md
}

@test "docs/assignment.md shows what the guest says, and what a submission prints" {
	block docs/assignment.md 'expect 191 cpuid' 'kvm: exit 123' >"$out/block.txt"
	# As the lab's guest, and the submissions of the lab, print it
	grep '^expect' "$out/block.txt" | shape | uniq | sed 's/cpuid/%s/; s/exact/%s/; s/io/%s/' |
		sort -u >"$out/expect.txt"
	[ "$(cat "$out/expect.txt")" = "expect N %s %s N" ]
	grep -qF '"expect %d %s %s %" PRIu64 "\n"' lab/guest/vmm.c
	[ "$(grep 'kvm: exit' "$out/block.txt" | shape | sed 's/([a-z]*)/(%s)/' | sort -u)" = \
		"kvm: exit N (%s): count N cycles N min N avg N max N" ]
	grep -qF '"exit %u (%s): count %llu, cycles %llu, min %llu, avg %llu, max %llu\n"' \
		lab/students/clock-early.patch
}
