/* Loaded into the program by tests (LD_PRELOAD): a clock that can be set, and a disk that cannot sync.
 *
 * SHIM_CLOCK names a file with milliseconds that are added to the wall clock; it is read at each look.
 * SHIM_SYNC  names a file: while it exists, each fsync and fdatasync fails with EIO. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *now) {
    static int (*next)(clockid_t, struct timespec *);
    if (!next) next = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int result = next(clock, now);
    const char *name = getenv("SHIM_CLOCK");
    if (result || clock != CLOCK_REALTIME || !name) return result;
    char text[32] = {0};
    int file = open(name, O_RDONLY | O_CLOEXEC);
    if (file < 0) return result;
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    if (length <= 0) return result;
    long long at = now->tv_sec * 1000LL + now->tv_nsec / 1000000 + atoll(text);
    now->tv_sec = at / 1000;
    now->tv_nsec = at % 1000 * 1000000;
    return result;
}

static int refuses(void) {
    const char *name = getenv("SHIM_SYNC");
    if (!name || access(name, F_OK)) return 0;
    errno = EIO;
    return 1;
}

int fsync(int file) {
    static int (*next)(int);
    if (!next) next = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    return refuses() ? -1 : next(file);
}

int fdatasync(int file) {
    static int (*next)(int);
    if (!next) next = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    return refuses() ? -1 : next(file);
}
