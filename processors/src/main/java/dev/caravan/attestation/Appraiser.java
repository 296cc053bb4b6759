package dev.caravan.attestation;

import dev.caravan.authority.CertificateRejected;
import dev.caravan.authority.CertificateRole;
import dev.caravan.authority.CertificateVerifier;
import dev.caravan.authority.Pem;
import dev.caravan.authority.TrustStore;
import dev.caravan.tpm.QuoteRejected;
import dev.caravan.tpm.QuoteVerifier;
import dev.caravan.tpm.VerifiedQuote;
import java.io.IOException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.SortedSet;

/**
 * Appraises platforms by a policy. Nothing is believed until the evidence proves it: a verdict is affirming only if
 * every check passed.
 */
public final class Appraiser {
    private final TrustStore trust;
    private final AppraisalPolicy policy;

    public Appraiser(TrustStore trust, AppraisalPolicy policy) {
        this.trust = trust;
        this.policy = policy;
    }

    public AppraisalPolicy policy() {
        return policy;
    }

    /**
     * Appraises evidence.
     *
     * @param platform  the name that the platform must be certified under
     * @param extraData what its quote must be bound to
     */
    public Verdict appraise(Evidence evidence, String platform, byte[] extraData) {
        try {
            X509Certificate aik = Pem.certificate(evidence.aikCertificate());
            trust.hardware().verify(aik, CertificateRole.AIK);
            X509Certificate certificate = requirePlatform(evidence.platformCertificate(), platform);
            CertificateVerifier.requireBinding(certificate, aik);
            VerifiedQuote quote = QuoteVerifier.verify(evidence.quote(), aik.getPublicKey(), extraData,
                    policy.selection());
            List<String> deviations = deviations(quote);
            if (!policy.platforms().isEmpty() && !policy.platforms().contains(platform)) {
                deviations.add("the policy does not trust platform " + platform);
            }
            if (!deviations.isEmpty()) {
                return Verdict.contraindicated(deviations);
            }
            return new Verdict(true, reasons(platform, aik), quote);
        } catch (CertificateRejected | QuoteRejected | IOException e) {
            return Verdict.contraindicated(List.of(e.getMessage()));
        }
    }

    /** The owner's certificate of a platform, verified; its key signs the platform's control messages. */
    public X509Certificate requirePlatform(byte[] der, String platform) throws CertificateRejected, IOException {
        X509Certificate certificate = Pem.certificate(der);
        String name = trust.owner().verify(certificate, CertificateRole.PLATFORM);
        if (!name.equals(platform)) {
            throw new CertificateRejected("the platform is certified as " + name + ", not as " + platform);
        }
        return certificate;
    }

    private List<String> deviations(VerifiedQuote quote) {
        List<String> deviations = new ArrayList<>();
        policy.pcrs().forEach((pcr, allowed) -> {
            String value = HexFormat.of().formatHex(quote.pcrs().get(pcr));
            if (!allowed.isEmpty() && !allowed.contains(value)) {
                deviations.add("PCR " + pcr + " is " + value + ", which the policy does not allow");
            }
        });
        return deviations;
    }

    private List<String> reasons(String platform, X509Certificate aik) {
        List<String> reasons = new ArrayList<>();
        reasons.add("AIK certified by " + name(aik.getIssuerX500Principal().getName())
                + ", so it lives in a genuine TPM");
        reasons.add("certified by its owner as " + platform);
        SortedSet<Integer> pinned = new java.util.TreeSet<>();
        policy.pcrs().forEach((pcr, allowed) -> {
            if (!allowed.isEmpty()) {
                pinned.add(pcr);
            }
        });
        reasons.add(pinned.isEmpty()
                ? "fresh quote for this session; the policy pins no PCR"
                : "fresh quote for this session; PCRs " + pinned + " have reference values");
        return reasons;
    }

    private static String name(String distinguished) {
        return distinguished.replaceFirst("^CN=", "");
    }
}
