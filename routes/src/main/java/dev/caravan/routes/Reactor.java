package dev.caravan.routes;

import dev.caravan.control.ControlBodies.Reason;
import dev.caravan.criu.RuntimeFault;
import dev.caravan.event.Outcome;
import dev.caravan.handover.Action;
import dev.caravan.handover.Condition;
import dev.caravan.handover.Event;
import dev.caravan.handover.Protocol;
import dev.caravan.handover.Reaction;
import dev.caravan.handover.Situation;
import dev.caravan.handover.Step;
import dev.caravan.journal.Stage;
import dev.caravan.migration.DestinationMigration;
import dev.caravan.migration.Migration;
import dev.caravan.migration.MigrationFailed;
import dev.caravan.migration.SourceMigration;
import dev.caravan.network.NetworkFailed;
import dev.caravan.store.StoreFailed;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks the protocol what to do about an event, and has the route of that name do it. It decides nothing itself. */
final class Reactor {
    private static final Logger LOG = LoggerFactory.getLogger(Reactor.class);

    private final ProducerTemplate producer;
    /** What failed last of migrations that are tried again, so that nobody reads the same every two seconds. */
    private final Map<UUID, String> failures = new ConcurrentHashMap<>();

    Reactor(ProducerTemplate producer) {
        this.producer = producer;
    }

    /** What would be done about the event now. */
    Reaction reaction(Migration migration, Event event) {
        return Protocol.STANDARD.reaction(situation(migration), event);
    }

    private static Situation situation(Migration migration) {
        Set<Condition> conditions = EnumSet.noneOf(Condition.class);
        if (migration.isAbandoned()) {
            conditions.add(Condition.ABANDONED);
        }
        if (migration instanceof SourceMigration source) {
            add(conditions, Condition.PROVED, source.destinationVerdict() != null);
            add(conditions, Condition.COPY_LOST, source.isCopyLost());
        } else if (migration instanceof DestinationMigration destination) {
            add(conditions, Condition.ESTABLISHED, destination.session() != null);
            add(conditions, Condition.REPORTED, destination.heldReport() != null);
        }
        return new Situation(migration.role(), migration.stage(), conditions);
    }

    private static void add(Set<Condition> conditions, Condition condition, boolean holds) {
        if (holds) {
            conditions.add(condition);
        }
    }

    /** Whether the reaction gives the migration up. */
    static boolean givesUp(Reaction reaction) {
        return reaction.actions().stream().anyMatch(action -> action.equals(new Action.Enter(Stage.ROLLING_BACK))
                || action.equals(new Action.End(Stage.ROLLED_BACK)) || action.equals(new Action.Do(Step.ABANDON)));
    }

    /** Does what is to be done about the event, and about what comes of that. */
    void react(Migration migration, Event heard, Object body) {
        Event event = noticed(migration, heard);
        Reaction reaction = reaction(migration, event);
        if (reaction.isNothing()) {
            return;
        }
        if (givesUp(reaction)) {
            giveUp(migration, event, body);
        }
        Exchange result = producer.send(Direct.of(reaction), exchange -> {
            exchange.setProperty(Steps.MIGRATION, migration);
            exchange.setProperty(ModePart.MODE, migration.mode().label());
            exchange.getMessage().setBody(body);
        });
        if (result.getException() != null) {
            failed(migration, reaction, result.getException());
            return;
        }
        failures.remove(migration.id());
        if (result.getMessage().getBody() instanceof Event next) {
            react(migration, next, null);
        }
    }

    /** Who looks at a held container sees more than that time has passed. */
    static Event noticed(Migration migration, Event event) {
        boolean looked = event == Event.LOOKED || event == Event.RESTARTED;
        if (!looked || migration.stage() != Stage.RESTORING || !(migration instanceof DestinationMigration destination)
                || destination.held() == null) {
            return event;
        }
        if (destination.held().outcome().isOver()) {
            return Event.HELD_GONE;
        }
        boolean unreported = destination.heldReport() == null && destination.held().gate().held();
        return event == Event.LOOKED && unreported ? Event.GATE_REACHED : event;
    }

    private void failed(Migration migration, Reaction reaction, Exception failure) {
        boolean unwritten = isUnwritten(failure) && migration.stage() != Stage.ROLLING_BACK
                && reaction.actions().contains(new Action.Enter(Stage.ROLLING_BACK));
        Event event = unwritten ? Event.UNWRITTEN : Event.FAILED;
        MigrationFailed why = migration.aborted() != null ? migration.aborted() : reason(failure);
        if (reaction(migration, event).isNothing()) {
            String text = reaction.name() + ": " + failure;
            if (!text.equals(failures.put(migration.id(), text))) {
                LOG.error("{} of migration {} of {} failed and will be tried again: {}", reaction.name(),
                        migration.id(), migration.container(), failure.toString(), failure);
            }
            return;
        }
        // what was foreseen needs no trace
        LOG.warn("migration {} of {} failed at {}: {}", migration.id(), migration.container(), reaction.name(),
                why.getMessage(), why.getCause() == null ? null : failure);
        react(migration, event, failure);
    }

    private static boolean isUnwritten(Exception failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof StoreFailed) {
                return true;
            }
        }
        return false;
    }

    /** Has what runs now for the migration end at its next step. The first reason stays. */
    static void giveUp(Migration migration, Event event, Object body) {
        if (migration instanceof SourceMigration source && body instanceof Reason reason && reason.source() != null) {
            source.sourceSide(reason.source());
        }
        migration.abort(why(migration, event, body));
    }

    private static MigrationFailed why(Migration migration, Event event, Object body) {
        if (body instanceof Reason reason) {
            return new MigrationFailed(reason.refused() ? Outcome.REFUSED : Outcome.ROLLED_BACK, reason.error(),
                    reason.reason());
        }
        if (body instanceof Throwable failure) {
            return reason(failure);
        }
        return event == Event.HELD_GONE
                ? MigrationFailed.rollBack("restore",
                        migration.container() + " ended while it was held at its commit gate")
                : MigrationFailed.rollBack(event.label(), "the migration is given up: " + event.label());
    }

    private static MigrationFailed reason(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof MigrationFailed failed) {
                return failed;
            }
            if (cause instanceof RuntimeFault fault) {
                return new MigrationFailed("runtime", fault.getMessage(), fault);
            }
            if (cause instanceof NetworkFailed network) {
                return new MigrationFailed("network", network.getMessage(), network);
            }
        }
        return new MigrationFailed("failed",
                failure.getMessage() == null ? failure.toString() : failure.getMessage(), failure);
    }
}
