# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0
#
# What the scripts that build an initramfs share.  Source it after lib.sh.

# need_busybox: sets $busybox, which links nothing.
need_busybox() {
	need busybox busybox-static
	busybox=$(command -v busybox)
	! ldd "$busybox" >/dev/null 2>&1 ||
		die 'busybox is not static; install it with: sudo apt-get install busybox-static'
}

# add_busybox ROOT FILE: that busybox, with links for every applet of this
# machine's.
add_busybox() {
	local root=$1 applet
	mkdir -p "$root/bin"
	cp "$2" "$root/bin/busybox"
	while read -r applet; do
		[ "$applet" = busybox ] || ln -sf busybox "$root/bin/$applet"
	done < <("$busybox" --list)
}

# pack ROOT: to standard output.  The same files make the same archive: some
# emulators do exactly the same with the same input.
pack() {
	(
		cd "$1" || exit
		find . -exec touch -h -d @0 {} +
		find . | LC_ALL=C sort | "$busybox" cpio -o -H newc \
			--renumber-inodes --ignore-devno
	) 2>/dev/null
}
