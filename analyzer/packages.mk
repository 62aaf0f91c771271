# SPDX-License-Identifier: GPL-2.0
#
# What the library is linked with, by the names of pkg-config: for all that link it.
# Include it after PKG is set.
#
# ISA-L compresses where there is one, libdeflate elsewhere (base/deflate.h);
# DEFLATE=libdeflate takes the latter in any case.

ifeq ($(origin DEFLATE),undefined)
DEFLATE	:= $(shell $(PKG) --exists libisal 2>/dev/null && echo libisal || echo libdeflate)
endif
deflate_cflags := $(if $(filter libisal,$(DEFLATE)),-DDEFLATE_ISAL)
library_packages := jansson $(DEFLATE) libelf libtraceevent libzstd sqlite3 zlib
