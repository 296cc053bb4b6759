package dev.caravan.routes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.attestation.Verdict;
import dev.caravan.authority.CertificateAuthority;
import dev.caravan.authority.OwnerAuthority;
import dev.caravan.authority.Pem;
import dev.caravan.control.ControlBodies.Answer;
import dev.caravan.control.ControlBodies.Held;
import dev.caravan.control.ControlBodies.Reason;
import dev.caravan.control.ControlCodec;
import dev.caravan.control.ControlMessage;
import dev.caravan.control.ControlType;
import dev.caravan.handover.Reactions;
import dev.caravan.journal.Journal;
import dev.caravan.journal.Role;
import dev.caravan.journal.Stage;
import dev.caravan.journal.StagePath;
import dev.caravan.migration.ControlLink;
import dev.caravan.migration.DestinationMigration;
import dev.caravan.migration.Facts;
import dev.caravan.migration.Migrations;
import dev.caravan.migration.SourceMigration;
import dev.caravan.request.MigrationRequest;
import dev.caravan.session.Hello;
import dev.caravan.stage.Attesting;
import dev.caravan.stage.Cleanup;
import dev.caravan.stage.Platform;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.camel.RoutesBuilder;
import org.apache.camel.builder.AdviceWith;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.component.mock.MockEndpoint;
import org.apache.camel.test.junit5.CamelTestSupport;
import org.apache.camel.test.junit5.TestExecutionConfiguration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an agent, alpha, makes of control messages that say they are from beta. */
class ControlRouteTest extends CamelTestSupport {
    private static final String ALPHA = "alpha";
    private static final String BETA = "beta";

    @TempDir
    Path directory;
    private final UUID id = UUID.randomUUID();
    private final List<ControlMessage> sent = new CopyOnWriteArrayList<>();
    private final List<String> started = new CopyOnWriteArrayList<>();
    private Mailboxes mailboxes;
    private Journal journal;
    private Migrations migrations;
    private X509Certificate certificate;
    private PrivateKey key;

    @Override
    protected RoutesBuilder[] createRouteBuilders() throws Exception {
        Path keys = Files.createTempDirectory(directory, "beta");
        certificate = new OwnerAuthority(new CertificateAuthority(directory.resolve("owner"), "Test authority"))
                .issueOperator(BETA, keys);
        key = Pem.privateKey(keys.resolve("operator-key.pem"));
        journal = new Journal(directory.resolve("journal.db"));
        migrations = new Migrations(journal);
        Platform platform = new Platform(ALPHA, directory, directory, null, "/test", migrations, null,
                new Collecting());
        mailboxes = new Mailboxes(context);
        return new RoutesBuilder[]{new ControlRoute(platform, mailboxes,
                new RememberedMigrations(platform, new Cleanup(platform)), new Attesting(platform, null, null)),
                new ReplyRoute(platform), new RepeatingRoute(platform),
                new RouteBuilder() {
                    @Override
                    public void configure() {
                        from("direct:sign").to("mock:sign");
                        from("direct:forwarded-request").to("mock:request");
                        from("direct:verify-request").to("mock:verify");
                        from(Direct.of(Reactions.OPEN)).process(exchange -> started.add("open"));
                        from(Direct.of(Reactions.LET_GO)).process(exchange -> started.add("let-go"));
                        from(Direct.of(Reactions.PROVE)).process(exchange -> started.add("prove"));
                    }
                }};
    }

    @Override
    public void configureTest(TestExecutionConfiguration configuration) {
        super.configureTest(configuration);
        configuration.withUseAdviceWith(true);
    }

    @BeforeEach
    void cutOffFromTheBroker() throws Exception {
        AdviceWith.adviceWith(context, "control", route -> {
            route.replaceFromWith("direct:control");
            route.weaveByToUri("jms:queue:DLQ.*").replace().to("mock:dead-letters");
        });
        AdviceWith.adviceWith(context, "send-control", route -> route.weaveByToUri("jms:*").replace().to("mock:sent"));
        context.start();
    }

    @AfterEach
    void close() {
        journal.close();
    }

    @Test
    void rubbishGoesToTheDeadLettersAsItCame() throws Exception {
        byte[] rubbish = "{\"type\":".getBytes(StandardCharsets.UTF_8);
        assertRefused(rubbish, null, "not a control message");
    }

    @Test
    void aMessageForAnotherHostIsRefused() throws Exception {
        byte[] elsewhere = ControlCodec.encode(ControlCodec.message(ControlType.QUERY, id, BETA, "gamma", null));
        assertRefused(elsewhere, signature(elsewhere), "is for gamma, this is alpha");
    }

    @Test
    void aMessageOfTheRightHostWithAnotherSignatureIsRefused() throws Exception {
        journal(Role.SOURCE, Stage.COMMITTING);
        byte[] query = message(ControlType.QUERY);
        byte[] other = message(ControlType.ABORT);
        assertRefused(query, signature(other), "not signed by the platform that it names");
        assertRefused(query, null, "signature");
        assertRefused(query, "no Base64!", "not Base64");
    }

