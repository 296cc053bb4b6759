package dev.caravan.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.attestation.AppraisalPolicy;
import dev.caravan.attestation.Appraiser;
import dev.caravan.attestation.Evidence;
import dev.caravan.attestation.Verdict;
import dev.caravan.authority.CertificateAuthority;
import dev.caravan.authority.EndorsementChecker;
import dev.caravan.authority.EnrolmentRequest;
import dev.caravan.authority.EnrolmentRequest.Challenge;
import dev.caravan.authority.HardwareAuthority;
import dev.caravan.authority.HardwareAuthority.Proven;
import dev.caravan.authority.OwnerAuthority;
import dev.caravan.authority.Pem;
import dev.caravan.authority.PlatformIdentity;
import dev.caravan.authority.TrustStore;
import dev.caravan.batch.BatchChannel;
import dev.caravan.batch.BatchSettings;
import dev.caravan.control.ControlBodies.Held;
import dev.caravan.event.Outcome;
import dev.caravan.migration.MigrationFailed;
import dev.caravan.migration.SourceMigration;
import dev.caravan.request.MigrationRequest;
import dev.caravan.session.Handshake;
import dev.caravan.session.Session;
import dev.caravan.tpm.Credential;
import dev.caravan.tpm.PcrSelection;
import dev.caravan.tpm.SwtpmProcess;
import dev.caravan.tpm.Tpm;
import dev.caravan.tpm.VerifiedQuote;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The last look at the destination before the commit: a platform whose state has changed does not get the container. */
class SecondEvidenceTest {
    private static final int PCR = 16;

    @TempDir
    static Path directory;
    private static SwtpmProcess swtpm;
    private static Tpm tpm;
    private static PlatformIdentity identity;
    private static byte[] aik;
    private static byte[] platform;
    private static TrustStore trust;

    private Session session;
    private BatchChannel channel;
    private SourceMigration migration;
    private SourceStages source;

    @BeforeAll
    static void enrol() throws Exception {
        swtpm = SwtpmProcess.start(Files.createDirectories(directory.resolve("tpm")));
        tpm = Tpm.open(swtpm.address());
        Path makers = Files.createDirectories(directory.resolve("makers"));
        int i = 0;
        for (X509Certificate maker : swtpm.makerCertificates(directory.resolve("tpm/maker"))) {
            Pem.write(makers.resolve(i++ + ".pem"), maker);
        }
        CertificateAuthority hardwareCa = new CertificateAuthority(directory.resolve("hardware"), "Hardware");
        HardwareAuthority hardware = new HardwareAuthority(hardwareCa, new EndorsementChecker(makers),
                Clock.systemUTC());
        OwnerAuthority owner = new OwnerAuthority(new CertificateAuthority(directory.resolve("owner"), "Owner"));
        identity = PlatformIdentity.openOrCreate(directory.resolve("identity"), tpm);
        X509Certificate ek = tpm.ekCertificate();
        owner.admit(EnrolmentRequest.admit("beta", OwnerAuthority.fingerprint(ek), false,
                OwnerAuthority.ADMISSION_LIFETIME), "alice");
        Challenge challenge = hardware.challenge(EnrolmentRequest.enrol("beta", ek.getEncoded(),
                identity.aik().publicArea(), identity.agentKey().publicArea()));
        byte[] secret = tpm.activateCredential(identity.aik(),
                new Credential(challenge.credentialBlob(), challenge.encryptedSecret()));
        Proven proven = hardware.activate(
                EnrolmentRequest.activate(challenge.id(), secret, tpm.sign(identity.agentKey(), secret)));
        platform = owner.certify(proven).getEncoded();
        aik = hardware.certify(proven).getEncoded();
        trust = new TrustStore(directory.resolve("trust"));
        trust.update(hardwareCa.certificate(), hardwareCa.crl(), owner.authority().certificate(),
                owner.authority().crl());
    }

    @AfterAll
    static void stop() throws Exception {
        tpm.close();
        swtpm.close();
    }

