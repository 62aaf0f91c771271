#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# scripts/submission: each rule of the assignment, in what it makes and in what it
# refuses.  The mail is read here by mail tools and by eye, not by its own reader.

bats_require_minimum_version 1.5.0

setup_file() {
	export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@b.example \
		GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@b.example
	cd "$BATS_FILE_TMPDIR" || return
	make_origin
	git clone -q origin tree
	make_branches
}

make_origin() {
	git init -q -b master origin
	mkdir -p origin/arch/x86/kvm
	for ((i = 1; i <= 60; i++)); do
		printf '\tint line_%d;\n' "$i"
	done >origin/arch/x86/kvm/x86.c
	git -C origin add -A
	git -C origin commit -q -m 'Linux'
	git -C origin rev-parse HEAD >base
}

make_branches() {
	cd tree || return
	git checkout -q -b work
	sed -i '10s/.*/\tu64 exits;/; 50s/.*/\tu64 cycles; \/* \xc3\xbc, and a line that is far longer than seventy-six columns, as quoted-printable would wrap it *\//' \
		arch/x86/kvm/x86.c
	printf '#include "x.h"\n\nFrom here\n.\n' >arch/x86/kvm/exits.c
	git add -A
	git commit -q -m 'Count exits'
	git diff master work >../work.diff
	git format-patch -q -1 --stdout >../work.patch
	cd ..
}

setup() {
	export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@b.example \
		GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@b.example
	cp -r "$BATS_FILE_TMPDIR/." "$BATS_TEST_TMPDIR/"
	cd "$BATS_TEST_TMPDIR" || return
	git -C tree remote set-url origin "$PWD/origin"
	base=$(cat base)
	cat >answers.md <<-'END'
	# Answers

	## Question 2: the steps

	1. Clone the tree with `git clone`, and make a branch.
	2. Count each exit where the tracepoint `kvm_exit` is, and print with `pr_info()`.

	        make -j2 && make modules_install

	## Question 3: the interval

	No: it prints every 500 exits.
	END
	cat >two.md <<-'END'
	# Answers
	## Question 1: who did what
	Ann wrote the counters.

	Bob measured the cycles.

	END
	sed 1d answers.md >>two.md
}

# submission ARGUMENT...: with what is as it should be
submission() {
	"$BATS_TEST_DIRNAME/../../scripts/submission" --tree=tree --base="$base" \
		--answers=answers.md --output=out "$@"
}

# refused PATTERN ARGUMENT...: one message, status 1, and nothing is left.
refused() {
	local status=0
	submission "${@:2}" >said 2>&1 || status=$?
	cat said
	[ $status -eq 1 ]
	grep -qE "^submission: .*$1" said
	[ "$(grep -cv ': note: ' said)" -eq 1 ]
	[ ! -e out ]
}

# part N: the Nth attachment, as another reader of mails decodes it
part() {
	perl -MMIME::Base64 -0777 -ne '
		my ($b) = /boundary="([^"]+)"/ or die;
		my @p = split /^--\Q$b\E(?:--)?\n/m;
		my ($head, $body) = split /\n\n/, $p['"$1"' + 1], 2;
		print $head =~ /base64/i ? decode_base64($body) : $body' out/submission.eml
}

@test "three files; the mail has one text and two attachments, which are the other two" {
	submission --id='012 Ann' work
	[ "$(ls out)" = "$(printf '%s\n' answers.pdf cmpe283-3.diff submission.eml)" ]
	[ "$(part 0)" = "$(printf 'commit %s\nID 012 Ann' "$base")" ]
	part 1 | cmp - out/cmpe283-3.diff
	part 2 | cmp - out/answers.pdf
	[ "$(grep -c '^Content-Disposition: attachment' out/submission.eml)" -eq 2 ]
	[ "$(grep -c '^Content-Type: ' out/submission.eml)" -eq 4 ]
	grep -qx 'Subject: CMPE283 Assignment 3 Submission' out/submission.eml
	grep -q 'filename="cmpe283-3.diff"' out/submission.eml
	! grep -qiE 'text/html|zip' out/submission.eml
}

@test "in the mail as it lies in a spool, the lines are lines of their own" {
	submission --id='012 Ann' work
	grep -qx "commit $base" out/submission.eml
	grep -qx 'ID 012 Ann' out/submission.eml
	! grep -q $'\r' out/submission.eml
	[ "$(awk '{ if (length > n) n = length } END { print n }' out/submission.eml)" -le 78 ]
}

@test "the diff is what git diff writes, and makes the branch of a fresh clone" {
	submission --id='012 Ann' work
	cmp out/cmpe283-3.diff work.diff
	git clone -q origin fresh
	git -C fresh apply ../out/cmpe283-3.diff
	diff -r -x .git fresh tree
}

