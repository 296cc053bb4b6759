package dev.caravan.routes;

import dev.caravan.journal.Stage;
import dev.caravan.stage.Platform;
import dev.caravan.tpm.TpmConstants;
import java.time.Duration;
import java.util.Collection;
import java.util.stream.Collectors;
import org.apache.camel.Processor;
import org.apache.camel.builder.RouteBuilder;

/** What the routes of all stages share: entering a stage, and the TPM. A failed step fails the exchange at once. */
abstract class StageRoutes extends RouteBuilder {
    /** How long the other side may be silent before a migration is given up. */
    static final Duration SILENCE = Duration.ofSeconds(60);

    final Platform platform;

    StageRoutes(Platform platform) {
        this.platform = platform;
    }

    /** Journals that the exchange's migration enters {@code stage}, before anything of that stage is done. */
    Processor enter(Stage stage) {
        return exchange -> {
            var migration = StageExchange.migration(exchange);
            migration.requireWanted();
            platform.migrations().enter(migration, stage, "");
            migration.expectPeerWithin(SILENCE.plus(migration.progress().handling()));
        };
    }

    /** The body, what a quote must be bound to, becomes the quote of the PCRs in {@link TpmConstants#PCRS}. */
    static final String QUOTE = "direct:quote";

    /** PCRs as {@link TpmConstants#PCRS} has them. */
    static String list(Collection<Integer> pcrs) {
        return pcrs.stream().map(String::valueOf).collect(Collectors.joining(","));
    }
}