    @BeforeEach
    void migrateUntilHeld() throws Exception {
        UUID id = UUID.randomUUID();
        List<byte[]> chain = List.of(new byte[]{1});
        SortedSet<Integer> pcrs = new TreeSet<>(List.of(PCR));
        SecureRandom random = new SecureRandom();
        try (Handshake offered = Handshake.source(id, chain, chain, pcrs, random);
                Handshake answered = Handshake.destination(offered.hello(), id, chain, chain, pcrs, random)) {
            offered.receive(answered.hello());
            session = offered.establish(new byte[]{2}, new byte[]{3});
        }
        channel = new BatchChannel(session, wire -> {
        }, batch -> {
        }, BatchSettings.defaults());
        Path file = Files.write(directory.resolve("policy.json"),
                AppraisalPolicy.allowing(List.of(tpm.readPcrs(PcrSelection.of(PCR)))));
        Appraiser appraiser = new Appraiser(trust, AppraisalPolicy.read(file));
        source = new SourceStages(new Platform("alpha", directory, directory, null, "/test", null, null, appraiser,
                null, null, null, null), null);
        migration = new SourceMigration(new MigrationRequest(id, "web", "alpha", "beta", "stopcopy", Instant.now(),
                Instant.now().plusSeconds(60)));
        migration.session(session);
        migration.channel(channel);
        byte[] first = {7};
        migration.destinationVerdict(appraiser.appraise(Evidence.parse(evidence(first)), "beta", first));
        assertThat(migration.destinationVerdict().affirming()).isTrue();
    }

    @AfterEach
    void close() {
        channel.close();
        session.close();
    }

    @Test
    void anUnchangedPlatformGetsTheContainer() {
        source.verifyHeld(migration, new Held(bound(), channel.sentDigest()));
    }

    @Test
    void whatWasRestoredMustBeWhatWasSent() {
        byte[] other = channel.sentDigest().clone();
        other[0] ^= 1;
        assertThatThrownBy(() -> source.verifyHeld(migration, new Held(bound(), other)))
                .isInstanceOfSatisfying(MigrationFailed.class, failed -> {
                    assertThat(failed.error()).isEqualTo("stream-digest");
                    assertThat(failed.outcome()).isEqualTo(Outcome.ROLLED_BACK);
                });
    }

    @Test
    void theEvidenceMustBeBoundToThisSessionAndToWhatWasSent() {
        assertRefused(evidence(new byte[]{7}), "extraData");
        byte[] other = channel.sentDigest().clone();
        other[0] ^= 1;
        assertRefused(evidence(session.commitExtraData(other)), "extraData");
    }

    @Test
    void aPlatformWhosePcrChangedMeanwhileIsRefused() {
        tpm.extendPcr(PCR, new byte[32]);
        assertRefused(bound(), "PCR " + PCR);
    }

    @Test
    void aPlatformThatWasResetMeanwhileIsRefused() {
        VerifiedQuote now = migration.destinationVerdict().quote();
        migration.destinationVerdict(new Verdict(true, List.of(), new VerifiedQuote(now.pcrs(), now.clock(),
                now.resetCount() - 1, now.restartCount(), now.firmwareVersion(), now.pcrDigest())));
        assertRefused(bound(), "the TPM was reset");
    }

    private void assertRefused(byte[] evidence, String reason) {
        assertThatThrownBy(() -> source.verifyHeld(migration, new Held(evidence, channel.sentDigest())))
                .isInstanceOfSatisfying(MigrationFailed.class, failed -> {
                    assertThat(failed.error()).isEqualTo("destination-changed");
                    assertThat(failed.outcome()).isEqualTo(Outcome.REFUSED);
                    assertThat(failed.getMessage()).contains("beta", reason);
                });
    }

    private byte[] bound() {
        return evidence(session.commitExtraData(channel.sentDigest()));
    }

    private static byte[] evidence(byte[] extraData) {
        return Evidence.of(aik, platform, tpm.quote(identity.aik(), extraData, PcrSelection.of(PCR))).toJson();
    }
}
