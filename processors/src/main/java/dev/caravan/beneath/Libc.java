package dev.caravan.beneath;

import com.sun.jna.Native;
import com.sun.jna.Platform;
import com.sun.jna.Pointer;

/**
 * The C library's functions, see section 2 and 3 of the manual; strings end with a zero byte. All but {@link #openat2}
 * are the same on every 64-bit Linux.
 */
final class Libc {
    static final int AT_FDCWD = -100;
    static final int AT_SYMLINK_NOFOLLOW = 0x100;
    static final int AT_REMOVEDIR = 0x200;
    static final int AT_EMPTY_PATH = 0x1000;

    static final int O_RDONLY = 0;
    static final int O_WRONLY = 1;
    static final int O_CREAT = 0100;
    static final int O_EXCL = 0200;
    static final int O_CLOEXEC = 02000000;
    static final int O_PATH = 010000000;
    /** These two have other numbers on 64-bit ARM than on x86. */
    static final int O_DIRECTORY = Platform.isARM() ? 040000 : 0200000;
    static final int O_NOFOLLOW = Platform.isARM() ? 0100000 : 0400000;

    static final int RESOLVE_NO_XDEV = 0x01;
    static final int RESOLVE_NO_MAGICLINKS = 0x02;
    static final int RESOLVE_NO_SYMLINKS = 0x04;
    static final int RESOLVE_BENEATH = 0x08;

    static final int STATX_BASIC_STATS = 0x7ff;
    static final int STATX_BYTES = 256;

    /** Its number is the same on every architecture. */
    private static final long OPENAT2 = 437;

    static {
        Native.register(Libc.class, Platform.C_LIBRARY_NAME);
    }

    private Libc() {
    }

    /** Opens what openat2(2) lets through; the C library has no function for it. */
    static int openat2(int directory, byte[] path, long flags, long resolve) {
        return (int) syscall(OPENAT2, directory, path, new long[]{flags, 0, resolve}, 3L * Long.BYTES);
    }

    private static native long syscall(long number, long directory, byte[] path, long[] how, long size);

    static native int openat(int directory, byte[] name, int flags, int mode);

    static native int close(int descriptor);

    static native int statx(int directory, byte[] name, int flags, int mask, byte[] stat);

    static native long getdents64(int directory, byte[] entries, long size);

    static native long readlinkat(int directory, byte[] name, byte[] target, long size);

    static native int mkdirat(int directory, byte[] name, int mode);

    static native int mknodat(int directory, byte[] name, int mode, long device);

    static native int symlinkat(byte[] target, int directory, byte[] name);

    static native int linkat(int fromDirectory, byte[] from, int directory, byte[] name, int flags);

    static native int renameat(int fromDirectory, byte[] from, int directory, byte[] name);

    static native int unlinkat(int directory, byte[] name, int flags);

    static native int fchownat(int directory, byte[] name, int uid, int gid, int flags);

    static native int fchmodat(int directory, byte[] name, int mode, int flags);

    static native int utimensat(int directory, byte[] name, long[] times, int flags);

    static native long llistxattr(byte[] path, byte[] names, long size);

    static native long lgetxattr(byte[] path, byte[] name, byte[] value, long size);

    static native int lsetxattr(byte[] path, byte[] name, byte[] value, long size, int flags);

    static native int lremovexattr(byte[] path, byte[] name);

    static native long pread(int descriptor, Pointer bytes, long size, long position);

    static native long pwrite(int descriptor, Pointer bytes, long size, long position);

    static native int ftruncate(int descriptor, long size);

    static native int fsync(int descriptor);

    static native int syncfs(int descriptor);
}
