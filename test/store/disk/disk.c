/*
 * A disk that fails, and one that loses power. Loaded into a process by LD_PRELOAD; it looks only at files whose path begins with
 * ACCORD_DISK_UNDER, and does as the file ACCORD_DISK_CONTROL says, which both sides have mapped: see disk.ts.
 *
 * A failing disk refuses the n-th write or sync, and as many after it as it is told. One that loses power ends the process before the
 * n-th call, and takes back every write that no sync has made durable since, and every file whose folder was not synced after it
 * was made. Nothing is really synced: what counts as durable is kept account of here.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { ATTACHED, CALL, ERROR, COUNTDOWN, REMAINING, HITS, KEPT, WRITES, SYNCS, TAKEN_BACK, FIELDS };
enum { NO_CALL, A_WRITE, A_SYNC, ANY };

#define FD_MAX 65536
#define FILES_MAX 64

struct file {
  char path[512];
  /* Made, and its folder not synced since. */
  int fresh;
};

/* A write (or a truncation) that no sync has made durable: what was there before. */
struct pending {
  struct pending *older;
  int file;
  off64_t at;
  size_t length;
  off64_t size;
  char before[];
};

static volatile int32_t *control;
static const char *under;
static size_t under_length;
static size_t folder_length;
static struct file files[FILES_MAX];
static int file_count;
static int file_of[FD_MAX];
static char folder_of[FD_MAX];
static struct pending *latest;
static int pending_count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name) ((__typeof__(&name))real(#name))

static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

__attribute__((constructor)) static void attach(void) {
  const char *path = getenv("ACCORD_DISK_CONTROL");
  under = getenv("ACCORD_DISK_UNDER");
  if (path == NULL || under == NULL) return;
  under_length = strlen(under);
  const char *slash = strrchr(under, '/');
  folder_length = slash == NULL ? 0 : (size_t)(slash - under);
  int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR);
  if (fd < 0) return;
  control = mmap(NULL, FIELDS * sizeof(int32_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (control == MAP_FAILED) control = NULL;
  else control[ATTACHED] = 1;
}

static int tracked(int fd) { return control != NULL && fd >= 0 && fd < FD_MAX ? file_of[fd] : 0; }

static int file_at(const char *path) {
  for (int i = 0; i < file_count; i++)
    if (strcmp(files[i].path, path) == 0) return i + 1;
  if (file_count == FILES_MAX || strlen(path) >= sizeof files[0].path) return 0;
  strcpy(files[file_count].path, path);
  return ++file_count;
}

static off64_t size_of(int fd) {
  struct stat64 at;
  return fstat64(fd, &at) == 0 ? at.st_size : 0;
}

/* Everything before the first `kept` of the writes that are not durable stays; the rest never was. */
static void lose_power(void) {
  int taken = 0;
  for (struct pending *each = latest; each != NULL && pending_count > control[KEPT]; each = each->older) {
    int fd = (int)syscall(SYS_openat, AT_FDCWD, files[each->file - 1].path, O_RDWR);
    if (fd >= 0) {
      for (size_t done = 0; done < each->length;) {
        long more = syscall(SYS_pwrite64, fd, each->before + done, each->length - done, each->at + done);
        if (more <= 0) break;
        done += more;
      }
      syscall(SYS_ftruncate, fd, each->size);
      syscall(SYS_close, fd);
    }
    pending_count--;
    taken++;
  }
  if (control[KEPT] == 0)
    for (int i = 0; i < file_count; i++)
      if (files[i].fresh) syscall(SYS_unlinkat, AT_FDCWD, files[i].path, 0);
  control[TAKEN_BACK] = taken;
  control[CALL] = NO_CALL;
  syscall(SYS_exit_group, 137);
}

/* The error of this call; 0: it goes well. */
static int verdict(int call) {
  control[call == A_WRITE ? WRITES : SYNCS]++;
  if (control[CALL] != call && control[CALL] != ANY) return 0;
  if (control[COUNTDOWN] > 0) control[COUNTDOWN]--;
  if (control[COUNTDOWN] > 0) return 0;
  if (control[ERROR] == 0) lose_power();
  if (control[REMAINING] == 0) return 0;
  if (control[REMAINING] > 0) control[REMAINING]--;
  control[HITS]++;
  return control[ERROR];
}

static void remember(int file, int fd, off64_t at, size_t length) {
  off64_t size = size_of(fd);
  size_t old = at >= size ? 0 : (size_t)(size - at) < length ? (size_t)(size - at) : length;
  struct pending *made = malloc(sizeof *made + old);
  if (made == NULL) abort();
  made->older = latest;
  made->file = file;
  made->at = at;
  made->length = old;
  made->size = size;
  for (size_t done = 0; done < old;) {
    long more = syscall(SYS_pread64, fd, made->before + done, old - done, at + done);
    if (more <= 0) abort();
    done += more;
  }
  latest = made;
  pending_count++;
}

static void settle(int file) {
  for (struct pending **at = &latest; *at != NULL;) {
    struct pending *each = *at;
    if (each->file != file) {
      at = &each->older;
      continue;
    }
    *at = each->older;
    free(each);
    pending_count--;
  }
}

static ssize_t write_at(int fd, const void *bytes, size_t length, off64_t at, int moves) {
  pthread_mutex_lock(&lock);
  int error = verdict(A_WRITE);
  if (error == EIO || (error != 0 && length < 2)) {
    pthread_mutex_unlock(&lock);
    errno = error;
    return -1;
  }
  /* A disk that runs full takes a part; the next call says why. */
  if (error != 0 && control[REMAINING] != 0) length /= 2;
  else if (error != 0) {
    pthread_mutex_unlock(&lock);
    errno = error;
    return -1;
  }
  remember(file_of[fd], fd, at, length);
  long done = moves ? syscall(SYS_write, fd, bytes, length) : syscall(SYS_pwrite64, fd, bytes, length, at);
  pthread_mutex_unlock(&lock);
  return done;
}

ssize_t write(int fd, const void *bytes, size_t length) {
  if (!tracked(fd)) return REAL(write)(fd, bytes, length);
  return write_at(fd, bytes, length, lseek64(fd, 0, SEEK_CUR), 1);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at) {
  if (!tracked(fd)) return REAL(pwrite64)(fd, bytes, length, at);
  return write_at(fd, bytes, length, at, 0);
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) { return pwrite64(fd, bytes, length, at); }

static int sync_of(int fd) {
  pthread_mutex_lock(&lock);
  int error = verdict(A_SYNC);
  if (error == 0 && folder_of[fd]) {
    for (int i = 0; i < file_count; i++) files[i].fresh = 0;
  } else if (error == 0) {
    settle(file_of[fd]);
  }
  pthread_mutex_unlock(&lock);
  if (error == 0) return 0;
  errno = error;
  return -1;
}

static int concerns(int fd) { return tracked(fd) || (control != NULL && fd >= 0 && fd < FD_MAX && folder_of[fd]); }

int fsync(int fd) { return concerns(fd) ? sync_of(fd) : REAL(fsync)(fd); }

int fdatasync(int fd) { return concerns(fd) ? sync_of(fd) : REAL(fdatasync)(fd); }

int ftruncate64(int fd, off64_t size) {
  if (!tracked(fd)) return REAL(ftruncate64)(fd, size);
  pthread_mutex_lock(&lock);
  off64_t had = size_of(fd);
  remember(file_of[fd], fd, size, had > size ? (size_t)(had - size) : 0);
  int done = (int)syscall(SYS_ftruncate, fd, size);
  pthread_mutex_unlock(&lock);
  return done;
}

int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

static int opened(int fd, const char *path, int made) {
  if (fd < 0 || fd >= FD_MAX) return fd;
  pthread_mutex_lock(&lock);
  size_t length = strlen(path);
  int mapped = length > 4 && strcmp(path + length - 4, "-shm") == 0;
  folder_of[fd] = length == folder_length && strncmp(under, path, length) == 0;
  file_of[fd] = !folder_of[fd] && !mapped && strncmp(path, under, under_length) == 0 ? file_at(path) : 0;
  if (file_of[fd] && made) files[file_of[fd] - 1].fresh = 1;
  pthread_mutex_unlock(&lock);
  return fd;
}

static int open_at(const char *path, int flags, mode_t mode) {
  if (control == NULL) return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
  int made = (flags & O_CREAT) && access(path, F_OK) != 0;
  return opened((int)syscall(SYS_openat, AT_FDCWD, path, flags, mode), path, made);
}

#define MODE(flags)                        \
  mode_t mode = 0;                         \
  if ((flags) & (O_CREAT | O_TMPFILE)) {   \
    va_list more;                          \
    va_start(more, flags);                 \
    mode = va_arg(more, mode_t);           \
    va_end(more);                          \
  }

int open(const char *path, int flags, ...) {
  MODE(flags)
  return open_at(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
  MODE(flags)
  return open_at(path, flags | O_LARGEFILE, mode);
}

int close(int fd) {
  if (control != NULL && fd >= 0 && fd < FD_MAX) file_of[fd] = folder_of[fd] = 0;
  return (int)syscall(SYS_close, fd);
}

int unlink(const char *path) {
  if (control != NULL && strncmp(path, under, under_length) == 0) {
    pthread_mutex_lock(&lock);
    int file = file_at(path);
    if (file) {
      settle(file);
      files[file - 1].fresh = 0;
    }
    pthread_mutex_unlock(&lock);
  }
  return REAL(unlink)(path);
}
