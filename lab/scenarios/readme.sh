# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# The commands that README.md has for a host of one's own, from the file that is
# installed: what is to be typed in one terminal, in the other, and afterwards.
readme=/usr/share/doc/kvm-exit-cycles/README.md

# Those between "Step by step" and the next heading
commands() {
	awk '/^##/ { inside = 0 }
		/^Step by step/ { inside = 1 }
		inside && sub(/^    /, "")' "$readme"
}

# type_in COMMAND: in a shell that people have.
type_in() {
	echo "\$ $1"
	status=0
	bash -c "$1" || status=$?
	fact "status $status $1"
}

# Ctrl-C in the first terminal, the first time
end_first_terminal() {
	[ -n "$recorder" ] || return 0
	stop_recording
	recorder=
}

follow_readme() {
	while read -r line; do
		case $line in
		"trace-cmd record "*)
			event=kvm/kvm_exit
			bash -c "exec $line" >record.log 2>&1 &
			recorder=$!
			wait_for tracing_is_on $event ;;
		"... run your guest ..."*)
			vmm --vcpus=3 cpuid=4000 out=4000 vmcall=2000 ;;
		"kvm-exit-cycles "* | "dmesg |"*)
			end_first_terminal
			type_in "$line" ;;
		*)
			type_in "$line" ;;
		esac
	done
}

ln -sf /proc/self/fd /dev/fd
verdict identical
begin_log
commands >commands.txt
follow_readme <commands.txt >readme.txt 2>&1
end_log
