/* SPDX-License-Identifier: MIT */
/*
 * seccomp(2), mode filter: a list of what the router does, in classic BPF.
 *
 * No argument is looked at but the protection of a mapping, so that the system answers for all the others from a bitmap, without
 * running the filter (Linux 5.11 and later). It is for whoever gets to run code in the router: that could read and forge messages,
 * as the router itself can, but do nothing with the rest of the system.
 */
#include "pkernel/shell/filter.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#if defined __x86_64__ && !defined __ILP32__
#define FILTER_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined __aarch64__
#define FILTER_ARCHITECTURE AUDIT_ARCH_AARCH64
#elif defined __riscv && __riscv_xlen == 64
#define FILTER_ARCHITECTURE AUDIT_ARCH_RISCV64
#elif defined __s390x__
#define FILTER_ARCHITECTURE AUDIT_ARCH_S390X
#endif

/* A sanitizer reads /proc and starts threads when it reports, and a profile is written at the end. */
#if defined __SANITIZE_ADDRESS__ || defined FILTER_OFF
#undef FILTER_ARCHITECTURE
#elif defined __has_feature
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#undef FILTER_ARCHITECTURE
#endif
#endif

#ifdef FILTER_ARCHITECTURE

enum { MAPPING_PROTECTION = 2 }; /* mmap's argument */

/* Without arguments: what it is doing all the time comes first. */
static const int allowed[] = {
        __NR_recvfrom,
        __NR_sendmsg,
#ifdef __NR_epoll_wait
        __NR_epoll_wait,
#endif
        __NR_epoll_pwait,
        __NR_epoll_ctl,
        __NR_recvmsg,
        __NR_sendto,
        __NR_accept4,
        __NR_close,
        __NR_read,
        __NR_write,
        __NR_writev,
#ifdef __NR_poll
        __NR_poll,
#endif
        __NR_ppoll,
        __NR_getsockopt,
        __NR_setsockopt,
        __NR_getsockname,
        __NR_getpeername,
        __NR_shutdown,
        __NR_fcntl,
        __NR_dup,
        __NR_getrandom,
        __NR_clock_gettime,
        __NR_gettimeofday,
        __NR_brk,
        __NR_munmap,
        __NR_mremap,
        __NR_madvise,
        __NR_futex,
        __NR_restart_syscall,
        __NR_rt_sigaction,
        __NR_rt_sigprocmask,
        __NR_rt_sigreturn,
        __NR_getpid,
        __NR_gettid,
        __NR_geteuid,
        __NR_tgkill, /* abort() */
        __NR_wait4,  /* for the starter, at the end */
        __NR_exit,
        __NR_exit_group,
};

/* Nothing of ours: whoever does this isn't us any more. */
static const int deadly[] = {
        __NR_execve,
        __NR_execveat,
        __NR_clone,
#ifdef __NR_clone3
        __NR_clone3,
#endif
#ifdef __NR_fork
        __NR_fork,
        __NR_vfork,
#endif
        __NR_ptrace,
        __NR_process_vm_readv,
        __NR_process_vm_writev,
        __NR_kill,
#ifdef __NR_open
        __NR_open,
        __NR_creat,
#endif
        __NR_openat,
#ifdef __NR_openat2
        __NR_openat2,
#endif
#ifdef __NR_unlink
        __NR_unlink,
        __NR_rename,
#endif
        __NR_unlinkat,
#ifdef __NR_renameat
        __NR_renameat,
#endif
        __NR_renameat2,
        __NR_socket,
        __NR_socketpair,
        __NR_connect,
        __NR_bind,
        __NR_listen,
        __NR_mprotect,
};

enum {
        ALLOWED = sizeof allowed / sizeof *allowed,
        DEADLY = sizeof deadly / sizeof *deadly,
        HEAD = 4,
        MAPPING = 4,
        PROGRAM_MAX = HEAD + 2 * ALLOWED + MAPPING + 2 * DEADLY + 1,
};

struct program {
        struct sock_filter steps[PROGRAM_MAX];
        unsigned short count;
};

static void step_add(struct program *self, struct sock_filter step)
{
        self->steps[self->count++] = step;
}

static void load_add(struct program *self, size_t offset)
{
        step_add(self,
                 (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned int)offset));
}

static void verdict_add(struct program *self, unsigned int verdict)
{
        step_add(self, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, verdict));
}

/* The verdict if what was loaded is that value. */
static void case_add(struct program *self, unsigned int value, unsigned int verdict)
{
        step_add(self, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1));
        verdict_add(self, verdict);
}

/* mmap, unless what is mapped can be executed. The last case, because it loads something else than the number. */
static void mapping_add(struct program *self)
{
        size_t low = offsetof(struct seccomp_data, args[MAPPING_PROTECTION]) +
                     (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0);

        step_add(self, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_mmap, 0, 3));
        load_add(self, low);
        step_add(self, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 1, 0));
        verdict_add(self, SECCOMP_RET_ALLOW);
}

static void program_write(struct program *self)
{
        self->count = 0;
        load_add(self, offsetof(struct seccomp_data, arch));
        step_add(self, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, FILTER_ARCHITECTURE,
                                                    1, 0));
        verdict_add(self, SECCOMP_RET_KILL_PROCESS);
        load_add(self, offsetof(struct seccomp_data, nr));
        for (size_t i = 0; i < ALLOWED; i++)
                case_add(self, (unsigned int)allowed[i], SECCOMP_RET_ALLOW);
        for (size_t i = 0; i < DEADLY; i++)
                case_add(self, (unsigned int)deadly[i], SECCOMP_RET_KILL_PROCESS);
        mapping_add(self);
        verdict_add(self, SECCOMP_RET_ERRNO | EPERM);
}

int filter_install(void)
{
        struct program program;
        struct sock_fprog list = {.filter = program.steps};

        program_write(&program);
        list.len = program.count;
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
                return -errno;
        if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &list) < 0)
                return errno == EINVAL ? -ENOSYS : -errno;
        return 0;
}

#else

int filter_install(void)
{
        return -ENOSYS;
}

#endif
