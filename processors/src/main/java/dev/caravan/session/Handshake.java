package dev.caravan.session;

import dev.caravan.journal.Role;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.List;
import java.util.SortedSet;
import java.util.UUID;

/**
 * One side of the handshake that opens a session (routes/docs/how-it-works.md). Pure: takes and gives values.
 *
 * <pre>
 * source                                   destination
 * Handshake.source(...)
 * hello()            ---- hello s ------->  Handshake.destination(hello s, ...)
 *                                           quote with extraData(DESTINATION)
 * receive(hello d)  &lt;-- hello d, evidence d -  hello()
 * appraise evidence d, expect extraData(DESTINATION)
 * quote with extraData(SOURCE)
 * establish(...)    -- evidence s, confirmation --&gt;  appraise evidence s, expect extraData(SOURCE)
 *                                           establish(...), requireConfirmation
 * requireConfirmation &lt;----- confirmation ------  confirmation()
 * </pre>
 *
 * <p>{@link #establish} must be called only after the peer was appraised as affirming: it is what derives keys. Used by
 * one thread at a time. {@link #close()} erases the ephemeral secrets; {@code establish} does so by itself.
 */
public final class Handshake implements AutoCloseable {

    private static final int MAX_EVIDENCE_BYTES = 8 << 20;

    private final Role role;
    private final HybridSecret secret;
    private final Hello own;
    private Hello peer;
    private boolean over;

    private Handshake(Role role, HybridSecret secret, Hello own, Hello peer) {
        this.role = role;
        this.secret = secret;
        this.own = own;
        this.peer = peer;
    }

    /**
     * Starts a handshake as the source.
     *
     * @param migrationId the migration
     * @param aikChain    this platform's AIK certificate and its chain, DER
     * @param ownerChain  this platform's certificate by its owner and its chain, DER
     * @param pcrs        what the peer is to quote
     * @param random      source of nonce and ephemeral keys
     */
    public static Handshake source(UUID migrationId, List<byte[]> aikChain, List<byte[]> ownerChain,
            SortedSet<Integer> pcrs, SecureRandom random) {
        HybridSecret secret = HybridSecret.ofSource(random);
        return new Handshake(Role.SOURCE, secret, new Hello(ProtocolVersions.OURS.lowest(), Role.SOURCE, migrationId,
                nonce(random), secret.x25519(), secret.mlKem(), aikChain, ownerChain, pcrs), null);
    }

    /**
     * Answers a source's hello.
     *
     * @param source what the source said
     * @param migrationId the migration that this destination was asked to serve
     * @throws HandshakeRejected when the hello is for another migration or role, the source speaks no version of the
     *                           protocol that is spoken here, or its key share is not valid
     */
    public static Handshake destination(Hello source, UUID migrationId, List<byte[]> aikChain, List<byte[]> ownerChain,
            SortedSet<Integer> pcrs, SecureRandom random) throws HandshakeRejected {
        requirePart(source, Role.SOURCE, migrationId);
        int version = ProtocolVersions.common(source.speaks(), ProtocolVersions.OURS);
        HybridSecret secret = HybridSecret.ofDestination(source.mlKem(), random);
        Hello own = new Hello(version, Role.DESTINATION, migrationId, nonce(random), secret.x25519(), secret.mlKem(),
                aikChain, ownerChain, pcrs);
        return new Handshake(Role.DESTINATION, secret, own, source);
    }

    /** What this side says to its peer. */
    public Hello hello() {
        return own;
    }

    /** What the peer said; its certificates are the ones to appraise. */
    public Hello peer() {
        if (peer == null) {
            throw new IllegalStateException("the peer has not answered yet");
        }
        return peer;
    }

    /** The version of the protocol that the migration uses; known once both sides have spoken. */
    public ProtocolVersion protocol() {
        return ProtocolVersion.of(of(Role.DESTINATION).version());
    }

    /** The source takes the destination's answer, once. */
    public void receive(Hello answer) throws HandshakeRejected {
        if (peer != null) {
            throw new IllegalStateException("the peer has already answered");
        }
        requirePart(answer, role.peer(), own.migrationId());
        if (MessageDigest.isEqual(own.nonce(), answer.nonce())
                || MessageDigest.isEqual(own.x25519(), answer.x25519())) {
            throw new HandshakeRejected("the answer repeats our own nonce or key share");
        }
        int version = ProtocolVersions.common(own.speaks(), answer.speaks());
        if (answer.version() != version) {
            throw new HandshakeRejected("the destination answers in version " + answer.version()
                    + " of the protocol between agents, though both speak version " + version);
        }
        peer = answer;
    }

    /** The 32 bytes that the platform in {@code role} has to quote as extraData; good for this session only. */
    public byte[] extraData(Role quoting) {
        return Transcript.extraData(quoting, of(Role.SOURCE), of(Role.DESTINATION));
    }

    /**
     * Derives the session and ends the handshake, whether it succeeds or not.
     *
     * @param ownEvidence  the evidence that this side showed, exactly the bytes that were sent
     * @param peerEvidence the evidence that was appraised, exactly the bytes that were received
     * @throws HandshakeRejected when the peer's key share gives no secret
     */
    public Session establish(byte[] ownEvidence, byte[] peerEvidence) throws HandshakeRejected {
        if (over) {
            throw new IllegalStateException("this handshake is over");
        }
        requireEvidence(ownEvidence);
        requireEvidence(peerEvidence);
        boolean source = role == Role.SOURCE;
        byte[] transcript = Transcript.hash(of(Role.SOURCE), of(Role.DESTINATION), source ? ownEvidence : peerEvidence,
                source ? peerEvidence : ownEvidence);
        try {
            byte[] shared = secret.agree(peer);
            try {
                return new Session(own.migrationId(), role, transcript, shared);
            } finally {
                KeySchedule.erase(shared);
            }
        } finally {
            close();
        }
    }

    @Override
    public void close() {
        over = true;
        secret.close();
    }

    @Override
    public String toString() {
        return "Handshake[" + role.label() + " of " + own.migrationId() + "]";
    }

    private Hello of(Role wanted) {
        return wanted == role ? own : peer();
    }

    private static void requirePart(Hello hello, Role role, UUID migrationId) throws HandshakeRejected {
        if (hello.role() != role) {
            throw new HandshakeRejected(
                    "the hello comes from a " + hello.role().label() + ", not from a " + role.label());
        }
        if (!hello.migrationId().equals(migrationId)) {
            throw new HandshakeRejected("the hello is for migration " + hello.migrationId() + ", not " + migrationId);
        }
    }

    private static void requireEvidence(byte[] evidence) {
        if (evidence.length == 0 || evidence.length > MAX_EVIDENCE_BYTES) {
            throw new IllegalArgumentException("evidence must have 1 to " + MAX_EVIDENCE_BYTES + " bytes");
        }
    }

    private static byte[] nonce(SecureRandom random) {
        byte[] nonce = new byte[Hello.NONCE_BYTES];
        random.nextBytes(nonce);
        ProtocolVersions.OURS.mark(nonce);
        return nonce;
    }
}
