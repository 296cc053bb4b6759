package dev.caravan.authority;

import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.cert.CertPathValidatorException;
import java.security.cert.Certificate;
import java.security.cert.PKIXCertPathChecker;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.PSSParameterSpec;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What PKIX leaves to its user: what the certificate at the end of a path is for, and how strong the algorithms are.
 *
 * @param description of the certificate at the end, with its article: {@code a platform certificate}
 * @param usage       the extended key usage that it must have
 * @param alone       whether it may have no other extended key usage
 * @param keyUsages   indexes of key usages (RFC 5280, 4.2.1.3); one of them is needed
 * @param purpose     what the key usages are for, in words
 * @param optional    whether the key usage may be missing, as it is in older EK certificates
 */
record CertificateProfile(String description, String usage, boolean alone, List<Integer> keyUsages, String purpose,
        boolean optional) {

    static final int DIGITAL_SIGNATURE = 0;
    static final int KEY_ENCIPHERMENT = 2;
    static final int KEY_AGREEMENT = 4;

    private static final int MIN_RSA_BITS = 2048;
    private static final int MIN_EC_BITS = 256;
    private static final String RSASSA_PSS = "1.2.840.113549.1.1.10";
    /** Signature algorithms with SHA-256 or better, but RSASSA-PSS, whose parameters name the hash. */
    private static final Map<String, String> SIGNATURES = Map.of("1.2.840.113549.1.1.11", "SHA256withRSA",
            "1.2.840.113549.1.1.12", "SHA384withRSA", "1.2.840.113549.1.1.13", "SHA512withRSA",
            "1.2.840.10045.4.3.2", "SHA256withECDSA", "1.2.840.10045.4.3.3", "SHA384withECDSA",
            "1.2.840.10045.4.3.4", "SHA512withECDSA");
    private static final Set<String> HASHES = Set.of("SHA-256", "SHA-384", "SHA-512");

    /** What the owner's and the hardware authority certify. */
    static CertificateProfile of(CertificateRole role) {
        return new CertificateProfile(role.description(), role.usage(), true, List.of(DIGITAL_SIGNATURE), "signatures",
                false);
    }

    /** Requires what can be seen in the certificate at the end of a path alone. */
    void check(X509Certificate end) throws CertificateRejected {
        String which = "the certificate of " + CertificateNames.of(end);
        require(end.getBasicConstraints() < 0, which + " is that of an authority, not " + description);
        List<String> usages = usages(end);
        require(alone ? usages.equals(List.of(this.usage)) : usages.contains(this.usage),
                which + " is not " + description + ": its extended key usage is "
                        + (usages.isEmpty() ? "missing" : CertificateNames.shortened(String.join(", ", usages))) + ", "
                        + this.usage + " is needed");
        boolean[] usage = end.getKeyUsage();
        require(usage == null ? optional : keyUsages.stream().anyMatch(index -> usage[index]),
                which + " is not for " + purpose + ", as " + description + " is");
    }

    /** Requires that a key is strong enough to trust what it signs. */
    static void requireStrong(PublicKey key, String whose) throws CertificateRejected {
        require(key instanceof RSAPublicKey rsa && rsa.getModulus().bitLength() >= MIN_RSA_BITS
                || key instanceof ECPublicKey ec
                        && ec.getParams().getCurve().getField().getFieldSize() >= MIN_EC_BITS,
                "the key of " + whose + " is " + CertificateKey.kind(key) + "; RSA of " + MIN_RSA_BITS
                        + " bits or ECC P-" + MIN_EC_BITS + " and stronger are allowed");
    }

    private static void requireStrongSignature(X509Certificate certificate) throws CertificateRejected {
        String algorithm = certificate.getSigAlgOID();
        String hash = algorithm.equals(RSASSA_PSS) ? pssHash(certificate) : null;
        require(SIGNATURES.containsKey(algorithm) || hash != null && HASHES.contains(hash),
                "the certificate of " + CertificateNames.of(certificate) + " is signed with "
                        + CertificateNames.shortened(certificate.getSigAlgName()) + (hash == null ? "" : " and " + hash)
                        + "; RSA or ECDSA with SHA-256 or better is needed");
    }

    private static String pssHash(X509Certificate certificate) throws CertificateRejected {
        try {
            java.security.AlgorithmParameters parameters = java.security.AlgorithmParameters.getInstance("RSASSA-PSS");
            parameters.init(certificate.getSigAlgParams());
            return parameters.getParameterSpec(PSSParameterSpec.class).getDigestAlgorithm();
        } catch (GeneralSecurityException | java.io.IOException e) {
            throw new CertificateRejected("the signature algorithm of the certificate of "
                    + CertificateNames.of(certificate) + " is malformed", e);
        }
    }

    private static List<String> usages(X509Certificate certificate) throws CertificateRejected {
        try {
            List<String> usages = certificate.getExtendedKeyUsage();
            return usages == null ? List.of() : usages;
        } catch (GeneralSecurityException e) {
            throw new CertificateRejected("the certificate's extended key usage is malformed", e);
        }
    }

    private static void require(boolean condition, String reason) throws CertificateRejected {
        if (!condition) {
            throw new CertificateRejected(reason);
        }
    }

    /** As a part of PKIX validation; the path ends with {@code end}. What it refuses has the reason as its cause. */
    PKIXCertPathChecker checker(X509Certificate end) {
        return new PKIXCertPathChecker() {
            @Override
            public void init(boolean forward) throws CertPathValidatorException {
                if (forward) {
                    throw new CertPathValidatorException("only from the root on");
                }
            }

            @Override
            public boolean isForwardCheckingSupported() {
                return false;
            }

            @Override
            public Set<String> getSupportedExtensions() {
                return Set.of();
            }

            @Override
            public void check(Certificate certificate, Collection<String> unresolved)
                    throws CertPathValidatorException {
                X509Certificate each = (X509Certificate) certificate;
                try {
                    requireStrongSignature(each);
                    require(unresolved.isEmpty(),
                            "the certificate of " + CertificateNames.of(each) + " has the critical extension "
                                    + CertificateNames.shortened(String.join(", ", unresolved))
                                    + ", which is not known here");
                    requireStrong(CertificateKey.of(each), CertificateNames.of(each));
                    if (each.equals(end)) {
                        CertificateProfile.this.check(each);
                    }
                } catch (CertificateRejected e) {
                    throw new CertPathValidatorException(e.getMessage(), e);
                }
            }
        };
    }
}
