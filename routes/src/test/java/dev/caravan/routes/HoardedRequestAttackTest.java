package dev.caravan.routes;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caravan.attestation.AppraisalPolicy;
import dev.caravan.attestation.Appraiser;
import dev.caravan.authority.EventKey;
import dev.caravan.control.ControlBodies.Offer;
import dev.caravan.control.ControlBodies.Reason;
import dev.caravan.control.ControlCodec;
import dev.caravan.control.ControlMessage;
import dev.caravan.control.ControlType;
import dev.caravan.criu.CannotControl;
import dev.caravan.criu.ContainerRuntime;
import dev.caravan.criu.ContainerState;
import dev.caravan.criu.LogExcerpt;
import dev.caravan.event.MigrationEvents;
import dev.caravan.event.Outcome;
import dev.caravan.event.TestSpeakers;
import dev.caravan.host.Discrepancies;
import dev.caravan.host.Discrepancy;
import dev.caravan.handover.Reactions;
import dev.caravan.journal.Journal;
import dev.caravan.journal.Role;
import dev.caravan.journal.Stage;
import dev.caravan.migration.ControlLink;
import dev.caravan.migration.DestinationMigration;
import dev.caravan.migration.Migrations;
import dev.caravan.request.MigrationRequest;
import dev.caravan.routes.request.VerifyRequestRoute;
import dev.caravan.session.Handshake;
import dev.caravan.stage.Attesting;
import dev.caravan.stage.Cleanup;
import dev.caravan.stage.Platform;
import dev.caravan.stage.Reports;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.camel.RoutesBuilder;
import org.apache.camel.builder.AdviceWith;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.test.junit5.CamelTestSupport;
import org.apache.camel.test.junit5.TestExecutionConfiguration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A request that an operator signed long ago, or that was turned down, is kept by somebody and shown again: to beta, which
 * is the destination of some and the source of others.
 */
class HoardedRequestAttackTest extends CamelTestSupport {
    private static final String ALPHA = "alpha";
    private static final String BETA = "beta";

    @TempDir
    Path directory;
    private final List<ControlMessage> sent = new CopyOnWriteArrayList<>();
    private final List<UUID> started = new CopyOnWriteArrayList<>();
    private final List<String> rejected = new CopyOnWriteArrayList<>();
    private final List<String> deadLetters = new CopyOnWriteArrayList<>();
    private TestSpeakers speakers;
    private EventKey operator;
    private final Discrepancies discrepancies = new Discrepancies();
    private Journal journal;
    private Migrations migrations;
    private volatile ContainerState.Status status = ContainerState.Status.RUNNING;
    /** What the runtime fails with when it is asked; null if it answers. */
    private volatile CannotControl fault;

