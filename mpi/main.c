// SPDX-License-Identifier: GPL-2.0
/*
 * kvm-exit-cycles-mpi: views of recordings and states by many processes.  Each file
 * becomes a state, on the rank that it is the share of; rank 0 adds them up, in the
 * order in which they were named, and prints, as kvm-exit-cycles does.
 */
#include <errno.h>
#include <mpi.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collect.h"
#include "console.h"
#include "kvmexits.h"
#include "outfile.h"
#include "share.h"

struct option {
	const char *name, *value;	/* NULL: none */
};

struct command {
	int rank, ranks;
	struct option *options;
	size_t nr_options;
	char **paths;
	size_t nr_paths;
	const char *output;		/* NULL: standard output */
	bool help, version;
};

static const char usage[] =
	"Usage: mpirun -n N %s [--OPTION[=VALUE]...] FILE...\n"
	"\n"
	"Print a view of recordings and states, which N processes read, each its share.\n"
	"Options are those of kvm-exit-cycles that states can serve, spelled out:\n"
	"--format=csv --by=reason,vm --output=FILE; see kvm-exit-cycles-mpi(1).\n"
	"\n"
	"Exit status: as kvm-exit-cycles; 7: files were left out.\n";

static struct kvx *new_handle(bool heard)
{
	struct kvx *k = kvx_new();

	if (k && heard)
		kvx_print_messages(k, stderr, program_invocation_short_name);
	return k;
}

/* Ends all ranks: what one of them lacks, no other can give. */
static void give_up(const char *why)
{
	fprintf(stderr, "%s: %s\n", program_invocation_short_name, why);
	MPI_Abort(MPI_COMM_WORLD, KVX_FAILED);
	abort();
}

/* Options */

/* "--name=value", cut in two in place, or "--name" */
static void add_option(struct command *cmd, char *word)
{
	char *value = strchr(word, '=');
	struct option option = { word + 2, value ? value + 1 : NULL };

	if (value)
		*value = '\0';
	if (!strcmp(option.name, "help"))
		cmd->help = true;
	else if (!strcmp(option.name, "version"))
		cmd->version = true;
	else if (!strcmp(option.name, "output"))
		cmd->output = option.value;
	else
		cmd->options[cmd->nr_options++] = option;
}

/* Return -1 after an error. */
static int parse(struct command *cmd, struct kvx *k, int argc, char **argv)
{
	int i;

	cmd->options = calloc(argc, sizeof(*cmd->options));
	if (!cmd->options)
		give_up("out of memory: options");
	for (i = 1; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
		if (argv[i][1] != '-') {
			kvx_say(k, KVX_ERROR, "bad option: %s: options are spelled out here: --format=csv",
				argv[i]);
			return -1;
		}
		if (!argv[i][2]) {
			i++;
			break;
		}
		add_option(cmd, argv[i]);
	}
	cmd->paths = argv + i;
	cmd->nr_paths = argc - i;
	if (cmd->help || cmd->version)
		return 0;
	if (!cmd->nr_paths)
		kvx_say(k, KVX_ERROR, "no recording given");
	return cmd->nr_paths ? 0 : -1;
}

static const char *option_value(const struct command *cmd, const char *name)
{
	const char *value = NULL;
	size_t i;

	for (i = 0; i < cmd->nr_options; i++)
		if (!strcmp(cmd->options[i].name, name))
			value = cmd->options[i].value;
	return value;
}

static bool has_option(const struct command *cmd, const char *name)
{
	size_t i;

	for (i = 0; i < cmd->nr_options; i++)
		if (!strcmp(cmd->options[i].name, name))
			return true;
	return false;
}

/* Those that say how a recording is read, and not what is shown of it */
static bool is_of_reading(const char *name)
{
	return !strcmp(name, "instance") || !strcmp(name, "formats") ||
	       !strcmp(name, "isa") || !strcmp(name, "tsc-khz") ||
	       !strcmp(name, "jobs");
}

static int set_options(const struct command *cmd, struct kvx *k, bool of_reading)
{
	const struct option *o;
	size_t i;

	for (i = 0; i < cmd->nr_options; i++) {
		o = &cmd->options[i];
		if ((!of_reading || is_of_reading(o->name)) &&
		    kvx_set(k, o->name, o->value) != KVX_OK)
			return -1;
	}
	return 0;
}

/* Append @word to the list @by, which has room, unless it is there. */
static void add_key(char *by, const char *word, size_t len)
{
	const char *at = by;

	for (; *at; at = *strchrnul(at, ',') ? strchrnul(at, ',') + 1 : strchr(at, 0))
		if (strcspn(at, ",") == len && !memcmp(at, word, len))
			return;
	sprintf(by + strlen(by), "%s%.*s", *by ? "," : "", (int)len, word);
}

#define BY_MAX	512u

