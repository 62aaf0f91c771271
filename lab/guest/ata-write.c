// SPDX-License-Identifier: GPL-2.0
/*
 * ata-write PORTS: copy standard input to the first disk of an IDE channel,
 * from its first sector on.
 *
 * The lab's kernel has no driver for disks other than virtio ones, and Bochs
 * has none of those: this is programmed I/O through the ports of the channel
 * as sysfs shows them ("resource2" of the controller: the second channel).
 * A serial port, the other way out, takes five times as many instructions.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECTOR_BYTES	512

/* Registers, and what is in them: ATA/ATAPI-4, 28-bit addresses. */
enum {
	DATA, ERROR, COUNT, LBA_LOW, LBA_MIDDLE, LBA_HIGH, DEVICE, COMMAND,
	STATUS = COMMAND,
};
#define DEVICE_LBA	0xe0
#define STATUS_BUSY	0x80
#define STATUS_FAULT	0x20
#define STATUS_REQUEST	0x08
#define STATUS_ERROR	0x01
#define WRITE_SECTORS	0x30

static int ports;

static void out(unsigned int port, const void *data, size_t bytes)
{
	if (pwrite(ports, data, bytes, port) != (ssize_t)bytes) {
		perror("ata-write: port");
		exit(EXIT_FAILURE);
	}
}

static void out8(unsigned int port, uint8_t value)
{
	out(port, &value, sizeof(value));
}

/* Returns the status once the disk is no longer busy. */
static uint8_t wait_ready(void)
{
	uint8_t status;

	do {
		if (pread(ports, &status, 1, STATUS) != 1) {
			perror("ata-write: status");
			exit(EXIT_FAILURE);
		}
	} while (status & STATUS_BUSY);
	return status;
}

static int write_sector(uint32_t lba, const uint32_t *data)
{
	wait_ready();
	out8(DEVICE, DEVICE_LBA | lba >> 24);
	out8(COUNT, 1);
	out8(LBA_LOW, lba);
	out8(LBA_MIDDLE, lba >> 8);
	out8(LBA_HIGH, lba >> 16);
	out8(COMMAND, WRITE_SECTORS);
	if (!(wait_ready() & STATUS_REQUEST))
		return -1;
	for (unsigned int i = 0; i < SECTOR_BYTES / sizeof(*data); i++)
		out(DATA, &data[i], sizeof(*data));
	return wait_ready() & (STATUS_ERROR | STATUS_FAULT) ? -1 : 0;
}

int main(int argc, char **argv)
{
	uint32_t sector[SECTOR_BYTES / sizeof(uint32_t)];
	uint32_t lba = 0;
	size_t bytes;

	if (argc != 2) {
		fputs("usage: ata-write PORTS <DATA\n", stderr);
		return 2;
	}
	ports = open(argv[1], O_RDWR);
	if (ports < 0) {
		perror(argv[1]);
		return EXIT_FAILURE;
	}
	while ((bytes = fread(sector, 1, SECTOR_BYTES, stdin)) > 0) {
		memset((char *)sector + bytes, 0, SECTOR_BYTES - bytes);
		if (write_sector(lba, sector)) {
			fprintf(stderr, "ata-write: sector %u not written\n", lba);
			return EXIT_FAILURE;
		}
		lba++;
	}
	return EXIT_SUCCESS;
}
