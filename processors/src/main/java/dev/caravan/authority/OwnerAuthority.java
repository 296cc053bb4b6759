package dev.caravan.authority;

import dev.caravan.authority.Admissions.Admission;
import dev.caravan.wire.ClockDifference;
import dev.caravan.wire.PlatformName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Certifies who belongs to the owner: platforms that an operator admitted by name and EK certificate, and operators.
 * A name belongs to one of them, and a platform's name to one EK, until an admission says that it replaces the platform.
 */
public final class OwnerAuthority {
    /** How long an admission of the command line holds. */
    public static final Duration ADMISSION_LIFETIME = Duration.ofHours(24);
    /** How long an admission may hold at most. */
    public static final Duration MAX_ADMISSION_LIFETIME = Duration.ofDays(7);

    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

    /** The authorities' name in their answers, and in the certificate of the key that signs these. */
    public static final String ANSWERS = "authority";

    private final CertificateAuthority authority;
    private final Admissions admissions;
    private final InstantSource clock;

    public OwnerAuthority(CertificateAuthority authority) {
        this(authority, InstantSource.system());
    }

    OwnerAuthority(CertificateAuthority authority, InstantSource clock) {
        this.authority = authority;
        this.clock = clock;
        admissions = new Admissions(authority.ledger().store());
    }

    public CertificateAuthority authority() {
        return authority;
    }

    /**
     * Admits the platform with that EK certificate under that name, for one enrolment.
     *
     * @param admission a message of type {@code admit}
     * @param operator  the name of the operator whose signature it had
     */
    public void admit(EnrolmentRequest admission, String operator) throws EnrolmentRefused {
        requireForm(admission);
        requireTimes(admission);
        String platform = admission.platform();
        authority.ledger().store().transaction(() -> {
            requireFree(platform, admission.ekSha256(), admission.mayReplace());
            if (!admissions.enter(new Admission(admission.id(), platform, admission.ekSha256(),
                    admission.mayReplace(), admission.expiresAt()), operator)) {
                throw new EnrolmentRefused(
                        "admission " + admission.id() + " was taken before: each holds once, admit the host anew");
            }
            return null;
        });
    }

    private static void requireForm(EnrolmentRequest admission) throws EnrolmentRefused {
        if (admission.id() == null) {
            throw new EnrolmentRefused("id is missing; a UUID of its own is needed for each admission");
        }
        if (!PlatformName.is(admission.platform())) {
            throw new EnrolmentRefused("platform is \"" + CertificateNames.shortened(admission.platform())
                    + "\"; 1 to 63 letters, digits and hyphens are allowed");
        }
        if (admission.ekSha256() == null || !SHA256.matcher(admission.ekSha256()).matches()) {
            throw new EnrolmentRefused("ekSha256 is \"" + CertificateNames.shortened(admission.ekSha256())
                    + "\"; it must be 64 hexadecimal digits");
        }
    }

    private void requireTimes(EnrolmentRequest admission) throws EnrolmentRefused {
        Instant now = clock.instant();
        Instant issued = admission.issuedAt();
        Instant expires = admission.expiresAt();
        if (issued == null || expires == null) {
            throw new EnrolmentRefused("an admission needs issuedAt and expiresAt, for example " + now + " and "
                    + now.plus(ADMISSION_LIFETIME));
        }
        if (!expires.isAfter(issued) || Duration.between(issued, expires).compareTo(MAX_ADMISSION_LIFETIME) > 0) {
            throw new EnrolmentRefused("expiresAt is " + expires + "; it must be after issuedAt (" + issued
                    + "), by at most " + MAX_ADMISSION_LIFETIME.toDays() + " days");
        }
        if (!expires.isAfter(now)) {
            throw new EnrolmentRefused("expiresAt is " + expires + ", it is " + now
                    + " at the authority: admit the host anew; if that was just done, set both clocks by NTP");
        }
        if (issued.isAfter(now.plus(ClockDifference.ALLOWED))) {
            throw new EnrolmentRefused(
                    "issuedAt is " + issued + ", in the future: it is " + now
                            + " at the authority; set both clocks by NTP");
        }
    }

