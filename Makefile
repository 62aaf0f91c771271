# SPDX-License-Identifier: GPL-2.0
#
# make           build analyzer/analyzer
# make check     all tests (./check installs what they need)
# make lab       record under an emulator, compare log and recording
# make lab-vmx   the same on VT-x
# make lab-stress, lab-debug, lab-kunit, lab-mutants
#                stress, debugging kernels, KUnit tests, deliberate mistakes in
#                the patch
# make lab-arm64, lab-riscv64, lab-ppc64, lab-amd64
#                record on Debian's own kernels, by trace-cmd and perf at once
# make lab-grade whether lab/grade tells submissions of the assignment from another
# make mpi       build mpi/kvm-exit-cycles-mpi, which needs mpicc
# make bench     compare the analyzer's speed with that of its peers
# make bench-kernel   what counting costs an exit
# make install   PREFIX=/usr/local DESTDIR= LIBDIR=PREFIX/lib
# make deb       Debian packages of what "make install" installs, in build/deb

PREFIX	?= /usr/local
DESTDIR	?=
share	:= $(DESTDIR)$(PREFIX)/share
doc	:= $(share)/doc/kvm-exit-cycles
data	:= $(share)/kvm-exit-cycles

scripts	:= host-check record
# What record was called before
old	:= kvm-exit-cycles-record-and-check
documents := $(wildcard docs/*.md docs/*.png docs/example-*.c)
samples	:= samples/README.md $(wildcard samples/*.dat samples/*.txt samples/*/*)
fleet	:= $(wildcard fleet/*)
patches	:= $(shell find patches -name '*.patch' -o -name README.md)

# Documents that are installed link to nothing that is not: its name is left.
without_links := s,\[([^]]*)\]\((\.\./)*((analyzer|lab|tests)/[^)]*|COPYING)\),\1,g

all:
	$(MAKE) -C analyzer

check:
	./check

lab:
	$(MAKE) -C lab

lab-vmx:
	$(MAKE) -C lab vmx

lab-stress lab-debug lab-kunit lab-mutants lab-grade lab-arm64 lab-riscv64 \
lab-ppc64 lab-amd64:
	$(MAKE) -C lab $(@:lab-%=%)

mpi: all
	$(MAKE) -C mpi

bench:
	$(MAKE) -C bench

bench-kernel:
	scripts/install-deps build test lab
	$(MAKE) -s -C bench kernel

# What programs read is in share/kvm-exit-cycles.  The documentation is laid out
# as here, so that its links lead somewhere.
install:
	$(MAKE) -C analyzer install
	install -d $(doc)/docs $(data) $(share)/bash-completion/completions
	install -m 644 analyzer/completion.bash \
		$(share)/bash-completion/completions/kvm-exit-cycles
	install -m 644 docs/schema.json docs/schema-compare.json docs/schema-show.json \
		$(data)
	for script in $(scripts); do \
		install scripts/$$script \
			$(DESTDIR)$(PREFIX)/bin/kvm-exit-cycles-$$script && \
		install -m 644 docs/kvm-exit-cycles-$$script.1 \
			$(share)/man/man1 || exit 1; \
	done
	ln -sf kvm-exit-cycles-record $(DESTDIR)$(PREFIX)/bin/$(old)
	ln -sf kvm-exit-cycles-record.1 $(share)/man/man1/$(old).1
	for file in $(samples) $(patches) $(fleet); do \
		mode=644; [ ! -x $$file ] || mode=755; \
		install -D -m $$mode $$file $(data)/$$file || exit 1; \
	done
	install -m 644 README.md NEWS $(doc)
	install -m 644 $(documents) $(doc)/docs
	for file in $(doc)/README.md $(doc)/docs/*.md $(data)/*/README.md; do \
		sed -i -E '$(without_links)' $$file || exit 1; \
	done
	ln -sfn ../doc/kvm-exit-cycles/README.md $(data)/README.md
	ln -sfn ../doc/kvm-exit-cycles/docs $(data)/docs
	ln -sfn ../../kvm-exit-cycles/samples $(doc)/samples
	ln -sfn ../../kvm-exit-cycles/patches $(doc)/patches
	ln -sfn ../../../kvm-exit-cycles/schema.json $(doc)/docs/schema.json
	ln -sfn ../../../kvm-exit-cycles/schema-compare.json \
		$(doc)/docs/schema-compare.json
	ln -sfn ../../../kvm-exit-cycles/schema-show.json $(doc)/docs/schema-show.json

uninstall:
	$(MAKE) -C analyzer uninstall
	rm -f $(scripts:%=$(DESTDIR)$(PREFIX)/bin/kvm-exit-cycles-%) \
		$(scripts:%=$(share)/man/man1/kvm-exit-cycles-%.1) \
		$(DESTDIR)$(PREFIX)/bin/$(old) $(share)/man/man1/$(old).1
	rm -f $(share)/bash-completion/completions/kvm-exit-cycles
	rm -rf $(doc) $(data)

deb:
	scripts/build-deb

clean:
	$(MAKE) -C analyzer clean
	$(MAKE) -C mpi clean
	rm -rf build

.PHONY: all check mpi lab lab-vmx lab-stress lab-debug lab-kunit lab-mutants \
	lab-grade lab-arm64 lab-riscv64 lab-ppc64 lab-amd64 bench bench-kernel install uninstall deb clean
