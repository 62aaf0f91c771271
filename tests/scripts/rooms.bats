#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# The folders of the analyzer are rooms, and includes go one way: see
# analyzer/README.md.  What is directly in analyzer/ is the library and sees all, but
# parse.[ch] belongs to event, and stats.[ch] to base.  The program (main, commands,
# console, outfile, live/) sees what other clients of the library see: its header, which sees
# nothing.  Shared with output is only how Prometheus wants text, which sees nothing either.
# Calls go the same way, and none goes in a circle, of whatever files.

setup() {
	analyzer=$BATS_TEST_DIRNAME/../../analyzer
}

# sees ROOM: the rooms whose headers it may include
sees() {
	case $1 in
	base)	echo base ;;
	source)	echo base source ;;
	event)	echo base source event ;;
	walk)	echo base source event walk ;;
	result)	echo base event result ;;
	sink)	echo base source event walk result sink ;;
	output)	echo base result output shared ;;
	top)	echo base source event walk result sink output top header ;;
	program)	echo header program shared ;;
	shared)	echo shared ;;
	esac
}

room_of() {
	case $1 in
	parse.[ch])	echo event ;;
	stats.[ch])	echo base ;;
	main.c | commands.[ch] | console.[ch] | outfile.[ch] | live/*)	echo program ;;
	kvmexits.h)	echo header ;;
	exposition.[ch])	echo shared ;;
	*/*)		echo "${1%%/*}" ;;
	*)		echo top ;;
	esac
}

# wrong_includes DIR: a line for each include that goes against the direction,
# names nothing that is there, or looks into a container from outside
wrong_includes() {
	local file header room allowed
	cd "$1" || return
	grep -rn --include='*.[ch]' -oP '^#\s*include\s*"\K[^"]+' . |
	while IFS=: read -r file _ header; do
		file=${file#./}
		room=$(room_of "$file")
		allowed=" $(sees "$room") "
		if [ ! -e "$header" ]; then
			echo "$file: no such header: $header"
		elif [[ $allowed != *" $(room_of "$header") "* ]]; then
			echo "$file: $room does not see $header"
		elif [[ $header = source/*/* && $room != source ]]; then
			echo "$file: only source sees $header"
		fi
	done
}

@test "includes go one way: base, source, event, walk, sink, result, output" {
	[ "$(find "$analyzer" -name '*.[ch]' | wc -l)" -gt 100 ]
	run wrong_includes "$analyzer"
	echo "$output"
	[ -z "$output" ]
}

@test "bench/peers sees what any program sees" {
	run grep -oP '^#\s*include\s*"\K[^"]+' "$analyzer/../bench/peers.c"
	[ "$output" = kvmexits.h ]
}

@test "an include that goes the other way is found" {
	cp -r "$analyzer" "$BATS_TEST_TMPDIR/analyzer"
	cd "$BATS_TEST_TMPDIR/analyzer"
	for pair in base/error.c:stats.h base/error.c:event/clock.h \
			event/clock.c:walk/pair.h stats.c:parse.h \
			output/csv.c:event/reasons.h walk/pair.c:sink/check.h \
			result/view.c:source/source.h sink/check.c:analyze.h \
			walk/trips.c:source/tracecmd/tracedat.h \
			output/csv.c:source/no-such.h main.c:base/error.h \
			console.c:options.h kvmexits.h:base/error.h \
			analyze.c:console.h main.c:console.h; do
		echo "#include \"${pair#*:}\"" >>"${pair%:*}"
	done
	run wrong_includes .
	echo "$output"
	[ "${#lines[@]}" = 13 ]
	[[ $output != *"stats.h"* ]]
}

@test "no header includes itself, over others" {
	cd "$analyzer"
	pairs=$(grep -rn --include='*.h' -oP '^#\s*include\s*"\K[^"]+' . |
		sed -E 's,^\./([^:]+):[0-9]+:(.*),\1 \2,')
	[ "$(wc -l <<<"$pairs")" -gt 50 ]
	# tsort complains about a cycle.
	run tsort <<<"$pairs"
	echo "$output"
	[ "$status" = 0 ]
}

# calls DIR: for each pair of files of which one calls the other, or knows an object
# of it, a line "CALLER CALLEE", as the objects in DIR have it.  What is within one
# file, and what headers have inline, the compiler has settled.
calls() {
	(cd "$analyzer" && find . -name '*.c' -printf '%P\n') |
	(cd "$1" && sed 's,c$,o,' | xargs nm -A -g -P) | awk '
		{ sub(/\.o:$/, ".c", $1) }
		$3 ~ /[Uwv]/	{ wants[$1 " " $2]; next }
				{ owner[$2] = $1 }
		END {
			for (pair in wants) {
				split(pair, p, " ")
				if (p[2] in owner && owner[p[2]] != p[1])
					print p[1], owner[p[2]]
			}
		}' | sort -u
}

# circles DIR: what tsort says of them; a line for each circle, and each file in one
circles() {
	calls "$1" | tsort 2>&1 >/dev/null
}

# wrong_calls DIR: what is called, and not seen; what is seen of a room is what its
# headers show, those of rooms before it included
wrong_calls() {
	local caller callee file room
	local -A room_of seen
	for file in $(cd "$analyzer" && find . -name '*.c' -printf '%P\n'); do
		room=$(room_of "$file")
		room_of[$file]=$room
		[ "${seen[$room]-}" ] || seen[$room]=" $(sees "$room") "
	done
	seen[output]+="$(sees result) "
	seen[program]+="top "
	while read -r caller callee; do
		room=${room_of[$caller]}
		[[ ${seen[$room]} = *" ${room_of[$callee]} "* ]] ||
			echo "$caller: $room does not see $callee"
	done < <(calls "$1")
}

# also FILE FUNCTION: the copy of its object calls FUNCTION, too
also() {
	echo "int $2(void); int also_$2(void); int also_$2(void) { return $2(); }" \
		>extra.c
	"${BUILD_CC:-cc}" -c -o extra.o extra.c
	ld -r -o both.o "built/${1%.c}.o" extra.o
	mv both.o "built/${1%.c}.o"
}

@test "no file calls another one that calls it, over others" {
	objects=$(dirname "$ANALYZER")
	[ "$(calls "$objects" | wc -l)" -gt 300 ]
	run circles "$objects"
	echo "$output"
	[ "$status" = 0 ] && [ -z "$output" ]
}

@test "calls go one way, as includes do" {
	run wrong_calls "$(dirname "$ANALYZER")"
	echo "$output"
	[ "$status" = 0 ] && [ -z "$output" ]
}

@test "a call that closes a circle is found, between rooms and within one" {
	cp -r "$(dirname "$ANALYZER")" "$BATS_TEST_TMPDIR/built"
	cd "$BATS_TEST_TMPDIR"
	also output/table-head.c table_print_histograms
	run circles built
	[ -z "$output" ]
	also output/table-histogram.c table_print_head
	run circles built
	echo "$output"
	[ "$status" = 1 ]
	[[ $output = *output/table-head.c* && $output = *output/table-histogram.c* ]]
	run wrong_calls built
	[ -z "$output" ]

	also base/error.c view_init
	run wrong_calls built
	echo "$output"
	[ "$output" = "base/error.c: base does not see result/view.c" ]
	run circles built
	[[ $output = *base/error.c* && $output = *result/view.c* ]]
}
