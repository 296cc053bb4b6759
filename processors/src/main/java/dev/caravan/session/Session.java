package dev.caravan.session;

import dev.caravan.journal.Role;
import java.security.MessageDigest;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What two agents share after both appraised each other: the transcript and one AES-256 key for each direction.
 *
 * <p>A key may be taken only once. Batch numbers are nonces and start at zero with each sealer, so a second sealer with
 * the same key would use every nonce twice. {@link #close()} erases the keys, taken or not. Thread-safe.
 */
public final class Session implements AutoCloseable {

    private final UUID migrationId;
    private final Role role;
    private final byte[] transcript;
    private final SessionKey sending;
    private final SessionKey receiving;
    private final byte[] ownConfirmation;
    private final byte[] peerConfirmation;
    private final AtomicBoolean sendingTaken = new AtomicBoolean();
    private final AtomicBoolean receivingTaken = new AtomicBoolean();

    Session(UUID migrationId, Role role, byte[] transcript, byte[] secret) {
        this.migrationId = migrationId;
        this.role = role;
        this.transcript = transcript;
        KeySchedule keys = new KeySchedule(secret, transcript);
        this.sending = keys.batchKey(role);
        this.receiving = keys.batchKey(role.peer());
        this.ownConfirmation = confirm(keys, role);
        this.peerConfirmation = confirm(keys, role.peer());
    }

    /** The migration that this session serves. */
    public UUID migrationId() {
        return migrationId;
    }

    /** This side's role. */
    public Role role() {
        return role;
    }

    /** SHA-256 of all that was said; the same on both sides, no secret, fit for the audit record. */
    public byte[] transcript() {
        return transcript.clone();
    }

    /** The key for what this side sends. Once only, see above. */
    public SessionKey takeSendingKey() {
        return take(sending, sendingTaken);
    }

    /** The key for what this side receives. Once only. */
    public SessionKey takeReceivingKey() {
        return take(receiving, receivingTaken);
    }

    /**
     * HMAC-SHA256 over the transcript, to be sent to the peer: proves that this side derived the same keys from the same
     * hellos and evidence.
     */
    public byte[] confirmation() {
        return ownConfirmation.clone();
    }

    /** Checks the peer's {@link #confirmation()}; before it passed, nothing may be sent. */
    public void requireConfirmation(byte[] fromPeer) throws HandshakeRejected {
        if (fromPeer == null || !MessageDigest.isEqual(peerConfirmation, fromPeer)) {
            throw new HandshakeRejected("the " + role.peer().label() + " did not derive the same session: "
                    + "a hello or evidence was altered between the two, or it does not hold the key it showed");
        }
    }

    /**
     * What the destination quotes as extraData just before the commit.
     *
     * @param streamDigest digest of all batches from source to destination, as either side computed it
     */
    public byte[] commitExtraData(byte[] streamDigest) {
        return Transcript.commitExtraData(transcript, streamDigest);
    }

    /** Erases both keys. */
    @Override
    public void close() {
        sending.destroy();
        receiving.destroy();
    }

    @Override
    public String toString() {
        return "Session[" + role.label() + " of " + migrationId + "]";
    }

    private static SessionKey take(SessionKey key, AtomicBoolean taken) {
        if (!taken.compareAndSet(false, true)) {
            throw new IllegalStateException(
                    "this session's key was already taken; a second user would repeat its nonces");
        }
        return key;
    }

    private byte[] confirm(KeySchedule keys, Role speaker) {
        byte[] key = keys.confirmationKey(speaker);
        try (Hmac mac = new Hmac(key)) {
            return mac.of(transcript);
        } finally {
            KeySchedule.erase(key);
        }
    }
}
