#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# What "make install" installs of the commands, and the commands of the source tree.
# Nothing else is built in the source tree meanwhile.

load ../cli-helpers

top=$BATS_TEST_DIRNAME/../..

# links FOLDER: every link of its documents leads somewhere.
links() {
	local n=0 document link
	while read -r document; do
		for link in $(grep -oE '\]\([^)#:]+' "$document" | cut -c3-); do
			n=$((n + 1))
			[ -e "$(dirname "$document")/$link" ] ||
				{ echo "$document: $link"; return 1; }
		done
	done < <(find -L "$1" -name '*.md')
	[ $n -ge 20 ]
}

@test "record and host-check have help, in the source tree, too" {
	env -u MAKEFLAGS make -s -C "$top/analyzer"
	program=$top/analyzer/analyzer
	PATH=/usr/bin:/bin
	for name in record host-check; do
		"$program" $name --help >out.txt
		prints "usage: kvm-exit-cycles-$name "
		"$top/scripts/$name" -h | grep -q "^usage: $name "
	done
	"$top/scripts/record-and-check" --help | grep -q '^usage: record-and-check '
	run "$program" record
	[ "$status" -eq 2 ]
	[[ $output = 'usage: kvm-exit-cycles-record '* ]]
}

@test "installed: man pages, links of the old name, and all of it goes again" {
	env -u MAKEFLAGS make -s -C "$top" install DESTDIR="$PWD/root" PREFIX=/usr
	bin=root/usr/bin
	man=root/usr/share/man/man1
	for name in record host-check record-and-check; do
		[ -s $man/kvm-exit-cycles-$name.1 ]
		PATH=/usr/bin:/bin $bin/kvm-exit-cycles $name --help >out.txt
		prints "usage: kvm-exit-cycles-$name "
	done
	[ -z "$(find root -xtype l)" ]
	links root/usr/share/doc/kvm-exit-cycles
	env -u MAKEFLAGS make -s -C "$top" uninstall DESTDIR="$PWD/root" PREFIX=/usr
	[ -z "$(find root ! -type d)" ]
}
