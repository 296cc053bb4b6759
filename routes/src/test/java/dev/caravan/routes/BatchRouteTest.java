package dev.caravan.routes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.journal.Journal;
import dev.caravan.memory.Rehearsal;
import dev.caravan.migration.DestinationMigration;
import dev.caravan.migration.Migrations;
import dev.caravan.stage.Platform;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.Exchange;
import org.apache.camel.RoutesBuilder;
import org.apache.camel.builder.AdviceWith;
import org.apache.camel.component.mock.MockEndpoint;
import org.apache.camel.test.junit5.CamelTestSupport;
import org.apache.camel.test.junit5.TestExecutionConfiguration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Batches that arrive: nothing that any sender puts on the queue makes the route fail. */
class BatchRouteTest extends CamelTestSupport {
    @TempDir
    Path directory;
    private final AtomicInteger rehearsed = new AtomicInteger();
    private final Rehearsal rehearsal = new Rehearsal((id, wire) -> {
        rehearsed.incrementAndGet();
        receive(wire, id.toString());
    });
    private Journal journal;
    private Migrations migrations;

    @Override
    protected RoutesBuilder createRouteBuilder() {
        journal = new Journal(directory.resolve("journal.db"));
        migrations = new Migrations(journal);
        return new BatchRoute(new Platform("beta", directory, directory, null, "/test", migrations, null, null),
                rehearsal);
    }

    @Override
    public void configureTest(TestExecutionConfiguration configuration) {
        super.configureTest(configuration);
        configuration.withUseAdviceWith(true);
    }

    @BeforeEach
    void cutOffFromTheBroker() throws Exception {
        AdviceWith.adviceWith(context, "batches", route -> {
            route.replaceFromWith("direct:batches");
            route.weaveByToUri("jms:queue:DLQ.*").replace().to("mock:dead-letters");
        });
        AdviceWith.adviceWith(context, "send-batch", route -> route.weaveByToUri("jms:*").replace().to("mock:sent"));
        context.start();
    }

    @AfterEach
    void close() {
        journal.close();
    }

    @Test
    void rehearsedBatchesReachTheRehearsal() throws Exception {
        rehearsal.run(directory, Duration.ZERO);
        assertThat(rehearsed.get()).isPositive();
    }

    @Test
    void batchesThatNameNoMigrationAreDropped() {
        assertThat(receive(new byte[100], null).getException()).isNull();
        assertThat(receive(new byte[100], "").getException()).isNull();
        assertThat(receive(new byte[100], "x".repeat(36)).getException()).isNull();
    }

    @Test
    void aHeaderThatIsTooLongGoesToTheDeadLetters() throws Exception {
        MockEndpoint letters = getMockEndpoint("mock:dead-letters");
        letters.expectedMessageCount(1);
        assertThat(receive(new byte[100], "x".repeat(100_000)).isFailed()).isFalse();
        letters.assertIsSatisfied();
        assertThat(letters.getExchanges().get(0).getMessage().getHeader(CaravanHeaders.REASON, String.class))
                .isEqualTo("header caravan_migration of the batch has 100000 characters; at most 36");
    }

    @Test
    void batchesOfAMigrationThatDoesNotRunHereAreDropped() {
        assertThat(receive(new byte[100], UUID.randomUUID().toString()).getException()).isNull();
    }

    @Test
    void batchesBeforeThereIsASessionAreDropped() {
        UUID id = UUID.randomUUID();
        migrations.open(new DestinationMigration(id, "web", "alpha", "beta"));
        assertThat(receive(new byte[100], id.toString()).getException()).isNull();
    }

    @Test
    void batchesLeaveForTheQueueThatTheyAreFor() throws Exception {
        MockEndpoint sent = getMockEndpoint("mock:sent");
        byte[] wire = {1, 2, 3};
        sent.expectedBodiesReceived(wire);
        template.send("direct:send-batch", exchange -> {
            exchange.getMessage().setBody(wire);
            exchange.setProperty("address", Addresses.batches("beta"));
        });
        sent.assertIsSatisfied();
    }

    private Exchange receive(byte[] wire, String migration) {
        return template.send("direct:batches", exchange -> {
            exchange.getMessage().setBody(wire);
            exchange.getMessage().setHeader(CaravanHeaders.MIGRATION, migration);
        });
    }
}
