package dev.caravan.authority;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * Certifies who belongs to the owner: platforms that an operator admitted by name and EK certificate, and operators.
 * Admissions and operators' certificates are files in its directory.
 */
public final class OwnerAuthority {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?");
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

    /** The authorities' name in their answers, and in the certificate of the key that signs these. */
    public static final String ANSWERS = "authority";

    private final CertificateAuthority authority;
    private final Path admitted;

    /** @param directory for admissions; the authority has its own */
    public OwnerAuthority(CertificateAuthority authority, Path directory) throws IOException {
        this.authority = authority;
        admitted = Files.createDirectories(directory.resolve("admitted"));
    }

    public CertificateAuthority authority() {
        return authority;
    }

    /** Admits the platform with that EK certificate under that name; an operator's signature was verified before. */
    public void admit(String platform, String ekSha256) throws EnrolmentRefused, IOException {
        if (platform == null || !NAME.matcher(platform).matches()) {
            throw new EnrolmentRefused("platform is \"" + platform + "\"; letters, digits and hyphens are allowed");
        }
        if (ekSha256 == null || !SHA256.matcher(ekSha256).matches()) {
            throw new EnrolmentRefused("ekSha256 is \"" + ekSha256 + "\"; it must be 64 hexadecimal digits");
        }
        Pem.replace(admitted.resolve(platform), ekSha256.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    }

    /** Certifies a platform whose TPM the hardware authority found genuine, if it was admitted. */
    public X509Certificate certify(HardwareAuthority.Proven platform) throws EnrolmentRefused, IOException {
        requireAdmitted(platform.platform(), platform.ek());
        return authority.issue(platform.platform(), platform.agentKey(), CertificateRole.PLATFORM,
                CertificateAuthority.sha256(platform.aik().getPublicKey().getEncoded()));
    }

    /** Requires that the platform of that name and EK certificate was admitted. */
    public void requireAdmitted(String platform, X509Certificate ek) throws EnrolmentRefused, IOException {
        String fingerprint = fingerprint(ek);
        Path file = platform != null && NAME.matcher(platform).matches() ? admitted.resolve(platform) : null;
        if (file == null || Files.notExists(file)
                || !MessageDigest.isEqual(HexFormat.of().parseHex(Files.readString(file).strip()),
                        HexFormat.of().parseHex(fingerprint))) {
            throw new EnrolmentRefused("no operator admitted platform " + platform + " with EK certificate "
                    + fingerprint + ": caravan enrol " + platform + " --ek-sha256 " + fingerprint);
        }
    }

    /** Makes a key and certificate for an operator: {@code operator-key.pem} (mode 0600) and {@code operator.pem}. */
    public X509Certificate issueOperator(String name, Path directory) throws IOException, EnrolmentRefused {
        if (!NAME.matcher(name).matches()) {
            throw new EnrolmentRefused("the name is \"" + name + "\"; letters, digits and hyphens are allowed");
        }
        KeyPair pair = CertificateAuthority.newKey();
        X509Certificate certificate = authority.issue(name, pair.getPublic(), CertificateRole.OPERATOR, null);
        Files.createDirectories(directory);
        Pem.writePrivate(directory.resolve("operator-key.pem"), pair.getPrivate());
        Pem.write(directory.resolve("operator.pem"), certificate);
        return certificate;
    }

    /** A new key for the authorities' answers, which is in memory only, with a certificate. */
    public EventKey answers() throws IOException {
        KeyPair pair = CertificateAuthority.newKey();
        return new EventKey(pair.getPrivate(),
                authority.issue(ANSWERS, pair.getPublic(), CertificateRole.AUTHORITY, null), null);
    }

    /** SHA-256 of a certificate's DER, in hexadecimal. */
    public static String fingerprint(X509Certificate certificate) {
        try {
            return HexFormat.of().formatHex(CertificateAuthority.sha256(certificate.getEncoded()));
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("a parsed certificate can be encoded", e);
        }
    }
}
