# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# bash completion for kvm-exit-cycles; needs the functions of bash-completion.
# Options come from --help.  Words that options take are listed here, and
# compared by the tests with those that the program itself lists.

_kvm_exit_cycles_formats='reports table time json jsonl csv sqlite folded perfetto state summary html prometheus'
_kvm_exit_cycles_views='exits time list reports'
_kvm_exit_cycles_isas='vmx svm'
_kvm_exit_cycles_keys='reason vm vcpu thread cpu rip function detail recording time kind level'
_kvm_exit_cycles_columns='time width recording recording_index vm vm_name vcpu thread thread_name cpu
	reason isa code level rip function kind detail detail_kind
	detail_value exits exits_percent exits_per_s timed cycles cycles_percent min
	avg stddev p50 p90 p99 p99_9 max mostly mostly_p99 mostly_max user halted off_cpu total backwards'
_kvm_exit_cycles_time_columns='recording recording_index vm vm_name vcpu thread thread_name exits timed span
	guest guest_percent processing processing_percent user user_percent halted halted_percent
	polled polled_percent slept slept_percent off_cpu off_cpu_percent traced traced_percent unknown unknown_percent
	before before_percent after after_percent'

# The last of some words with commas in between; none twice.
_kvm_exit_cycles_list()
{
	local word rest=' ' before=''

	[[ $cur != *,* ]] || before=${cur%,*},
	for word; do
		[[ ,$before == *",$word,"* ]] || rest+="$before$word "
	done
	mapfile -t COMPREPLY < <(compgen -W "$rest" -- "$cur")
	compopt -o nospace
}

_kvm_exit_cycles()
{
	# _init_completion sets them.
	# shellcheck disable=SC2034
	local cur prev words cword columns split=false help=--help
	local formats=$_kvm_exit_cycles_formats

	_init_completion -s || return
	if [[ ${words[1]} == compare ]]; then
		help='compare --help'
		formats='table csv json html'
	elif [[ ${words[1]} == live ]]; then
		help='live --help'
		formats='table csv jsonl prometheus'
	fi
	case $prev in
	--by | -b)
		# shellcheck disable=SC2086
		_kvm_exit_cycles_list $_kvm_exit_cycles_keys
		return ;;
	--format | -f)
		mapfile -t COMPREPLY < <(compgen -W "$formats" \
			-- "$cur")
		return ;;
	--columns)
		[[ $COMP_LINE != *[=\ -]list* ]] || columns='start end '
		# shellcheck disable=SC2086
		_kvm_exit_cycles_list $columns$_kvm_exit_cycles_columns
		return ;;
	--of)
		mapfile -t COMPREPLY < <(compgen -W 'cycles user halted off_cpu total' \
			-- "$cur")
		return ;;
	--unit)
		mapfile -t COMPREPLY < <(compgen -W 'cycles ns us ms auto' -- "$cur")
		return ;;
	--isa)
		mapfile -t COMPREPLY < <(compgen -W "$_kvm_exit_cycles_isas" \
			-- "$cur")
		return ;;
	--view | -w)
		mapfile -t COMPREPLY < <(compgen -W "$_kvm_exit_cycles_views" \
			-- "$cur")
		return ;;
	--sort | -s)
		columns=$_kvm_exit_cycles_columns
		[[ $COMP_LINE != *[=\ ]time* ]] ||
			columns=$_kvm_exit_cycles_time_columns
		mapfile -t COMPREPLY < <(compgen -W "$columns" -- "$cur")
		return ;;
	--formats | --output | --save | -F | -o)
		_filedir
		return ;;
	--check)
		# Its file is not a word of its own.
		if $split; then
			_filedir
			return
		fi ;;
	--*)
		# A number or a name that only the recording knows
		! $split || return 0
		[[ " $(_parse_help "$1" "$help") " != *"$prev="* ]] || return 0 ;;
	-[ijrt])
		return ;;
	esac
	if [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_parse_help "$1" "$help")" -- "$cur")
		[[ ${COMPREPLY[*]} != *= ]] || compopt -o nospace
		return
	fi
	# What is behind the first word is for the command, if that is one.
	[[ $cword != 1 ]] || mapfile -t COMPREPLY < <(
		{ compgen -c kvm-exit-cycles-; printf "kvm-exit-cycles-%s\n" compare live; } |
		sed -n "s/^kvm-exit-cycles-\\($cur.*\\)/\\1/p" | sort -u)
	_filedir
} && complete -F _kvm_exit_cycles kvm-exit-cycles
