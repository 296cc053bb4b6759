/* Holds one thing that CRIU cannot dump, says "ready" in a file, and counts on. usage: culprit KIND */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/if_alg.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void check(long result, const char *what)
{
	if (result < 0)
		fail(what);
}

static void connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_STREAM, 0);
	strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
	check(connect(s, (struct sockaddr *)&address, sizeof(address)), "connect");
}

static void hold(const char *kind)
{
	if (!strcmp(kind, "io_uring")) {
		char parameters[120] = { 0 };
		check(syscall(SYS_io_uring_setup, 4, parameters), kind);
	} else if (!strcmp(kind, "device")) {
		check(open("/dev/culprit", O_RDWR), kind);
	} else if (!strcmp(kind, "device-mapping")) {
		int fd = open("/dev/culprit", O_RDWR);
		check(fd, kind);
		if (mmap(0, 4096, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED)
			fail(kind);
	} else if (!strcmp(kind, "ghost")) {
		int fd = open("/big", O_RDWR | O_CREAT, 0600);
		static char block[1 << 20];
		memset(block, 7, sizeof(block));
		for (int i = 0; i < 3; i++)
			check(write(fd, block, sizeof(block)), kind);
		check(unlink("/big"), kind);
	} else if (!strcmp(kind, "linked-deleted")) {
		check(open("/one", O_RDWR | O_CREAT, 0600), kind);
		check(link("/one", "/two"), kind);
		check(unlink("/one"), kind);
	} else if (!strcmp(kind, "unix")) {
		connect_to("/outside/socket");
	} else if (!strcmp(kind, "fanotify")) {
		int fd = fanotify_init(FAN_CLASS_NOTIF | FAN_REPORT_FID, O_RDONLY);
		check(fd, kind);
	} else if (!strcmp(kind, "inotify-deleted")) {
		int fd = inotify_init();
		mkdir("/watched", 0700);
		check(inotify_add_watch(fd, "/watched", IN_ALL_EVENTS), kind);
		int d = open("/watched", O_RDONLY | O_DIRECTORY);
		check(d, kind);
		rmdir("/watched");
	} else if (!strcmp(kind, "alg")) {
		struct sockaddr_alg address = { .salg_family = AF_ALG, .salg_type = "hash", .salg_name = "sha256" };
		int s = socket(AF_ALG, SOCK_SEQPACKET, 0);
		check(s, kind);
		check(bind(s, (struct sockaddr *)&address, sizeof(address)), kind);
	} else if (!strcmp(kind, "vsock")) {
		check(socket(AF_VSOCK, SOCK_STREAM, 0), kind);
	} else if (!strcmp(kind, "sctp")) {
		check(socket(AF_INET, SOCK_STREAM, 132), kind);
	} else if (!strcmp(kind, "perf")) {
		struct perf_event_attr attributes = { .type = PERF_TYPE_SOFTWARE, .size = sizeof(attributes),
						      .config = PERF_COUNT_SW_CPU_CLOCK };
		check(syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0), kind);
	} else if (!strcmp(kind, "userfaultfd")) {
		check(syscall(SYS_userfaultfd, O_CLOEXEC | 1), kind);
	} else if (!strcmp(kind, "bpf")) {
		union bpf_attr program = { 0 };
		program.map_type = BPF_MAP_TYPE_ARRAY;
		program.key_size = 4;
		program.value_size = 4;
		program.max_entries = 1;
		check(syscall(SYS_bpf, BPF_MAP_CREATE, &program, sizeof(program)), kind);
	} else if (!strcmp(kind, "time-namespace")) {
		check(unshare(CLONE_NEWTIME), kind);
		if (!fork())
			for (;;)
				pause();
	} else if (!strcmp(kind, "pid-namespace")) {
		check(unshare(CLONE_NEWPID), kind);
		if (!fork())
			for (;;)
				pause();
	} else if (!strcmp(kind, "mount-namespace")) {
		if (!fork()) {
			check(unshare(CLONE_NEWNS), kind);
			for (;;)
				pause();
		}
		sleep(1);
	} else if (!strcmp(kind, "user-namespace")) {
		if (!fork()) {
			check(unshare(CLONE_NEWUSER), kind);
			for (;;)
				pause();
		}
		sleep(1);
	} else if (!strcmp(kind, "traced")) {
		pid_t child = fork();
		if (!child)
			for (;;)
				pause();
		check(ptrace(PTRACE_SEIZE, child, 0, 0), kind);
	} else if (!strcmp(kind, "stopped")) {
		pid_t child = fork();
		if (!child)
			for (;;)
				pause();
		check(kill(child, SIGSTOP), kind);
		check(waitpid(child, 0, WUNTRACED), kind);
	} else if (!strcmp(kind, "pidfd")) {
		check(syscall(SYS_pidfd_open, getpid(), 0), kind);
	} else if (!strcmp(kind, "mounted")) {
		mkdir("/mnt", 0700);
		check(syscall(SYS_mount, "none", "/mnt", "ramfs", 0, 0), kind);
		check(open("/mnt/file", O_RDWR | O_CREAT, 0600), kind);
	} else if (!strcmp(kind, "detached-mount")) {
		mkdir("/mnt", 0700);
		check(syscall(SYS_mount, "none", "/mnt", "tmpfs", 0, 0), kind);
		check(open("/mnt/file", O_RDWR | O_CREAT, 0600), kind);
		check(syscall(SYS_umount2, "/mnt", 2), kind);
	} else if (!strcmp(kind, "secret")) {
		int fd = syscall(447, 0);
		check(fd, kind);
		check(ftruncate(fd, 4096), kind);
		if (mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED)
			fail(kind);
	} else if (!strcmp(kind, "nothing") || !strcmp(kind, "inherited")) {
		return;
	} else {
		errno = EINVAL;
		fail(kind);
	}
}

int main(int count, char **arguments)
{
	hold(arguments[count - 1]);
	check(open("/ready", O_RDWR | O_CREAT, 0600), "ready");
	for (;;)
		usleep(10000);
}
