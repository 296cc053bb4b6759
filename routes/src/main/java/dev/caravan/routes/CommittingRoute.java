package dev.caravan.routes;

import static dev.caravan.control.ControlType.COMMIT;
import static dev.caravan.control.ControlType.LOST;
import static dev.caravan.control.ControlType.RUNNING;
import static dev.caravan.routes.Direct.reply;
import static dev.caravan.routes.Direct.tell;
import static dev.caravan.routes.Steps.at;
import static dev.caravan.routes.Steps.step;

import dev.caravan.control.ControlBodies.Held;
import dev.caravan.control.ControlBodies.Reason;
import dev.caravan.criu.HeldRestore;
import dev.caravan.event.Outcome;
import dev.caravan.handover.Event;
import dev.caravan.handover.Reactions;
import dev.caravan.handover.Step;
import dev.caravan.journal.Stage;
import dev.caravan.migration.DestinationMigration;
import dev.caravan.migration.SourceMigration;
import dev.caravan.stage.Attesting;
import dev.caravan.stage.Cleanup;
import dev.caravan.stage.DestinationStages;
import dev.caravan.stage.Platform;
import dev.caravan.stage.SourceStages;
import java.io.IOException;

/**
 * Committing: the source checks what the destination holds, journals the commit and lets go of the container's address;
 * the destination opens the gate, and looks what becomes of the container. What the source does not know then a person must.
 */
public final class CommittingRoute extends StageRoutes {
    private final Attesting attesting;
    private final SourceStages source;
    private final DestinationStages destination;
    private final Cleanup cleanup;

    public CommittingRoute(Platform platform, Attesting attesting, SourceStages source, DestinationStages destination,
            Cleanup cleanup) {
        super(platform);
        this.attesting = attesting;
        this.source = source;
        this.destination = destination;
        this.cleanup = cleanup;
    }

    @Override
    public void configure() {
        errorHandler(noErrorHandler());

        from(Direct.of(Reactions.COMMIT)).routeId("commit")
                .process(step(Step.VERIFY_HELD, at(Held.class, attesting::appraiseHeld)))
                .process(enter(Stage.COMMITTING))
                .process(step(Step.LET_GO, at(source::letGo)))
                .to(reply(COMMIT));

        from(Direct.of(Reactions.LET_GO)).routeId("let-go")
                .process(step(Step.LET_GO, at(source::letGo)))
                .to(reply(COMMIT));

        from(Direct.of(Reactions.OPEN)).routeId("open")
                .process(enter(Stage.COMMITTING))
                .process(step(Step.OPEN_GATE, at(this::open)));

        from(Direct.of(Reactions.FINISH_OPENING)).routeId("finish-opening")
                .process(step(Step.OPEN_GATE, at(this::open)));

        from(Direct.of(Reactions.RUN)).routeId("run")
                .process(enter(Stage.RELEASING))
                .to(reply(RUNNING));

        from(Direct.of(Reactions.LOSE)).routeId("lose")
                .process(step(Step.KEEP_FILES, at(this::lose)))
                .process(doubt(at(Reason.class, this::reportLost)))
                .to(tell(LOST));

        from(Direct.of(Reactions.DOUBT)).routeId("doubt")
                .setProperty(Reason.class.getName(), body())
                .process(step(Step.WIPE, at(this::wipe)))
                .setBody(exchangeProperty(Reason.class.getName()))
                .process(doubt(at(Reason.class, this::reportDoubt)));
    }

    /** What has become of the container is the next event. */
    private Event open(DestinationMigration migration) throws IOException {
        HeldRestore.Outcome outcome = destination.openGate(migration);
        return switch (outcome) {
            case RUNNING -> Event.GATE_RUNS;
            case GONE -> Event.HELD_GONE;
            case ENDED -> Event.GATE_ENDED;
            case PENDING -> throw new IllegalStateException("the gate of " + migration.container()
                    + " is open, but it is not known yet whether it runs");
        };
    }

    /** Nothing of it can come to life any more: only then may the source hear of it. */
    private Reason lose(DestinationMigration migration) throws IOException {
        return new Reason("lost", migration.container() + " was restored at " + platform.name()
                + " but ended when its gate was opened, and may have run before: "
                + cleanup.lost(migration.id(), migration.container()), false, null);
    }

    private Reason reportLost(DestinationMigration migration, Reason lost) {
        end(migration, Outcome.IN_DOUBT, lost.error(),
                lost.reason() + "; " + migration.source() + " keeps its frozen copy");
        return lost;
    }

    private void wipe(SourceMigration migration) throws IOException {
        cleanup.inDoubt(migration.id());
    }

    private void reportDoubt(SourceMigration migration, Reason lost) {
        end(migration, Outcome.IN_DOUBT, lost.error(), lost.reason() + ". The copy at " + platform.name()
                + " is kept frozen and cut off. See whether " + migration.container() + " runs at " + migration.peer()
                + " ('caravan list'), then say where it goes on: 'caravan resolve " + migration.id()
                + " --source-runs' or '--destination-runs'");
    }
}
