#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# lab/grade takes submissions apart, whatever they are: mails, mboxes, folders, and what
# none of them is.  Each gets a mark sheet that says what is wrong.  Nothing is built.

bats_require_minimum_version 1.5.0
scripts=$BATS_TEST_DIRNAME/../../scripts
lab=$BATS_TEST_DIRNAME/../../lab

setup_file() {
	export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@b.example \
		GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@b.example
	cd "$BATS_FILE_TMPDIR" || return
	git init -q -b master origin
	mkdir -p origin/arch/x86/kvm
	for ((i = 1; i <= 60; i++)); do
		printf '\tint line_%d; /* and what belongs to it, so that it is long enough to be wrapped */\n' "$i"
	done >origin/arch/x86/kvm/x86.c
	git -C origin add -A
	git -C origin commit -q -m 'Linux'
	git clone -q origin tree
	cd tree || return
	git checkout -q -b work
	sed -i '10s/.*/\tu64 exits;/; 50s/.*/\tu64 cycles;/' arch/x86/kvm/x86.c
	git commit -q -a -m 'Count exits'
	cd ..
	cat >answers.md <<-'END'
	## Question 2

	Clone the tree, count each exit at its tracepoint, print all counters each time that
	their number is a multiple of the interval, then build, boot, and compare the figures.

	## Question 3

	Yes, 1000.
	END
	git -C tree rev-parse master >base
	"$BATS_TEST_DIRNAME/../../scripts/submission" --tree=tree --base="$(cat base)" \
		--id='012 Ann' --answers=answers.md --output=sound work
}

setup() {
	cp -r "$BATS_FILE_TMPDIR/." "$BATS_TEST_TMPDIR/"
	cd "$BATS_TEST_TMPDIR" || return
	base=$(cat base)
	mail=sound/submission.eml
	diff=sound/cmpe283-3.diff
}

# grade SUBMISSION...: all are judged
grade() {
	rm -rf out
	"$lab/grade" --no-build --tree=tree --output=out "$@" >log 2>&1 ||
		{ cat log; return 1; }
	cat log
}

# says NAME POINT MARK TEXT: what a sheet says of a point
says() {
	/usr/bin/python3 - "$@" <<-'END'
	import json, re, sys
	name, point, mark, text = sys.argv[1:]
	for test in json.load(open(f"out/{name}/results.json"))["tests"]:
	    if test["name"].startswith(point + ":"):
	        got = f"{test.get('score', '-')}/{test.get('max_score', '-')}"
	        assert got == mark, (got, test)
	        assert re.search(text, test["output"]), test
	        break
	else:
	    raise SystemExit("no such point")
	END
}

# mutt TEXT [TYPE...]: a mail by hand, with the diff, and what is given
by_hand() {
	/usr/bin/python3 - "$@" <<-'END' >hand.eml
	import sys
	from email.message import EmailMessage
	m = EmailMessage()
	m["Subject"] = "CMPE283 Assignment 3 Submission"
	m.set_content(sys.argv[1])
	for part in sys.argv[2:]:
	    name, path = part.split("=")
	    m.add_attachment(open(path, "rb").read(), maintype="application",
	                     subtype="octet-stream", filename=name)
	sys.stdout.buffer.write(m.as_bytes())
	END
}

text() {
	printf 'commit %s\nID 012 Ann\n' "$base"
}

@test "what scripts/submission makes has all points" {
	grade $mail
	says submission form 1/1 'as the assignment asks'
	says submission applies 1/1 'applies to commit'
	says submission answers 5/5 'all questions have an answer'
	says submission builds -/- 'not judged'
	grep -q '"interval": 1000' out/submission/facts.json
}

@test "a bare diff: no mail is asked for" {
	"$lab/grade" --no-build --tree=tree --base="$base" --output=out $diff
	says cmpe283-3 applies 1/1 applies
	says cmpe283-3 form -/- 'not judged'
	says cmpe283-3 answers -/- 'not judged'
}

@test "an mbox of three, lines with From in them, and a folder of it all" {
	mkdir all
	for i in 1 2 3; do
		echo "From ann@example Mon Nov 30 06:4$i:00 2026"
		sed 's/^From />From /' $mail
		echo
	done >all/spool
	cp $mail all/one.eml
	sed 's/$/\r/' $mail >all/two.eml
	cp sound/answers.pdf all/
	grade all
	[ "$(ls out | tr '\n' ' ')" = 'one spool-1 spool-2 spool-3 two ' ]
	for name in one spool-1 spool-2 spool-3 two; do
		says "$name" form 1/1 asks
		says "$name" applies 1/1 applies
	done
}

