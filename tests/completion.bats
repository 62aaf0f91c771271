#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# bash completion, with the functions of bash-completion that it needs: what it
# offers is what the program takes.

load cli-helpers

library=/usr/share/bash-completion/bash_completion

# offers LINE: what is offered at its end, a word a line.
offers() {
	bash -c '
		. "$1" && . "$2"
		compopt() { :; }
		COMP_LINE="kvm-exit-cycles $3"
		COMP_POINT=${#COMP_LINE}
		# As readline splits it: "=" is a word of its own.
		read -ra COMP_WORDS <<<"${COMP_LINE//=/ = }"
		[[ $COMP_LINE != *" " ]] || COMP_WORDS+=("")
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		_kvm_exit_cycles "$4"
		printf "%s\n" "${COMPREPLY[@]}"' \
		- "$library" "$BATS_TEST_DIRNAME/../analyzer/completion.bash" \
		"$1" "$ANALYZER"
}

# expected OPTION...: the words that the program itself says it expects.
expected() {
	"$ANALYZER" "${@:1:$#-1}" "${!#}=?" trace.dat 2>&1 | sed -n 's/.*, expected \(one of \)\?//p' |
		sed 's/, or some of them.*//; s/ or /,/' | tr -d ' ' | tr , '\n'
}

setup_file() {
	[ -f "$library" ] || skip "no bash-completion: apt-get install bash-completion"
}

@test "every option of --help, and no other" {
	"$ANALYZER" --help | grep -oE -- '^ +(-[^ ]+, )?--[a-z-]+' |
		grep -oE -- '--.*' | sort >help.txt
	[ "$(wc -l <help.txt)" -ge 19 ]
	offers -- | tr -d = | sort | diff help.txt -
}

@test "every format, key and column that the program lists" {
	for option in --format --view --by --sort --isa; do
		expected $option | sort >known.txt
		[ "$(wc -l <known.txt)" -ge 2 ]
		offers "$option=" | sort | diff known.txt -
		offers "$option " | sort | diff known.txt -
	done
	expected --view=time --sort | sort >known.txt
	[ "$(wc -l <known.txt)" -ge 20 ]
	offers '--view=time --sort=' | sort | diff known.txt -
	[ "$(offers --format=pr)" = prometheus ]
	[ "$(offers '-f ta')" = table ]
}

@test "keys after a comma, none twice" {
	offers --by=vcpu,rea >got.txt
	echo vcpu,reason | diff - got.txt
	offers --by=reason,vm, >got.txt
	lacks ,reason got.txt
	grep -qx reason,vm,vcpu got.txt
}

@test "files where a file is wanted, nothing where a number is" {
	touch trace.dat other.dat
	[ "$(offers '' | sort | tr '\n' ' ')" = 'compare live other.dat trace.dat ' ]
	for line in --check= --formats= '-F ' '--raw ' '--check ' 'compare '; do
		[ "$(offers "$line" | sort | tr '\n' ' ')" = 'other.dat trace.dat ' ]
	done
	for line in --jobs= '--top ' '-t ' --from= --longer-than= --tsc-khz=; do
		[ -z "$(offers "$line")" ]
	done
}

@test "commands as the first word" {
	mkdir folder
	for name in record host-check; do
		printf '#!/bin/sh\n' >folder/kvm-exit-cycles-$name
		chmod +x folder/kvm-exit-cycles-$name
	done
	touch trace.dat
	PATH=$PWD/folder:/usr/bin:/bin offers rec | grep -qx record
	PATH=$PWD/folder:/usr/bin:/bin offers '' >got.txt
	grep -qx host-check got.txt
	grep -qx trace.dat got.txt
	PATH=$PWD/folder:/usr/bin:/bin offers '--raw ' >got.txt
	lacks record got.txt
}

@test "options and formats of live are its own" {
	"$ANALYZER" live --help | grep -oE -- '^ +(-[^ ]+, )?--[a-z-]+' |
		grep -oE -- '--.*' | sort >help.txt
	offers 'live --' | tr -d = | sort | diff help.txt -
	[ "$(offers 'live --format=' | sort | tr '\n' ' ')" = 'csv jsonl prometheus table ' ]
	[ "$(offers liv)" = live ]
}

@test "options and formats of compare are its own" {
	"$ANALYZER" compare --help | grep -oE -- '^ +(-[^ ]+, )?--[a-z-]+' |
		grep -oE -- '--.*' | sort >help.txt
	grep -qx -- --paired help.txt
	lacks --list help.txt
	offers 'compare --' | tr -d = | sort | diff help.txt -
	[ "$(offers 'compare --format=' | sort | tr '\n' ' ')" = 'csv html json table ' ]
	[ "$(offers comp)" = compare ]
}
