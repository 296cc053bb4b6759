package dev.caravan.crypto;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.Signature;
import javax.crypto.Cipher;

/**
 * Ciphers and digests in native code from their first byte on. The JDK's own are as fast only once C2 has compiled them: a
 * fresh JVM seals 30 MB/s, which a frozen container waits for. Where there is no native code the JDK's serve.
 */
public final class NativeCrypto {

    private static final AmazonCorrettoCryptoProvider PROVIDER = AmazonCorrettoCryptoProvider.INSTANCE;
    private static final boolean LOADED = PROVIDER.getLoadingError() == null;

    private NativeCrypto() {
    }

    /** AES-GCM; each caller gets one of its own. */
    public static Cipher aesGcm() {
        try {
            return LOADED
                    ? Cipher.getInstance("AES/GCM/NoPadding", PROVIDER)
                    : Cipher.getInstance("AES/GCM/NoPadding");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has AES-GCM", e);
        }
    }

    /** ECDSA over SHA-256, signatures in DER; each caller gets one of its own. */
    static Signature ecdsa() {
        try {
            return LOADED
                    ? Signature.getInstance("SHA256withECDSA", PROVIDER)
                    : Signature.getInstance("SHA256withECDSA");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has ECDSA", e);
        }
    }

    /** SHA-256; each caller gets one of its own. */
    public static MessageDigest sha256() {
        try {
            return LOADED ? MessageDigest.getInstance("SHA-256", PROVIDER) : MessageDigest.getInstance("SHA-256");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