@test "two of the same name have folders of their own" {
	mkdir a b
	cp $mail a/x.eml
	cp $mail b/x.eml
	cp $mail 'b/x y$.eml'
	grade a b
	[ "$(ls out | tr '\n' ' ')" = 'x x-2 x_y ' ]
}

@test "another subject, no ID, another commit line, a third attachment, no PDF" {
	sed 's/^Subject: .*/Subject: my homework/' $mail >a.eml
	sed '/^ID /d' $mail >b.eml
	sed 's/^commit \(.*\)/Commit: \1/' $mail >c.eml
	sed 's/^\(commit .*\)/\1 my work/' $mail >d.eml
	by_hand "$(text)" cmpe283-3.diff=$diff a.pdf=sound/answers.pdf x.png=$mail
	mv hand.eml e.eml
	by_hand "$(text)" cmpe283-3.diff=$diff
	mv hand.eml f.eml
	by_hand "$(text)" my.diff=$diff a.pdf=sound/answers.pdf
	mv hand.eml g.eml
	grade [a-g].eml
	says a form 0/1 "subject is 'my homework'"
	says b form 0/1 'no line says ID'
	says c form 0/1 "'Commit: .*' is not commit, one space"
	says c applies 1/1 applies
	says d form 0/1 'and nothing else'
	says d applies 1/1 applies
	says e form 0/1 '3 attachments; .*neither cmpe283-3.diff nor a PDF'
	says f form 0/1 'no attachment is a PDF'
	says f answers 0/5 'there are no answers'
	says g form 0/1 "named 'my.diff'"
	says g applies 1/1 applies
}

@test "HTML instead of text" {
	/usr/bin/python3 - <<-'END'
	import email, email.policy
	m = email.message_from_binary_file(open("sound/submission.eml", "rb"),
	                                   policy=email.policy.default)
	part = m.get_payload(0)
	text = part.get_content()
	part.make_alternative()
	part.add_alternative("<p>" + text + "</p>", subtype="html")
	open("a.eml", "wb").write(m.as_bytes())
	END
	sed 's,^Content-Type: text/plain,Content-Type: text/html,' $mail >b.eml
	grade a.eml b.eml
	says a form 0/1 'has HTML'
	says a applies 1/1 applies
	says b form 0/1 'has HTML'
	says b applies 0/1 'does not apply to 6\.12'
}

@test "a diff in the text of the mail is no attachment" {
	{ printf 'Subject: CMPE283 Assignment 3 Submission\nFrom: a@b.example\n\n'; text; cat $diff; } >a.eml
	grade a.eml
	says a form 0/1 '0 attachments'
	says a applies 0/1 'there is no diff'
}

@test "CRLF: read as it must have been, and it costs" {
	sed 's/$/\r/' $diff >bad.diff
	by_hand "$(text)" cmpe283-3.diff=bad.diff a.pdf=sound/answers.pdf
	grade hand.eml
	says hand form 0/1 'lines of the diff end with CR LF'
	says hand applies 0/1 'not apply as it is, only with its line ends'
	says hand answers 5/5 .
}

@test "wrapped lines: joined again, and it costs" {
	fold -s -w 72 $diff >bad.diff
	sed -i 's/ $//' bad.diff
	by_hand "$(text)" cmpe283-3.diff=bad.diff a.pdf=sound/answers.pdf
	grade hand.eml
	says hand form 0/1 'neither context nor a change: lines were wrapped'
	says hand applies 0/1 'only when its wrapped lines are joined'
}

@test "an unknown commit, a local one, one that the list knows" {
	by_hand "commit 0123456789012345678901234567890123456789
	ID 1 Ann" cmpe283-3.diff=$diff a.pdf=sound/answers.pdf
	grade hand.eml
	says hand applies 0/1 'commit 012345678901 is in no tree that was given .* a local one'
	by_hand "ID 1 Ann" cmpe283-3.diff=$diff a.pdf=sound/answers.pdf
	"$lab/grade" --no-build --tree=tree --base="$base" --output=out hand.eml
	says hand form 0/1 'no line says commit'
	says hand applies 1/1 applies
}

@test "a diff for another commit" {
	sed 's/line_9;/line_99;/' $diff >bad.diff
	by_hand "$(text)" cmpe283-3.diff=bad.diff a.pdf=sound/answers.pdf
	grade hand.eml
	says hand applies 0/1 'does not apply to commit .*x86.c'
}

