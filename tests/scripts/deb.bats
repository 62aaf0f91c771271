#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# The Debian package: built once, looked at by lintian, installed into a root
# of its own, and taken away again.

top=$BATS_TEST_DIRNAME/../..

setup_file() {
	"$BATS_TEST_DIRNAME/../../scripts/build-deb" >"$BATS_FILE_TMPDIR/path"
}

setup() {
	cd "$top" || return
	deb=$(cat "$BATS_FILE_TMPDIR/path")
	root=$BATS_TEST_TMPDIR/root
}

# package ARGUMENT...: dpkg, on a root where nothing else is installed.
package() {
	mkdir -p "$root/var/lib/dpkg/"{info,updates}
	touch "$root/var/lib/dpkg/"{status,available}
	dpkg --root="$root" --force-depends --force-not-root --force-script-chrootless \
		--log=/dev/null "$@"
}

# files ROOT: all that is no folder.
files() {
	find "$1" ! -type d -printf '%P\n' | sort
}

field() {
	dpkg-deb -f "$deb" "$1"
}

@test "lintian has nothing to say" {
	lintian --allow-root --fail-on error,warning "${deb%.deb}.changes"
	[ -z "$(lintian --allow-root "${deb%.deb}.changes")" ]
}

@test "it installs, analyzes its own sample, and goes without a trace" {
	package -i "$deb"
	share=$root/usr/share/kvm-exit-cycles
	"$root/usr/bin/kvm-exit-cycles" "$share/samples/trace.dat" |
		diff - <(grep -o 'kvm_exit_cycles: epoch .*' "$share/samples/dmesg.txt")
	package -r kvm-exit-cycles
	[ -z "$(files "$root" | grep -v '^var/lib/dpkg/')" ]
}

@test "libraries are depended on by the packages that have them" {
	for library in libc6 libjansson4 libtraceevent1 libzstd1 zlib1g; do
		field Depends | grep -qE "(^|, )$library( |,|$)"
	done
}

@test "one version: package, program and NEWS" {
	version=$(field Version)
	[ "$(analyzer/analyzer --version)" = "analyzer $version" ]
	grep -m 1 -oE '^[0-9]+\.[0-9.]+' NEWS | diff - <(echo "$version")
}

@test "it has what make install installs, and what Debian asks for besides" {
	plain=$BATS_TEST_TMPDIR/plain
	dpkg-deb -x "$deb" "$root"
	make -s install DESTDIR="$plain" PREFIX=/usr
	diff <(files "$plain") <(files "$root" | sed 's/\.gz$//') >"$root.diff" || :
	grep '^[<>]' "$root.diff" | diff - <(
		echo '> usr/share/doc/kvm-exit-cycles/changelog'
		echo '> usr/share/doc/kvm-exit-cycles/copyright')
	make -s uninstall DESTDIR="$plain" PREFIX=/usr
	[ -z "$(files "$plain")" ]
}

@test "tool, man page, completion, schema, samples, patches, documents" {
	dpkg-deb -x "$deb" "$root"
	cd "$root/usr/share"
	cmp kvm-exit-cycles/schema.json "$top/docs/schema.json"
	cmp bash-completion/completions/kvm-exit-cycles "$top/analyzer/completion.bash"
	zcat man/man1/kvm-exit-cycles.1.gz | cmp - "$top/docs/kvm-exit-cycles.1"
	for folder in samples patches docs; do
		for file in "$top/$folder"/*.{md,dat,patch}; do
			[ ! -f "$file" ] || cmp "$file" "doc/kvm-exit-cycles/${file#"$top/"}"
		done
	done
	[ -z "$(find . -xtype l)" ]
}
