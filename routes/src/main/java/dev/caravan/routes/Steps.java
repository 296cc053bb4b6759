package dev.caravan.routes;

import dev.caravan.handover.Step;
import dev.caravan.migration.Migration;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;

/**
 * Steps of a stage as Camel's processors. What a step finds becomes the exchange's body, which the next step may take; a step
 * that finds nothing leaves none. Steps are named by method references, which tell the compiler what they are.
 */
@SuppressWarnings("overloads")
public final class Steps {
    /** Exchange property: the migration that the stage is of. */
    static final String MIGRATION = "caravan.migration";

    private Steps() {
    }

    /** Does something for a migration. */
    public interface Deed<M extends Migration> {
        void run(M migration) throws Exception;
    }

    /** Finds something for a migration. */
    public interface Finding<M extends Migration> {
        Object run(M migration) throws Exception;
    }

    /** Does something for a migration with what the step before found, or what the other side sent. */
    public interface DeedWith<M extends Migration, B> {
        void run(M migration, B body) throws Exception;
    }

    /** Finds something for a migration with what the step before found, or what the other side sent. */
    public interface FindingWith<M extends Migration, B> {
        Object run(M migration, B body) throws Exception;
    }

    public static <M extends Migration> Processor at(Deed<M> step) {
        return exchange -> {
            step.run(Steps.<M>migration(exchange));
            exchange.getMessage().setBody(null);
        };
    }

    public static <M extends Migration> Processor at(Finding<M> step) {
        return exchange -> exchange.getMessage().setBody(step.run(Steps.<M>migration(exchange)));
    }

    public static <M extends Migration, B> Processor at(Class<B> body, DeedWith<M, B> step) {
        return exchange -> {
            step.run(Steps.<M>migration(exchange), body.cast(exchange.getMessage().getBody()));
            exchange.getMessage().setBody(null);
        };
    }

    public static <M extends Migration, B> Processor at(Class<B> body, FindingWith<M, B> step) {
        return exchange -> exchange.getMessage().setBody(
                step.run(Steps.<M>migration(exchange), body.cast(exchange.getMessage().getBody())));
    }

    /** Marks where a step of the protocol begins in a route. */
    public static Processor step(Step step, Processor first) {
        return new Labelled(step.label(), first);
    }

    /** A processor that says what it does in the description of its route. */
    record Labelled(String label, Processor processor) implements Processor {

        @Override
        public void process(Exchange exchange) throws Exception {
            processor.process(exchange);
        }

        @Override
        public String toString() {
            return label;
        }
    }

    /** The migration of an exchange, in the role that the route is for. */
    @SuppressWarnings("unchecked")
    static <M extends Migration> M migration(Exchange exchange) {
        return (M) exchange.getProperty(MIGRATION, Migration.class);
    }
}
