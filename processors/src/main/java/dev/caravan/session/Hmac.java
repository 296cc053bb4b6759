package dev.caravan.session;

import dev.caravan.crypto.LentKey;
import java.security.GeneralSecurityException;
import javax.crypto.Mac;

/** HMAC-SHA256 (RFC 2104) that leaves nothing of its key behind when it is closed. Not thread-safe. */
final class Hmac implements AutoCloseable {

    static final int BYTES = 32;

    private static final String ALGORITHM = "HmacSHA256";

    private final Mac mac;
    private final LentKey key;

    /** Borrows the key, which the caller erases. */
    Hmac(byte[] key) {
        this.key = new LentKey(ALGORITHM, key::clone);
        try {
            mac = Mac.getInstance(ALGORITHM);
            mac.init(this.key);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
        }
    }

    /** The MAC of the parts, one after the other. */
    byte[] of(byte[]... parts) {
        for (byte[] part : parts) {
            mac.update(part);
        }
        return mac.doFinal();
    }

    /** Has the MAC make another one with another key: it overwrites what it made of this one, and the last result. */
    @Override
    public void close() {
        try {
            mac.init(new LentKey(ALGORITHM, () -> new byte[BYTES]));
            mac.doFinal();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every HMAC takes a key of " + BYTES + " bytes", e);
        } finally {
            key.destroy();
        }
    }
}
