package dev.caravan.routes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caravan.attestation.QuoteRequest;
import dev.caravan.authority.PlatformIdentity;
import dev.caravan.event.Outcome;
import dev.caravan.migration.DestinationMigration;
import dev.caravan.migration.MigrationFailed;
import dev.caravan.tpm.PcrSelection;
import dev.caravan.tpm.Quote;
import dev.caravan.tpm.QuoteVerifier;
import dev.caravan.tpm.SwtpmProcess;
import dev.caravan.tpm.Tpm;
import dev.caravan.tpm.TpmComponent;
import dev.caravan.tpm.TpmFailed;
import dev.caravan.tpm.TpmRefused;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A platform's keys in a real TPM that goes away and comes back. */
@Timeout(120)
class KeyRouteTest {
    private static final byte[] EXTRA_DATA = {1, 2, 3};

    @TempDir
    static Path directory;
    private static SwtpmProcess swtpm;
    private static PlatformIdentity identity;

    private final DestinationMigration migration = new DestinationMigration(UUID.randomUUID(), "web", "alpha", "beta");
    private CamelContext context;
    private ProducerTemplate producer;

    @BeforeAll
    static void makeKeys() throws Exception {
        SwtpmProcess.requireSwtpm();
        swtpm = SwtpmProcess.start(directory);
        try (Tpm tpm = Tpm.open(swtpm.address())) {
            identity = PlatformIdentity.openOrCreate(directory.resolve("identity"), tpm);
        }
    }

    @AfterAll
    static void powerOff() throws Exception {
        swtpm.close();
    }

    @BeforeEach
    void start() throws Exception {
        start(identity);
    }

    private void start(PlatformIdentity keys) throws Exception {
        context = new DefaultCamelContext();
        TpmComponent component = new TpmComponent();
        component.setDevice(swtpm.address());
        context.addComponent("tpm", component);
        context.addRoutes(new KeyRoute(keys));
        context.start();
        producer = context.createProducerTemplate();
    }

    @AfterEach
    void stop() {
        context.stop();
    }

    private CompletableFuture<Exchange> quote() {
        return CompletableFuture.supplyAsync(() -> producer.send(Direct.QUOTE, exchange -> {
            exchange.setProperty(Steps.MIGRATION, migration);
            exchange.getMessage().setBody(new QuoteRequest(EXTRA_DATA, PcrSelection.of(0, 7).indexes()));
        }));
    }

    @Test
    void aTpmThatIsRestartedCostsTimeAndNothingElse() throws Exception {
        assertThat(quote().join().getException()).isNull();
        swtpm.powerOff();
        CompletableFuture<Exchange> quote = quote();
        await().during(Duration.ofSeconds(1)).until(() -> !quote.isDone());

        swtpm.powerOn();

        Quote made = quote.get(30, TimeUnit.SECONDS).getMessage().getBody(Quote.class);
        assertThat(QuoteVerifier.verify(made, identity.aik().publicKey(), EXTRA_DATA, PcrSelection.of(0, 7)).pcrs())
                .containsOnlyKeys(0, 7);
    }

    @Test
    void nobodyWaitsForATpmOnceTheMigrationIsToEnd() throws Exception {
        swtpm.powerOff();
        try {
            CompletableFuture<Exchange> quote = quote();
            await().during(Duration.ofMillis(500)).until(() -> !quote.isDone());
            migration.abort(new MigrationFailed(Outcome.CANCELLED, "cancelled", "an operator cancelled it"));
            assertThat(quote.get(2, TimeUnit.SECONDS).getException()).isInstanceOf(TpmFailed.class);
        } finally {
            swtpm.powerOn();
        }
    }

    @Test
    void aTpmThatRefusesIsNotAskedAgain() throws Exception {
        Path other = Files.createDirectory(directory.resolve("other"));
        PlatformIdentity foreign;
        try (SwtpmProcess another = SwtpmProcess.start(other); Tpm tpm = Tpm.open(another.address())) {
            foreign = PlatformIdentity.openOrCreate(other.resolve("identity"), tpm);
        }
        context.stop();
        start(foreign);
        assertThat(quote().get(5, TimeUnit.SECONDS).getException()).isInstanceOf(TpmRefused.class);
    }
}
