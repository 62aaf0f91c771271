// SPDX-License-Identifier: GPL-2.0
#include "live/tracing.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <time.h>
#include <tracefs/tracefs.h>
#include <unistd.h>
#if defined(__x86_64__) || defined(__i386__)
#include <x86intrin.h>
#endif

#define PREFIX		"kvm-exit-cycles-live-"
#define ALL_BYTES	(64u << 20)	/* of the buffers of all CPUs, */
#define CPU_BYTES	(8u << 20)	/* but so much of each at least: a fifth of a second of
					   200 000 exits */
#define MEMORY_SHARE	16u		/* all: one part in so many of what is free, */
#define CPU_BYTES_MIN	(256u << 10)	/* but this */

/* Say what is wrong.  -1, always */
#define failed(t, ...)	(kvx_say((t)->k, KVX_ERROR, __VA_ARGS__), -1)

/* What tells of exits, of what is inside them, and of time */
enum wish { ENTRY = 1, EXIT = 2, INSIDE = 4, TIME = 8 };

static const struct {
	const char *system, *event;
	unsigned int wishes;
} events[] = {
	{ "kvm", "kvm_entry", ENTRY },
	{ "kvm", "kvm_exit", EXIT },
	{ "kvm", "kvm_exit_report", ENTRY },
	{ "kvm", "kvm_exit_stats", ENTRY },
	{ "kvm", "kvm_pio", INSIDE },
	{ "kvm", "kvm_mmio", INSIDE },
	{ "kvm", "kvm_fast_mmio", INSIDE },
	{ "kvm", "kvm_msr", INSIDE },
	{ "kvm", "kvm_cr", INSIDE },
	{ "kvm", "kvm_cpuid", INSIDE },
	{ "kvm", "kvm_page_fault", INSIDE },
	{ "kvm", "kvm_hypercall", INSIDE },
	{ "kvm", "kvm_hv_hypercall", INSIDE },
	{ "kvm", "kvm_xen_hypercall", INSIDE },
	{ "kvm", "kvm_inj_virq", INSIDE },
	{ "kvm", "kvm_apic_accept_irq", INSIDE },
	{ "kvm", "kvm_nested_vmexit", INSIDE },
	{ "kvm", "kvm_fpu", TIME },
	{ "kvm", "kvm_userspace_exit", TIME },
	{ "kvm", "kvm_vcpu_wakeup", TIME },
	{ "sched", "sched_switch", TIME },
};

#define NR_EVENTS	(sizeof(events) / sizeof(events[0]))

/* By stamps, kvm_entry is complete in itself. */
static unsigned int wishes_of(const struct tracing *t)
{
	const struct live_options *o = t->opt;
	unsigned int wishes = ENTRY;

	if (!t->patched || o->needs_exits || o->times)
		wishes |= EXIT;
	if (o->details)
		wishes |= INSIDE;
	if (o->times && !t->patched)
		wishes |= TIME;
	return wishes;
}

/* A file or a folder of the instance; NULL: of tracefs itself */
static bool exists(struct tracefs_instance *instance, const char *name)
{
	char *path = tracefs_instance_get_file(instance, name);
	const bool there = path && access(path, F_OK) == 0;

	tracefs_put_tracing_file(path);
	return there;
}

static bool event_exists(unsigned int i)
{
	char name[128];

	snprintf(name, sizeof(name), "events/%s/%s/format", events[i].system,
		 events[i].event);
	return exists(NULL, name);
}

bool tracing_event(const struct tracing *t, unsigned int i, const char **system,
		   const char **event)
{
	const unsigned int wishes = wishes_of(t);
	unsigned int e;

	for (e = 0; e < NR_EVENTS; e++)
		if ((t->replay || (events[e].wishes & wishes)) &&
		    event_exists(e) && !i--) {
			*system = events[e].system;
			*event = events[e].event;
			return true;
		}
	return false;
}

char *tracing_read_top(const char *file, size_t *len)
{
	int size = 0;
	char *text = tracefs_instance_file_read(NULL, file, &size);

	if (len)
		*len = text ? size : 0;
	return text;
}

char *tracing_read(const struct tracing *t, const char *file, size_t *len)
{
	int size = 0;
	char *text = tracefs_instance_file_read(t->instance, file, &size);

	if (len)
		*len = text ? size : 0;
	return text;
}

