#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A state of each recording of a list, by a Slurm array, and one of all of them:
#
#	ls /data/*.dat >recordings.txt
#	n=$(wc -l <recordings.txt)
#	job=$(sbatch --parsable --array=1-"$n" slurm-array.sh recordings.txt states)
#	sbatch --dependency=afterany:"$job" slurm-array.sh recordings.txt states
#
# The second job is none of an array: it adds up.  afterany, as it does so whatever
# became of the others; what is not there is named and left out, with status 7.
#SBATCH --job-name=kvm-exit-cycles
#SBATCH --cpus-per-task=1
#SBATCH --mem=2G
#SBATCH --time=01:00:00
set -euo pipefail

recordings=$1
states=$2
mkdir -p "$states"

# state_of N: the state of the N-th recording
state_of() {
	printf '%s/%06d.state' "$states" "$1"
}

save_one() {
	local status=0
	kvm-exit-cycles --jobs=1 --format=state --output="$(state_of "$1")" \
		"$(sed -n "$1p" "$recordings")" || status=$?
	# Losses are in the state, and are told by whoever reads it.
	[ $status -eq 3 ] || return $status
}

add_up() {
	local all=() n
	for ((n = 1; n <= $(wc -l <"$recordings"); n++)); do
		all+=("$(state_of "$n")")
	done
	kvm-exit-cycles --format=state --output="$states/all.state" "${all[@]}"
}

if [ -n "${SLURM_ARRAY_TASK_ID:-}" ]; then
	save_one "$SLURM_ARRAY_TASK_ID"
else
	add_up
fi
