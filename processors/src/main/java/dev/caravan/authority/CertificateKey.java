package dev.caravan.authority;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.RSAPublicKeySpec;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;

/** The public key in a certificate. */
final class CertificateKey {
    private CertificateKey() {
    }

    /** The key; one that is marked for RSAES-OAEP only (older EK certificates are) comes as an RSA key. */
    static PublicKey of(X509Certificate certificate) throws CertificateRejected {
        PublicKey key = certificate.getPublicKey();
        if (key instanceof RSAPublicKey || key instanceof ECPublicKey) {
            return key;
        }
        try {
            SubjectPublicKeyInfo info = SubjectPublicKeyInfo.getInstance(key.getEncoded());
            if (info.getAlgorithm().getAlgorithm().equals(PKCSObjectIdentifiers.id_RSAES_OAEP)) {
                var rsa = org.bouncycastle.asn1.pkcs.RSAPublicKey.getInstance(info.parsePublicKey());
                return KeyFactory.getInstance("RSA")
                        .generatePublic(new RSAPublicKeySpec(rsa.getModulus(), rsa.getPublicExponent()));
            }
        } catch (IllegalArgumentException | IOException | GeneralSecurityException e) {
            throw new CertificateRejected(
                    "the key in the certificate of " + CertificateNames.of(certificate) + " is malformed", e);
        }
        return key;
    }

    /** The kind of a key in words, for example {@code RSA 3072}. */
    static String kind(PublicKey key) {
        if (key instanceof RSAPublicKey rsa) {
            return "RSA " + rsa.getModulus().bitLength();
        }
        if (key instanceof ECPublicKey ec) {
            return "ECC P-" + ec.getParams().getCurve().getField().getFieldSize();
        }
        return CertificateNames.shortened(key.getAlgorithm());
    }
}
