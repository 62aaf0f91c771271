#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# The Debian packages: built once, looked at by lintian, installed into a root
# of their own, and taken away again.

top=$BATS_TEST_DIRNAME/../..

setup_file() {
	"$BATS_TEST_DIRNAME/../../scripts/build-deb" >"$BATS_FILE_TMPDIR/path"
}

setup() {
	cd "$top" || return
	deb=$(cat "$BATS_FILE_TMPDIR/path")
	library=${deb/kvm-exit-cycles_/libkvmexits0_}
	headers=${deb/kvm-exit-cycles_/libkvmexits-dev_}
	multiarch=$(dpkg-architecture -qDEB_HOST_MULTIARCH)
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

# field NAME [DEB]
field() {
	dpkg-deb -f "${2:-$deb}" "$1"
}

# unpack: all packages into the root
unpack() {
	for file in "$deb" "$library" "$headers"; do
		dpkg-deb -x "$file" "$root"
	done
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
	files "$root" | diff <(files "$root/var/lib/dpkg" | sed 's,^,var/lib/dpkg/,') -
}

@test "the library and its header install, a program is compiled with them, and they go" {
	package -i "$library" "$headers"
	lib=$root/usr/lib/$multiarch
	export PKG_CONFIG_SYSROOT_DIR=$root
	PKG_CONFIG_PATH=$lib/pkgconfig pkg-config --libs libkvmexits
	gcc -o "$root.dearest" docs/example-dearest.c -I"$root/usr/include" \
		-L"$lib" -lkvmexits
	LD_LIBRARY_PATH=$lib "$root.dearest" samples/trace.dat |
		grep -c ' cycles: svm ' | diff - <(echo 10)
	grep -q '^libkvmexits 0 libkvmexits0 ' "$root/var/lib/dpkg/info/libkvmexits0"*.shlibs ||
		grep -q 'kvx_open@Base' "$root/var/lib/dpkg/info/libkvmexits0"*.symbols
	package -r libkvmexits-dev libkvmexits0
	files "$root" | diff <(files "$root/var/lib/dpkg" | sed 's,^,var/lib/dpkg/,') -
}

@test "libraries are depended on by the packages that have them" {
	for file in "$deb" "$library" "$headers"; do
		for needed in libelf libisal libjansson libsqlite3 libtraceevent libzstd zlib1g; do
			field Depends "$file" | grep -qE "(^|, )${needed}[-0-9]*(-dev)?( |,|$)"
		done
	done
	field Depends | grep -q libc6
	field Depends "$library" | grep -q libc6
	field Depends "$headers" | grep -qF "libkvmexits0 (= $(field Version))"
}

@test "one version: package, program and NEWS" {
	version=$(field Version)
	[ "$(analyzer/analyzer --version)" = "analyzer $version" ]
	grep -m 1 -oE '^[0-9]+\.[0-9.]+' NEWS | diff - <(echo "$version")
}

@test "they have what make install installs, and what Debian asks for besides" {
	plain=$BATS_TEST_TMPDIR/plain
	unpack
	make -s install DESTDIR="$plain" PREFIX=/usr LIBDIR="/usr/lib/$multiarch"
	diff <(files "$plain") <(files "$root" | sed 's/\.gz$//') >"$root.diff" || :
	grep '^[<>]' "$root.diff" | diff - <(
		for name in kvm-exit-cycles libkvmexits-dev libkvmexits0; do
			echo "> usr/share/doc/$name/changelog"
			echo "> usr/share/doc/$name/copyright"
		done)
	make -s uninstall DESTDIR="$plain" PREFIX=/usr LIBDIR="/usr/lib/$multiarch"
	[ -z "$(files "$plain")" ]
}

@test "tool, man page, completion, schema, samples, patches, documents" {
	dpkg-deb -x "$deb" "$root"
	cd "$root/usr/share"
	cmp kvm-exit-cycles/schema.json "$top/docs/schema.json"
	cmp bash-completion/completions/kvm-exit-cycles "$top/analyzer/completion.bash"
	zcat man/man1/kvm-exit-cycles.1.gz | cmp - "$top/docs/kvm-exit-cycles.1"
	cmp doc/kvm-exit-cycles/docs/example-dearest.c "$top/docs/example-dearest.c"
	for folder in samples patches docs; do
		for file in "$top/$folder"/*.{md,dat,patch}; do
			[ -f "$file" ] || continue
			# Links to what is not installed are left out, and nothing else.
			sed -E 's,\[([^]]*)\]\(\.\./lab/[^)]*\),\1,' "$file" |
				cmp - "doc/kvm-exit-cycles/${file#"$top/"}"
		done
	done
	[ -z "$(find . -xtype l)" ]
}
