package dev.caravan.session;

import dev.caravan.journal.Role;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.UUID;

/**
 * The hashes that bind a session (routes/docs/how-it-works.md).
 *
 * <p>Every hash is SHA-256 over a list of fields, and every field is written as its length (32 bit, big-endian) and its
 * bytes, so that no two lists give the same input. The first field is a domain label, so that a hash made for one purpose
 * never serves another:
 *
 * <pre>
 * quote      = H("caravan/1 quote", role, migration, nonce s, nonce d, x25519 s, kem s, x25519 d, kem d,
 *                aik fingerprint s, owner fingerprint s, aik fingerprint d, owner fingerprint d)
 * transcript = H("caravan/1 transcript", hello s, hello d, evidence s, evidence d)
 * commit     = H("caravan/1 commit quote", transcript, stream digest)
 * </pre>
 *
 * where s is the source, d the destination, a hello is the list of its own fields in the order of the record, a
 * migration is its UUID's 16 bytes, and PCRs are a byte each, in ascending order.
 */
public final class Transcript {

    /** Bytes of every hash made here. */
    public static final int BYTES = 32;

    private final ByteArrayOutputStream fields = new ByteArrayOutputStream(4096);

    private Transcript(String label) {
        add(label);
    }

    /** What the platform in {@code role} has to quote as extraData to open this session. */
    static byte[] extraData(Role role, Hello source, Hello destination) {
        Transcript t = new Transcript("caravan/1 quote").add(role.label()).add(bytes(source.migrationId()));
        t.add(source.nonce()).add(destination.nonce());
        t.add(source.x25519()).add(source.mlKem()).add(destination.x25519()).add(destination.mlKem());
        t.add(source.aikFingerprint()).add(source.ownerFingerprint());
        return t.add(destination.aikFingerprint()).add(destination.ownerFingerprint()).hash();
    }

    /** The hash of all that was said: both hellos and both sides' evidence, byte for byte. */
    static byte[] hash(Hello source, Hello destination, byte[] sourceEvidence, byte[] destinationEvidence) {
        return new Transcript("caravan/1 transcript").add(encoding(source)).add(encoding(destination))
                .add(sourceEvidence).add(destinationEvidence).hash();
    }

    /** What the destination has to quote just before the commit, when it holds the stream with this digest. */
    static byte[] commitExtraData(byte[] transcript, byte[] streamDigest) {
        if (streamDigest.length != BYTES) {
            throw new IllegalArgumentException("stream digest must have " + BYTES + " bytes");
        }
        return new Transcript("caravan/1 commit quote").add(transcript).add(streamDigest).hash();
    }

    /** The info field of a key of this session (RFC 5869), one a purpose. */
    static byte[] keyInfo(String purpose) {
        return new Transcript("caravan/1 key").add(purpose).fields.toByteArray();
    }

    static byte[] sha256(byte[] message) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(message);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static byte[] encoding(Hello hello) {
        Transcript t = new Transcript("caravan/1 hello").add(new byte[]{(byte) hello.version()})
                .add(hello.role().label()).add(bytes(hello.migrationId()));
        t.add(hello.nonce()).add(hello.x25519()).add(hello.mlKem());
        t.add(hello.aikChain()).add(hello.ownerChain());
        byte[] pcrs = new byte[hello.pcrs().size()];
        int at = 0;
        for (int pcr : hello.pcrs()) {
            pcrs[at++] = (byte) pcr;
        }
        return t.add(pcrs).fields.toByteArray();
    }

    private static byte[] bytes(UUID id) {
        return ByteBuffer.allocate(16).putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits())
                .array();
    }

    private Transcript add(List<byte[]> chain) {
        add(new byte[]{(byte) chain.size()});
        chain.forEach(this::add);
        return this;
    }

    private Transcript add(String field) {
        return add(field.getBytes(StandardCharsets.US_ASCII));
    }

    private Transcript add(byte[] field) {
        fields.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(field.length).array());
        fields.writeBytes(field);
        return this;
    }

    private byte[] hash() {
        return sha256(fields.toByteArray());
    }
}
