/* A shared library for LD_PRELOAD that kills a process group at its Nth write to a folder.
 *
 * STEVO_KILL_COUNTER names a file of one 64-bit number: how many calls are left until the kill; 0
 * does nothing. All processes that map the file count together. Only calls on files and folders
 * below STEVO_KILL_UNDER count. The kill comes before the call is made, so that number 1 leaves
 * what was there, and each further number one call more.
 *
 * It stands between programs and the C library, where DuckDB, SQLite and Python all pass.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static _Atomic long *left;
static const char *under;

__attribute__((constructor)) static void open_counter(void)
{
    const char *path = getenv("STEVO_KILL_COUNTER");
    under = getenv("STEVO_KILL_UNDER");
    if (path == NULL || under == NULL)
        return;
    int descriptor = open(path, O_RDWR | O_CLOEXEC);
    if (descriptor < 0)
        return;
    void *page = mmap(NULL, sizeof(long), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    close(descriptor);
    if (page != MAP_FAILED)
        left = page;
}

static void count(const char *path)
{
    if (strncmp(path, under, strlen(under)) != 0)
        return;
    if (atomic_fetch_sub(left, 1) == 1) {
        kill(0, SIGKILL);
        for (;;)
            pause();
    }
}

static int is_armed(void)
{
    return left != NULL && atomic_load(left) > 0;
}

static void count_file(int descriptor)
{
    char name[64], path[PATH_MAX];
    if (!is_armed())
        return;
    snprintf(name, sizeof name, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(name, path, sizeof path - 1);
    if (length > 0) {
        path[length] = 0;
        count(path);
    }
}

/* A relative path counts by its folder; AT_FDCWD has none, and stevo's paths are absolute. */
static void count_path(int folder, const char *path)
{
    if (!is_armed())
        return;
    if (path[0] == '/')
        count(path);
    else if (folder >= 0)
        count_file(folder);
}

ssize_t write(int to, const void *bytes, size_t size)
{
    count_file(to);
    return syscall(SYS_write, to, bytes, size);
}

ssize_t pwrite(int to, const void *bytes, size_t size, off_t at)
{
    count_file(to);
    return syscall(SYS_pwrite64, to, bytes, size, at);
}

ssize_t pwrite64(int to, const void *bytes, size_t size, off64_t at)
{
    count_file(to);
    return syscall(SYS_pwrite64, to, bytes, size, at);
}

int ftruncate(int of, off_t size)
{
    count_file(of);
    return syscall(SYS_ftruncate, of, size);
}

int ftruncate64(int of, off64_t size)
{
    count_file(of);
    return syscall(SYS_ftruncate, of, size);
}

int fsync(int of)
{
    count_file(of);
    return syscall(SYS_fsync, of);
}

int fdatasync(int of)
{
    count_file(of);
    return syscall(SYS_fdatasync, of);
}

int rename(const char *from, const char *to)
{
    count_path(AT_FDCWD, to);
    return syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int renameat(int from_folder, const char *from, int to_folder, const char *to)
{
    count_path(to_folder, to);
    return syscall(SYS_renameat2, from_folder, from, to_folder, to, 0);
}

int symlink(const char *target, const char *path)
{
    count_path(AT_FDCWD, path);
    return syscall(SYS_symlinkat, target, AT_FDCWD, path);
}

int unlink(const char *path)
{
    count_path(AT_FDCWD, path);
    return syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

int unlinkat(int folder, const char *path, int flags)
{
    count_path(folder, path);
    return syscall(SYS_unlinkat, folder, path, flags);
}

int rmdir(const char *path)
{
    count_path(AT_FDCWD, path);
    return syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR);
}

int mkdir(const char *path, mode_t mode)
{
    count_path(AT_FDCWD, path);
    return syscall(SYS_mkdirat, AT_FDCWD, path, mode);
}
