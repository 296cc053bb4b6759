package dev.caravan.rootfs;

import java.util.List;

/**
 * Manifests as bytes, the content of a message of kind MANIFEST. The first four bytes are {@code CVR} and the format's
 * version, 1; the fifth says what follows: {@code F} a whole manifest (a list of entries), {@code D} a difference from
 * the whole manifest sent before (a list of removed paths, a list of changed entries). The lists are described at
 * {@link EntryCodec}. Nothing may follow. Not compressed: batches are.
 */
public final class ManifestCodec {
    /** An encoded manifest has at most this many bytes; what it may weigh is bounded more tightly, see {@link ManifestWeight}. */
    public static final int MAX_BYTES = 24 << 20;

    private static final int MAGIC = 'C' << 24 | 'V' << 16 | 'R' << 8 | 1;
    private static final int FULL = 'F';
    private static final int DELTA = 'D';

    private ManifestCodec() {
    }

    /**
     * A whole manifest.
     *
     * @throws ManifestRejected if it would be longer than {@link #MAX_BYTES}
     */
    public static byte[] encode(RootfsManifest manifest) throws ManifestRejected {
        WireWriter out = begin(FULL);
        EntryCodec.write(out, manifest.entries());
        return end(out);
    }

    /**
     * A difference.
     *
     * @throws ManifestRejected if it would be longer than {@link #MAX_BYTES}
     */
    public static byte[] encode(ManifestDelta delta) throws ManifestRejected {
        WireWriter out = begin(DELTA);
        EntryCodec.writePaths(out, delta.removed());
        EntryCodec.write(out, delta.changed());
        return end(out);
    }

    /**
     * Reads a manifest, or the manifest that a difference leads to.
     *
     * @param before the manifest that a difference is taken from; {@link RootfsManifest#EMPTY} when none was received
     * @throws ManifestRejected if the bytes are neither, or lead to a manifest that must not be acted on
     */
    public static RootfsManifest decode(byte[] bytes, RootfsManifest before) throws ManifestRejected {
        if (bytes.length > MAX_BYTES) {
            throw new ManifestRejected("a manifest of " + bytes.length + " bytes, and " + MAX_BYTES + " are allowed");
        }
        WireReader in = new WireReader(bytes);
        for (int shift = 24; shift >= 0; shift -= 8) {
            if (in.octet() != (MAGIC >>> shift & 0xff)) {
                throw new ManifestRejected("not a manifest of version 1");
            }
        }
        int form = in.octet();
        if (form != FULL && form != DELTA) {
            throw new ManifestRejected("neither a manifest nor a difference");
        }
        List<TreePath> removed = form == DELTA ? EntryCodec.readPaths(in) : List.of();
        List<RootfsEntry> entries = EntryCodec.read(in);
        in.requireEnd();
        RootfsManifest manifest = form == FULL
                ? RootfsManifest.of(entries)
                : new ManifestDelta(removed, entries).applyTo(before);
        if (manifest.entry(TreePath.ROOT) == null) {
            throw new ManifestRejected("a manifest without a root");
        }
        return manifest;
    }

    private static WireWriter begin(int form) {
        WireWriter out = new WireWriter();
        for (int shift = 24; shift >= 0; shift -= 8) {
            out.octet(MAGIC >>> shift & 0xff);
        }
        out.octet(form);
        return out;
    }

    private static byte[] end(WireWriter out) throws ManifestRejected {
        if (out.size() > MAX_BYTES) {
            throw new ManifestRejected("the root file system has too many files: its manifest takes " + out.size()
                    + " bytes, at most " + MAX_BYTES + " are allowed");
        }
        return out.toByteArray();
    }
}
