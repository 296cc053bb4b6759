package dev.caravan.authority;

import dev.caravan.authority.EnrolmentRequest.Challenge;
import dev.caravan.tpm.Certification;
import dev.caravan.tpm.CertifyVerifier;
import dev.caravan.tpm.Credential;
import dev.caravan.tpm.CredentialMaker;
import dev.caravan.tpm.QuoteRejected;
import dev.caravan.tpm.TpmPublicArea;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/**
 * Certifies attestation keys of genuine TPMs. It checks the EK certificate, then has the TPM prove by credential
 * activation that the attestation key is in the same TPM as that EK (TPM 2.0 Part 1, 24), and by TPM2_Certify that the
 * agent key is in it, too. A challenge can be answered once and for {@link #CHALLENGE_LIFETIME}.
 */
public final class HardwareAuthority {
    public static final Duration CHALLENGE_LIFETIME = Duration.ofMinutes(2);

    private static final int MAX_OPEN_CHALLENGES = 1_000;
    private static final SecureRandom RANDOM = new SecureRandom();

    /** What a platform has proved by the answer to a challenge. */
    public record Proven(String platform, X509Certificate ek, PublicKey aik, PublicKey agentKey) {
    }

    private record Open(String platform, X509Certificate ek, TpmPublicArea aik, byte[] agentKeyPublic,
            byte[] secret, Instant expiresAt) {
    }

    private final CertificateAuthority authority;
    private final EndorsementChecker makers;
    private final Clock clock;
    private final Map<UUID, Open> open = new LinkedHashMap<>();

    public HardwareAuthority(CertificateAuthority authority, EndorsementChecker makers, Clock clock) {
        this.authority = authority;
        this.makers = makers;
        this.clock = clock;
    }

    public CertificateAuthority authority() {
        return authority;
    }

    /** The EK certificate that a platform shows; nothing of it is believed yet. */
    public static X509Certificate ekCertificate(EnrolmentRequest request) throws EnrolmentRefused {
        if (request.platform() == null || request.ekCertificate() == null || request.aikPublic() == null
                || request.agentKeyPublic() == null) {
            throw new EnrolmentRefused("an enrolment needs platform, ekCertificate, aikPublic and agentKeyPublic");
        }
        try {
            return Pem.certificate(request.ekCertificate());
        } catch (IOException e) {
            throw new EnrolmentRefused("ekCertificate is " + e.getMessage(), e);
        }
    }

    /** Checks what a platform shows and makes a challenge that only its TPM can answer. */
    public Challenge challenge(EnrolmentRequest request) throws EnrolmentRefused {
        X509Certificate ek = ekCertificate(request);
        try {
            makers.check(ek);
            TpmPublicArea aik = TpmPublicArea.parse(request.aikPublic());
            aik.requireAttestationKey();
            TpmPublicArea.parse(request.agentKeyPublic()).requireSigningKey();
            byte[] secret = new byte[32];
            RANDOM.nextBytes(secret);
            Credential credential = CredentialMaker.make(CertificateKey.of(ek), aik.name(), secret);
            UUID id = UUID.randomUUID();
            remember(id, new Open(request.platform(), ek, aik, request.agentKeyPublic(), secret,
                    clock.instant().plus(CHALLENGE_LIFETIME)));
            return new Challenge(id, credential.credentialBlob(), credential.encryptedSecret());
        } catch (CertificateRejected | QuoteRejected | IllegalArgumentException e) {
            throw new EnrolmentRefused(e.getMessage(), e);
        }
    }

    /** Checks the answer to a challenge. */
    public Proven activate(EnrolmentRequest answer) throws EnrolmentRefused {
        Open challenge;
        synchronized (this) {
            challenge = answer.id() == null ? null : open.remove(answer.id());
        }
        if (challenge == null || clock.instant().isAfter(challenge.expiresAt())) {
            throw new EnrolmentRefused("the challenge is unknown, was answered before, or has expired: enrol again");
        }
        try {
            if (answer.secret() == null || !MessageDigest.isEqual(challenge.secret(), answer.secret())) {
                throw new EnrolmentRefused("the answer to the challenge is wrong: the AIK is not in that TPM");
            }
            TpmPublicArea agentKey = requireInSameTpm(challenge, answer);
            return new Proven(challenge.platform(), challenge.ek(), challenge.aik().publicKey(), agentKey.publicKey());
        } finally {
            Arrays.fill(challenge.secret(), (byte) 0);
        }
    }

    /** Certifies the attestation key, once the owner has taken the platform in; revokes an earlier one of that name. */
    public X509Certificate certify(Proven platform) throws IOException {
        return authority.ledger().store().transaction(() -> {
            authority.supersede(platform.platform(), CertificateRole.AIK);
            return authority.issue(platform.platform(), platform.aik(), CertificateRole.AIK, null,
                    OwnerAuthority.fingerprint(platform.ek()));
        });
    }

    /** The agent key's public area is a claim until the AIK, which is proved by now, certifies it. */
    private static TpmPublicArea requireInSameTpm(Open challenge, EnrolmentRequest answer) throws EnrolmentRefused {
        if (answer.certification() == null || answer.signature() == null) {
            throw new EnrolmentRefused("the answer has no certification of the agent key: certification and signature"
                    + " must hold TPM2_Certify of the agent key by the AIK");
        }
        try {
            return CertifyVerifier.verify(new Certification(answer.certification(), answer.signature()),
                    challenge.aik().publicKey(),
                    Challenge.binding(answer.id(), challenge.platform(), challenge.secret()),
                    challenge.agentKeyPublic());
        } catch (QuoteRejected e) {
            throw new EnrolmentRefused("the agent key is not proved to be in the TPM of the AIK: " + e.getMessage(), e);
        }
    }

    private synchronized void remember(UUID id, Open challenge) {
        Instant now = clock.instant();
        open.values().removeIf(other -> {
            boolean expired = now.isAfter(other.expiresAt());
            if (expired) {
                Arrays.fill(other.secret(), (byte) 0);
            }
            return expired;
        });
        if (open.size() >= MAX_OPEN_CHALLENGES) {
            open.remove(open.keySet().iterator().next());
        }
        open.put(id, challenge);
    }
}
