package dev.caravan.rootfs;

import dev.caravan.beneath.FileStat;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a file has besides its content.
 *
 * @param mode         permission bits with set-user-id, set-group-id and sticky: 0 to 07777
 * @param uid          numeric owner, an unsigned 32-bit number
 * @param gid          numeric group, an unsigned 32-bit number
 * @param mtimeSeconds time of last modification, in seconds since 1970, rounded down
 * @param mtimeNanos   the rest of it in nanoseconds, 0 to 999,999,999
 * @param xattrs       extended attributes; names and values have one character, 0 to 255, for each byte
 */
public record Metadata(int mode, int uid, int gid, long mtimeSeconds, int mtimeNanos,
        SortedMap<String, String> xattrs) {

    /** An entry has at most this many extended attributes. */
    public static final int MAX_XATTRS = 64;
    /** All extended attributes of an entry have at most this many bytes together, names included. */
    public static final int MAX_XATTR_BYTES = 128 * 1024;
    /** For hard links, which have what their target has. */
    public static final Metadata NONE = new Metadata(0, 0, 0, 0, 0, new TreeMap<>());

    private static final long MAX_SECONDS = 1L << 40;

    /** Whether an attribute moves with a file. Labels of the host's own policy and overlayfs's private marks do not. */
    public static boolean carries(String name) {
        return name.startsWith("user.") || name.startsWith("trusted.") && !name.startsWith("trusted.overlay.")
                || name.equals("security.capability") || name.equals("system.posix_acl_access")
                || name.equals("system.posix_acl_default");
    }

    /** What a file was found to have, without the attributes that do not move with it. */
    static Metadata of(FileStat stat, SortedMap<String, String> xattrs) {
        SortedMap<String, String> carried = xattrs;
        if (!xattrs.isEmpty()) {
            carried = new TreeMap<>(xattrs);
            carried.keySet().removeIf(name -> !carries(name));
        }
        return new Metadata(stat.mode() & 07777, stat.uid(), stat.gid(), stat.modified().seconds(),
                stat.modified().nanos(), carried);
    }

    /** Why nobody can have such metadata, or null. */
    String whyNot() {
        if ((mode & ~07777) != 0) {
            return "mode is out of range";
        }
        if (Math.abs(mtimeSeconds) > MAX_SECONDS || mtimeNanos < 0 || mtimeNanos > 999_999_999) {
            return "modification time is out of range";
        }
        if (xattrs.size() > MAX_XATTRS) {
            return "more than " + MAX_XATTRS + " extended attributes";
        }
        int bytes = 0;
        for (var xattr : xattrs.entrySet()) {
            bytes += xattr.getKey().length() + xattr.getValue().length();
            if (!carries(xattr.getKey()) || xattr.getKey().length() > 255 || xattr.getKey().indexOf(0) >= 0) {
                return "an extended attribute that does not move with a file";
            }
        }
        return bytes > MAX_XATTR_BYTES ? "more than " + MAX_XATTR_BYTES + " bytes of extended attributes" : null;
    }
}
