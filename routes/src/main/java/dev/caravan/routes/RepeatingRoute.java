package dev.caravan.routes;

import static dev.caravan.control.ControlType.ABORT;
import static dev.caravan.control.ControlType.COMMIT;
import static dev.caravan.control.ControlType.HELD;
import static dev.caravan.control.ControlType.LOST;
import static dev.caravan.control.ControlType.QUERY;
import static dev.caravan.control.ControlType.RELEASED;
import static dev.caravan.control.ControlType.RUNNING;
import static dev.caravan.routes.Direct.tell;
import static dev.caravan.routes.Steps.at;

import dev.caravan.control.ControlBodies.Held;
import dev.caravan.control.ControlBodies.Reason;
import dev.caravan.handover.Reactions;
import dev.caravan.migration.DestinationMigration;
import dev.caravan.stage.Platform;

/** What is said again to another side that may not have heard it, or that asks. */
public final class RepeatingRoute extends StageRoutes {

    public RepeatingRoute(Platform platform) {
        super(platform);
    }

    @Override
    public void configure() {
        errorHandler(noErrorHandler());

        from(Direct.of(Reactions.REPEAT_HELD)).routeId("repeat-held")
                .process(at(RepeatingRoute::held))
                .to(tell(HELD))
                .to(tell(QUERY));
        from(Direct.of(Reactions.SAY_QUERY)).routeId("say-query")
                .to(tell(QUERY));
        from(Direct.of(Reactions.SAY_COMMIT)).routeId("say-commit")
                .to(tell(COMMIT));
        from(Direct.of(Reactions.SAY_RUNNING)).routeId("say-running")
                .to(tell(RUNNING));
        from(Direct.of(Reactions.SAY_RELEASED)).routeId("say-released")
                .to(tell(RELEASED));
        from(Direct.of(Reactions.SAY_LOST)).routeId("say-lost")
                .process(at(this::lost))
                .to(tell(LOST));
        from(Direct.of(Reactions.SAY_ABORT)).routeId("say-abort")
                .process(at(ReplyRoute::whyAborted))
                .to(tell(ABORT));
    }

    private static Held held(DestinationMigration migration) {
        return migration.heldReport();
    }

    private Reason lost(DestinationMigration migration) {
        return new Reason("lost", migration.container() + " ended at " + platform.name()
                + " when its gate was opened, and does not run there", false, null);
    }
}
