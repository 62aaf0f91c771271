/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the accounting of the patch needs of a kernel, in user space.  A CPU is
 * a thread that is pinned to it.
 */
#ifndef BENCH_CONTENTION_SHIMS_H
#define BENCH_CONTENTION_SHIMS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <asm/kvm.h>
#include <asm/svm.h>
#include <asm/vmx.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int64_t s64;
typedef struct { s64 counter; } atomic64_t;

#define U8_MAX			UINT8_MAX
#define U16_MAX			UINT16_MAX
#define U32_MAX			UINT32_MAX
#define U64_MAX			UINT64_MAX

#define KVM_ISA_VMX		1
#define KVM_ISA_SVM		2

#define __percpu
#define __rcu
#define __read_mostly
#define ____cacheline_aligned	__attribute__((aligned(64)))
#define noinline		__attribute__((noinline))
#define unlikely(x)		__builtin_expect(!!(x), 0)
#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define BUILD_BUG_ON(x)		_Static_assert(!(x), #x)
#define BUILD_BUG_ON_NOT_POWER_OF_2(n)	BUILD_BUG_ON((n) & ((n) - 1))
#define min(a, b)		((a) < (b) ? (a) : (b))
#define max(a, b)		((a) > (b) ? (a) : (b))
#define OPTIMIZER_HIDE_VAR(v)	asm("" : "+r"(v))

#define READ_ONCE(x)		(*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v)	(*(volatile __typeof__(x) *)&(x) = (v))
#define smp_rmb()		asm volatile("" : : : "memory")
#define smp_load_acquire(p)	__atomic_load_n(p, __ATOMIC_ACQUIRE)
#define smp_store_release(p, v)	__atomic_store_n(p, v, __ATOMIC_RELEASE)
#define rcu_dereference_sched(p) READ_ONCE(p)
#define atomic64_inc_return(v)	__atomic_add_fetch(&(v)->counter, 1, __ATOMIC_SEQ_CST)
#define try_cmpxchg64(p, old, new)					\
	__atomic_compare_exchange_n(p, old, new, false,			\
				    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)

/* Where a thread's copy of per-CPU data is, as a distance from the first. */
extern __thread size_t this_cpu_offset;
#define this_cpu_ptr(p)							\
	((__typeof__(p))((char *)(p) + this_cpu_offset))

extern unsigned int nr_cpu_ids;
#define for_each_possible_cpu(cpu)					\
	for (cpu = 0; cpu < (int)nr_cpu_ids; cpu++)
#define per_cpu_ptr(p, cpu)	(&(p)[cpu])

#define div64_u64(n, d)		((n) / (d))
#define sort(base, nr, size, cmp, swap)	qsort(base, nr, size, cmp)

struct trace_print_flags {
	unsigned long mask;
	const char *name;
};

#define X86_FEATURE_SVM		0
#define boot_cpu_has(feature)	((feature) == X86_FEATURE_SVM)

static inline u64 rdtsc_ordered(void)
{
	u32 low, high;

	asm volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (u64)high << 32 | low;
}

struct work_struct;

#define DEFINE_STATIC_KEY_FALSE(key)	_Static_assert(1, "")
#define EXPORT_SYMBOL_GPL(symbol)	_Static_assert(1, "")
#define DEFINE_MUTEX(name)		int name __attribute__((unused))
#define DEFINE_SPINLOCK(name)		int name __attribute__((unused))
#define DECLARE_DELAYED_WORK(name, f)	void (*name)(struct work_struct *) = f
#define lockdep_assert_irqs_disabled()	((void)0)
#define trace_kvm_exit_report(epoch, report, since, interval, seq) \
	((void)(epoch), (void)(report), (void)(since), (void)(interval), (void)(seq))

#endif