int tracing_open_ring(const struct tracing *t, unsigned int cpu)
{
	char name[64];

	snprintf(name, sizeof(name), "per_cpu/cpu%u/trace_pipe_raw", cpu);
	return tracefs_instance_file_open(t->instance, name,
					  O_RDONLY | O_NONBLOCK | O_CLOEXEC);
}

uint64_t tracing_now(const struct tracing *t)
{
	struct timespec ts;

#if defined(__x86_64__) || defined(__i386__)
	if (!strcmp(t->clock, "x86-tsc")) {
		_mm_lfence();
		return __rdtsc();
	}
#endif
	(void)t;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/* What is there */

static int find_tracefs(struct tracing *t)
{
	const char *path;

	if (t->replay)
		return tracefs_set_tracing_dir((char *)t->opt->replay) < 0 ?
		       failed(t, "cannot replay: %s", t->opt->replay) : 0;
	if (geteuid())
		return failed(t, "recording takes root: run it with sudo");
	if (tracefs_tracing_dir_is_mounted(true, &path) < 0 ||
	    !exists(NULL, "events"))
		return failed(t, "no tracefs: this kernel has no tracing, or it cannot be mounted at /sys/kernel/tracing");
	return 0;
}

static int find_kvm(struct tracing *t)
{
	char *format;

	if (!exists(NULL, "events/kvm"))
		return failed(t, "this kernel has no events of KVM: load its modules: modprobe kvm_intel, or kvm_amd");
	format = tracing_read_top("events/kvm/kvm_entry/format", NULL);
	if (!format)
		return failed(t, "this kernel has no event kvm:kvm_entry: live cannot tell its exits");
	t->patched = strstr(format, "exit_tsc;");
	free(format);
	return 0;
}

static void count_cpus(struct tracing *t)
{
	char name[64];

	do
		snprintf(name, sizeof(name), "per_cpu/cpu%u", t->cpus);
	while (exists(t->instance, name) && ++t->cpus);
}

/* "field: char data;	offset:16;	size:4080;" */
static int find_subbuf_bytes(struct tracing *t)
{
	char *text = tracing_read_top("events/header_page", NULL);
	const char *data = text ? strstr(text, " data;") : NULL;
	unsigned int offset, size;

	if (data && sscanf(data, " data; offset:%u; size:%u;", &offset, &size) == 2 &&
	    offset < 64 && size >= 64 && size <= (1u << 20)) {
		t->data_offset = offset;
		t->subbuf_bytes = offset + size;
	}
	free(text);
	return t->subbuf_bytes ? 0 :
	       failed(t, "no events/header_page of tracefs: what the buffers hold is not known");
}

/* Instances that killed processes left */

static bool is_left_behind(const char *name)
{
	char *end;
	long pid;

	if (strncmp(name, PREFIX, strlen(PREFIX)))
		return false;
	pid = strtol(name + strlen(PREFIX), &end, 10);
	return !*end && pid > 0 && kill(pid, 0) < 0 && errno == ESRCH;
}

static const char *instance_dir(struct tracefs_instance *instance,
				char path[PATH_MAX])
{
	char *dir = tracefs_instance_get_dir(instance);

	snprintf(path, PATH_MAX, "%s", dir ? dir : "");
	tracefs_put_tracing_file(dir);
	return path;
}

static int remove_left(const struct tracing *t, struct tracefs_instance *instance)
{
	if (tracefs_instance_destroy(instance) < 0)
		return -1;
	kvx_say(t->k, KVX_NOTE, "removed: ftrace instance %s: a live that was killed had left it",
		tracefs_instance_get_name(instance));
	return 0;
}

static int remove_if_left(const char *name, void *arg)
{
	struct tracing *t = arg;
	struct tracefs_instance *instance;
	char path[PATH_MAX];

	if (!is_left_behind(name))
		return 0;
	instance = tracefs_instance_create(name);
	if (instance && remove_left(t, instance) < 0)
		kvx_say(t->k, KVX_WARNING, "cannot remove: ftrace instance %s, which a live that was killed has left: %s: unless somebody uses it, as in a container: rmdir %s",
			name, strerror(errno), instance_dir(instance, path));
	tracefs_instance_free(instance);
	return 0;
}

void tracing_remove_left(struct kvx *k)
{
	struct tracing t = { .k = k };

	tracefs_instances_walk(remove_if_left, &t);
}

/* The instance */

static int create_named(struct tracing *t, const char *name)
{
	errno = 0;
	t->instance = tracefs_instance_create(name);
	return t->instance ? 0 : -1;
}

static int cannot_create(struct tracing *t, const char *name, int err)
{
	const char *dir = tracefs_tracing_dir();

	/* It is not ours: leave it alone. */
	tracefs_instance_free(t->instance);
	t->instance = NULL;
	if (err == EEXIST)
		return failed(t, "cannot create: ftrace instance %s: it is there, and in use: unless somebody needs it: rmdir %s/instances/%s",
			      name, dir, name);
	if (err == ENOMEM || err == ENOSPC)
		return failed(t, "cannot create: ftrace instance %s: %s: too many of them, or no memory: rmdir those of %s/instances that nobody uses",
			      name, strerror(err), dir);
	return failed(t, "cannot create: ftrace instance %s: %s", name,
		      strerror(err));
}

static int create(struct tracing *t)
{
	char name[64];

	tracing_remove_left(t->k);
	snprintf(name, sizeof(name), PREFIX "%d", (int)getpid());
	/* Who was called so before is not alive: its ID is ours. */
	if (create_named(t, name) == 0 && !tracefs_instance_is_new(t->instance)) {
		if (remove_left(t, t->instance) < 0)
			return cannot_create(t, name, EEXIST);
		tracefs_instance_free(t->instance);
		create_named(t, name);
	}
	return t->instance ? 0 : cannot_create(t, name, errno);
}

static int put(struct tracing *t, const char *file, const char *text)
{
	if (tracefs_instance_file_write(t->instance, file, text) >= 0)
		return 0;
	return failed(t, "cannot write: ftrace instance: %s: %s: %s", file, text,
		      strerror(errno));
}

/* A clock that is the same on all CPUs, and that can be read here */
static int choose_clock(struct tracing *t)
{
	char *clocks = tracing_read(t, "trace_clock", NULL);

	t->clock = "mono";
#if defined(__x86_64__) || defined(__i386__)
	if (clocks && strstr(clocks, "x86-tsc"))
		t->clock = "x86-tsc";
#endif
	free(clocks);
	return put(t, "trace_clock", t->clock);
}

static uint64_t free_bytes(void)
{
	uint64_t kb = 0;
	char line[128];
	FILE *f = fopen("/proc/meminfo", "re");

	while (f && !kb && fgets(line, sizeof(line), f))
		if (sscanf(line, "MemAvailable: %" SCNu64, &kb) != 1)
			kb = 0;
	if (f)
		fclose(f);
	return kb << 10;
}

static int set_buffer(struct tracing *t)
{
	const long online = sysconf(_SC_NPROCESSORS_ONLN);
	const long nr = online > 0 ? online : 1;
	const uint64_t share = free_bytes() / MEMORY_SHARE / nr;
	uint64_t bytes = ALL_BYTES / nr;
	char text[24];

	if (bytes < CPU_BYTES)
		bytes = CPU_BYTES;
	if (bytes > share)
		bytes = share;
	if (bytes < CPU_BYTES_MIN)
		bytes = CPU_BYTES_MIN;
	t->buffer_kb = t->opt->buffer_kb ? t->opt->buffer_kb : bytes >> 10;
	snprintf(text, sizeof(text), "%" PRIu64, t->buffer_kb);
	if (tracefs_instance_file_write(t->instance, "buffer_size_kb", text) >= 0)
		return 0;
	return failed(t, "no memory for trace buffers of %s KiB for each CPU: try a smaller --buffer: %s",
		      text, strerror(errno));
}

/* One ID a line: of the process's threads, and with event-fork of those to come */
static int set_pids(struct tracing *t)
{
	char name[64], pid[24];
	struct dirent *task;
	int nr = 0;
	DIR *dir;

	if (!t->opt->pid)
		return 0;
	snprintf(name, sizeof(name), "/proc/%u/task", t->opt->pid);
	dir = opendir(name);
	if (!dir)
		return failed(t, "no such process: %u", t->opt->pid);
	tracefs_instance_file_write(t->instance, "options/event-fork", "1");
	while ((task = readdir(dir))) {
		if (task->d_name[0] == '.')
			continue;
		snprintf(pid, sizeof(pid), "%.12s ", task->d_name);
		nr += tracefs_instance_file_append(t->instance, "set_event_pid",
						   pid) >= 0;
	}
	closedir(dir);
	return nr ? 0 : failed(t, "cannot record process %u alone: %s",
			       t->opt->pid, strerror(errno));
}

static int enable_events(struct tracing *t)
{
	const char *system, *event;
	unsigned int i;

	for (i = 0; tracing_event(t, i, &system, &event); i++)
		if (tracefs_event_enable(t->instance, system, event) < 0)
			return failed(t, "cannot enable: event %s:%s: %s", system,
				      event, strerror(errno));
	return 0;
}

/* By a file that is open: also if tracefs is not there any more. */
static int set_on(const struct tracing *t, bool on)
{
	return pwrite(t->on_fd, on ? "1" : "0", 1, 0) == 1 ? 0 : -1;
}

/* What a replay has no folder for is only read. */
static bool makes_instance(const struct tracing *t)
{
	return !t->replay || exists(NULL, "instances");
}

static int set_up(struct tracing *t)
{
	if (create(t) < 0)
		return -1;
	t->on_fd = tracefs_instance_file_open(t->instance, "tracing_on",
					      O_WRONLY | O_CLOEXEC);
	if (t->on_fd < 0 || set_on(t, false) < 0)
		return failed(t, "cannot write: ftrace instance: tracing_on: %s",
			      strerror(errno));
	/* Readers do not wait for half a buffer. */
	tracefs_instance_file_write(t->instance, "buffer_percent", "0");
	return choose_clock(t) < 0 || set_buffer(t) < 0 || set_pids(t) < 0 ||
	       enable_events(t) < 0 ? -1 : 0;
}

int tracing_open(struct tracing *t, struct kvx *k,
		 const struct live_options *opt)
{
	*t = (struct tracing){ .k = k, .opt = opt, .replay = opt->replay,
			       .clock = "mono", .buffer_kb = opt->buffer_kb ?
			       opt->buffer_kb : ALL_BYTES >> 10, .on_fd = -1 };
	tracefs_set_loglevel(TEP_LOG_NONE);
	if (find_tracefs(t) < 0 || find_kvm(t) < 0 || find_subbuf_bytes(t) < 0 ||
	    (makes_instance(t) && set_up(t) < 0))
		return KVX_FAILED;
	count_cpus(t);
	if (!t->cpus) {
		kvx_say(k, KVX_ERROR, "no CPU has a trace buffer");
		return KVX_FAILED;
	}
	return KVX_OK;
}

int tracing_start(struct tracing *t)
{
	t->on = true;
	if (!t->instance || set_on(t, true) == 0)
		return 0;
	return failed(t, "cannot start to record: %s", strerror(errno));
}

void tracing_stop(struct tracing *t)
{
	if (t->instance && t->on && set_on(t, false) < 0) {
		kvx_say(t->k, KVX_WARNING, "cannot stop to record: %s: what comes from now on is not looked at",
			strerror(errno));
		t->stuck = true;
	}
	t->on = false;
}

void tracing_let_go(struct tracing *t)
{
	if (t->on_fd >= 0)
		close(t->on_fd);
	t->on_fd = -1;
	t->on = false;
}

/* Why it is still there.  The kernel keeps it if tracefs is unmounted. */
static int say_left(const struct tracing *t, int err)
{
	const char *name = tracefs_instance_get_name(t->instance);
	char path[PATH_MAX];

	instance_dir(t->instance, path);
	if (exists(NULL, "events"))
		kvx_say(t->k, KVX_WARNING, "cannot remove: ftrace instance %s: %s: once nobody uses it: rmdir %s",
			name, strerror(err), path);
	else
		kvx_say(t->k, KVX_WARNING, "cannot remove: ftrace instance %s: tracefs is gone from %s: mount it there, then: rmdir %s",
			name, tracefs_tracing_dir(), path);
	return -1;
}

int tracing_close(struct tracing *t)
{
	int ret = 0;

	if (!t->instance)
		return 0;
	tracing_stop(t);
	tracing_let_go(t);
	tracefs_event_disable(t->instance, NULL, NULL);
	if (tracefs_instance_destroy(t->instance) < 0)
		ret = say_left(t, errno);
	tracefs_instance_free(t->instance);
	t->instance = NULL;
	return ret;
}
