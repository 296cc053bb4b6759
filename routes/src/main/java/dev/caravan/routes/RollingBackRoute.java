package dev.caravan.routes;

import static dev.caravan.control.ControlType.ABORT;
import static dev.caravan.routes.Direct.tell;
import static dev.caravan.routes.Steps.at;
import static dev.caravan.routes.Steps.step;

import dev.caravan.criu.ContainerState;
import dev.caravan.handover.Reactions;
import dev.caravan.handover.Step;
import dev.caravan.journal.Stage;
import dev.caravan.migration.DestinationMigration;
import dev.caravan.migration.SourceMigration;
import dev.caravan.stage.Cleanup;
import dev.caravan.stage.Platform;
import java.io.IOException;
import java.util.Locale;

/**
 * Rolling back: the other side hears of it first, then what was done is undone, again until it is. Nothing here waits for a
 * broker or a TPM.
 */
public final class RollingBackRoute extends StageRoutes {
    private final Cleanup cleanup;

    public RollingBackRoute(Platform platform, Cleanup cleanup) {
        super(platform);
        this.cleanup = cleanup;
    }

    @Override
    public void configure() {
        errorHandler(noErrorHandler());

        from(Direct.of(Reactions.ROLL_BACK_SOURCE)).routeId("roll-back-source")
                .process(enter(Stage.ROLLING_BACK))
                .process(at(ReplyRoute::whyAborted))
                .to(tell(ABORT))
                .process(step(Step.UNDO_SOURCE, at(this::undoSource)))
                .process(giveUp());

        from(Direct.of(Reactions.FINISH_ROLL_BACK_SOURCE)).routeId("finish-roll-back-source")
                .process(step(Step.UNDO_SOURCE, at(this::undoSource)))
                .process(giveUp());

        // the container need not wait for a disk: without a commit in the journal a restart would undo it as well
        from(Direct.of(Reactions.ABANDON_SOURCE)).routeId("abandon-source")
                .process(step(Step.ABANDON, at(this::abandonSource)))
                .process(at(ReplyRoute::whyAborted))
                .to(tell(ABORT))
                .process(step(Step.UNDO_SOURCE, at(this::undoSource)));

        from(Direct.of(Reactions.ROLL_BACK_DESTINATION)).routeId("roll-back-destination")
                .process(enter(Stage.ROLLING_BACK))
                .process(at(ReplyRoute::whyAborted))
                .to(tell(ABORT))
                .process(step(Step.UNDO_DESTINATION, at(this::undoDestination)))
                .process(giveUp());

        from(Direct.of(Reactions.FINISH_ROLL_BACK_DESTINATION)).routeId("finish-roll-back-destination")
                .process(step(Step.UNDO_DESTINATION, at(this::undoDestination)))
                .process(giveUp());

        from(Direct.of(Reactions.ABANDON_DESTINATION)).routeId("abandon-destination")
                .process(step(Step.ABANDON, at(DestinationMigration::abandon)))
                .process(step(Step.UNDO_DESTINATION, at(this::undoDestination)));

        from(Direct.of(Reactions.GIVE_UP_LOST)).routeId("give-up-lost")
                .process(giveUp());
    }

    private void abandonSource(SourceMigration migration) {
        cleanup.forbidCommit(migration.id());
        migration.abandon();
    }

    /** Nobody is to believe that a container runs at the source which does not. */
    private String undoSource(SourceMigration migration) throws IOException {
        cleanup.source(migration.id(), migration.container());
        migration.resumed();
        ContainerState.Status status = platform.runtime().state(migration.container()).status();
        return status == ContainerState.Status.RUNNING
                ? ""
                : "; but " + migration.container() + " does not run at " + platform.name() + ": it is "
                        + status.name().toLowerCase(Locale.ROOT);
    }

    private String undoDestination(DestinationMigration migration) throws IOException {
        migration.stopReceiving();
        String left = cleanup.destination(migration.id(), migration.container());
        return left.isEmpty() ? "" : "; " + left;
    }
}
