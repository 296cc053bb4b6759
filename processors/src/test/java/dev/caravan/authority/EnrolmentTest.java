package dev.caravan.authority;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.attestation.AppraisalPolicy;
import dev.caravan.attestation.Appraiser;
import dev.caravan.attestation.Evidence;
import dev.caravan.attestation.Verdict;
import dev.caravan.authority.EnrolmentRequest.Challenge;
import dev.caravan.authority.HardwareAuthority.Proven;
import dev.caravan.tpm.Certification;
import dev.caravan.tpm.PcrSelection;
import dev.caravan.tpm.SwtpmProcess;
import dev.caravan.tpm.Tpm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EnrolmentTest {
    private static final byte[] BINDING = {1, 2, 3};

    @TempDir
    static Path directory;
    private static SwtpmProcess swtpm;
    private static Tpm tpm;
    private static Path makers;
    private static CertificateAuthority hardwareCa;
    private static HardwareAuthority hardware;
    private static OwnerAuthority owner;
    private static PlatformIdentity identity;
    private static TestPlatform platform;
    private static X509Certificate ek;

    @BeforeAll
    static void found() throws Exception {
        swtpm = SwtpmProcess.start(Files.createDirectories(directory.resolve("tpm")));
        tpm = Tpm.open(swtpm.address());
        makers = Files.createDirectories(directory.resolve("makers"));
        int i = 0;
        for (X509Certificate maker : swtpm.makerCertificates(directory.resolve("tpm/maker"))) {
            Pem.write(makers.resolve(i++ + ".pem"), maker);
        }
        hardwareCa = new CertificateAuthority(directory.resolve("hardware"), "Test hardware authority");
        hardware = new HardwareAuthority(hardwareCa, new EndorsementChecker(makers), Clock.systemUTC());
        owner = new OwnerAuthority(new CertificateAuthority(directory.resolve("owner"), "Test owner authority"));
        identity = PlatformIdentity.openOrCreate(directory.resolve("identity"), tpm);
        platform = new TestPlatform("alpha", tpm, identity);
        ek = tpm.ekCertificate();
    }

    @AfterAll
    static void stop() throws Exception {
        if (tpm != null) {
            tpm.close();
        }
        if (swtpm != null) {
            swtpm.close();
        }
    }

    private static EnrolmentRequest request() throws Exception {
        return platform.request();
    }

    private static EnrolmentRequest answer(Challenge challenge) {
        return platform.answer(challenge);
    }

    private static Proven proven() throws Exception {
        return hardware
                .activate(answer(hardware.challenge(EnrolmentRequest.parse(EnrolmentRequest.toJson(request())))));
    }

    private static void admit(String platform) throws Exception {
        owner.admit(EnrolmentRequest.admit(platform, OwnerAuthority.fingerprint(ek), false,
                OwnerAuthority.ADMISSION_LIFETIME), "alice");
    }

    private static TrustStore trust() throws Exception {
        TrustStore trust = new TrustStore(Files.createTempDirectory(directory, "trust"));
        trust.update(hardwareCa.certificate(), hardwareCa.crl(), owner.authority().certificate(),
                owner.authority().crl());
        return trust;
    }

    private static Evidence evidence(Proven proven, X509Certificate platform, byte[] binding) throws Exception {
        return Evidence.parse(Evidence.of(hardware.certify(proven).getEncoded(), platform.getEncoded(),
                tpm.quote(identity.aik(), binding, AppraisalPolicy.certifiedOnly().selection())).toJson());
    }

    @Test
    void anAdmittedPlatformIsEnrolledAndFoundAffirming() throws Exception {
        admit("alpha");
        Proven proven = proven();
        X509Certificate platform = owner.certify(proven);
        Appraiser appraiser = new Appraiser(trust(), AppraisalPolicy.certifiedOnly());
        Verdict verdict = appraiser.appraise(evidence(proven, platform, BINDING), "alpha", BINDING);
        assertThat(verdict.reasons()).isNotEmpty();
        assertThat(verdict.affirming()).isTrue();
        assertThat(verdict.quote().pcrs()).hasSize(8);
    }

    @Test
    void evidenceThatDoesNotHoldIsContraindicatedWithItsReason() throws Exception {
        admit("alpha");
        Proven proven = proven();
        X509Certificate platform = owner.certify(proven);
        Appraiser appraiser = new Appraiser(trust(), AppraisalPolicy.certifiedOnly());
        Evidence evidence = evidence(proven, platform, BINDING);
        assertThat(appraiser.appraise(evidence, "beta", BINDING).reasons()).singleElement().asString()
                .contains("certified as alpha, not as beta");
        assertThat(appraiser.appraise(evidence, "alpha", new byte[]{9}).reasons()).singleElement().asString()
                .contains("extraData");
        Evidence swapped = new Evidence(evidence.platformCertificate(), evidence.platformCertificate(),
                evidence.attest(), evidence.signature(), evidence.pcrs());
        assertThat(appraiser.appraise(swapped, "alpha", BINDING).affirming()).isFalse();
    }

    @Test
    void aPlatformThatThePolicyDoesNotTrustIsContraindicated() throws Exception {
        admit("alpha");
        Proven proven = proven();
        AppraisalPolicy others = new AppraisalPolicy(AppraisalPolicy.certifiedOnly().pcrs(), Set.of("beta"));
        assertThat(new Appraiser(trust(), others).appraise(evidence(proven, owner.certify(proven), BINDING), "alpha",
                BINDING).reasons()).singleElement().asString().contains("does not trust platform alpha");
    }

    @Test
    void aPcrThatThePolicyDoesNotAllowIsNamed() throws Exception {
        admit("alpha");
        Proven proven = proven();
        Path file = Files.write(directory.resolve("policy.json"), AppraisalPolicy
                .allowing(List.of(tpm.readPcrs(PcrSelection.of(0, 14)))));
        AppraisalPolicy policy = AppraisalPolicy.read(file);
        Appraiser appraiser = new Appraiser(trust(), policy);
        X509Certificate platform = owner.certify(proven);
        Evidence before = Evidence.of(hardware.certify(proven).getEncoded(), platform.getEncoded(),
                tpm.quote(identity.aik(), BINDING, policy.selection()));
        assertThat(appraiser.appraise(before, "alpha", BINDING).affirming()).isTrue();
        tpm.extendPcr(14, new byte[32]);
        Evidence after = Evidence.of(hardware.certify(proven).getEncoded(), platform.getEncoded(),
                tpm.quote(identity.aik(), BINDING, policy.selection()));
        assertThat(appraiser.appraise(after, "alpha", BINDING).reasons()).singleElement().asString()
                .startsWith("PCR 14 is ");
    }

    @Test
    void aRevokedPlatformIsContraindicated() throws Exception {
        admit("alpha");
        Proven proven = proven();
        X509Certificate platform = owner.certify(proven);
        owner.authority().revoke(platform.getSerialNumber());
        assertThat(new Appraiser(trust(), AppraisalPolicy.certifiedOnly())
                .appraise(evidence(proven, platform, BINDING), "alpha", BINDING).reasons()).singleElement().asString()
                .contains("revoked");
    }

    @Test
    void aPlatformThatNobodyAdmittedIsNotCertified() throws Exception {
        Proven stranger = new Proven("stranger", ek, proven().aik(), identity.agentKey().publicKey());
        assertThatThrownBy(() -> owner.certify(stranger)).isInstanceOf(EnrolmentRefused.class)
                .hasMessageContaining("caravan enrol stranger --ek-sha256 " + OwnerAuthority.fingerprint(ek));
        owner.admit(EnrolmentRequest.admit("stranger", "0".repeat(64), false, OwnerAuthority.ADMISSION_LIFETIME),
                "alice");
        assertThatThrownBy(() -> owner.certify(stranger)).isInstanceOf(EnrolmentRefused.class);
        assertThatThrownBy(() -> admit("../evil")).isInstanceOf(EnrolmentRefused.class);
    }

    @Test
    void aChallengeIsAnsweredOnceByTheTpmThatItIsFor() throws Exception {
        Challenge challenge = hardware.challenge(request());
        EnrolmentRequest answer = answer(challenge);
        hardware.activate(answer);
        assertThatThrownBy(() -> hardware.activate(answer)).hasMessageContaining("answered before");

        Challenge second = hardware.challenge(request());
        Certification genuine = new Certification(answer.certification(), answer.signature());
        assertThatThrownBy(() -> hardware.activate(EnrolmentRequest.activate(second.id(), new byte[32], genuine)))
                .hasMessageContaining("wrong");
    }

    @Test
    void anOldChallengeIsNotAnswered() throws Exception {
        Clock later = Clock.offset(Clock.systemUTC(), HardwareAuthority.CHALLENGE_LIFETIME.plus(Duration.ofSeconds(1)));
        java.util.concurrent.atomic.AtomicReference<Clock> now = new java.util.concurrent.atomic.AtomicReference<>(
                Clock.systemUTC());
        HardwareAuthority authority = new HardwareAuthority(hardwareCa, new EndorsementChecker(makers),
                new Clock() {
                    @Override
                    public java.time.ZoneId getZone() {
                        return java.time.ZoneOffset.UTC;
                    }

                    @Override
                    public Clock withZone(java.time.ZoneId zone) {
                        return this;
                    }

                    @Override
                    public java.time.Instant instant() {
                        return now.get().instant();
                    }
                });
        EnrolmentRequest answer = answer(authority.challenge(request()));
        now.set(later);
        assertThatThrownBy(() -> authority.activate(answer)).hasMessageContaining("expired");
    }

    @Test
    void anEkOfAnUnknownMakerOrNoEkAtAllIsRefused() throws Exception {
        HardwareAuthority strict = new HardwareAuthority(hardwareCa,
                new EndorsementChecker(Files.createTempDirectory(directory, "nobody")), Clock.systemUTC());
        assertThatThrownBy(() -> strict.challenge(request())).hasMessageContaining("no TPM maker is trusted");
        Path other = Files.createTempDirectory(directory, "other");
        Pem.write(other.resolve("ca.pem"), hardwareCa.certificate());
        HardwareAuthority wrong = new HardwareAuthority(hardwareCa, new EndorsementChecker(other), Clock.systemUTC());
        assertThatThrownBy(() -> wrong.challenge(request()))
                .hasMessageContaining("is not among the makers' 1 certificates");
        assertThatThrownBy(
                () -> hardware.challenge(EnrolmentRequest.enrol("alpha", hardware.certify(proven()).getEncoded(),
                        identity.aik().publicArea(), identity.agentKey().publicArea())))
                .hasMessageContaining("the certificate of alpha is not an EK certificate");
        assertThatThrownBy(() -> hardware.challenge(EnrolmentRequest.enrol("alpha", ek.getEncoded(),
                identity.agentKey().publicArea(), identity.agentKey().publicArea())))
                .hasMessageContaining("not restricted");
    }

    @Test
    void certificatesOfOneRoleDoNotServeAnother() throws Exception {
        X509Certificate operator = owner.issueOperator("alice", directory.resolve("alice"));
        CertificateVerifier verifier = trust().owner();
        assertThat(verifier.verify(operator, CertificateRole.OPERATOR)).isEqualTo("alice");
        assertThatThrownBy(() -> verifier.verify(operator, CertificateRole.PLATFORM))
                .isInstanceOf(CertificateRejected.class).hasMessageContaining("not a platform certificate");
        assertThatThrownBy(() -> trust().hardware().verify(operator, CertificateRole.OPERATOR))
                .hasMessageContaining("is not by Test hardware authority");
    }

    @Test
    void keysAreReadableByTheirOwnerOnly() throws Exception {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("hardware/key.pem"))))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("hardware"))))
                .isEqualTo("rwx------");
    }

    @Test
    void anAuthorityKeepsItsKeyAndRevocationsAcrossRestarts() throws Exception {
        Path home = directory.resolve("restarted");
        CertificateAuthority first = new CertificateAuthority(home, "Restarted");
        first.revoke(java.math.BigInteger.TEN);
        CertificateAuthority second = new CertificateAuthority(home, "Restarted");
        assertThat(second.certificate()).isEqualTo(first.certificate());
        assertThat(second.crl().getRevokedCertificates()).hasSize(1);
    }
}
