# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: GPL-2.0
#
# What the scripts of the lab share.  Source it after "set -euo pipefail".
# Results of a script go to stdout, progress and complaints to stderr.

lab=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
top=$(dirname "$lab")
cache=${LAB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kvm-exit-cycles}
jobs=${LAB_JOBS:-$(nproc)}

say() {
	printf 'lab: %s\n' "$*" >&2
}

die() {
	printf 'lab: error: %s\n' "$*" >&2
	exit 1
}

# need COMMAND PACKAGE: name what is missing and the command that installs it.
need() {
	command -v "$1" >/dev/null ||
		die "$1 is missing; install it with: sudo apt-get install $2"
}

# names FOLDER SUFFIX: of what is in there, on one line.
names() {
	(cd "$1" && printf '%s\n' *"$2") | sed "s/$2\$//" | paste -sd' '
}

# digest: the first 16 hex digits of standard input's SHA-256, for cache keys.
digest() {
	sha256sum | cut -c1-16
}

# publish DIR TARGET: make a finished directory visible in one step.
publish() {
	if ! mv -T "$1" "$2" 2>/dev/null; then
		[ -d "$2" ] || die "cannot rename $1 to $2"
		rm -rf "$1"
	fi
}

# results_folder DIR: make the folder, whose contents a run replaces.  What is not a
# folder of results stays as it is.
results_folder() {
	local entry
	case $1 in
	-*)	die "no such option: $1" ;;
	esac
	if [ -e "$1" ] && [ ! -d "$1" ]; then
		die "not a folder: $1"
	fi
	for entry in "$1"/*; do
		[ ! -e "$entry" ] || [ -e "$1/.results" ] ||
			[ -e "$entry/facts" ] || [ "$1" = "$cache/results" ] ||
			die "not a folder of results: $1 has $entry: name another folder, or one that is not there yet"
	done
	mkdir -p "$1"
	touch "$1/.results"
}

# with_lock FILE COMMAND...: one at a time; say so when that means waiting.
with_lock() {
	local file=$1
	shift
	exec 9>"$file"
	if ! flock -n 9; then
		say "waiting for another build ($file)"
		while ! flock -w 60 9; do
			say "$((SECONDS / 60)) min: still waiting for it"
		done
	fi
	"$@" 9>&-
	exec 9>&-
}

# kernel_warnings FILE...: lines in which a kernel complains about itself.
kernel_warnings() {
	grep -nE 'WARNING: (CPU|possible|suspicious|inconsistent|bad|held|lock)|BUG:|Oops|Call Trace:|KASAN|UBSAN|ODEBUG:|DEBUG_LOCKS_WARN|INFO: (task|rcu)|rcu: INFO:|INFO: trying to register non-static key|general protection fault' "$@"
}

# splats LOG FUNCTIONS: the same of a debugging kernel.  Of KCSAN's reports,
# only those that name one of the functions in the file FUNCTIONS.
splats() {
	kernel_warnings "$1" | awk '
		NR == FNR { ours[$1]; next }
		!/BUG: KCSAN: / { print; seen = 1; next }
		{
			report = $0
			sub(/.* in /, "", report)
			gsub(/[+]0x[^ ]*/, "", report)
			n = split(report, name, " / ")
			for (i = 1; i <= n; i++)
				if (name[i] in ours) {
					print
					seen = 1
					break
				}
		}
		END { exit !seen }' "$2" -
}

# functions_of OBJECT: by the names that stacks have.
functions_of() {
	nm "$1" | awk '$2 ~ /^[tT]$/ { print $3 }'
}

# What is done in turn goes by days, counted since 1970.  LAB_TURN is the day
# whose turn it is: set, what is not due is left out; not set, all is due.
today() {
	echo $(($(date +%s) / 86400))
}

# days_until KERNEL DAY: 0 if it is due on that day, or every day (see turns).
days_until() {
	local line lines=0 mine=''
	while read -r line; do
		case $line in
		\#*)	continue ;;
		esac
		[[ " $line " != *" $1 "* ]] || mine=$lines
		lines=$((lines + 1))
	done <"$lab/turns"
	[ -n "$mine" ] || mine=$(($2 % lines))
	echo $(((mine - $2 % lines + lines) % lines))
}

due() {
	[ -z "${LAB_TURN:-}" ] || [ "$(days_until "$1" "$LAB_TURN")" -eq 0 ]
}

# when_due KERNEL: says so of one that is not.
when_due() {
	local days
	days=$(days_until "$1" "$LAB_TURN")
	echo "$1 is not built every day: due on" \
		"$(date -u -d "@$(((LAB_TURN + days) * 86400))" +%F)"
}

# in_turn DAYS CHOICE...: those that are due, each once in so many days.
in_turn() {
	local i days=$1 choices=("${@:2}")
	for ((i = LAB_TURN % days; i < ${#choices[@]}; i += days)); do
		echo "${choices[i]}"
	done
}

# choose_in_turn DAYS [--turn | --due | CHOICE...]: sets $chosen, from $all.
choose_in_turn() {
	case ${2:-} in
	'')	chosen=("${all[@]}") ;;
	--turn | --due)
		LAB_TURN=${LAB_TURN:-$(today)}
		mapfile -t chosen < <(in_turn "$1" "${all[@]}")
		;;
	*)	chosen=("${@:2}") ;;
	esac
	[ "${2:-}" != --due ] || { printf '%s\n' "${chosen[@]}"; exit; }
}
