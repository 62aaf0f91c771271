# SPDX-License-Identifier: GPL-2.0
"""What scripts/submission and lab/grade know of the assignment."""
