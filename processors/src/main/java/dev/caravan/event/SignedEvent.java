package dev.caravan.event;

import dev.caravan.authority.EventKey;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.Base64;

/**
 * An event as it travels. The signature is over exactly these bytes.
 *
 * @param body        structured CloudEvents JSON
 * @param signature   ECDSA P-256 over SHA-256, Base64 of DER
 * @param certificate whose event it is: Base64 of the DER of a certificate by the owner authority
 * @param eventKey    certificate of the key that signed, by the key of {@code certificate}, Base64 of DER; null if that
 *                    key signed itself
 */
public record SignedEvent(byte[] body, String signature, String certificate, String eventKey) {

    /** Signs {@code body}. */
    public static SignedEvent of(byte[] body, EventKey key) throws IOException {
        return new SignedEvent(body, Base64.getEncoder().encodeToString(key.sign(body)), base64(key.holder()),
                key.certificate() == null ? null : base64(key.certificate()));
    }

    private static String base64(X509Certificate certificate) throws IOException {
        try {
            return Base64.getEncoder().encodeToString(certificate.getEncoded());
        } catch (GeneralSecurityException e) {
            throw new IOException("a certificate cannot be encoded", e);
        }
    }
}
