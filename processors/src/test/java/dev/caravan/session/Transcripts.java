package dev.caravan.session;

import dev.caravan.journal.Role;

/** The hashes of a session for tests that know only what was said, none of the keys. */
public final class Transcripts {
    private Transcripts() {
    }

    /** What the platform in {@code role} has to quote. */
    public static byte[] extraData(Role role, Hello source, Hello destination) {
        return Transcript.extraData(role, source, destination);
    }

    /** What the destination has to quote before the commit. */
    public static byte[] commitExtraData(Hello source, Hello destination, byte[] sourceEvidence,
            byte[] destinationEvidence, byte[] streamDigest) {
        return Transcript.commitExtraData(Transcript.hash(source, destination, sourceEvidence, destinationEvidence),
                streamDigest);
    }
}
