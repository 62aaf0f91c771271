#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# The folders of the analyzer are rooms, and includes go one way: see
# analyzer/README.md.  What is directly in analyzer/ is the library and sees all, but
# parse.[ch] belongs to event, and stats.[ch] to base.  The program (main, console,
# outfile) sees what other clients of the library see: its header, which sees nothing.

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
	output)	echo base result output ;;
	top)	echo base source event walk result sink output top header ;;
	program)	echo header program ;;
	esac
}

room_of() {
	case $1 in
	parse.[ch])	echo event ;;
	stats.[ch])	echo base ;;
	main.c | console.[ch] | outfile.[ch])	echo program ;;
	kvmexits.h)	echo header ;;
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
