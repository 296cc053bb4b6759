package dev.caravan.session;

import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.util.Arrays;
import javax.crypto.SecretKey;

/**
 * An AES-256 key that can be erased, which the JDK's own {@code SecretKeySpec} cannot. Thread-safe.
 *
 * <p>Neither printed nor serialised nor compared: a session's keys live in memory and die with it.
 */
public final class SessionKey implements SecretKey {

    /** Bytes of a key. */
    public static final int BYTES = 32;

    private static final long serialVersionUID = 1L;

    private final byte[] bytes;
    private boolean destroyed;

    /** Takes the array over: it is zeroed by {@link #destroy()}. */
    public SessionKey(byte[] bytes) {
        if (bytes.length != BYTES) {
            throw new IllegalArgumentException("an AES-256 key has " + BYTES + " bytes");
        }
        this.bytes = bytes;
    }

    @Override
    public String getAlgorithm() {
        return "AES";
    }

    @Override
    public String getFormat() {
        return "RAW";
    }

    /** A copy, as {@link java.security.Key} demands, for the caller to erase. */
    @Override
    public synchronized byte[] getEncoded() {
        if (destroyed) {
            throw new IllegalStateException("the session key was erased");
        }
        return bytes.clone();
    }

    @Override
    public synchronized void destroy() {
        Arrays.fill(bytes, (byte) 0);
        destroyed = true;
    }

    @Override
    public synchronized boolean isDestroyed() {
        return destroyed;
    }

    @Override
    public String toString() {
        return "SessionKey[AES-256]";
    }

    private void writeObject(ObjectOutputStream out) throws NotSerializableException {
        throw new NotSerializableException("a session key stays in memory");
    }
}
