package dev.caravan.routes;

import dev.caravan.control.ControlBodies.Reason;
import dev.caravan.control.ControlCodec;
import dev.caravan.control.ControlType;
import dev.caravan.criu.ContainerState;
import dev.caravan.criu.RuntimeFault;
import dev.caravan.event.MigrationReport.Side;
import dev.caravan.event.MigrationReport;
import dev.caravan.event.Outcome;
import dev.caravan.journal.Role;
import dev.caravan.journal.Stage;
import dev.caravan.migration.DestinationMigration;
import dev.caravan.migration.Migration;
import dev.caravan.migration.MigrationFailed;
import dev.caravan.migration.SourceMigration;
import dev.caravan.network.NetworkFailed;
import dev.caravan.stage.Attesting;
import dev.caravan.stage.Cleanup;
import dev.caravan.stage.Platform;
import dev.caravan.stage.Reports;
import dev.caravan.store.StoreFailed;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the stages of one migration one at a time, and rolls it back when one fails before the commit. After the commit a
 * failed stage is left to be tried again.
 */
public final class StageRunner {
    private static final Logger LOG = LoggerFactory.getLogger(StageRunner.class);

    private final Platform platform;
    private final Cleanup cleanup;
    private final ProducerTemplate producer;

    public StageRunner(Platform platform, Cleanup cleanup, ProducerTemplate producer) {
        this.platform = platform;
        this.cleanup = cleanup;
        this.producer = producer;
    }

    /**
     * Runs a stage's route for the migration.
     *
     * @param stage where the route begins, of {@link Direct}
     * @param body  what it begins with: what the other side has sent, if anything
     */
    public void run(Migration migration, String stage, Object body) {
        migration.lock().lock();
        try {
            if (migration.stage().isFinal()) {
                return;
            }
            Exchange result = producer.send(stage, exchange -> {
                exchange.setProperty(Steps.MIGRATION, migration);
                exchange.getMessage().setBody(body);
            });
            if (result.getException() != null && isCopyLost(migration)) {
                // the destination may hold the only copy, and shows it again every two seconds
                LOG.warn("{} of migration {} failed, and is tried again: {}", Direct.name(stage), migration.id(),
                        result.getException().getMessage());
            } else if (result.getException() != null) {
                failed(migration, Direct.name(stage), result.getException());
            }
        } finally {
            migration.lock().unlock();
        }
    }

    /**
     * Why somebody's wish to cancel the migration is refused; empty if it may be cancelled now. To end what has committed
     * could leave two copies, and to end what the destination alone holds would leave none.
     */
    public Optional<String> refusesCancel(Migration migration) {
        if (!migration.stage().isBeforeCommit()) {
            return Optional.of("migration " + migration.id() + " is " + migration.stage().label()
                    + ": it has committed and cannot be cancelled");
        }
        if (isCopyLost(migration)) {
            return Optional.of(migration.container() + " does not run at " + platform.name() + " any more, and "
                    + migration.peer() + " may hold the only copy, which a cancellation would end");
        }
        return Optional.empty();
    }

    private static boolean isCopyLost(Migration migration) {
        return migration instanceof SourceMigration source && source.isCopyLost() && migration.stage().isBeforeCommit();
    }

    /** Ends a migration that must not go on, unless its commit is decided. */
    public void abort(Migration migration, MigrationFailed why) {
        migration.abort(why);
        migration.lock().lock();
        try {
            if (migration.stage().isBeforeCommit()) {
                failed(migration, migration.stage().label(), why);
            }
        } finally {
            migration.lock().unlock();
        }
    }

    /**
     * Ends the migration when its encrypted stream fails: whoever hears only that the other side is silent does not know
     * why. Once everything has arrived the stream is not needed any more; but what comes on it then is a breach, after
     * which a container is not held, unless the source has been told already that it is and so may have committed.
     */
    public void watch(Migration migration) {
        migration.channel().ended().whenComplete((nothing, failure) -> {
            if (failure != null) {
                Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
                if (cause instanceof MigrationFailed breach) {
                    // the stage that runs now ends at its next step
                    migration.abort(breach);
                }
                Thread ending = new Thread(() -> streamFailed(migration, cause), "stream of " + migration.id());
                ending.setDaemon(true);
                ending.start();
            }
        });
    }

    private void streamFailed(Migration migration, Throwable cause) {
        migration.lock().lock();
        try {
            if (migration.stage().compareTo(Stage.RESTORING) < 0
                    || cause instanceof MigrationFailed && mayStillRefuse(migration)) {
                failed(migration, migration.stage().label(),
                        cause instanceof Exception exception ? exception : new IOException(cause));
            } else if (cause instanceof MigrationFailed && !migration.stage().isFinal()) {
                LOG.warn("migration {} of {}: {}; ignored, and the stream is closed", migration.id(),
                        migration.container(), cause.getMessage());
            }
        } finally {
            migration.lock().unlock();
        }
    }