/* A key of the view, as states are saved by it: whole details, and no recording */
static void add_key_of_view(char *by, const char *word, size_t len)
{
	size_t name = strcspn(word, ":,");

	if (name == strlen("kind") && !memcmp(word, "kind", name))
		add_key(by, "detail", strlen("detail"));
	else if (name == strlen("detail") && !memcmp(word, "detail", name))
		add_key(by, word, name);
	else if (name != strlen("recording") || memcmp(word, "recording", name))
		add_key(by, word, len);
}

/* Does it show more than the exits, or the times, by some keys? */
static bool is_of_all(const struct command *cmd)
{
	static const char *const formats[] = { "state", "summary", "html", "prometheus" };
	const char *format = option_value(cmd, "format");
	size_t i;

	for (i = 0; format && i < sizeof(formats) / sizeof(formats[0]); i++)
		if (!strcmp(format, formats[i]))
			return true;
	return false;
}

static const char *usual_key(const struct command *cmd)
{
	const char *format = option_value(cmd, "format");
	const char *view = option_value(cmd, "view");

	return (format && !strcmp(format, "time")) || (view && !strcmp(view, "time")) ?
	       "vcpu" : "reason";
}

/*
 * What states are saved by, so that the view can be had of them, and no more than that,
 * into @by: "" if that is what is usual.  Return -1 if it is too long to be right.
 */
static int choose_by(const struct command *cmd, char by[BY_MAX])
{
	static const char *const filters[] = { "reason", "vm", "vcpu", "thread", "cpu" };
	const char *word = option_value(cmd, "by");
	size_t len, i;

	*by = '\0';
	if (word && strlen(word) > BY_MAX / 2)
		return -1;
	if (!word && is_of_all(cmd))
		return 0;
	if (!word)
		word = usual_key(cmd);
	for (; word; word = word[len] ? word + len + 1 : NULL) {
		len = strcspn(word, ",");
		add_key_of_view(by, word, len);
	}
	for (i = 0; i < sizeof(filters) / sizeof(filters[0]); i++)
		if (option_value(cmd, filters[i]))
			add_key(by, filters[i], strlen(filters[i]));
	if (!*by)
		add_key(by, "reason", strlen("reason"));
	return 0;
}

/* The share of a rank */

static int save_state(struct kvx *k, const struct command *cmd, const char *by,
		      const char *path, FILE *out)
{
	int status;

	if (set_options(cmd, k, true) < 0 || kvx_set(k, "format", "state") != KVX_OK ||
	    (*by && kvx_set(k, "by", by) != KVX_OK))
		return KVX_USAGE;
	status = kvx_open(k, path);
	return status == KVX_OK ? (int)kvx_print(k, out) : status;
}

static void analyze_file(const struct command *cmd, const char *by, size_t index,
			 struct pieces *pieces)
{
	struct kvx *k = new_handle(true);
	struct piece piece = { .index = index, .status = KVX_FAILED };
	size_t bytes = 0;
	char *state = NULL;
	FILE *out = open_memstream(&state, &bytes);

	if (!k || !out)
		give_up("out of memory: a state");
	piece.status = save_state(k, cmd, by, cmd->paths[index], out);
	if (fclose(out))
		give_up("out of memory: a state");
	if (piece.status == KVX_OK || piece.status == KVX_LOSSES ||
	    piece.status == KVX_INCOMPLETE)
		piece.bytes = bytes;
	if (pieces_add(pieces, &piece, state) < 0)
		give_up("out of memory: states");
	free(state);
	kvx_free(k);
}

/* Rank 0 says how large files are: all see the same then. */
static void share(const struct command *cmd, int *owner)
{
	uint64_t *bytes = calloc(cmd->nr_paths, sizeof(*bytes));
	struct stat st;
	size_t i;

	if (!bytes)
		give_up("out of memory: sizes of files");
	for (i = 0; !cmd->rank && i < cmd->nr_paths; i++)
		if (stat(cmd->paths[i], &st) == 0)
			bytes[i] = st.st_size;
	MPI_Bcast(bytes, cmd->nr_paths, MPI_UINT64_T, 0, MPI_COMM_WORLD);
	if (share_files(bytes, cmd->nr_paths, cmd->ranks, owner) < 0)
		give_up("out of memory: shares");
	free(bytes);
}

static void analyze_share(const struct command *cmd, const char *by,
			  struct pieces *pieces)
{
	int *owner = calloc(cmd->nr_paths, sizeof(*owner));
	size_t i;

	if (!owner)
		give_up("out of memory: shares");
	share(cmd, owner);
	for (i = 0; i < cmd->nr_paths; i++)
		if (owner[i] == cmd->rank)
			analyze_file(cmd, by, i, pieces);
	free(owner);
	if (pieces_collect(pieces, cmd->rank, cmd->ranks) < 0)
		give_up("out of memory: states of other ranks");
}

