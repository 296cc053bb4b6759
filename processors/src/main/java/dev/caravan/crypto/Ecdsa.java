package dev.caravan.crypto;

import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;

/** Signatures by ECDSA over SHA-256, in DER. */
public final class Ecdsa {
    private Ecdsa() {
    }

    /** A signature over {@code bytes}. */
    public static byte[] sign(PrivateKey key, byte[] bytes) throws GeneralSecurityException {
        Signature signer = NativeCrypto.ecdsa();
        signer.initSign(key);
        signer.update(bytes);
        return signer.sign();
    }

    /**
     * Whether {@code signature} over exactly {@code bytes} was made with the private part of {@code key}.
     *
     * @throws GeneralSecurityException if it is no signature, or the key cannot have made one
     */
    public static boolean verifies(PublicKey key, byte[] bytes, byte[] signature) throws GeneralSecurityException {
        Signature verifier = NativeCrypto.ecdsa();
        verifier.initVerify(key);
        verifier.update(bytes);
        return verifier.verify(signature);
    }
}
