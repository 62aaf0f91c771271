#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# The library: what is seen of it, that it installs, and that its example works.
# How it behaves is in unit/test_library.c.

load cli-helpers

top=$BATS_TEST_DIRNAME/..

setup_file() {
	make -s -C "$BATS_TEST_DIRNAME/../analyzer" install \
		O="$(dirname "$ANALYZER")" DESTDIR= PREFIX="$BATS_FILE_TMPDIR/root" \
		CC="${BUILD_CC:-gcc}" SAN="${BUILD_SAN:-}" WERROR=1
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	root=$BATS_FILE_TMPDIR/root
	export PKG_CONFIG_PATH=$root/lib/pkgconfig LD_LIBRARY_PATH=$root/lib
	sanitizers=()
	[ -z "${BUILD_SAN:-}" ] || sanitizers=('-fsanitize=address,undefined')
}

# declared: the functions that the header declares
declared() {
	grep -oE '\bkvx_[a-z_]+\(' "$top/analyzer/kvmexits.h" | tr -d '(' |
		sort -u >names.txt
	# Those that stand at the declaration, not in comments or examples only.
	grep -A2 '^KVX_API' "$top/analyzer/kvmexits.h" |
		grep -oE '\bkvx_[a-z_]+\(' | tr -d '(' | sort -u
}

# fails COMMAND...: "!" is not seen by bats.
fails() {
	if "$@"; then
		return 1
	fi
}

# compile FILE FLAG...: with all warnings
compile() {
	"${BUILD_CC:-gcc}" -std=c11 -Wall -Wextra -Werror "${sanitizers[@]}" "$@"
}

# dearest NAME: what the example prints of a sample, and what the program lists
dearest() {
	recording "$1"
	./dearest >out.txt 2>err.txt
	"$ANALYZER" --list --top=10 --format=json trace.dat 2>list.txt |
		python3 -c '
import decimal, json, sys
view = json.load(sys.stdin, parse_float=decimal.Decimal)
unit = view["unit"]
for group in view["groups"]:
    what = group["reason"]
    if group["detail"] is not None:
        what += ": " + group["detail"]
    print("%.9f s: %d %s: %s" % (group["time"], group[unit], unit, what))' |
		diff - out.txt
	[ "$(wc -l <out.txt)" -eq 10 ]
}

@test "nothing is seen of the library but what its header declares" {
	declared >declared.txt
	[ "$(wc -l <declared.txt)" -gt 20 ]
	diff names.txt declared.txt
	nm -D --defined-only "$root/lib/libkvmexits.so" | awk '{ print $3 }' |
		grep -vE '^(__asan|__odr_asan|___asan|__start|__stop)' | sort >shared.txt
	diff declared.txt shared.txt
	[ -z "${BUILD_SAN:-}" ] || skip 'sanitizers add names of theirs'
	nm -g --defined-only "$root/lib/libkvmexits.a" | awk 'NF == 3 { print $3 }' |
		sort >static.txt
	diff declared.txt static.txt
}

@test "the library has no state of its own, and does nothing to the process" {
	[ -z "${BUILD_SAN:-}" ] || skip 'sanitizers have state of theirs'
	# A seed, which is set once, and a lock around what another library has: within a
	# function, gcc calls it lock.0, and clang parse_event.lock.
	objdump -t "$root/lib/libkvmexits.a" |
		grep -P '\s\.(data|bss|data\.rel|data\.rel\.local)\t' |
		awk '$NF !~ /^\./ { sub(/\.[0-9]+$/, "", $NF)
			sub(/^.*\./, "", $NF); print $NF }' | sort >state.txt
	printf 'hash_seed\nlock\nonce\n' | diff - state.txt
	nm -u "$root/lib/libkvmexits.a" | awk '{ print $2 }' >used.txt
	grep -qx pread64 used.txt
	fails grep -xE '_?exit|abort|stdout|puts|printf|perror|signal|sigaction|setlocale|setenv|getenv|isatty|ioctl|program_invocation.*|tep_set_loglevel|str(n)?casecmp|tolower|toupper|__ctype_to.*|localeconv' used.txt
}

@test "soname, and a file for pkg-config" {
	objdump -p "$root/lib/libkvmexits.so" | grep -qE 'SONAME +libkvmexits\.so\.0$'
	[ "$(pkg-config --modversion libkvmexits)" = "$("$ANALYZER" --version | cut -d' ' -f2)" ]
	[ "$(pkg-config --libs libkvmexits | xargs)" = "-L$root/lib -lkvmexits" ]
	pkg-config --cflags libkvmexits | grep -qF -- "-I$root/include"
}

@test "the example, linked to the shared library, finds what --list does" {
	[ "$(wc -l <"$top/docs/example-dearest.c")" -le 60 ]
	# shellcheck disable=SC2046
	compile -o dearest "$top/docs/example-dearest.c" \
		$(pkg-config --cflags --libs libkvmexits)
	[ -n "${BUILD_SAN:-}" ] || ldd dearest | grep -q "$root/lib/libkvmexits.so.0"
	for sample in sample sample-vmx sample-unpatched sample-unpatched-vmx; do
		dearest $sample
	done
	fails ./dearest nothing.dat >out.txt 2>err.txt
	no_output
	grep -qx './dearest: cannot open: nothing.dat: No such file or directory' err.txt
}

