package dev.caravan.routes;

import dev.caravan.control.ControlMessage;
import dev.caravan.migration.DestinationMigration;
import dev.caravan.migration.Migration;
import dev.caravan.migration.SourceMigration;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;

/** What an exchange carries from stage to stage: the migration, and the control message that brought it here. */
public final class StageExchange {
    static final String MIGRATION = "caravan.migration";
    static final String CONTROL = "caravan.control";

    private StageExchange() {
    }

    /** A step of the source. */
    public interface SourceStep {
        void run(SourceMigration migration, Exchange exchange) throws Exception;
    }

    /** A step of the destination. */
    public interface DestinationStep {
        void run(DestinationMigration migration, Exchange exchange) throws Exception;
    }

    /** A step of the source as a processor. */
    public static Processor source(SourceStep step) {
        return exchange -> step.run(exchange.getProperty(MIGRATION, SourceMigration.class), exchange);
    }

    /** A step of the destination as a processor. */
    public static Processor destination(DestinationStep step) {
        return exchange -> step.run(exchange.getProperty(MIGRATION, DestinationMigration.class), exchange);
    }

    /** The migration of an exchange. */
    public static Migration migration(Exchange exchange) {
        return exchange.getProperty(MIGRATION, Migration.class);
    }

    /** The control message of an exchange. */
    public static ControlMessage control(Exchange exchange) {
        return exchange.getProperty(CONTROL, ControlMessage.class);
    }
}