    @Test
    void aHostThatHasNoPartInTheMigrationIsRefused() throws Exception {
        run(Stage.RESTORING);
        byte[] commit = ControlCodec.encode(ControlCodec.message(ControlType.COMMIT, id, "gamma", ALPHA, null));
        assertRefused(commit, signature(commit), "gamma has no part in migration " + id);
        assertThat(started).isEmpty();
    }

    @Test
    void aQueryAboutAnUnknownMigrationIsRefused() throws Exception {
        byte[] query = message(ControlType.QUERY);
        assertRefused(query, signature(query), "is not known here");
    }

    @Test
    void aDestinationThatAsksIsToldToCommitExactlyWhatTheJournalHasCommitted() throws Exception {
        journal(Role.SOURCE, Stage.COMMITTING, Stage.RELEASING, Stage.COMPLETED);
        accept(ControlType.QUERY);
        assertThat(sent).extracting(ControlMessage::type).containsExactly(ControlType.COMMIT);
        assertThat(sent.get(0).to()).isEqualTo(BETA);
    }

    @Test
    void aDestinationIsToldToCommitOnlyOnceTheSourceHasLetGoOfTheAddress() throws Exception {
        SourceMigration migration = new SourceMigration(new MigrationRequest(id, "web", ALPHA, BETA, "stopcopy",
                Instant.now(), Instant.now().plusSeconds(60)));
        migrations.open(migration);
        migration.peerKey(certificate.getPublicKey());
        remember();
        StagePath.lead(migrations, migration, Stage.COMMITTING);
        accept(ControlType.QUERY);
        assertThat(started).containsExactly("let-go");
        assertThat(sent).isEmpty();
    }

    @Test
    void aCommitThatARestartedAgentHasNotTakenUpYetIsNotTold() throws Exception {
        journal(Role.SOURCE, Stage.COMMITTING);
        accept(ControlType.QUERY);
        assertThat(sent).isEmpty();
    }

    @Test
    void whatCouldNotBeTakenUpAgainIsNotCalledLost() throws Exception {
        journal(Role.DESTINATION, Stage.RESTORING);
        accept(ControlType.COMMIT);
        assertThat(sent).isEmpty();
    }

    @Test
    void aDestinationThatAsksIsToldToAbortWhatIsRolledBackAndNothingBefore() throws Exception {
        journal(Role.SOURCE, Stage.RESTORING);
        accept(ControlType.QUERY);
        assertThat(sent).isEmpty();
        StagePath.lead(journal, id, Stage.ROLLED_BACK);
        accept(ControlType.QUERY);
        assertThat(sent).extracting(ControlMessage::type).containsExactly(ControlType.ABORT);
    }

    @Test
    void aCommitRepeatedAfterTheEndIsAnsweredAgain() throws Exception {
        journal(Role.DESTINATION, Stage.COMMITTING, Stage.RELEASING, Stage.COMPLETED);
        accept(ControlType.COMMIT);
        assertThat(sent).extracting(ControlMessage::type).containsExactly(ControlType.RUNNING);
    }

    @Test
    void aRunningRepeatedAfterTheEndIsAnsweredAgain() throws Exception {
        journal(Role.SOURCE, Stage.COMMITTING, Stage.RELEASING, Stage.COMPLETED);
        accept(ControlType.RUNNING);
        assertThat(sent).extracting(ControlMessage::type).containsExactly(ControlType.RELEASED);
    }

    @Test
    void aCommitOfWhatWasRolledBackIsTakenBack() throws Exception {
        journal(Role.DESTINATION, Stage.RESTORING, Stage.ROLLING_BACK, Stage.ROLLED_BACK);
        accept(ControlType.COMMIT);
        assertThat(sent).extracting(ControlMessage::type).containsExactly(ControlType.ABORT);
        assertThat(ControlCodec.body(sent.get(0), Reason.class).reason()).contains("web was given up at alpha");
    }

    @Test
    void aCommitThatIsNotDueYetStartsNothing() throws Exception {
        run(Stage.PREPARING);
        accept(ControlType.COMMIT);
        assertThat(started).isEmpty();
    }

    @Test
    void anAnswerThatComesAgainAfterItsAppraisalStartsNothing() throws Exception {
        SourceMigration migration = new SourceMigration(new MigrationRequest(id, "web", ALPHA, BETA, "stopcopy",
                Instant.now(), Instant.now().plusSeconds(60)));
        migrations.open(migration);
        migration.peerKey(certificate.getPublicKey());
        migrations.enter(migration, Stage.ATTESTING, "");
        byte[] answer = ControlCodec.encode(ControlCodec.message(ControlType.ATTEST_ANSWER, id, BETA, ALPHA,
                new Answer(new Hello(1, Role.DESTINATION, id,
                        new byte[Hello.NONCE_BYTES], new byte[Hello.X25519_BYTES], new byte[Hello.CIPHERTEXT_BYTES],
                        List.of(new byte[1]), List.of(new byte[1]), new TreeSet<>(List.of(7))), new byte[1])));
        accept(answer);
        assertThat(started).containsExactly("prove");

        migration.destinationVerdict(new Verdict(true, List.of(), null));
        accept(answer);
        assertThat(started).containsExactly("prove");
    }

