package dev.caravan.session;

import java.util.Arrays;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.generators.HKDFBytesGenerator;
import org.bouncycastle.crypto.params.HKDFParameters;

/**
 * HKDF-SHA256 (RFC 5869) of a session: salt is the transcript hash, input is the hybrid secret, and each key has its own
 * purpose in the info field.
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

    static byte[] expand(byte[] secret, byte[] salt, byte[] info, int bytes) {
        HKDFBytesGenerator hkdf = new HKDFBytesGenerator(new SHA256Digest());
        hkdf.init(new HKDFParameters(secret, salt, info));
        byte[] key = new byte[bytes];
        hkdf.generateBytes(key, 0, bytes);
        return key;
    }

    /** Zeroes a secret that served. */
    static void erase(byte[] secret) {
        Arrays.fill(secret, (byte) 0);
    }
}
