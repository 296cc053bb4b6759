package dev.caravan.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.caravan.broker.BrokerClient;
import dev.caravan.control.ControlCodec;
import dev.caravan.control.ControlMessage;
import dev.caravan.control.ControlType;
import dev.caravan.event.Outcome;
import dev.caravan.journal.Journal;
import dev.caravan.journal.Stage;
import dev.caravan.migration.DestinationMigration;
import dev.caravan.migration.MigrationFailed;
import dev.caravan.migration.Migrations;
import dev.caravan.routes.Addresses;
import dev.caravan.routes.BrokerComponent;
import dev.caravan.routes.BrokerProxy;
import dev.caravan.routes.ControlRoute;
import dev.caravan.routes.RouteBroker;
import dev.caravan.stage.Attesting;
import dev.caravan.stage.Platform;
import dev.caravan.tpm.TpmFailed;
import jakarta.jms.Connection;
import jakarta.jms.MessageConsumer;
import jakarta.jms.Session;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.activemq.artemis.jms.client.ActiveMQConnectionFactory;
import org.apache.camel.CamelContext;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What an agent, alpha, has to say to beta while a real broker between them goes away, comes back or hangs. */
@Timeout(120)
class BrokerAwayTest {
    private static final String ALPHA = "alpha";
    private static final String BETA = "beta";

    @TempDir
    Path directory;
    private final UUID id = UUID.randomUUID();
    private final DestinationMigration migration = new DestinationMigration(id, "web", BETA, ALPHA);
    private final CamelContext context = new DefaultCamelContext();
    private volatile boolean tpmIsAway;
    private RouteBroker broker;
    private BrokerProxy proxy;
    private BrokerClient client;
    private Journal journal;
    private CamelLinks links;

    @BeforeEach
    void connect() throws Exception {
        broker = new RouteBroker(directory);
        proxy = new BrokerProxy(broker::url);
        client = BrokerClient.from(proxy.settings(broker.settings("agent-alpha")));
        journal = new Journal(directory.resolve("journal.db"));
        Migrations migrations = new Migrations(journal);
        migrations.open(migration);
        migrations.enter(migration, Stage.ATTESTING, "");
        context.disableJMX();
        context.setAutoStartup(false);
        context.addComponent("jms", BrokerComponent.of(client));
        Platform platform = new Platform(ALPHA, directory, directory, null, "/test", migrations, null, null);
        context.addRoutes(new ControlRoute(platform, null, null, new Attesting(platform, null, null)));
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("direct:sign").routeId("sign").process(exchange -> {
                    if (tpmIsAway) {
                        throw new TpmFailed("the TPM does not answer");
                    }
                }).setBody(constant("signature"));
                from("direct:forwarded-request").to("mock:request");
            }
        });
        context.start();
        context.getRouteController().startRoute("send-control");
        context.getRouteController().startRoute("sign");
        links = new CamelLinks(context.createProducerTemplate(), migrations);
        links.send(message(ControlType.PREPARED));
        assertThat(arrived(1)).containsExactly(ControlType.PREPARED);
    }

    @AfterEach
    void close() throws Exception {
        proxy.goOn();
        context.stop();
        client.close();
        proxy.close();
        broker.close();
        journal.close();
    }

    @Test
    void aBrokerThatComesBackCostsTimeAndNothingElse() throws Exception {
        broker.close();
        CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> links.send(message(ControlType.SYNCED)));
        await().during(Duration.ofSeconds(2)).until(() -> !sending.isDone());

        broker.start();

        sending.get(60, TimeUnit.SECONDS);
        assertThat(arrived(1)).containsExactly(ControlType.SYNCED);
    }

    @Test
    void aTpmThatComesBackSignsWhatWaitsForIt() throws Exception {
        tpmIsAway = true;
        CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> links.send(message(ControlType.SYNCED)));
        await().during(Duration.ofMillis(500)).until(() -> !sending.isDone());
        tpmIsAway = false;
        sending.get(30, TimeUnit.SECONDS);
        assertThat(arrived(1)).containsExactly(ControlType.SYNCED);
    }

    @Test
    void whatIsSentWhileABrokerGoesAndComesArrivesOnceAndInItsOrder() throws Exception {
        List<ControlType> types = List.of(ControlType.ATTEST_ANSWER, ControlType.ATTESTED, ControlType.PREPARED,
                ControlType.SYNCED);
        CompletableFuture<Void> sending = CompletableFuture
                .runAsync(() -> types.forEach(type -> links.send(message(type))));
        broker.close();
        broker.start();

        sending.get(60, TimeUnit.SECONDS);
        assertThat(arrived(types.size())).containsExactlyElementsOf(types);
    }

    @Test
    void whoeverSendsIsReleasedAtOnceWhenTheMigrationIsToEndThoughTheBrokerHangs() throws Exception {
        proxy.hang();
        CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> links.send(message(ControlType.SYNCED)));
        await().during(Duration.ofMillis(500)).until(() -> !sending.isDone());

        migration.abort(new MigrationFailed(Outcome.CANCELLED, "cancelled", "an operator cancelled the migration"));

        assertThatThrownBy(() -> sending.get(2, TimeUnit.SECONDS)).hasCauseInstanceOf(MigrationFailed.class)
                .hasMessageContaining("an operator cancelled the migration");
    }

    @Test
    void whatIsRepeatedWhileABrokerHangsNeitherBlocksNorPilesUp() throws Exception {
        proxy.hang();
        for (int i = 0; i < 500; i++) {
            links.sendWhenPossible(message(ControlType.QUERY));
            links.sendWhenPossible(message(ControlType.RUNNING));
        }
        proxy.goOn();

        assertThat(arrived(2)).as("one that was on its way, and the last of each kind")
                .contains(ControlType.QUERY, ControlType.RUNNING).hasSizeLessThan(5);
    }

    @Test
    void anAgentThatIsAwayForDaysFindsOneOfWhatWasRepeated() throws Exception {
        for (int i = 0; i < 50; i++) {
            links.send(message(ControlType.QUERY));
            links.send(message(ControlType.COMMIT));
        }
        links.send(message(ControlType.SYNCED));
        assertThat(arrived(3)).containsExactly(ControlType.QUERY, ControlType.COMMIT, ControlType.SYNCED);
    }

    private ControlMessage message(ControlType type) {
        return ControlCodec.message(type, id, ALPHA, BETA, null);
    }

    /** Takes what lies in beta's queue until {@code number} have come and no more do. */
    private List<ControlType> arrived(int number) throws Exception {
        List<ControlType> types = new ArrayList<>();
        try (ActiveMQConnectionFactory factory = broker.foreign("agent-beta");
                Connection connection = factory.createConnection();
                Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
                MessageConsumer consumer = session.createConsumer(session.createQueue(Addresses.control(BETA)))) {
            connection.start();
            for (var next = consumer.receive(20_000); next != null; next = consumer
                    .receive(types.size() < number ? 20_000 : 500)) {
                types.add(ControlCodec.decode(next.getBody(byte[].class), BETA).type());
            }
        }
        return types;
    }
}
