/*
 * Works on in a way that shows whether its memory survived. usage: workload threads|forks|shared|deleted
 * Writes "<random number of this start> <count>" to /progress again and again, and /broken if anything is not as it was.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS 4
#define WORDS (512 * 1024)

static unsigned long nonce;
static unsigned long *pattern;

static void broken(const char *what)
{
	int fd = open("/broken", O_RDWR | O_CREAT | O_APPEND, 0600);
	dprintf(fd, "%s\n", what);
	exit(1);
}

static void expect(int good, const char *what)
{
	if (!good)
		broken(what);
}

static void progress(unsigned long count)
{
	static int fd = -1;
	char text[64];
	if (fd < 0)
		fd = open("/progress", O_RDWR | O_CREAT, 0600);
	int length = snprintf(text, sizeof(text), "%020lu %020lu\n", nonce, count);
	expect(pwrite(fd, text, length, 0) == length, "progress");
	for (int i = 0; i < WORDS; i += 509)
		expect(pattern[i] == (nonce ^ i), "private memory");
	usleep(2000);
}

static unsigned long *map(int flags, int fd)
{
	unsigned long *memory = mmap(0, WORDS * sizeof(long), PROT_READ | PROT_WRITE, flags, fd, 0);
	expect(memory != MAP_FAILED, "mmap");
	return memory;
}

static __thread unsigned long own;
static volatile unsigned long counts[WORKERS];

static void *thread(void *number)
{
	long me = (long)number;
	for (;;) {
		expect(own == counts[me], "thread's own memory");
		counts[me] = ++own;
		usleep(1000);
	}
	return 0;
}

static void threads(void)
{
	pthread_t id;
	for (long i = 0; i < WORKERS; i++)
		expect(!pthread_create(&id, 0, thread, (void *)i), "pthread_create");
	for (;;) {
		unsigned long least = counts[0];
		for (int i = 1; i < WORKERS; i++)
			least = counts[i] < least ? counts[i] : least;
		progress(least);
	}
}

/* Children send a sequence through a pipe; now and then one ends and a new one goes on. */
static void forks(void)
{
	int ends[2];
	unsigned long expected = 0;
	expect(!pipe(ends), "pipe");
	for (;;) {
		pid_t child = fork();
		expect(child >= 0, "fork");
		if (!child) {
			for (unsigned long i = expected; i < expected + 50; i++) {
				expect(write(ends[1], &i, sizeof(i)) == sizeof(i), "write");
				usleep(1000);
			}
			_exit(0);
		}
		for (int i = 0; i < 50; i++) {
			unsigned long got;
			expect(read(ends[0], &got, sizeof(got)) == sizeof(got), "read");
			expect(got == expected, "sequence in the pipe");
			progress(++expected);
		}
		expect(waitpid(child, 0, 0) == child, "waitpid");
	}
}

static void shared(void)
{
	unsigned long *anonymous = map(MAP_SHARED | MAP_ANONYMOUS, -1);
	int fd = open("/dev/shm/segment", O_RDWR | O_CREAT, 0600);
	expect(!ftruncate(fd, WORDS * sizeof(long)), "ftruncate");
	unsigned long *named = map(MAP_SHARED, fd);
	if (!fork())
		for (;;) {
			unsigned long next = anonymous[1] + 1;
			named[WORDS - 1] = next;
			__sync_synchronize();
			anonymous[1] = next;
			usleep(1000);
		}
	for (;;) {
		unsigned long seen = anonymous[1];
		__sync_synchronize();
		unsigned long other = named[WORDS - 1];
		expect(other >= seen, "shared memory");
		progress(seen);
	}
}

static void deleted(void)
{
	static char block[1 << 20], again[1 << 20];
	int fd = open("/soon-gone", O_RDWR | O_CREAT, 0600);
	memset(block, (int)(nonce & 0x7f) + 1, sizeof(block));
	for (int i = 0; i < 3; i++)
		expect(write(fd, block, sizeof(block)) == sizeof(block), "write");
	expect(!unlink("/soon-gone"), "unlink");
	for (unsigned long count = 0;; count++) {
		expect(pread(fd, again, sizeof(again), (count % 3) << 20) == sizeof(again), "pread");
		expect(!memcmp(block, again, sizeof(block)), "deleted file");
		progress(count);
	}
}

int main(int count, char **arguments)
{
	const char *how = arguments[count - 1];
	expect(getrandom(&nonce, sizeof(nonce), 0) == sizeof(nonce), "getrandom");
	nonce >>= 1;
	pattern = map(MAP_PRIVATE | MAP_ANONYMOUS, -1);
	for (int i = 0; i < WORDS; i++)
		pattern[i] = nonce ^ i;
	if (!strcmp(how, "threads"))
		threads();
	if (!strcmp(how, "forks"))
		forks();
	if (!strcmp(how, "shared"))
		shared();
	if (!strcmp(how, "deleted"))
		deleted();
	return 2;
}
