package dev.caravan.stream;

import dev.caravan.crypto.LentKey;
import dev.caravan.crypto.NativeCrypto;
import dev.caravan.session.SessionKey;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;

/** AES-256-GCM of the records of a batch. Not thread-safe. */
final class RecordCipher implements AutoCloseable {

    private final Cipher cipher = NativeCrypto.aesGcm();
    private final byte[] nonce = new byte[12];
    private final byte[] associated = new byte[BatchHeader.BYTES + BatchHeader.RECORD_HEAD];
    private LentKey key;

    RecordCipher(SessionKey key) {
        this.key = new LentKey(key.getAlgorithm(), key::getEncoded);
    }

    /** Sealed bytes (ciphertext and tag) written to the target. */
    int seal(byte[] wire, long number, int index, int word, byte[] in, int offset, int length, int at) {
        try {
            start(Cipher.ENCRYPT_MODE, wire, number, index, word);
            return cipher.doFinal(in, offset, length, wire, at);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("cannot seal record " + index + " of batch " + number, e);
        }
    }

    /** Whether the sealed record at {@code offset} of {@code wire} is authentic; if so the target holds its content. */
    boolean open(byte[] wire, long number, int index, int word, int offset, int length, byte[] target, int at) {
        try {
            start(Cipher.DECRYPT_MODE, wire, number, index, word);
            cipher.doFinal(wire, offset, length, target, at);
            return true;
        } catch (AEADBadTagException e) {
            return false;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("cannot open record " + index + " of batch " + number, e);
        }
    }

    private void start(int mode, byte[] wire, long number, int index, int word) throws GeneralSecurityException {
        if (key == null) {
            throw new IllegalStateException("this cipher is closed");
        }
        ByteBuffer.wrap(nonce).putLong(number).putInt(index);
        cipher.init(mode, key, new GCMParameterSpec(BatchHeader.TAG * Byte.SIZE, nonce));
        System.arraycopy(wire, 0, associated, 0, BatchHeader.BYTES);
        ByteBuffer.wrap(associated).putInt(BatchHeader.BYTES, word);
        cipher.updateAAD(associated);
    }

    /**
     * Erases the key. The cipher gets another one and seals nothing with it: native code expands a key only when it is
     * used, and the JDK's cipher keeps the last one that it sealed with.
     */
    @Override
    public void close() {
        if (key == null) {
            return;
        }
        try {
            cipher.init(Cipher.ENCRYPT_MODE, new SessionKey(new byte[SessionKey.BYTES]),
                    new GCMParameterSpec(BatchHeader.TAG * Byte.SIZE, new byte[nonce.length]));
            cipher.doFinal();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every AES-GCM cipher takes a 256-bit key", e);
        } finally {
            key.destroy();
            key = null;
        }
    }
}