@test "the example, linked to the static library" {
	# shellcheck disable=SC2046
	compile -o dearest "$top/docs/example-dearest.c" \
		$(pkg-config --cflags --static --libs libkvmexits |
			sed 's/-lkvmexits/-l:libkvmexits.a/')
	ldd dearest >libraries.txt
	fails grep libkvmexits libraries.txt
	dearest sample
}

@test "names of the C library are the program's to use" {
	cat >own.c <<-'END'
		#include <error.h>
		#include <kvmexits.h>
		int warning(void); int note(void); int message(void);
		int warning(void) { return 1; }
		int note(void) { return 2; }
		int message(void) { return 3; }
		int main(void)
		{
			struct kvx *k = kvx_new();

			kvx_set(k, "nope", NULL);
			error(0, 0, "%s", kvx_error(k));
			kvx_free(k);
			return 0;
		}
	END
	# shellcheck disable=SC2046
	compile -o own own.c $(pkg-config --cflags --static --libs libkvmexits |
		sed 's/-lkvmexits/-l:libkvmexits.a/')
	./own 2>err.txt
	diff err.txt - <<<'./own: bad option: nope'
}

@test "the header is for C and C++, and stands alone" {
	for command in 'gcc -std=c99' 'gcc -std=c2x' 'g++ -std=c++20'; do
		command -v "${command%% *}" >/dev/null || continue
		language=c
		[[ $command != g++* ]] || language=c++
		$command -x $language -Wall -Wextra -Werror -pedantic \
			-Wno-missing-field-initializers -fsyntax-only - <<-END
			#include "$root/include/kvmexits.h"
			#include "$root/include/kvmexits.h"
			struct kvx_exit e = KVX_EXIT_INIT;
		END
	done
}

@test "header, man page and the package's list of symbols have the same functions" {
	declared >declared.txt
	sed -n '/^\.SH SYNOPSIS/,/^\.SH DESC/p' "$top/docs/kvmexits.3" |
		grep -oE '\bkvx_[a-z_]+\(' | tr -d '(' | sort -u | diff declared.txt -
	grep -oE '^ kvx_[a-z_]+@' "$top/debian/libkvmexits0.symbols" | tr -d ' @' |
		sort -u | diff declared.txt -
	if command -v groff >/dev/null; then
		groff -man -ww -Tascii "$top/docs/kvmexits.3" >page.txt 2>err.txt
		[ ! -s err.txt ]
	fi
}

@test "handles in several threads: no data race is seen" {
	[ "${BUILD_CC:-gcc}${BUILD_SAN:-}" = gcc ] || skip 'with one build only'
	command -v clang >/dev/null || skip 'no clang'
	make -s -C "$BATS_TEST_DIRNAME" threads >out.txt 2>&1 || { cat out.txt; return 1; }
	grep -q '^ok .* - test_threads$' out.txt
	fails grep -E '^not ok|WARNING: ThreadSanitizer' out.txt
}

@test "a perf.data that is read ahead by a thread: no data race is seen" {
	[ "${BUILD_CC:-gcc}${BUILD_SAN:-}" = gcc ] || skip 'with one build only'
	command -v clang >/dev/null || skip 'no clang'
	local analyzer=$BATS_TEST_DIRNAME/../build/threads/analyzer/analyzer name form threads
	make -s -C "$BATS_TEST_DIRNAME" threads >out.txt 2>&1 || { cat out.txt; return 1; }
	for name in trace unpatched; do
		for form in rounds 'rounds zstd turn=1000' 'pipe zstd2' 'threads tail=3'; do
			# shellcheck disable=SC2086
			"$MKPERF" "$BATS_TEST_DIRNAME/../samples/$name.dat" perf.dat $form
			for threads in 2 4; do
				"$ANALYZER" -j1 perf.dat >want.txt 2>&1 || true
				"$analyzer" -j$threads perf.dat >got.txt 2>&1 || true
				diff want.txt got.txt
			done
		done
	done
}

@test "a timeline that several threads write: no data race is seen" {
	[ "${BUILD_CC:-gcc}${BUILD_SAN:-}" = gcc ] || skip 'with one build only'
	command -v clang >/dev/null || skip 'no clang'
	local analyzer=$BATS_TEST_DIRNAME/../build/threads/analyzer/analyzer threads
	make -s -C "$BATS_TEST_DIRNAME" threads >out.txt 2>&1 || { cat out.txt; return 1; }
	"$COMPARE_SEED" 1 trace.dat 60000
	"$ANALYZER" -j1 --format=perfetto --output=want.pf trace.dat
	for threads in 2 3 8; do
		"$analyzer" -j$threads --format=perfetto --output=got.pf trace.dat 2>err.txt
		cmp want.pf got.pf
		fails grep 'WARNING: ThreadSanitizer' err.txt
	done
}

@test "a data race would be seen" {
	[ "${BUILD_CC:-gcc}${BUILD_SAN:-}" = gcc ] || skip 'with one build only'
	command -v clang >/dev/null || skip 'no clang'
	cat >race.c <<-'END'
		#include <pthread.h>
		static int shared;
		static void *add(void *arg) { shared++; return arg; }
		int main(void)
		{
			pthread_t thread;

			pthread_create(&thread, NULL, add, NULL);
			add(NULL);
			return pthread_join(thread, NULL);
		}
	END
	clang -O1 -g -fsanitize=thread -o race race.c -lpthread
	fails ./race 2>err.txt
	grep -q 'WARNING: ThreadSanitizer: data race' err.txt
}