/* Rank 0, once it has all */

/* In the order in which files were named; of one that failed, nothing */
static int add_states(const struct command *cmd, struct kvx *k,
		      const struct pieces *pieces)
{
	const char **states = calloc(cmd->nr_paths, sizeof(*states)), *state;
	size_t *bytes = calloc(cmd->nr_paths, sizeof(*bytes)), at = 0, i;
	int status = KVX_OK;
	struct piece piece;

	if (!states || !bytes)
		give_up("out of memory: states");
	while ((state = pieces_next(pieces, &at, &piece))) {
		states[piece.index] = piece.bytes ? state : NULL;
		bytes[piece.index] = piece.bytes;
	}
	for (i = 0; i < cmd->nr_paths && status == KVX_OK; i++)
		status = kvx_add_state(k, cmd->paths[i], states[i], bytes[i]);
	free(states);
	free(bytes);
	return status;
}

static int print_all(const struct command *cmd, struct kvx *k,
		     const struct pieces *pieces, FILE *out)
{
	int status = add_states(cmd, k, pieces);

	return status == KVX_OK ? (int)kvx_print(k, out) : status;
}

static int print_to_file(const struct command *cmd, struct kvx *k,
			 const struct pieces *pieces)
{
	struct outfile file;
	struct output output;
	int status;

	if (outfile_open(&file, k, cmd->output) < 0)
		return KVX_FAILED;
	if (output_open(&output, k, file.fd) < 0) {
		outfile_drop(&file);
		return KVX_FAILED;
	}
	output.name = cmd->output;
	status = print_all(cmd, k, pieces, output.file);
	if (output_close(&output) < 0)
		status = KVX_FAILED;
	if (status == KVX_FAILED || status == KVX_USAGE)
		outfile_drop(&file);
	else if (outfile_keep(&file) < 0)
		status = KVX_FAILED;
	return status;
}

static int print(const struct command *cmd, struct kvx *k, const struct pieces *pieces)
{
	struct output output;
	int status;

	if (cmd->output)
		return print_to_file(cmd, k, pieces);
	if (output_open(&output, k, STDOUT_FILENO) < 0)
		return KVX_FAILED;
	status = print_all(cmd, k, pieces, output.file);
	return output_close(&output) < 0 ? (int)KVX_FAILED : status;
}

/* All ranks */

/* Is what is asked for right?  All ranks come to the same answer; one says it. */
static int check(const struct command *cmd, struct kvx *k, char by[BY_MAX])
{
	static const char *const single[] = { "list", "from", "to", "longer-than",
					      "guest-map" };
	size_t i;

	if (set_options(cmd, k, false) < 0 || kvx_check(k) != KVX_OK)
		return -1;
	if (!kvx_adds(k)) {
		kvx_say(k, KVX_ERROR, "reports are of one recording: choose a view: --format=table");
		return -1;
	}
	for (i = 0; i < sizeof(single) / sizeof(single[0]); i++)
		if (has_option(cmd, single[i])) {
			kvx_say(k, KVX_ERROR, "states have no single exits: not with --%s",
				single[i]);
			return -1;
		}
	if (choose_by(cmd, by) < 0) {
		kvx_say(k, KVX_ERROR, "bad list of keys: --by: too long");
		return -1;
	}
	return 0;
}

static int run(struct command *cmd, struct kvx *k, int argc, char **argv)
{
	struct pieces pieces = { .data = NULL };
	char by[BY_MAX];
	int status;

	if (parse(cmd, k, argc, argv) < 0)
		return KVX_USAGE;
	if (cmd->help || cmd->version) {
		if (!cmd->rank && cmd->help)
			printf(usage, program_invocation_short_name);
		else if (!cmd->rank)
			printf("%s %s\n", program_invocation_short_name, kvx_version());
		return KVX_OK;
	}
	if (check(cmd, k, by) < 0)
		return KVX_USAGE;
	analyze_share(cmd, by, &pieces);
	status = cmd->rank ? KVX_OK : print(cmd, k, &pieces);
	free(pieces.data);
	return status;
}

int main(int argc, char **argv)
{
	struct command cmd = { .options = NULL };
	struct kvx *k;
	int status;

	MPI_Init(&argc, &argv);
	MPI_Comm_rank(MPI_COMM_WORLD, &cmd.rank);
	MPI_Comm_size(MPI_COMM_WORLD, &cmd.ranks);
	k = new_handle(!cmd.rank);
	if (!k)
		give_up("out of memory");
	status = run(&cmd, k, argc, argv);
	/* mpirun hands on the status of the first rank that has one. */
	MPI_Bcast(&status, 1, MPI_INT, 0, MPI_COMM_WORLD);
	kvx_free(k);
	free(cmd.options);
	MPI_Finalize();
	return cmd.rank ? KVX_OK : status;
}