    /** Requires that the name and the EK are those of one platform or of none. */
    private void requireFree(String platform, String ekSha256, boolean replaces) throws EnrolmentRefused {
        for (IssuedCertificate known : authority.ledger().issuedTo(platform)) {
            if (known.role() != CertificateRole.PLATFORM) {
                throw new EnrolmentRefused(
                        platform + " is the name in " + known.role().description() + "; choose another for the host");
            }
        }
        String last = lastEk(platform);
        if (last != null && !last.equals(ekSha256) && !replaces) {
            throw new EnrolmentRefused(platform + " is known with EK certificate " + last + ", not " + ekSha256
                    + ": if another machine or TPM shall have its name, caravan enrol " + platform + " --ek-sha256 "
                    + ekSha256 + " --replace");
        }
        for (IssuedCertificate known : authority.ledger().issuedForEk(ekSha256)) {
            if (known.revokedAt() == null && !known.subject().equals(platform)) {
                throw new EnrolmentRefused("the TPM with EK certificate " + ekSha256 + " is that of "
                        + known.subject() + ": caravan authority revoke " + known.subject() + " first");
            }
        }
    }

    private String lastEk(String platform) {
        List<IssuedCertificate> known = authority.ledger().issuedTo(platform);
        return known.isEmpty() ? null : known.get(known.size() - 1).ekSha256();
    }

    /** Requires that the platform of that name and EK certificate may enrol now. */
    public void requireAdmitted(String platform, X509Certificate ek) throws EnrolmentRefused {
        admission(platform, ek);
    }

    private Admission admission(String platform, X509Certificate ek) throws EnrolmentRefused {
        String fingerprint = fingerprint(ek);
        if (!PlatformName.is(platform)) {
            throw new EnrolmentRefused("platform is \"" + CertificateNames.shortened(platform)
                    + "\"; 1 to 63 letters, digits and hyphens are allowed");
        }
        Admission admission = admissions.open(platform, fingerprint, clock.instant())
                .orElseThrow(() -> new EnrolmentRefused("no operator admitted platform " + platform
                        + " with EK certificate " + fingerprint
                        + ", or its admission was used or has expired: caravan enrol " + platform + " --ek-sha256 "
                        + fingerprint));
        requireFree(platform, fingerprint, admission.replaces());
        return admission;
    }

    /**
     * Certifies a platform whose TPM the hardware authority found genuine, if it was admitted. That uses the admission
     * up, and revokes what the platform was given before.
     */
    public X509Certificate certify(HardwareAuthority.Proven platform) throws EnrolmentRefused, IOException {
        Ledger ledger = authority.ledger();
        try {
            return ledger.store().transaction(() -> {
                admissions.close(admission(platform.platform(), platform.ek()).id());
                authority.supersede(platform.platform(), CertificateRole.PLATFORM);
                return authority.issue(platform.platform(), platform.agentKey(), CertificateRole.PLATFORM,
                        CertificateAuthority.sha256(platform.aik().getEncoded()), fingerprint(platform.ek()));
            });
        } catch (EnrolmentRefused | IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException("no other exception is declared", e);
        }
    }

    /** Makes a key and certificate for an operator: {@code operator-key.pem} (mode 0600) and {@code operator.pem}. */
    public X509Certificate issueOperator(String name, Path directory) throws IOException, EnrolmentRefused {
        if (!PlatformName.is(name)) {
            throw new EnrolmentRefused("the name is \"" + CertificateNames.shortened(name)
                    + "\"; 1 to 63 letters, digits and hyphens are allowed");
        }
        if (lastEk(name) != null) {
            throw new EnrolmentRefused(name + " is the name of a host; choose another for the operator");
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

    /** Takes back admissions of that platform, or by that operator, that were not used; false if there are none. */
    boolean withdraw(String name) {
        return admissions.withdraw(name);
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