@test "the diff is the same whatever diff.* says" {
	git -C tree config diff.noprefix true
	git -C tree config color.ui always
	git -C tree config diff.renames copies
	git -C tree config diff.context 9
	git -C tree config diff.external /bin/false
	submission --id='012 Ann' work
	cmp out/cmpe283-3.diff work.diff
}

@test "from a diff, and from a mail of git format-patch, the same" {
	submission --id='012 Ann' work.diff
	cp out/cmpe283-3.diff one
	submission --id='012 Ann' work.patch
	cmp out/cmpe283-3.diff one
	cmp one work.diff
}

@test "nothing in the tree is touched" {
	find tree -type f -print0 | sort -z | xargs -0 sha256sum >before
	stat tree/.git/index tree/arch/x86/kvm/* >>before
	submission --id='012 Ann' work.patch
	submission --id='012 Ann' work
	{
		find tree -type f -print0 | sort -z | xargs -0 sha256sum
		stat tree/.git/index tree/arch/x86/kvm/*
	} >after
	diff <(grep -v '^Access: [0-9]' before) <(grep -v '^Access: [0-9]' after)
}

@test "a group of two: two lines, in their order" {
	submission --id='012 Ann' --id='034 Bob' --answers=two.md work
	[ "$(part 0)" = "$(printf 'commit %s\nID 012 Ann\nID 034 Bob' "$base")" ]
}

@test "names as they are: quotes, dots, other alphabets, dollars" {
	for name in "Siobhán O'Brien-Łukasz Jr." '王小明' 'M. "Bo" $HOME `id` \n =3D' 'Nguyễn Thị'; do
		rm -rf out
		submission --id="012-a/3 $name" work
		grep -qxF "ID 012-a/3 $name" out/submission.eml
	done
}

@test "ids and names that are none" {
	refused 'an id and a name are needed' --id=012 work
	refused 'an id and a name are needed' --id=' ' work
	refused 'character 0x000a has no place' --id=$'012 Ann\nID 999 Eve' work
	refused 'character 0x202e has no place' --id=$'012 Ann\u202e' work
	refused 'character 0xdcff has no place' --id=$'012 Ann\xff' work
	refused '3 members' --id='1 A' --id='2 B' --id='3 C' work
	refused 'the same id' --id='1 A' --id='1 B' work
	refused 'more than 200 bytes' --id="1 $(printf 'x%.0s' {1..300})" work
}

@test "a commit that only this clone has" {
	base=$(git -C tree rev-parse work)
	git -C tree commit -q --allow-empty -m more
	refused 'is a local commit' --id='012 Ann' work
}

@test "a tag of one's own makes no commit public; that of a release does" {
	base=$(git -C tree rev-parse work)
	git -C tree commit -q --allow-empty -m more
	git -C tree tag mine work~1
	refused 'is a local commit' --id='012 Ann' work
	git -C origin tag v6.12
	git clone -q --depth 1 --branch v6.12 "file://$PWD/origin" release 2>/dev/null
	git -C release checkout -q -b work
	git -C release apply ../work.diff
	git -C release add -A
	git -C release commit -q -m x
	base=$(cat base)
	submission --tree=release --id='012 Ann' work
	cmp out/cmpe283-3.diff work.diff
}

@test "a base that is not there, abbreviated, or not the branch's" {
	submission --id='012 Ann' --base="${base:0:12}" work
	grep -qx "commit $base" out/submission.eml
	rm -r out
	refused 'has no commit 0123' --id='012 Ann' --base=0123 work
	git -C origin commit -q --allow-empty -m later
	git -C tree fetch -q
	refused 'was not made from' --id='012 Ann' --base=origin/master work
}

@test "no change, and a branch that is none" {
	refused 'no change to hand in' --id='012 Ann' master
	refused 'nowhere is no branch .* No such file' --id='012 Ann' nowhere
}

@test "a patch with CRLF" {
	sed 's/$/\r/' work.diff >bad.diff
	refused 'end with CR LF' --id='012 Ann' bad.diff
}

@test "a patch whose lines were wrapped" {
	fold -s -w 60 work.diff >bad.diff
	refused 'line [0-9]+ of the diff is neither context nor a change: lines were wrapped' \
		--id='012 Ann' bad.diff
}

@test "a patch that was cut, one for another commit, one in colours, in UTF-16, an archive" {
	head -n -2 work.diff >bad.diff
	refused 'ends within a hunk: 2 old and 2 new lines are missing' --id='012 Ann' bad.diff
	sed 's/int line_9;/int line_99;/' work.diff >bad.diff
	refused 'does not apply to .*x86.c' --id='012 Ann' bad.diff
	git -C tree diff --color=always master work >bad.diff
	refused 'escape sequences' --id='012 Ann' bad.diff
	iconv -t UTF-16 work.diff >bad.diff
	refused 'UTF-16' --id='012 Ann' bad.diff
	gzip -c work.diff >bad.diff
	refused 'an archive' --id='012 Ann' bad.diff
	: >bad.diff
	refused 'is empty' --id='012 Ann' bad.diff
	diff -u <(echo a) <(echo b) >bad.diff || :
	refused 'not what git diff writes' --id='012 Ann' bad.diff
}

@test "tabs that became spaces" {
	expand work.diff >bad.diff
	refused 'tabs were turned into spaces' --id='012 Ann' bad.diff
}

@test "what a build leaves, and a binary file" {
	cd tree
	echo x >arch/x86/kvm/x86.o
	git add -f -A && git commit -q -m x && cd ..
	refused "a build or an editor made: 'arch/x86/kvm/x86.o'" --id='012 Ann' work
	printf 'a\0b' >tree/arch/x86/kvm/x86.o
	git -C tree mv arch/x86/kvm/x86.o arch/x86/kvm/picture
	git -C tree add -A && git -C tree commit -q -m x
	refused 'a binary file' --id='012 Ann' work
}

@test "what is not committed, or outside KVM, is noted" {
	submission --id='012 Ann' work 2>said
	[ ! -s said ]
	mkdir tree/kernel
	printf '\tint a;\n' >tree/kernel/new.c
	submission --id='012 Ann' work 2>said
	grep -q '1 files of the work tree are not committed.*kernel/' said
	git -C tree add -A && git -C tree commit -q -m x
	submission --id='012 Ann' work 2>said
	grep -q "outside KVM: 'kernel/new.c'" said
}

@test "answers that are missing" {
	sed -i '/^## Question 2/,$d' answers.md
	refused 'question 2, the steps, has no answer; question 3' --id='012 Ann' work
	: >answers.md
	refused 'question 2, the steps, has no answer' --id='012 Ann' work
	rm answers.md
	refused 'answers.md: No such file' --id='012 Ann' work
	printf '## Question 2\n\nI did it.\n\n## Question 3\n\n500\n' >answers.md
	refused 'has 3 words: no recipe' --id='012 Ann' work
}

@test "an interval that is none of the three" {
	sed -i 's/^No: .*/We print every 5000 exits./' answers.md
	refused 'does not say 500, 1000 or 2000' --id='012 Ann' work
}