    private static boolean mayStillRefuse(Migration migration) {
        return migration.stage() == Stage.RESTORING && migration instanceof DestinationMigration destination
                && destination.heldReport() == null;
    }

    /**
     * After the commit the destination runs nothing: the source's frozen copy is the only one left, and a person must
     * decide.
     */
    public void inDoubt(Migration migration, Reason reason) {
        migration.lock().lock();
        try {
            if (migration.role() != Role.SOURCE || migration.stage() != Stage.COMMITTING) {
                return;
            }
            try {
                cleanup.inDoubt(migration.id());
            } catch (IOException e) {
                LOG.error("the images of migration {} cannot be wiped: {}", migration.id(), e.toString(), e);
            }
            platform.migrations().end(migration, Reports.report(migration, Outcome.IN_DOUBT, reason.error(),
                    reason.reason() + ". The copy at " + platform.name() + " is kept frozen and cut off. If "
                            + migration.peer()
                            + " really runs none ('caravan list'), let it go on with 'ip link set'"
                            + " up for its link, 'nft delete table inet caravan_fence' in its network namespace and"
                            + " 'runc resume " + migration.container() + "'"));
        } finally {
            migration.lock().unlock();
        }
    }

    private void failed(Migration migration, String stage, Exception failure) {
        // the source has committed before it says so: what fails then is not this side's to undo
        if (!migration.stage().isBeforeCommit() || stage.equals(ControlType.COMMIT.label())) {
            LOG.error("{} of migration {} failed after the commit and will be tried again: {}", stage, migration.id(),
                    failure.toString(), failure);
            return;
        }
        MigrationFailed why = migration.aborted() != null ? migration.aborted() : reason(failure);
        // what was foreseen needs no trace
        LOG.warn("migration {} of {} failed at {}: {}", migration.id(), migration.container(), stage,
                why.getMessage(), why.getCause() == null ? null : failure);
        migration.abort(why);
        migration.expectNothing();
        try {
            platform.migrations().enter(migration, Stage.ROLLING_BACK, why.getMessage());
        } catch (StoreFailed e) {
            // without a commit in the journal a restart would undo it as well: the container need not wait for a disk
            LOG.error("migration {} of {} is undone, and ends as soon as the journal can be written: {}",
                    migration.id(), migration.container(), e.toString(), e);
            if (migration.role() == Role.SOURCE) {
                cleanup.forbidCommit(migration.id());
            }
            undo(migration);
            tellEnd(migration, why);
            return;
        }
        finishRollBack(migration, why);
    }

    /** Undoes what was done and ends the migration; the decision to do so is journalled. */
    public void finishRollBack(Migration migration, MigrationFailed why) {
        Optional<String> remark = undo(migration);
        if (remark.isEmpty()) {
            return;
        }
        String error = migration.role() == Role.SOURCE && !remark.get().isEmpty()
                ? MigrationReport.CONTAINER_GONE
                : why.error();
        platform.migrations().end(migration,
                Reports.report(migration, why.outcome(), error, why.getMessage() + remark.get()));
        tellEnd(migration, why);
    }

    private void tellEnd(Migration migration, MigrationFailed why) {
        Side source = migration instanceof DestinationMigration destination
                ? Attesting.side(destination.sourceVerdict())
                : null;
        platform.control().sendWhenPossible(ControlCodec.message(ControlType.ABORT, migration.id(), platform.name(),
                migration.peer(), new Reason(why.error(), why.getMessage(), why.outcome() == Outcome.REFUSED, source)));
    }

    /** What there is to remark on afterwards; empty if it must be tried again. */
    private Optional<String> undo(Migration migration) {
        try {
            if (migration.role() == Role.SOURCE) {
                cleanup.source(migration.id(), migration.container());
                ((SourceMigration) migration).resumed();
                return Optional.of(remark(migration));
            }
            ((DestinationMigration) migration).stopReceiving();
            String left = cleanup.destination(migration.id(), migration.container());
            return Optional.of(left.isEmpty() ? "" : "; " + left);
        } catch (IOException | RuntimeException e) {
            LOG.error("migration {} of {} is not undone yet and will be tried again: {}", migration.id(),
                    migration.container(), e.toString(), e);
            return Optional.empty();
        }
    }

    /** Nobody is to believe that a container runs at the source which does not. */
    private String remark(Migration migration) {
        ContainerState.Status status = platform.runtime().state(migration.container()).status();
        return status == ContainerState.Status.RUNNING
                ? ""
                : "; but " + migration.container() + " does not run at " + platform.name() + ": it is "
                        + status.name().toLowerCase(Locale.ROOT);
    }

    private static MigrationFailed reason(Exception failure) {
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