@test "a diff of the whole tree" {
	{
		for ((i = 0; i < 300; i++)); do
			printf 'diff --git a/d/f%d b/d/f%d\nnew file mode 100644\nindex 0000000..d95f3ad\n--- /dev/null\n+++ b/d/f%d\n@@ -0,0 +1 @@\n+\tint x;\n' $i $i $i
		done
	} >bad.diff
	by_hand "$(text)" cmpe283-3.diff=bad.diff a.pdf=sound/answers.pdf
	grade hand.eml
	says hand form 0/1 '300 files are changed: a diff of a whole tree'
}

@test "writing outside KVM is noted, outside the tree refused" {
	sed 's,arch/x86/kvm/x86.c,kernel/panic.c,g' $diff >other.diff
	by_hand "$(text)" cmpe283-3.diff=other.diff a.pdf=sound/answers.pdf
	grade hand.eml
	grep -q "note: it writes outside KVM: 'kernel/panic.c'" out/hand/sheet.txt
	for path in ../../x .git/hooks/x /etc/x; do
		printf 'diff --git a/%s b/%s\nnew file mode 100755\nindex 0000000..d95f3ad\n--- /dev/null\n+++ b/%s\n@@ -0,0 +1 @@\n+\tint x;\n' \
			"$path" "$path" "$path" >bad.diff
		by_hand "$(text)" cmpe283-3.diff=bad.diff a.pdf=sound/answers.pdf
		grade hand.eml
		says hand applies 0/1 'outside the tree|does not apply'
		[ ! -e x ] && [ ! -e out/x ] && [ ! -e /etc/x ]
	done
}

@test "a symbolic link in a diff leads nowhere" {
	printf 'diff --git a/arch/l b/arch/l\nnew file mode 120000\nindex 0000000..d95f3ad\n--- /dev/null\n+++ b/arch/l\n@@ -0,0 +1 @@\n+/etc\n\\ No newline at end of file\n' >bad.diff
	by_hand "$(text)" cmpe283-3.diff=bad.diff a.pdf=sound/answers.pdf
	grade hand.eml
	says hand form 0/1 'symbolic link'
}

@test "a zip, a PDF, a picture, HTML, nothing, a folder in a folder" {
	mkdir -p all/deep
	(cd sound && /usr/bin/python3 -m zipfile -c ../all/a.zip cmpe283-3.diff)
	cp sound/answers.pdf all/deep/b.bin
	head -c 3000 /dev/urandom >all/c.png
	printf '<html><body><pre>diff --git a/x b/x</pre></body></html>' >all/d.html
	: >all/e
	: >all/deep/f.diff
	grade all
	[ "$(ls out | wc -l)" -eq 6 ]
	says a.zip form 0/1 'an archive'
	says b.bin form 0/1 .
	says c.png form 0/1 .
	says d.html form 0/1 'HTML'
	says e form 0/1 'empty'
	says f form 0/1 'empty'
}

@test "a zip in a mail, and a diff in it" {
	(cd sound && /usr/bin/python3 -m zipfile -c ../a.zip cmpe283-3.diff)
	by_hand "$(text)" a.zip=a.zip a.pdf=sound/answers.pdf
	grade hand.eml
	says hand form 0/1 "'a.zip' is an archive"
	says hand applies 0/1 'there is no diff'
}

@test "answers: one question missing, no text, cut off, not a PDF" {
	sed '/Question 3/,$d' answers.md | groff -Tpdf -ms >no3.pdf
	by_hand "$(text)" cmpe283-3.diff=$diff a.pdf=no3.pdf
	mv hand.eml a.eml
	head -c 3000 sound/answers.pdf >cut.pdf
	by_hand "$(text)" cmpe283-3.diff=$diff a.pdf=cut.pdf
	mv hand.eml b.eml
	grade a.eml b.eml
	says a answers 3.33/5 'question 3, the interval, has no answer'
	says b form 0/1 'PDF has no end'
	says b answers 0/5 'PDF has no text'
}