@test "each member needs a paragraph" {
	refused 'question 1, what each member did, has no answer' \
		--id='1 Ann' --id='2 Bob' work
	sed '/^Bob/d' two.md >answers.md
	refused '1 paragraph for 2 members' --id='1 Ann' --id='2 Bob' work
	sed 's/^Bob/He/' two.md >answers.md
	refused 'does not name Bob' --id='1 Ann' --id='2 Bob' work
}

@test "answers in other line ends, with what groff and HTML would take for theirs" {
	cat >>answers.md <<-'END'

	.so /etc/passwd
	<b>bold</b> & `a < b` \n "quoted" — José

	    .sy touch owned
	    git clone a\b "c"

	The hooks are kvm_exit and pr_info, in __vmx_run and a*b*c.
	END
	sed -i 's/$/\r/' answers.md
	submission --id='012 Ann' work
	[ ! -e owned ]
	pdftotext -layout out/answers.pdf text
	grep -q '\.sy touch owned' text
	grep -qF 'git clone a\b "c"' text
	grep -q 'José' text
	grep -q 'hooks are kvm_exit and pr_info, in __vmx_run and a\*b\*c' text
	! grep -q root: text
}

@test "answers that are not text, or that the PDF could not show" {
	printf '\xff\xfe' >answers.md
	refused 'not UTF-8 at byte 0' --id='012 Ann' work
	printf '## Question 2\n\n王 %s\n\n## Question 3\n\n500\n' \
		"$(printf 'word %.0s' {1..30})" >answers.md
	refused 'cannot show 王 .U.738B' --id='012 Ann' work
}

@test "wrong arguments: status 2, one line" {
	run -2 submission
	run -2 submission --id='1 A' work more
	run -2 "$BATS_TEST_DIRNAME/../../scripts/submission" work
	[ ${#lines[@]} -eq 2 ]
	run -0 submission --help
	[[ $output == *'Nothing is sent'* ]]
}

@test "the output cannot be written, the tree is none" {
	echo >file
	refused 'file' --id='1 A' --output=file work
	refused 'not a git repository' --id='1 A' --tree=/tmp work
}

@test "docs/assignment.md shows what is printed" {
	submission --id='012345678 Ann Example' --id='012345679 Bob Example' \
		--answers=two.md work >said
	sed -n '/^    commit  /,/^    mail /s/^    //p' \
		"$BATS_TEST_DIRNAME/../../docs/assignment.md" >shown
	[ "$(wc -l <shown)" -eq 6 ]
	for file in said shown; do
		sed -E 's/[0-9a-f]{40}/COMMIT/; s/^(diff +)[0-9]+ files?, [0-9]+/\1N files, N/
			s,/?[a-z/]+\.eml,MAIL,' $file >$file.shape
	done
	diff shown.shape said.shape
}
