package dev.caravan.rootfs;

/** What an entry of a root file system is. Sockets are left out: whoever listens on one makes it anew. */
public enum EntryType {
    DIRECTORY(1, 0040000), FILE(2, 0100000), SYMLINK(3, 0120000), FIFO(4, 0010000), CHARACTER_DEVICE(5,
            0020000), BLOCK_DEVICE(6, 0060000),
    /** Another name of an entry that comes earlier. */
    HARD_LINK(7, 0);

    private static final int FORMAT_BITS = 0170000;

    private final int code;
    private final int format;

    EntryType(int code, int format) {
        this.code = code;
        this.format = format;
    }

    /** Its number in an encoded manifest. */
    int code() {
        return code;
    }

    /** Its bits in a mode. */
    int format() {
        return format;
    }

    boolean isDevice() {
        return this == CHARACTER_DEVICE || this == BLOCK_DEVICE;
    }

    /** The type of a mode as {@code stat} gives it, or null for a socket or something unknown. */
    static EntryType ofMode(int mode) {
        for (EntryType type : values()) {
            if (type != HARD_LINK && type.format == (mode & FORMAT_BITS)) {
                return type;
            }
        }
        return null;
    }

    /** The type with a number, or null. */
    static EntryType ofCode(int code) {
        return code >= 1 && code <= values().length ? values()[code - 1] : null;
    }
}