    @Test
    void aCommitThatIsDueStartsItsStage() throws Exception {
        run(Stage.RESTORING).heldReport(new Held(new byte[1], new byte[32]));
        accept(ControlType.COMMIT);
        assertThat(started).containsExactly("open");
    }

    @Test
    void aSignedMessageWhoseBodyLacksWhatItsTypeNeedsIsRefusedAndStartsNothing() throws Exception {
        SourceMigration migration = new SourceMigration(new MigrationRequest(id, "web", ALPHA, BETA, "stopcopy",
                Instant.now(), Instant.now().plusSeconds(60)));
        migrations.open(migration);
        migration.peerKey(certificate.getPublicKey());
        StagePath.lead(migrations, migration, Stage.RESTORING);
        for (ControlType type : List.of(ControlType.HELD, ControlType.ABORT, ControlType.LOST,
                ControlType.ATTESTED)) {
            byte[] empty = message(type);
            assertRefused(empty, signature(empty), "is missing");
            byte[] nulls = new String(empty, StandardCharsets.UTF_8).replace("\"body\":{}", "\"body\":null")
                    .getBytes(StandardCharsets.UTF_8);
            assertRefused(nulls, signature(nulls), "body");
            byte[] unsigned = message(type);
            assertRefused(unsigned, signature(nulls), "not signed by the platform that it names");
        }
        assertThat(migration.stage()).isEqualTo(Stage.RESTORING);
        assertThat(started).isEmpty();
        assertThat(sent).isEmpty();
    }

    @Test
    void messagesOfAMigrationStayInOrderButForThoseThatEndIt() throws Exception {
        MockEndpoint out = getMockEndpoint("mock:sent");
        out.expectedMessageCount(2);
        template.sendBody("direct:send-control", ControlCodec.message(ControlType.COMMIT, id, ALPHA, BETA, null));
        template.sendBody("direct:send-control", ControlCodec.message(ControlType.QUERY, id, ALPHA, BETA, null));
        out.assertIsSatisfied();
        assertThat(out.getExchanges().get(0).getMessage().getHeader("JMSXGroupID")).isEqualTo(id.toString());
        assertThat(out.getExchanges().get(1).getMessage().getHeader("JMSXGroupID")).isNull();
        assertThat(out.getExchanges()).allMatch(
                exchange -> exchange.getProperty("address").equals("caravan.agent.beta.control"));
    }

    private void journal(Role role, Stage... stages) {
        boolean source = role == Role.SOURCE;
        journal.open(id, role, "web", source ? ALPHA : BETA, source ? BETA : ALPHA);
        List.of(stages).forEach(stage -> StagePath.lead(journal, id, stage));
        remember();
    }

    /** Has alpha be the destination of a running migration. */
    private DestinationMigration run(Stage stage) {
        DestinationMigration migration = new DestinationMigration(id, "web", BETA, ALPHA);
        migrations.open(migration);
        migration.peerKey(certificate.getPublicKey());
        StagePath.lead(migrations, migration, stage);
        remember();
        return migration;
    }

    private void remember() {
        try {
            journal.remember(id, Facts.PEER_CERTIFICATE, certificate.getEncoded());
        } catch (java.security.cert.CertificateEncodingException e) {
            throw new AssertionError(e);
        }
    }

    private byte[] message(ControlType type) {
        return ControlCodec.encode(ControlCodec.message(type, id, BETA, ALPHA, null));
    }

    private String signature(byte[] bytes) throws Exception {
        Signature signer = Signature.getInstance("SHA256withECDSA");
        signer.initSign(key);
        signer.update(bytes);
        return Base64.getEncoder().encodeToString(signer.sign());
    }

    private void accept(ControlType type) throws Exception {
        accept(message(type));
    }

    private void accept(byte[] bytes) throws Exception {
        MockEndpoint dead = getMockEndpoint("mock:dead-letters");
        dead.expectedMessageCount(0);
        template.sendBodyAndHeader("direct:control", bytes, CaravanHeaders.SIGNATURE, signature(bytes));
        dead.assertIsSatisfied();
        Awaitility.await().until(() -> mailboxes.isIdle(id));
    }

    private void assertRefused(byte[] bytes, String signature, String reason) throws Exception {
        MockEndpoint dead = getMockEndpoint("mock:dead-letters");
        dead.reset();
        dead.expectedBodiesReceived(bytes);
        template.sendBodyAndHeader("direct:control", bytes, CaravanHeaders.SIGNATURE, signature);
        dead.assertIsSatisfied();
        assertThat(dead.getExchanges().get(0).getMessage().getHeader(CaravanHeaders.REASON, String.class))
                .contains(reason);
        assertThat(sent).isEmpty();
    }

    /** Keeps what would be sent to other agents. */
    private final class Collecting implements ControlLink {
        @Override
        public void send(ControlMessage message) {
            sent.add(message);
        }

        @Override
        public void sendWhenPossible(ControlMessage message) {
            sent.add(message);
        }
    }
}
