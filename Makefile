# SPDX-License-Identifier: GPL-2.0
#
# make           build analyzer/analyzer
# make check     all tests (./check installs what they need)
# make lab       record under an emulator, compare log and recording
# make lab-vmx   the same on VT-x
# make bench     compare the analyzer's speed with that of its peers
# make install   PREFIX=/usr/local DESTDIR=

all:
	$(MAKE) -C analyzer

check:
	./check

lab:
	$(MAKE) -C lab

lab-vmx:
	$(MAKE) -C lab vmx

bench:
	$(MAKE) -C bench

install:
	$(MAKE) -C analyzer install

clean:
	$(MAKE) -C analyzer clean
	rm -rf build

.PHONY: all check lab lab-vmx bench install clean
