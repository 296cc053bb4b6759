package dev.caravan.session;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The versions of the protocol between agents that a side speaks: all from the lowest to the highest.
 *
 * <p>The source speaks first, without knowing the other: its hello is in the form of the lowest version that it speaks, and
 * says so in {@code version}. The highest is said where a peer of the first version sees nothing but a nonce: its last
 * {@value #MARK_BYTES} bytes are "CARAVAN" and one byte with the number (as TLS 1.3 marks a server's random value, RFC 8446,
 * 4.1.3). A nonce without that is of a side that speaks only its hello's version. The destination's hello says in
 * {@code version} which one is used, the highest that both speak, and its nonce its own highest; the source checks that.
 *
 * <p>The broker cannot bring two sides down to an older version: hellos are signed, both nonces are part of what both TPMs
 * quote, and both hellos are part of the transcript that the keys are made of.
 *
 * @param lowest  1 or more
 * @param highest at most {@value #MAX}
 */
public record ProtocolVersions(int lowest, int highest) {
    /** What this Caravan speaks. */
    public static final ProtocolVersions OURS = new ProtocolVersions(ProtocolVersion.V1.number(),
            ProtocolVersion.values().length);

    static final int MARK_BYTES = 8;
    private static final int MAX = 255;
    private static final byte[] MARK = "CARAVAN".getBytes(StandardCharsets.US_ASCII);

    public ProtocolVersions {
        if (lowest < 1 || highest < lowest || highest > MAX) {
            throw new IllegalArgumentException("versions " + lowest + " to " + highest + " are none");
        }
    }

    /**
     * What a hello says of its side.
     *
     * @param version the hello's own
     * @param nonce   {@value Hello#NONCE_BYTES} bytes
     */
    public static ProtocolVersions of(int version, byte[] nonce) {
        int mark = nonce.length - MARK_BYTES;
        boolean marked = mark >= 0 && Arrays.equals(nonce, mark, nonce.length - 1, MARK, 0, MARK.length);
        return new ProtocolVersions(version, marked ? Math.max(version, nonce[nonce.length - 1] & MAX) : version);
    }

    /** Writes the highest version into a nonce of random bytes. */
    void mark(byte[] nonce) {
        System.arraycopy(MARK, 0, nonce, nonce.length - MARK_BYTES, MARK.length);
        nonce[nonce.length - 1] = (byte) highest;
    }

    /**
     * The highest version that both sides speak.
     *
     * @throws HandshakeRejected if there is none: says what either speaks, and which is to be upgraded
     */
    public static int common(ProtocolVersions source, ProtocolVersions destination) throws HandshakeRejected {
        int common = Math.min(source.highest, destination.highest);
        if (common < Math.max(source.lowest, destination.lowest)) {
            throw new HandshakeRejected("of the protocol between agents the source speaks " + source.sentence()
                    + ", the destination " + destination.sentence() + ": upgrade Caravan at the "
                    + (source.highest < destination.highest ? "source" : "destination")
                    + ", to a release not more than one behind the other");
        }
        return common;
    }

    /** For example "versions 1 to 2". */
    String sentence() {
        return lowest == highest ? "version " + lowest : "versions " + lowest + " to " + highest;
    }
}
