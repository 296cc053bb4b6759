package dev.caravan.session;

import dev.caravan.journal.Role;
import java.util.Arrays;

/**
 * HKDF-SHA256 (RFC 5869) of a session: salt is the transcript hash, input is the hybrid secret, and each key has its own
 * purpose in the info field. On the JDK's HMAC, since Bouncy Castle's HKDF keeps copies that nobody can erase.
 */
final class KeySchedule {

    private final byte[] secret;
    private final byte[] transcript;

    /** Borrows both arrays; the caller erases the secret when all keys are made. */
    KeySchedule(byte[] secret, byte[] transcript) {
        this.secret = secret;
        this.transcript = transcript;
    }

    /** The key that {@code sender} seals its batches with. */
    SessionKey batchKey(Role sender) {
        return new SessionKey(derive(sender.label() + " to " + sender.peer().label()));
    }

    /** The key by which {@code speaker} proves that it derived the same session. */
    byte[] confirmationKey(Role speaker) {
        return derive(speaker.label() + " confirms");
    }

    private byte[] derive(String purpose) {
        return expand(secret, transcript, Transcript.keyInfo(purpose), SessionKey.BYTES);
    }

    /** HKDF-SHA256: extract, then expand to {@code bytes}; what lies between is erased. */
    static byte[] expand(byte[] secret, byte[] salt, byte[] info, int bytes) {
        byte[] pseudorandom;
        try (Hmac extract = new Hmac(salt)) {
            pseudorandom = extract.of(secret);
        }
        byte[] key = new byte[bytes];
        byte[] block = {};
        try (Hmac expand = new Hmac(pseudorandom)) {
            for (int at = 0; at < bytes; at += Hmac.BYTES) {
                byte[] next = expand.of(block, info, new byte[]{(byte) (at / Hmac.BYTES + 1)});
                erase(block);
                block = next;
                System.arraycopy(block, 0, key, at, Math.min(Hmac.BYTES, bytes - at));
            }
        } finally {
            erase(pseudorandom);
            erase(block);
        }
        return key;
    }

    /** Zeroes a secret that served. */
    static void erase(byte[] secret) {
        Arrays.fill(secret, (byte) 0);
    }
}
