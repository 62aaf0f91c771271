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

# with_lock FILE COMMAND...: one at a time; say so when that means waiting.
with_lock() {
	local file=$1
	shift
	exec 9>"$file"
	if ! flock -n 9; then
		say "waiting for another build ($file)"
		flock 9
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

# in_turn CHOICE...: the one whose day it is.
in_turn() {
	local choices=("$@") day
	day=$(date +%j)
	echo "${choices[$((10#$day % $#))]}"
}
