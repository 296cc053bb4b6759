package dev.caravan.beneath;

import com.sun.jna.Native;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** What a system call that failed says, errno(3), as Java says it. */
final class SystemError {
    static final int ENOENT = 2;
    static final int EXDEV = 18;
    static final int EISDIR = 21;
    static final int EINVAL = 22;
    static final int ENODATA = 61;
    static final int EOPNOTSUPP = 95;

    private static final int EEXIST = 17;
    private static final int ENOTDIR = 20;
    private static final int ERANGE = 34;
    private static final int ENOSYS = 38;
    private static final int ENOTEMPTY = 39;
    private static final int ELOOP = 40;

    private SystemError() {
    }

    /** The number of the last call of this thread. */
    static int last() {
        return Native.getLastError();
    }

    /** The last call of this thread as an exception. */
    static IOException of(String path) {
        return of(last(), path);
    }

    static IOException of(int error, String path) {
        String shown = shown(path);
        return switch (error) {
            case ENOENT -> new NoSuchFileException(shown);
            case EEXIST -> new FileAlreadyExistsException(shown);
            case ENOTDIR -> new NotDirectoryException(shown);
            case ENOTEMPTY -> new DirectoryNotEmptyException(shown);
            case ELOOP -> new LinkInTheWay(shown);
            case EXDEV -> new FileSystemException(shown, null,
                    "it leads out of the directory, or something is mounted there");
            case ENOSYS -> new FileSystemException(shown, null, "this kernel lacks openat2: Linux 5.6 is needed");
            case ERANGE -> new FileSystemException(shown, null, "it changed while it was read");
            default -> new FileSystemException(shown, null, "error " + error + " (errno(3))");
        };
    }

    private static String shown(String raw) {
        return new String(raw.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1),
                java.nio.charset.StandardCharsets.UTF_8).replaceAll("\\p{Cntrl}", "?");
    }
}