@test "each byte of a mail damaged, or the mail cut there: a sheet, always" {
	mkdir all
	/usr/bin/python3 - <<-'END'
	import random
	data = open("sound/submission.eml", "rb").read()
	for seed in range(60):
	    random.seed(seed)
	    bad = bytearray(data)
	    for _ in range(random.choice((1, 5, 200))):
	        at = random.randrange(random.choice((600, 3000, len(bad))))
	        bad[at:at + random.choice((0, 1, 1, 40))] = random.choice(
	            (b"", b"\0", b"\xff", b"\n", b"=", b"\n\n", b"--", b"\r"))
	    if seed % 5 == 0:
	        bad = bad[:random.randrange(len(bad))]
	    open(f"all/{seed:02}.eml", "wb").write(bad)
	END
	grade all
	[ "$(ls out/*/sheet.txt | wc -l)" -eq 60 ]
}

@test "mails that are made to hurt" {
	mkdir all
	/usr/bin/python3 - <<-'END'
	deep = b"Subject: x\nMIME-Version: 1.0\n"
	for i in range(3000):
	    deep += b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (i, i)
	open("all/deep.eml", "wb").write(deep)
	open("all/headers.eml", "wb").write(b"Subject: x\n" + b"X: y\n" * 200000 + b"\nhi\n")
	open("all/charset.eml", "wb").write(b"Subject: x\nContent-Type: text/plain; charset=nonsense\n\ncommit x\n")
	open("all/encoded.eml", "wb").write(b"Subject: =?utf-7?q?+?= =?x?b?!!?=\nFrom: (((((\nContent-Type: multipart/mixed\n\n--\n")
	open("all/name.eml", "wb").write(b"Subject: x\nMIME-Version: 1.0\nContent-Type: application/pdf; name*=utf-8''..%2f..%2fetc%2fpasswd\nContent-Disposition: attachment; filename=\"../../x.diff\"\n\nx\n")
	END
	timeout 60 "$lab/grade" --no-build --tree=tree --output=out all
	[ "$(ls out/*/sheet.txt | wc -l)" -eq 5 ]
	[ ! -e x.diff ]
}

@test "wrong arguments" {
	run -2 "$lab/grade"
	run -2 "$lab/grade" --runs=4 $mail
	run -2 "$lab/grade" --base=nothing --no-build $mail
	[[ $output == *'nothing is neither a tree of the lab (6.12, 6.1) nor a commit'* ]]
	run -0 "$lab/grade" --no-build --output=out nowhere.eml
	grep -q 'cannot be read' out/nowhere/sheet.txt
	mkdir empty
	run -1 "$lab/grade" --no-build --output=out empty
}

@test "a commit that is known and not at hand: the nearest tree, or not judged" {
	cat >try.py <<-'END'
	import sys
	from grading import bases, collect, intake
	tree, mail = sys.argv[1:]
	known = bases.known_of("# x\n" + "1" * 40 + " near v0\n")
	finder = bases.Finder([], known, {"near": lambda: ("unpatched", tree)})
	collect.Collector("lab", finder, None, print).collect(
	    intake.read([mail])[0], __import__("pathlib").Path("out/hand"), None)
	END
	sha=1111111111111111111111111111111111111111
	by_hand "$(printf 'commit %s\nID 1 Ann' $sha)" cmpe283-3.diff=$diff a.pdf=sound/answers.pdf
	PYTHONPATH=$lab /usr/bin/python3 -B try.py origin hand.eml
	"$lab/grade" --judge out/hand
	says hand applies 1/1 'applies to near'
	grep -q 'note: its commit is not at hand' out/hand/sheet.txt
	sed -i 's/line_9;/line_99;/' origin/arch/x86/kvm/x86.c
	PYTHONPATH=$lab /usr/bin/python3 -B try.py origin hand.eml
	"$lab/grade" --judge out/hand
	for point in applies builds boots counts; do
		says hand $point -/- 'not judged'
	done
	says hand answers 5/5 .
	grep -q 'note: not known: its commit is in no tree' out/hand/sheet.txt
}

@test "a diff without a mail: the tree that its index lines fit" {
	cat >try.py <<-'END'
	from grading import bases
	trees = {"one": lambda: ("x", "one"), "two": lambda: ("x", "two")}
	finder = bases.Finder([], {}, trees)
	print(finder.find("", open("sound/cmpe283-3.diff", "rb").read())[0].name)
	END
	cp -r origin one
	cp -r origin two
	echo >>one/arch/x86/kvm/x86.c
	[ "$(PYTHONPATH=$lab /usr/bin/python3 -B try.py)" = two ]
	mv one three && mv two one && mv three two
	[ "$(PYTHONPATH=$lab /usr/bin/python3 -B try.py)" = one ]
}
