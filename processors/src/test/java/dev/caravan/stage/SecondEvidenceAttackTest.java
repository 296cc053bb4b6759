package dev.caravan.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.attestation.AppraisalPolicy;
import dev.caravan.attestation.Appraiser;
import dev.caravan.attestation.Evidence;
import dev.caravan.authority.CertificateAuthority;
import dev.caravan.authority.EndorsementChecker;
import dev.caravan.authority.EnrolmentRequest;
import dev.caravan.authority.HardwareAuthority.Proven;
import dev.caravan.authority.HardwareAuthority;
import dev.caravan.authority.OwnerAuthority;
import dev.caravan.authority.Pem;
import dev.caravan.authority.PlatformIdentity;
import dev.caravan.authority.TestPlatform;
import dev.caravan.authority.TrustStore;
import dev.caravan.control.ControlBodies.Answer;
import dev.caravan.control.ControlBodies.Held;
import dev.caravan.event.Outcome;
import dev.caravan.journal.Journal;
import dev.caravan.journal.Role;
import dev.caravan.migration.Facts;
import dev.caravan.migration.MigrationFailed;
import dev.caravan.migration.Migrations;
import dev.caravan.migration.SourceMigration;
import dev.caravan.request.MigrationRequest;
import dev.caravan.session.Handshake;
import dev.caravan.session.Session;
import dev.caravan.stream.BatchChannel;
import dev.caravan.stream.BatchSettings;
import dev.caravan.tpm.PcrSelection;
import dev.caravan.tpm.SwtpmProcess;
import dev.caravan.tpm.Tpm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** The last look at the destination before the commit: a platform that has changed does not get the container. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SecondEvidenceAttackTest {
    /** It has a reference value. */
    private static final int PINNED = 16;
    /** It is quoted, but the policy allows any value. */
    private static final int QUOTED = 10;

    @TempDir
    static Path directory;
    private static SwtpmProcess swtpm;
    private static Tpm tpm;
    private static HardwareAuthority hardware;
    private static OwnerAuthority owner;
    private static Enrolled beta;
    private static TrustStore trust;

    private Journal journal;
    private Session session;
    private BatchChannel channel;
    private SourceMigration migration;
    private Attesting attesting;

    /** A platform's identity with the certificates that it was given. */
    private record Enrolled(PlatformIdentity identity, byte[] aik, byte[] platform) {

        byte[] evidence(byte[] extraData, Integer... pcrs) {
            return Evidence.of(aik, platform, tpm.quote(identity.aik(), extraData, PcrSelection.of(pcrs))).toJson();
        }
    }

    @BeforeAll
    static void found() throws Exception {
        swtpm = SwtpmProcess.start(Files.createDirectories(directory.resolve("tpm")));
        tpm = Tpm.open(swtpm.address());
        Path makers = Files.createDirectories(directory.resolve("makers"));
        int i = 0;
        for (X509Certificate maker : swtpm.makerCertificates(directory.resolve("tpm/maker"))) {
            Pem.write(makers.resolve(i++ + ".pem"), maker);
        }
        CertificateAuthority hardwareCa = new CertificateAuthority(directory.resolve("hardware"), "Hardware");
        hardware = new HardwareAuthority(hardwareCa, new EndorsementChecker(makers), Clock.systemUTC());
        owner = new OwnerAuthority(new CertificateAuthority(directory.resolve("owner"), "Owner"));
        beta = enrol("identity");
        trust = new TrustStore(directory.resolve("trust"));
        trust.update(hardwareCa.certificate(), hardwareCa.crl(), owner.authority().certificate(),
                owner.authority().crl());
    }

    private static Enrolled enrol(String home) throws Exception {
        PlatformIdentity identity = PlatformIdentity.openOrCreate(directory.resolve(home), tpm);
        owner.admit(EnrolmentRequest.admit("beta", OwnerAuthority.fingerprint(tpm.ekCertificate()), false,
                OwnerAuthority.ADMISSION_LIFETIME), "alice");
        TestPlatform platform = new TestPlatform("beta", tpm, identity);
        Proven proven = hardware.activate(platform.answer(hardware.challenge(platform.request())));
        byte[] certificate = owner.certify(proven).getEncoded();
        return new Enrolled(identity, hardware.certify(proven).getEncoded(), certificate);
    }

    @AfterAll
    static void stop() throws Exception {
        tpm.close();
        swtpm.close();
    }

    @BeforeEach
    void migrateUntilHeld(@TempDir Path home) throws Exception {
        journal = new Journal(home.resolve("journal.db"));
        attesting = attesting(Set.of(value(PINNED)));
        UUID id = UUID.randomUUID();
        journal.open(id, Role.SOURCE, "web", "alpha", "beta");
        migration = new SourceMigration(new MigrationRequest(id, "web", "alpha", "beta", "stopcopy", Instant.now(),
                Instant.now().plusSeconds(60)));
        attest(id);
        channel = new BatchChannel(session, wire -> {
        }, batch -> {
        }, BatchSettings.defaults());
        migration.session(session);
        migration.channel(channel);
        attesting.expectHeld(migration, channel.sentDigest());
    }

    private Attesting attesting(Set<String> allowed) {
        SortedMap<Integer, Set<String>> pcrs = new TreeMap<>();
        pcrs.put(PINNED, allowed);
        pcrs.put(QUOTED, Set.of());
        Appraiser appraiser = new Appraiser(trust, new AppraisalPolicy(pcrs, Set.of()));
        return new Attesting(
                new Platform("alpha", directory, directory, null, "/test", new Migrations(journal), null, null),
                appraiser, null);
    }

    private void attest(UUID id) throws Exception {
        List<byte[]> own = List.of(new byte[]{1});
        SortedSet<Integer> pcrs = new TreeSet<>(List.of(QUOTED, PINNED));
        SecureRandom random = new SecureRandom();
        Handshake offered = Handshake.source(id, own, own, pcrs, random);
        migration.handshake(offered);
        try (Handshake answered = Handshake.destination(offered.hello(), id, List.of(beta.aik()),
                List.of(beta.platform()), pcrs, random)) {
            byte[] evidence = beta.evidence(answered.extraData(Role.DESTINATION), QUOTED, PINNED);
            attesting.appraiseDestination(migration, new Answer(answered.hello(), evidence));
            session = offered.establish(new byte[]{2}, evidence);
        }
    }

    @AfterEach
    void close() {
        migration.close();
        journal.close();
    }

    @Test
    void anUnchangedPlatformGetsTheContainer() {
        attesting.appraiseHeld(migration, new Held(bound(beta, QUOTED, PINNED), channel.sentDigest()));
    }

    @Test
    void aSourceThatWasRestartedJudgesByItsJournal() {
        SourceMigration restarted = new SourceMigration(migration.request());
        restarted.copyLost(journal.recall(migration.id(), Facts.HELD_EXPECTATION).orElseThrow());
        attesting.appraiseHeld(restarted, new Held(bound(beta, QUOTED, PINNED), channel.sentDigest()));
        assertThat(restarted.destinationVerdict().affirming()).isTrue();

        tpm.extendPcr(QUOTED, new byte[32]);
        assertThatThrownBy(() -> attesting.appraiseHeld(restarted,
                new Held(bound(beta, QUOTED, PINNED), channel.sentDigest())))
                .isInstanceOf(MigrationFailed.class).hasMessageContaining("PCR " + QUOTED + " changed");
    }

    @Test
    void whatWasRestoredMustBeWhatWasSent() {
        byte[] other = channel.sentDigest().clone();
        other[0] ^= 1;
        Held held = new Held(bound(beta, QUOTED, PINNED), other);
        assertThatThrownBy(() -> attesting.appraiseHeld(migration, held))
                .isInstanceOfSatisfying(MigrationFailed.class, failed -> {
                    assertThat(failed.error()).isEqualTo("stream-digest");
                    assertThat(failed.outcome()).isEqualTo(Outcome.ROLLED_BACK);
                });
    }

    @Test
    void theEvidenceMustBeBoundToThisSessionAndToWhatWasSent() {
        assertRefused(beta.evidence(new byte[]{7}, QUOTED, PINNED), "destination-changed", "extraData");
        byte[] other = channel.sentDigest().clone();
        other[0] ^= 1;
        assertRefused(beta.evidence(session.commitExtraData(other), QUOTED, PINNED), "destination-changed",
                "extraData");
    }

    @Test
    void aPcrWithAReferenceValueThatChangedIsNoticed() {
        tpm.extendPcr(PINNED, new byte[32]);
        assertRefused(bound(beta, QUOTED, PINNED), "destination-changed", "PCR " + PINNED);
    }

    @Test
    void aPcrThatIsOnlyQuotedIsNoticedToo() {
        String before = value(QUOTED);
        tpm.extendPcr(QUOTED, new byte[32]);
        assertRefused(bound(beta, QUOTED, PINNED), "destination-changed",
                "PCR " + QUOTED + " changed between the two quotes, from " + before + " to " + value(QUOTED));
    }

    @Test
    void aSmallerOrLargerSelectionHidesNothing() {
        assertRefused(bound(beta, PINNED), "destination-changed", "not over the PCRs that were asked for");
        assertRefused(bound(beta, QUOTED, PINNED, 11), "destination-changed", "not over the PCRs that were asked for");
    }

    @Test
    void anotherAikOfTheSamePlatformIsNoticedHoweverItIsCertified() throws Exception {
        Enrolled again = enrol("again");
        assertRefused(bound(again, QUOTED, PINNED), "bad-evidence", "other certificates than it began with");
        Enrolled mixed = new Enrolled(again.identity(), beta.aik(), beta.platform());
        assertRefused(bound(mixed, QUOTED, PINNED), "destination-changed", "not signed by the platform's AIK");
    }

    @Test
    void evidenceThatIsNoneIsRefused() {
        assertThatThrownBy(() -> attesting.appraiseHeld(migration, new Held(new byte[]{1}, channel.sentDigest())))
                .isInstanceOf(MigrationFailed.class).hasMessageContaining("beta showed no evidence");
    }

    /** The last one: how long the clock stays unsafe is the TPM's business. */
    @Test
    @Order(Integer.MAX_VALUE)
    void aPlatformThatWasBootedMeanwhileIsNoticedAndIsNoDestinationBeforeItsClockIsSafe() throws Exception {
        tpm.close();
        swtpm.powerCycle();
        tpm = Tpm.open(swtpm.address());
        attesting = attesting(Set.of());
        assertRefused(bound(beta, QUOTED, PINNED), "destination-changed", "the TPM was reset between the two quotes");

        assertThatThrownBy(() -> attest(migration.id())).isInstanceOf(MigrationFailed.class)
                .hasMessageContaining("clock is not safe");
        assertThat(migration.destinationVerdict().affirming()).isFalse();
    }

    private void assertRefused(byte[] evidence, String error, String reason) {
        assertThatThrownBy(() -> attesting.appraiseHeld(migration, new Held(evidence, channel.sentDigest())))
                .isInstanceOfSatisfying(MigrationFailed.class, failed -> {
                    assertThat(failed.getMessage()).contains("beta", reason);
                    assertThat(failed.error()).isEqualTo(error);
                    assertThat(failed.outcome()).isEqualTo(Outcome.REFUSED);
                });
    }

    private byte[] bound(Enrolled platform, Integer... pcrs) {
        return platform.evidence(session.commitExtraData(channel.sentDigest()), pcrs);
    }

    private static String value(int pcr) {
        return HexFormat.of().formatHex(tpm.readPcrs(PcrSelection.of(pcr)).get(pcr));
    }
}
