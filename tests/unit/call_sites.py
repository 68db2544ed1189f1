#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs a test of failing system calls, and tells which calls never failed: call_sites.py PROGRAM RUNS OBJECTS...

OBJECTS are the compiled files that are tested. The linker has put __wrap_NAME in place of the functions that fail; every
call of one of them, wherever the tested code makes it, must have failed in each of the ways that the program has for it, and
every other system call of that code must stand in EXEMPT, with the reason. (Memory is what tests/allocations is about.) Ends
in 'N passed, N failed': the program's runs, and a case for each call.
"""
import os
import re
import subprocess
import sys
import tempfile

SYSTEM = set("""accept accept4 bind chdir chmod clone close_range connect dup dup2 dup3 epoll_create1 epoll_ctl epoll_pwait
    epoll_wait eventfd execve fchmod fchown fcntl fork fstat fsync getpeername getrandom getrlimit getsockname getsockopt kill
    listen lstat mkdir mmap open openat pipe pipe2 poll ppoll prctl read readv recv recvfrom recvmsg rename renameat send sendmsg
    sendto setrlimit setsockopt signalfd socket socketpair stat timerfd_create timerfd_settime unlink unlinkat waitid waitpid
    write writev""".split())

# By program, function (as the compiler has put them together) and what it calls: why it need not fail here.
EXEMPT = {
    ("test_client", "darq_session_connect", "poll"): "a pause between attempts, whatever comes of it",
    ("test_client", "darq_session_loop_update", "timerfd_settime"): "can't fail with a time that is one",
    ("test_client", "timer_update", "timerfd_settime"): "the same",
    ("test_client", "darq_session_loop_forget", "epoll_ctl"): "the socket is closed next, which takes it out",
    ("test_client", "darq_address_connect", "fcntl"): "of an inherited descriptor: fails on a closed one only",
    ("test_client", "darq_descriptor_raise", "fcntl"): "of a program without standard streams only; its ways are those of socket()",
    ("test_client", "fd_adopt", "fcntl"): "the same, where it is a function of its own",
    ("test_client", "darq_connection_read", "ppoll"): "only with something unsent, a few times in a thousand runs; a failure is a read in which nothing came",
    ("test_client", "await", "ppoll"): "the same, where it is a function of its own",
    ("test_client", "darq_connection_await_room", "ppoll"): "only at the end, with something unsent; whatever comes of it",
    ("test_client", "darq_socket_send", "sendmsg"): "of several parts: only behind what the socket hasn't taken; its ways are those of send()",
    ("test_client", "turn", "ppoll"): "a loop that sleeps: most turns of the runs read at once; a failure is a turn in which nothing came",
    ("test_client", "sleep_turn", "ppoll"): "the same",
    ("test_client", "turn", "read"): "what darq_session_stop() wrote; in these runs darq_session_run() meets it, by the same function",
    ("test_shell", "listener_open", "setsockopt"): "IPV6_V6ONLY, where there is IPv6; whatever comes of it",
    ("test_shell", "socket_bind", "setsockopt"): "the same",
    ("test_shell", "log_init", "fstat"): "the log isn't looked at",
    ("test_shell", "under_systemd", "fstat"): "the same",
    ("test_shell", "log_line", "poll"): "the same",
    ("test_shell", "log_line", "write"): "the same",
    ("test_shell", "writable", "poll"): "the same",
    ("test_shell", "systemd_open", "socket"): "where systemd wants to be told; nothing depends on it",
    ("test_shell", "systemd_open", "connect"): "the same",
    ("test_shell", "systemd_tell", "send"): "the same",
    ("test_shell", "systemd_sockets", "fcntl"): "descriptors that systemd gave; fails on closed ones only",
    ("test_shell", "systemd_sockets", "getsockopt"): "the same, and on what is no socket",
    ("test_shell", "is_listener", "getsockopt"): "the same, where it is a function of its own",
}

LABEL = re.compile(r"^([0-9a-f]+) <([^>]+)>:$")
CALL = re.compile(r"^ *([0-9a-f]+):\s.*\b(callq?|jmpq?|bl|b|jal|brasl|jg)\b.*<([^>+]+?)(@plt)?>$")


def functions_of(objects):
    """Names of the functions that the objects hold; of those that the compiler has split the part before the dot. (nm would ask
    the compiler's plugin, which tells of objects that are optimised as a whole only what others see.)"""
    listed = subprocess.run(["readelf", "--symbols", "--wide", *objects], check=True, capture_output=True, text=True).stdout
    rows = [line.split() for line in listed.splitlines()]
    return {row[7].split(".")[0] for row in rows if len(row) >= 8 and row[3] == "FUNC" and row[6] != "UND"}


def calls_of(program, tested):
    """(return address, function, callee, tail) of all calls that the tested functions make."""
    function, last, calls = None, None, []
    listing = subprocess.run(["objdump", "-d", "--no-show-raw-insn", program], check=True, capture_output=True, text=True).stdout
    for line in listing.splitlines():
        label = LABEL.match(line)
        if label:
            function = label.group(2).split(".")[0]
            continue
        address = re.match(r"^ *([0-9a-f]+):", line)
        if address and last:
            calls.append((int(address.group(1), 16), *last))
        last = None
        call = CALL.match(line)
        if call and function in tested:
            last = function, call.group(3), call.group(2).startswith("j") and call.group(2) != "jal"
    return calls


def reached_in(path):
    """By return address: whether the call has failed in every way."""
    with open(path) as file:
        lines = [line.split() for line in file]
    return {int(address, 16): int(taken, 16) == (1 << int(ways)) - 1 for address, taken, ways in lines}


def main():
    program, runs, objects = sys.argv[1], sys.argv[2], sys.argv[3:]
    name = os.path.basename(program)
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "sites")
        done = subprocess.run([program, runs], env=dict(os.environ, SITES=path), stdout=subprocess.PIPE, text=True)
        reached = reached_in(path) if os.path.exists(path) else {}
    print(done.stdout, end="")
    passed, failed = map(int, re.findall(r"^(\d+) passed, (\d+) failed$", done.stdout, re.M)[-1])
    failed += done.returncode != 0 and failed == 0
    calls = calls_of(program, functions_of(objects))
    # A tail call returns to whoever called the function: it is known by what nobody else accounts for.
    unknown = [all_ways for address, all_ways in reached.items() if address not in {call[0] for call in calls}]
    for address, function, callee, tail in calls:
        wrapped = callee.startswith("__wrap_")
        callee = callee[len("__wrap_"):] if wrapped else callee
        if callee not in SYSTEM or (name, function, callee) in EXEMPT:
            continue
        good = wrapped and (any(unknown) if tail else reached.get(address, False))
        passed, failed = passed + good, failed + (not good)
        if not good:
            print("%s, %s() at %x: %s" % (function, callee, address,
                                          "it never fails" if not wrapped or address not in reached else "not in every way"))
    print("%d passed, %d failed" % (passed, failed))
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
