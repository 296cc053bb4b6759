package dev.caravan.beneath;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.NotLinkException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * An open directory. It stays this directory whatever becomes of its name, and all operations but {@link #directory} act on
 * one name in it without following it; a dot is the directory itself. Thread-safe as long as nobody closes it.
 */
public final class Directory implements Closeable {
    /** Takes the names in a directory, in no order. */
    @FunctionalInterface
    public interface Visitor {
        void visit(String name) throws IOException;
    }

    private static final Charset FILE_NAMES = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));
    private static final SortedMap<String, String> NO_ATTRIBUTES = Collections.unmodifiableSortedMap(new TreeMap<>());
    /** What is mounted below is no part of the tree: it is neither read, nor changed, nor deleted. */
    private static final int BENEATH = Libc.RESOLVE_BENEATH | Libc.RESOLVE_NO_SYMLINKS | Libc.RESOLVE_NO_MAGICLINKS
            | Libc.RESOLVE_NO_XDEV;
    private static final byte[] SELF = bytes(".");
    private static final byte[] NO_NAME = bytes("");
    private static final int ENTRIES_BYTES = 16 << 10;
    private static final int MAX_LINK_BYTES = 4096;
    private static final int DIRECTORY_MODE = 0700;
    private static final int FILE_MODE = 0600;

    private final int descriptor;
    private final String path;
    private boolean closed;

    private Directory(int descriptor, String path) {
        this.descriptor = descriptor;
        this.path = path;
    }

    /** Opens the directory that everything is to stay below. Its own path must be the machine's, not a container's. */
    public static Directory open(Path root) throws IOException {
        String path = root.toAbsolutePath().toString();
        byte[] bytes = path.getBytes(FILE_NAMES);
        int descriptor = Libc.openat(Libc.AT_FDCWD, Arrays.copyOf(bytes, bytes.length + 1),
                Libc.O_RDONLY | Libc.O_DIRECTORY | Libc.O_NOFOLLOW | Libc.O_CLOEXEC, 0);
        return new Directory(check(descriptor, path), path);
    }

    /**
     * Opens a directory below this one.
     *
     * @param below names separated by slashes; empty for this directory itself
     * @throws LinkInTheWay if any of them is a symbolic link
     */
    public Directory directory(String below) throws IOException {
        int opened = Libc.openat2(descriptor, below.isEmpty() ? SELF : bytes(below),
                Libc.O_RDONLY | Libc.O_DIRECTORY | Libc.O_CLOEXEC, BENEATH);
        return new Directory(require(opened, below), at(below));
    }

    /** Hands over every name in this directory; those that come or go meanwhile may be left out. */
    public void each(Visitor visitor) throws IOException {
        // a descriptor of its own has a position of its own
        try (Directory reading = directory("")) {
            byte[] entries = new byte[ENTRIES_BYTES];
            for (int length = reading.entries(entries); length > 0; length = reading.entries(entries)) {
                ByteBuffer in = ByteBuffer.wrap(entries).order(ByteOrder.nativeOrder());
                for (int at = 0; at < length; at += in.getShort(at + 16) & 0xffff) {
                    String name = text(entries, at + 19);
                    if (!name.equals(".") && !name.equals("..")) {
                        visitor.visit(name);
                    }
                }
            }
        }
    }

    private int entries(byte[] into) throws IOException {
        return require((int) Libc.getdents64(descriptor, into, into.length), "");
    }

    /** What this directory is. */
    public FileStat stat() throws IOException {
        return stat(descriptor, path);
    }

    public FileStat stat(String name) throws IOException {
        byte[] stat = new byte[Libc.STATX_BYTES];
        require(Libc.statx(descriptor, name(name), Libc.AT_SYMLINK_NOFOLLOW, Libc.STATX_BASIC_STATS, stat), name);
        return FileStat.of(stat);
    }

    /** What is open. */
    static FileStat stat(int descriptor, String path) throws IOException {
        byte[] stat = new byte[Libc.STATX_BYTES];
        check(Libc.statx(descriptor, NO_NAME, Libc.AT_EMPTY_PATH, Libc.STATX_BASIC_STATS, stat), path);
        return FileStat.of(stat);
    }

    /** What a symbolic link says. */
    public String linkTarget(String name) throws IOException {
        byte[] target = new byte[MAX_LINK_BYTES + 1];
        if (Libc.readlinkat(descriptor, name(name), target, MAX_LINK_BYTES) < 0) {
            throw SystemError.last() == SystemError.EINVAL
                    ? new NotLinkException(at(name))
                    : SystemError.of(at(name));
        }
        return text(target, 0);
    }

    /** Opens a regular file to be read; anything else is refused without being opened. */
    public OpenFile read(String name) throws IOException {
        return reopen(name, Libc.O_RDONLY);
    }

    /** Opens a regular file to be written; anything else is refused without being opened. */
    public OpenFile write(String name) throws IOException {
        return reopen(name, Libc.O_WRONLY);
    }

    /** To open a FIFO would block, and to open a device may start it: so first look at what it is, then open just that. */
    private OpenFile reopen(String name, int access) throws IOException {
        int found = require(Libc.openat2(descriptor, name(name), Libc.O_PATH | Libc.O_NOFOLLOW | Libc.O_CLOEXEC,
                BENEATH), name);
        try {
            if (!stat(found, at(name)).isRegular()) {
                throw new NotRegular(at(name));
            }
            return new OpenFile(require(Libc.openat(Libc.AT_FDCWD, bytes("/proc/self/fd/" + found),
                    access | Libc.O_CLOEXEC, 0), name), at(name));
        } finally {
            Libc.close(found);
        }
    }

    /** Makes a file of mode 0600 and opens it to be written; nothing may have its name. */
    public OpenFile create(String name) throws IOException {
        return new OpenFile(require(Libc.openat(descriptor, name(name),
                Libc.O_WRONLY | Libc.O_CREAT | Libc.O_EXCL | Libc.O_NOFOLLOW | Libc.O_CLOEXEC, FILE_MODE), name),
                at(name));
    }

    /** Makes a directory of mode 0700. */
    public void makeDirectory(String name) throws IOException {
        require(Libc.mkdirat(descriptor, name(name), DIRECTORY_MODE), name);
    }

    /**
     * Makes a FIFO or device node of mode 0600.
     *
     * @param format the type, as in a mode
     */
    public void makeNode(String name, int format, int major, int minor) throws IOException {
        long device = (major & 0xfffL) << 8 | minor & 0xffL | (minor & 0xfff00L) << 12;
        require(Libc.mknodat(descriptor, name(name), format & FileStat.FORMAT | FILE_MODE, device), name);
    }

    /** Makes a symbolic link that says {@code target}, to the byte. */
    public void makeLink(String name, String target) throws IOException {
        require(Libc.symlinkat(bytes(target), descriptor, name(name)), name);
    }

    /** Gives a file, not what it may be a link to, another name, here. */
    public void link(Directory from, String existing, String name) throws IOException {
        require(Libc.linkat(from.descriptor, name(existing), descriptor, name(name), 0), name);
    }

    /** Moves a name into another directory. */
    void move(String name, Directory to, String newName) throws IOException {
        require(Libc.renameat(descriptor, name(name), to.descriptor, name(newName)), name);
    }

    /** Removes a name that is no directory. */
    public void remove(String name) throws IOException {
        require(Libc.unlinkat(descriptor, name(name), 0), name);
    }

    /** Removes a name that is no directory; returns false if it is one. */
    boolean removeUnlessDirectory(String name) throws IOException {
        int result = Libc.unlinkat(descriptor, name(name), 0);
        if (result < 0 && SystemError.last() == SystemError.EISDIR) {
            return false;
        }
        require(result, name);
        return true;
    }

    /** Removes an empty directory. */
    public void removeDirectory(String name) throws IOException {
        require(Libc.unlinkat(descriptor, name(name), Libc.AT_REMOVEDIR), name);
    }

    public void setOwner(String name, int uid, int gid) throws IOException {
        require(Libc.fchownat(descriptor, name(name), uid, gid, Libc.AT_SYMLINK_NOFOLLOW), name);
    }

    /** Sets permissions, 0 to 07777, of anything but a symbolic link, which has none. */
    public void setMode(String name, int mode) throws IOException {
        require(Libc.fchmodat(descriptor, name(name), mode, Libc.AT_SYMLINK_NOFOLLOW), name);
    }

    /** Sets the time of last modification. */
    public void setModified(String name, long seconds, int nanos) throws IOException {
        require(Libc.utimensat(descriptor, name(name), new long[]{seconds, nanos, seconds, nanos},
                Libc.AT_SYMLINK_NOFOLLOW), name);
    }

    /** The extended attributes of a name; none where the file system has none. */
    public SortedMap<String, String> attributes(String name) throws IOException {
        byte[] file = attributePath(name);
        int size = (int) Libc.llistxattr(file, null, 0);
        if (size == 0 || size < 0 && SystemError.last() == SystemError.EOPNOTSUPP) {
            return NO_ATTRIBUTES;
        }
        byte[] names = new byte[require(size, name)];
        int length = require((int) Libc.llistxattr(file, names, names.length), name);
        SortedMap<String, String> attributes = new TreeMap<>();
        for (int start = 0; start < length;) {
            String attribute = text(names, start);
            String value = attribute(file, attribute, name);
            if (value != null) {
                attributes.put(attribute, value);
            }
            start += attribute.length() + 1;
        }
        return attributes;
    }

    private String attribute(byte[] file, String attribute, String name) throws IOException {
        int size = (int) Libc.lgetxattr(file, bytes(attribute), null, 0);
        if (size < 0 && SystemError.last() == SystemError.ENODATA) {
            return null;
        }
        byte[] value = new byte[require(size, name)];
        int length = require((int) Libc.lgetxattr(file, bytes(attribute), value, value.length), name);
        return new String(value, 0, length, StandardCharsets.ISO_8859_1);
    }

    public void setAttribute(String name, String attribute, String value) throws IOException {
        byte[] bytes = value.getBytes(StandardCharsets.ISO_8859_1);
        require(Libc.lsetxattr(attributePath(name), bytes(attribute), bytes, bytes.length, 0), name);
    }

    /** Removes an attribute that may not be there. */
    public void removeAttribute(String name, String attribute) throws IOException {
        if (Libc.lremovexattr(attributePath(name), bytes(attribute)) < 0
                && SystemError.last() != SystemError.ENODATA) {
            throw SystemError.of(at(name));
        }
    }

    /** These calls take no directory; the path through /proc leads to this one by its descriptor, and then to the name. */
    private byte[] attributePath(String name) {
        name(name);
        return bytes("/proc/self/fd/" + descriptor + '/' + name);
    }

    /** Writes this directory's own names and metadata to the disk, not what they stand for. */
    public void force() throws IOException {
        check(Libc.fsync(descriptor), path);
    }

    /** Writes everything that this directory's file system keeps in memory to its disk. */
    public void sync() throws IOException {
        check(Libc.syncfs(descriptor), path);
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            Libc.close(descriptor);
        }
    }

    private String at(String below) {
        return below.isEmpty() ? path : path + '/' + below;
    }

    private int require(int result, String below) throws IOException {
        // no path is put together for the many calls that succeed
        return result < 0 ? check(result, at(below)) : result;
    }

    private static int check(int result, String path) throws IOException {
        if (result < 0) {
            throw SystemError.of(path);
        }
        return result;
    }

    private static byte[] name(String name) {
        if (name.isEmpty() || name.equals("..") || name.indexOf('/') >= 0) {
            throw new IllegalArgumentException("'" + name + "' is not one name in a directory");
        }
        return bytes(name);
    }

    private static byte[] bytes(String raw) {
        byte[] bytes = new byte[raw.length() + 1];
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c == 0 || c > 0xff) {
                throw new IllegalArgumentException("a name or target has a character that no file name has");
            }
            bytes[i] = (byte) c;
        }
        return bytes;
    }

    private static String text(byte[] bytes, int from) {
        int end = from;
        while (bytes[end] != 0) {
            end++;
        }
        return new String(bytes, from, end - from, StandardCharsets.ISO_8859_1);
    }
}
