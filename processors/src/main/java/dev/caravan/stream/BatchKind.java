package dev.caravan.stream;

/** What a batch carries. */
public enum BatchKind {

    /** The manifest of a root file system. */
    MANIFEST(1),
    /** Which chunks the destination lacks. */
    WANT(2),
    /** Chunks of files. */
    CHUNKS(3),
    /** Fragments of CRIU image files (package memory). */
    IMAGE(4),
    /** What the sender of this batch has received, see {@link Acknowledgement}. Not acknowledged itself. */
    ACK(5),
    /** The end of a round's image files. */
    END(6),
    /** What the destination must prepare for: the container's configuration and sizes. */
    DESCRIPTION(7);

    private final int code;

    BatchKind(int code) {
        this.code = code;
    }

    /** The byte on the wire. */
    public int code() {
        return code;
    }

    static BatchKind of(int code) throws BatchRejected {
        for (BatchKind kind : values()) {
            if (kind.code == code) {
                return kind;
            }
        }
        throw new BatchRejected(BatchRejected.Reason.MALFORMED, "unknown kind " + code);
    }
}