    @Override
    protected RoutesBuilder[] createRouteBuilders() throws Exception {
        speakers = new TestSpeakers(directory);
        operator = TestSpeakers.operatorKey(speakers.operator("alice"));
        journal = new Journal(directory.resolve("journal.db"));
        migrations = new Migrations(journal);
        Platform platform = new Platform(BETA, directory, directory, null, "/test", migrations, oneContainer(),
                new Collecting());
        Attesting attesting = new Attesting(platform,
                new Appraiser(speakers.trust(), AppraisalPolicy.certifiedOnly()), null);
        Mailboxes mailboxes = new Mailboxes(context);
        return new RoutesBuilder[]{new ControlRoute(platform, mailboxes,
                new RememberedMigrations(platform, new Cleanup(platform)), attesting),
                new OfferedRoute(platform, mailboxes, attesting),
                new RequestRoute(platform, mailboxes, new MigrationEvents(BETA), discrepancies),
                new VerifyRequestRoute(speakers.trust()), new RouteBuilder() {
                    @Override
                    public void configure() {
                        from("direct:sign").to("mock:sign");
                        from("direct:publish").process(exchange -> rejected.add(new ObjectMapper()
                                .readTree(exchange.getMessage().getBody(byte[].class)).path("data").path("error")
                                .asText()));
                        from(Direct.of(Reactions.ANSWER))
                                .process(exchange -> started.add(Steps.migration(exchange).id()));
                        from(Direct.of(Reactions.OFFER))
                                .process(exchange -> started.add(Steps.migration(exchange).id()));
                        from("direct:dead-letters").process(exchange -> deadLetters
                                .add(exchange.getMessage().getHeader(CaravanHeaders.REASON, String.class)));
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
        for (String route : List.of("control", "requests")) {
            AdviceWith.adviceWith(context, route, advice -> {
                advice.replaceFromWith("direct:" + route + "-taken");
                advice.weaveByToUri("jms:queue:DLQ.*").replace().to("direct:dead-letters");
            });
        }
        AdviceWith.adviceWith(context, "send-control",
                advice -> advice.weaveByToUri("jms:*").replace().to("mock:sent"));
        context.start();
    }

    @AfterEach
    void close() {
        journal.close();
    }

    private static MigrationRequest request(String source, String destination, Duration ago) {
        Instant issued = Instant.now().minus(ago);
        return new MigrationRequest(UUID.randomUUID(), "web", source, destination, "stopcopy", issued,
                issued.plus(MigrationRequest.DEFAULT_LIFETIME));
    }

    /** Alpha, a host of the owner, offers beta a container, with a request that it has. */
    private void offer(MigrationRequest request, byte[] signature) throws Exception {
        TestSpeakers.Platform alpha = speakers.platform(ALPHA);
        List<byte[]> chain = List.of(alpha.certificate().getEncoded());
        byte[] bytes = ControlCodec.encode(ControlCodec.message(ControlType.ATTEST_OFFER, request.id(), ALPHA, BETA,
                new Offer(request.toJson(), Base64.getEncoder().encodeToString(signature),
                        Base64.getEncoder().encodeToString(operator.holder().getEncoded()),
                        Handshake.source(request.id(), chain, chain, new TreeSet<>(List.of(0)), new SecureRandom())
                                .hello())));
        template.sendBodyAndHeader("direct:control-taken", bytes, CaravanHeaders.SIGNATURE,
                Base64.getEncoder().encodeToString(TestSpeakers.sign(bytes, alpha.agentKey())));
    }

    private void offer(MigrationRequest request) throws Exception {
        offer(request, operator.sign(request.toJson()));
    }

    private void ask(MigrationRequest request, byte[] signature) throws Exception {
        template.sendBodyAndHeaders("direct:requests-taken", request.toJson(),
                Map.of(CaravanHeaders.SIGNATURE, Base64.getEncoder().encodeToString(signature),
                        CaravanHeaders.CERTIFICATE,
                        Base64.getEncoder().encodeToString(operator.holder().getEncoded())));
    }

    private void ask(MigrationRequest request) throws Exception {
        ask(request, operator.sign(request.toJson()));
    }

    private Reason abort(int index) {
        assertThat(sent.get(index).type()).isEqualTo(ControlType.ABORT);
        return ControlCodec.body(sent.get(index), Reason.class);
    }

    @Test
    void aDestinationTakesACurrentRequestOnce() throws Exception {
        MigrationRequest request = request(ALPHA, BETA, Duration.ZERO);
        offer(request);
        Awaitility.await().untilAsserted(() -> assertThat(started).containsExactly(request.id()));
    }

    @Test
    void aDestinationRefusesWhatASourceHasHoarded() throws Exception {
        MigrationRequest request = request(ALPHA, BETA, Duration.ofHours(1));
        offer(request);
        assertThat(started).isEmpty();
        assertThat(abort(0).error()).isEqualTo("expired");
        assertThat(abort(0).reason()).contains("expiresAt is " + request.expiresAt(), "at beta");
        assertThat(journal.find(request.id())).isEmpty();
    }

    @Test
    void aDestinationDoesNotTakeLaterWhatItHasRefused() throws Exception {
        DestinationMigration other = new DestinationMigration(UUID.randomUUID(), "web", ALPHA, BETA);
        migrations.open(other);
        MigrationRequest request = request(ALPHA, BETA, Duration.ZERO);
        offer(request);
        assertThat(abort(0).error()).isEqualTo("already-migrating");
        migrations.enter(other, Stage.ROLLING_BACK, "over");
        migrations.end(other, Reports.report(other, Outcome.ROLLED_BACK, "failed", "over"));
        offer(request);
        assertThat(started).isEmpty();
        assertThat(abort(1).error()).isEqualTo("repeated");
    }

    @Test
    void aDestinationDoesNotTakeAgainWhatHasEnded() throws Exception {
        MigrationRequest request = request(ALPHA, BETA, Duration.ZERO);
        journal.open(request.id(), Role.DESTINATION, "web", ALPHA, BETA);
        offer(request);
        assertThat(started).isEmpty();
        assertThat(deadLetters).singleElement().asString().contains("was acted on before at beta");
    }

    /** It may be held for somebody else, or run elsewhere. */
    @Test
    void aSourceDoesNotMoveWhatItsJournalDoesNotExplain() throws Exception {
        discrepancies.add(new Discrepancy("web", UUID.randomUUID(), "beta holds web"));
        ask(request(BETA, ALPHA, Duration.ZERO));
        assertThat(started).isEmpty();
        assertThat(rejected).containsExactly("unexplained");
        assertThat(deadLetters).containsExactly("beta holds web");
    }

    @Test
    void aSourceDoesNotStartLaterWhatItHasRejected() throws Exception {
        MigrationRequest request = request(BETA, ALPHA, Duration.ZERO);
        status = ContainerState.Status.ABSENT;
        ask(request);
        status = ContainerState.Status.RUNNING;
        ask(request);
        assertThat(started).isEmpty();
        assertThat(rejected).containsExactly("unknown-container", "repeated");
        MigrationRequest again = request(BETA, ALPHA, Duration.ZERO);
        ask(again);
        Awaitility.await().untilAsserted(() -> assertThat(started).containsExactly(again.id()));
    }

    @Test
    void aSourceDoesNotStartLaterWhatItHasGivenUp() throws Exception {
        MigrationRequest request = request(BETA, ALPHA, Duration.ZERO);
        fault = new CannotControl("web", "runc does not answer", LogExcerpt.NONE);
        ask(request);
        fault = null;
        ask(request);
        assertThat(started).isEmpty();
        assertThat(rejected).containsExactly("failed", "repeated");
        MigrationRequest again = request(BETA, ALPHA, Duration.ZERO);
        ask(again);
        Awaitility.await().untilAsserted(() -> assertThat(started).containsExactly(again.id()));
    }

    @Test
    void aSourceThatCannotKeepWhatItHasGivenUpSaysSo() throws Exception {
        MigrationRequest request = request(BETA, ALPHA, Duration.ZERO);
        journal.close();
        try (QuietLog log = new QuietLog()) {
            ask(request);
            assertThat(log.hasError("request " + request.id() + " was given up, but may still be acted on")).isTrue();
        }
        assertThat(started).isEmpty();
        assertThat(rejected).containsExactly("failed");
    }

    @Test
    void nobodyUsesUpAnIdentityAtItsSourceWithoutTheSignature() throws Exception {
        MigrationRequest request = request(BETA, ALPHA, Duration.ZERO);
        ask(request, operator.sign(new byte[]{1}));
        assertThat(rejected).containsExactly("bad-signature");
        ask(request);
        Awaitility.await().untilAsserted(() -> assertThat(started).containsExactly(request.id()));
    }

    @Test
    void nobodyUsesUpAnIdentityAtItsDestinationWithoutTheSignature() throws Exception {
        MigrationRequest request = request(ALPHA, BETA, Duration.ZERO);
        offer(request, operator.sign(new byte[]{1}));
        assertThat(abort(0).error()).isEqualTo("bad-request");
        offer(request);
        Awaitility.await().untilAsserted(() -> assertThat(started).containsExactly(request.id()));
    }

    /** The runtime of a host with one container, of which nothing but its state is asked. */
    private ContainerRuntime oneContainer() {
        return (ContainerRuntime) Proxy.newProxyInstance(ContainerRuntime.class.getClassLoader(),
                new Class<?>[]{ContainerRuntime.class}, (proxy, method, arguments) -> {
                    assertThat(method.getName()).isEqualTo("state");
                    if (fault != null) {
                        throw fault;
                    }
                    return new ContainerState(String.valueOf(arguments[0]), status, 1, directory);
                });
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
