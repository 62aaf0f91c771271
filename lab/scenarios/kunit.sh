# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# The kernel's own tests have run before this: keep what they said.
verdict kunit
end_log
